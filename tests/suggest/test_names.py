"""Columns and categories whose names look alike."""

import unicodedata

import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd

from skcurious._suggest._errors import InputError

MICRO, MU = "\u00b5", "\u03bc"


def tables(a="x", b="x", thf="thf", dmf="dmf"):
    known = f"{a},c,y\n1,{thf},2\n2,{thf},3\n4,{thf},5\n8,{dmf},1\n9,{dmf},7\n"
    return known, f"{b},c\n3,{thf}\n5,{dmf}\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"T ({MICRO}C)", f"T ({MU}C)"),
        tuple(unicodedata.normalize(form, "Höhe") for form in ("NFC", "NFD")),
        ("flow rate", "flow\u00a0rate"),
        ("Flow rate", "flow rate"),
    ],
)
def test_names(posed, one, other):
    known, pool = tables(one, other)
    found = posed(known, pool)
    assert found.columns.numbers == [one]
    assert found.notes == [
        f"{other!r} of b.csv is taken for {one!r} of a.csv, which looks like it."
    ]
    pool = pool.replace("5,dmf", "5,new")
    assert posed(known, pool, ignore=[other]).columns.numbers == []


def test_the_output_has_the_names_of_the_labelled_table(suggest, folder):
    known, pool = tables("Temp", "temp")
    (folder / "a.csv").write_text(known)
    (folder / "b.csv").write_text(pool)
    two = ["--labelled", "a.csv", "--pool", "b.csv", "-n", 1]
    text = suggest(*two, "--target", "Y", "--output", "c.csv", "--model", "ridge")
    assert "'Y' is taken for the column 'y'." in text
    assert list(pd.read_csv("c.csv"))[:4] == ["line", "Temp", "c", "y"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("THF", "thf"), ("type µ", "type μ"), ("Öl", "O\u0308l"), ("a b", "a\u00a0b")],
)
def test_categories(posed, one, other):
    known, pool = tables(thf=one, dmf="ethanol")
    pool = pool.replace(one, other)
    found = posed(known, pool)
    assert list(found.pool["c"]) == [one, "ethanol"]
    if one == " ".join(other.split()):  # nobody sees a difference
        assert found.notes == []
    else:
        (note,) = found.notes
        assert (
            note == f"In 'c' {other!r} as {one!r}: they look alike, and count as one."
        )


def test_the_price_is_shown_under_its_own_name(suggest, folder):
    known, _ = tables()
    (folder / "a.csv").write_text(known)
    (folder / "b.csv").write_text("x,c,Price\n3,thf,2\n5,dmf,4\n")
    two = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y", "-n", 2]
    text = suggest(*two, "--cost", "price", "--model", "ridge")
    assert "'price' is taken for the column 'Price'." in text
    assert "Together they cost 6 ('Price')." in text


def test_columns_that_are_there_are_not_meant(posed):
    known = "temp_1,temp_2,y\n" + "".join(f"{i},{i * i},{i % 3}\n" for i in range(6))
    with pytest.raises(InputError) as caught:
        posed(known, "temp_1,temp_3\n1,2\n7,8\n")
    assert str(caught.value).endswith("did you mean 'temp_3'?")
    with pytest.raises(InputError) as caught:
        posed(known, "temp_1,z\n1,2\n7,8\n")
    assert str(caught.value).endswith("its columns are 'temp_1', 'z'.")


def test_names_of_the_pool_alone_can_be_meant_by_ignore(posed):
    known, pool = tables()
    pool = pool.replace("c\n", "c,remark\n").replace("hf\n", "hf,k\n")
    with pytest.raises(InputError, match="did you mean 'remark'"):
        posed(known, pool, ignore=["remarks"])
