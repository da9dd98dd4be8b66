"""Which rows of the pool there are to choose from."""

import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd
from numpy.testing import assert_array_equal

from skcurious._suggest._errors import InputError

KNOWN = "id,x,c,y\nr1,1,u,2\nr2,2,v,3\nr3,4,u,5\nr4,8,v,1\nr5,9,u,7\nr6,7,v,4\n"


def test_rows_that_hold_nothing(posed):
    """Spaces, no-break spaces, or nothing but the name of the row."""
    pool = "id,x,c\np1,3,u\n , , \n\u00a0,,\u00a0\np4,,\np5, ,\u00a0\np6,,v\n,,\n"
    found = posed(KNOWN, pool)
    assert list(found.pool.index) == [2, 7]
    assert "2 rows of b.csv with nothing to learn from are not suggested." in (
        found.notes
    )
    with pytest.raises(InputError, match="'x': blank in every row to choose from"):
        posed(KNOWN, "id,x,c\np1,,\np2, ,\n")


def test_a_row_that_is_there_three_times(posed):
    pool = "id,x,c\np1,0.7,u\np1,0.7000000000000001,u\np1,.7,u\np2,.7,u\np3,3,v\n"
    found = posed(KNOWN, pool)
    assert list(found.pool.index) == [2, 5, 6]
    assert "2 rows of b.csv that repeat another one are not suggested." in found.notes
    assert found.columns.left_out == {"id": "another text in every row"}


def test_of_equal_rows_the_cheapest(posed):
    pool = "id,x,c,price\np1,3,u,9\np1,3,u,2\np1,3,u,5\np2,5,v,1\n"
    found = posed(KNOWN, pool, cost="price")
    assert list(found.pool.index) == [3, 5]
    assert_array_equal(found.cost, [2, 1])


def test_labelled_rows_are_equal_but_for_rounding(posed):
    known = "x,y\n0.7,2\n2,3\n4,5\n8,1\n9,7\n"
    found = posed(known, "x\n0.7000000000000001\n3\n")
    assert list(found.pool["x"]) == [3]


def test_prices_are_needed_where_something_can_be_bought(posed):
    # Line 3 is labelled, line 4 is blank, line 5 has a label.
    pool = "id,x,c,price,y\np1,3,u,2,\nr2,2,v,,\np3,,,-1,\np4,5,u,sold,3\n"
    found = posed(KNOWN, pool, cost="price")
    assert list(found.pool.index) == [2]
    assert_array_equal(found.cost, [2])


def test_prices_with_a_unit(posed):
    pool = "id,x,c,price\np1,3,u,$1\np2,5,v,$1.50\n"
    found = posed(KNOWN, pool, cost="price")
    assert_array_equal(found.cost, [1, 1.5])
    assert any("the unit '$' is that of every cell" in note for note in found.notes)


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_a_second_result_is_not_learnt_from(posed, blank):
    """Known where the label is, and in no row to choose from."""
    known = "x,purity,c,colour,y\n1,9,u,red,2\n2,8,v,blue,3\n4,5,u,red,5\n8,3,v,red,1\n"
    known += "9,4,u,blue,7\n"
    pool = f"x,purity,c,colour\n3,{blank},u,\n5,{blank},v,{blank}\n"
    found = posed(known, pool)
    assert list(found.X.columns) == ["x", "c"]
    assert found.columns.left_out == dict.fromkeys(
        ["purity", "colour"], "blank in every row to choose from"
    )


def test_a_second_result_in_one_spreadsheet(posed):
    """The rows that have it have a label, and are not candidates."""
    both = "x,purity,y\n1,9,2\n2,8,3\n4,5,5\n8,3,1\n9,4,7\n3,,\n5,,\n"
    found = posed(both, both)
    assert list(found.X.columns) == ["x"]
    assert list(found.pool.index) == [7, 8]


def test_a_column_that_is_mostly_blank_is_said_loudly(posed):
    pool = "id,x,c\np1,,u\np2,,v\np3,3,v\n"
    loud = [note for note in posed(KNOWN, pool).notes if note.startswith("Take care")]
    assert loud == [
        "Take care: 'x' is blank in 2 of the 3 rows to choose from, which makes them "
        "look alike: fill it, or leave it out with --ignore if it comes with the label."
    ]


def test_copies_of_a_row_may_have_lost_their_date(posed):
    known = KNOWN.replace("id,", "day,id,").replace("\nr", "\n2024-03-01,r")
    found = posed(known, "day,id,x,c\n,r1,1,u\n,p2,3,u\n2024-03-09,r5,9,u\n")
    assert list(found.pool.index) == [3]


def test_the_sentence_says_where_the_others_are(suggest, refusal, folder):
    (folder / "a.csv").write_text(KNOWN)
    (folder / "b.csv").write_text("id,x,c\np1,3,u\np1,3,u\nr1,1,u\n")
    tables = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y"]
    assert refusal(*tables, "-n", 2) == (
        "-n asks for 2 rows, but b.csv has 1 to choose from: ask for that many at most "
        "(the other 2 are labelled, tried, blank or repeated)."
    )


def test_rows_that_look_the_same_to_the_model(suggest, folder):
    (folder / "a.csv").write_text(KNOWN)
    (folder / "b.csv").write_text("id,x,c\np1,3,u\np2,3,u\n")
    tables = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y"]
    text = " ".join(suggest(*tables, "-n", 2, "--output", "c.csv").split())
    assert "1 of these rows equals one above in all columns that are learnt" in text
    assert set(pd.read_csv("c.csv")["id"]) == {"p1", "p2"}
