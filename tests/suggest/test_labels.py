"""Labels, and rows that were tried and have none."""

import pytest

pytest.importorskip("pandas")

from numpy.testing import assert_array_equal

from skcurious._suggest._errors import InputError

ROWS = [(1, "u", 2), (2, "v", 3), (4, "u", 5), (8, "v", 1), (9, "u", 7)]
POOL = "x,c\n3,u\n5,v\n6,u\n"


def known(*words):
    """Labelled rows, and those at x = 3, 5, 6 with words in place of a label."""
    tried = zip((3, 5, 6), "uvu", words, strict=False)
    rows = [",".join(map(str, row)) for row in [*ROWS, *tried]]
    return "\n".join(["x,c,y", *rows, ""])


@pytest.mark.parametrize("word", ["failed", "n.d.", "n.b.", "-", "exploded, twice"])
def test_a_run_that_failed_is_not_suggested_again(posed, word):
    found = posed(known(f'"{word}"'), POOL)
    assert list(found.pool["x"]) == [5, 6]
    assert_array_equal(found.y, [2, 3, 5, 1, 7])
    assert found.notes == [
        f"1 row of a.csv with '{word}' (1) for 'y' counts as failed: not learnt from, "
        "and not suggested again.",
        "1 row of b.csv that equals a row of a.csv without a label in all columns is "
        "not suggested.",
    ]


def test_runs_that_are_pending(posed):
    found = posed(known("PENDING", "", " "), "x,c\n3.0,u\n5,v\n6,u\n7,v\n")
    assert list(found.pool["x"]) == [7]
    assert found.notes == [
        "2 rows of a.csv without a label in 'y' are not learnt from.",
        "1 row of a.csv with 'PENDING' (1) for 'y' counts as pending: not learnt from, "
        "and not suggested again.",
        "3 rows of b.csv that equal a row of a.csv without a label in all columns are "
        "not suggested.",
    ]


def test_in_one_spreadsheet_blank_rows_are_the_candidates(posed):
    both = known("failed", "", "pending") + "7,v,\n"
    found = posed(both, both)
    assert list(found.pool["x"]) == [5, 7]
    # Also where a failed run was entered again, without the word.
    both += "3,u,\n"
    assert list(posed(both, both).pool["x"]) == [5, 7]


def test_all_rows_were_tried(posed):
    with pytest.raises(InputError) as caught:
        posed(known("failed", "", "pending"), POOL)
    assert str(caught.value) == (
        "every row of b.csv equals one of a.csv in all columns, where rows without a "
        "label count as tried: take out those that were not."
    )


@pytest.mark.parametrize("cell", ["5?", "<0.1", "20-30", "O.5", "#DIV/0!", "#VALUE!"])
def test_what_was_meant_as_a_label_is_no_word(posed, cell):
    with pytest.raises(InputError, match="is no number, but a target has to be"):
        posed(known(cell), POOL)


def test_a_tried_row_does_not_have_to_be_sound(posed):
    a = known("failed").replace("3,u", "?,u")
    assert list(posed(a, POOL).pool["x"]) == [3, 5, 6]


def test_labels_with_a_unit_and_tried_rows_with_one(posed):
    lines = known("failed").splitlines()
    a = "\n".join([lines[0], *(line.replace(",", " °C,", 1) for line in lines[1:])])
    a = a.replace(",7", ",7.0 %").replace(",1", ",1 %").replace(",5", ",5 %")
    a = a.replace(",2\n", ",2 %\n").replace(",3\n", ",3 %\n")
    found = posed(a, "x,c\n3 °C,u\n5 °C,v\n")
    assert list(found.pool["x"]) == [5]
    assert_array_equal(found.y, [2, 3, 5, 1, 7])


def test_too_few_labels_beside_words(posed):
    a = "x,y\n1,2\n2,3\n3,failed\n4,failed\n5,n.d.\n"
    found = posed(a, "x\n7\n8\n")
    assert not found.has_model
    assert list(found.results.states) == ["failed"] * 3
    (note,) = found.notes
    assert note.startswith(
        "3 rows of a.csv with 'failed' (2), 'n.d.' (1) for 'y' count"
    )


@pytest.mark.parametrize("words", [["failed", "failed"], ["pending", ""], ["", ""]])
def test_no_label_at_all(posed, words):
    found = posed(f"x,y\n1,{words[0]}\n2,{words[1]}\n", "x\n7\n8\n")
    assert len(found.y) == 0
    assert list(found.results.states) == [w if w else "pending" for w in words]


def test_a_column_of_words_is_no_target(posed):
    message = "'c' of a.csv holds names, such as 'u', 'v', but a target has to hold"
    with pytest.raises(InputError, match=message):
        posed(known(), POOL, target="c")


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["PPh3", "XPhos", "SPhos", "PPh3", "", "XPhos"], "names, such as 'PPh3', but"),
        ([f"HTE-{i}" for i in range(6)], "names, such as 'HTE-0', 'HTE-1', but"),
        ([f"2024-03-0{i}" for i in range(1, 7)], "dates, such as '2024-03-01', "),
        ([*"abcdefghijkl", "4"], None),  # the others say what became of the run
        (["<0.1", "20-30", "5?", "1", "2", "3"], None),
        (["#VALUE!", "failed", "", "pending", "1", "2"], None),
        (["failed", "", "pending", "", "", ""], None),
        (["5mg", "7mg", "8mg", "2mg", "1mg", "4mg"], None),
        (["5.5 %", "7.1 %", "", "2.4 %", "1 %", "4 %"], None),
    ],
)
def test_a_column_of_names_is_no_target_in_one_sentence(posed, cells, what):
    rows = [f"{i * i},{cell}" for i, cell in enumerate(cells)]
    a = "\n".join(["x,y", *rows, ""])
    try:
        posed(a, "x\n7\n8\n")
    except InputError as error:
        said = str(error)
    else:
        said = ""
    if what is None:
        assert "a target has to hold" not in said
    else:
        assert said.startswith(f"'y' of a.csv holds {what}")
        assert said.endswith("a target has to hold numbers: name a column of numbers.")
