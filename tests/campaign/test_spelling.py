"""What looks alike."""

import unicodedata

import pytest

from skcurious.campaign._spelling import find, one_spelling, plain_spaces, renamed

MICRO, MU = "\u00b5", "\u03bc"
COMPOSED, DECOMPOSED = (unicodedata.normalize(f, "Höhe") for f in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"T ({MICRO}C)", f"T ({MU}C)"),
        (COMPOSED, DECOMPOSED),
        ("a b", "a\u00a0b"),
        ("a b", "a  b"),
        ("ab", "a\u200bb"),
        ("area (m²)", "area (m2)"),
        ("thf", "THF"),
        ("Catalyst 1", "catalyst 1"),
    ],
)
def test_alike(one, other):
    assert find(one, ["x", other]) == other
    assert one_spelling([one, other, "x"]) == {other: one}
    assert renamed([one, "z"], ["x", other]) == {one: other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Co", "CO"),
        ("a", "A"),
        ("c1ccccc1", "C1CCCCC1"),
        ("x1", "x2"),
        ("DMSO-d6", "dmso-D6"),
    ],
)
def test_formulas_and_letters_keep_their_case(one, other):
    assert one_spelling([one, other]) == {}


def test_names_are_matched_where_only_one_can_be_meant():
    assert find("t", ["T", "x"]) == "T"
    assert find("t", ["t", "T"]) == "t"
    assert find("time", ["Time", "TIME"]) is None
    assert find("y", ["x"]) is None
    assert renamed(["Time", "TIME"], ["time"]) == {}
    assert renamed(["t", "T"], ["T", "x"]) == {}


def test_gaps():
    assert plain_spaces(" a\u00a0\t b\ufeff ") == "a b"
