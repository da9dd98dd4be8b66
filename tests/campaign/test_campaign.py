"""The verbs of a campaign, and what they refuse."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign import Campaign


def counts(campaign):
    return campaign.states.value_counts().to_dict()


@pytest.fixture
def begun(campaign, candidates, lab):
    return campaign.add(lab(candidates.iloc[:10]))


# -- results ---------------------------------------------------------------------------


def test_what_is_suggested_is_a_part_of_the_candidates(begun, candidates):
    rows = begun.suggest(4)
    assert list(rows) == [*candidates, "prediction", "std", "score"]
    pd.testing.assert_frame_equal(rows[list(candidates)], candidates.loc[rows.index])
    assert rows["score"].iloc[0] == 100
    assert (begun.states[rows.index] == "open").all()
    assert (rows["std"] > 0).all()


def test_from_no_label_to_a_model(campaign, lab):
    first = campaign.suggest(6)
    assert first["prediction"].isna().all()
    assert campaign.status().cv_error == {}
    campaign.add(lab(first))
    assert campaign.suggest(2)["prediction"].notna().all()


def test_marking_what_is_suggested(begun):
    rows = begun.suggest(3, mark=True)
    assert counts(begun) == {"open": 27, "measured": 10, "pending": 3}
    assert not set(begun.suggest(27).index) & set(rows.index)
    begun.unmark(rows)
    assert counts(begun) == {"open": 30, "measured": 10}


def test_results_end_what_was_pending_or_failed(begun, lab):
    rows = begun.suggest(3)
    begun.mark_pending(rows).mark_failed(rows.index[0])
    assert counts(begun) == {"open": 27, "measured": 10, "pending": 2, "failed": 1}
    begun.add(lab(rows))
    assert counts(begun) == {"open": 27, "measured": 13}


def test_rows_by_index_or_by_columns(campaign, candidates, lab):
    rows = lab(candidates.iloc[:5])
    by_index = Campaign(candidates, "result").add(rows[["result"]])
    by_columns = campaign.add(rows.reset_index(drop=True))
    pd.testing.assert_frame_equal(by_index.measurements, by_columns.measurements)


def test_words_in_place_of_results(campaign, candidates):
    results = ["1.5", "failed", "pending", None, "spilled"]
    campaign.add(candidates.iloc[:5].assign(result=results))
    assert campaign.states.iloc[:5].tolist() == [
        "measured",
        "failed",
        "pending",
        "open",
        "failed",
    ]
    assert campaign.measurements["result"].tolist() == [1.5]


def test_a_replicate_may_be_under_way(begun, candidates):
    row = candidates.iloc[[0]]
    assert counts(begun.mark_pending(row))["pending"] == 1
    assert counts(begun.add(row.assign(result=1.0)))["measured"] == 10
    begun.mark_failed(row)
    assert counts(begun)["measured"] == 10


def test_replicates_are_averaged(begun, candidates, lab):
    row = candidates.iloc[:1]
    begun.add(row.assign(result=lab(row)["result"] + 2))
    assert begun.status().n_labels == 11
    assert_allclose(begun.y_["result"].iloc[0], lab(row)["result"].iloc[0] + 1)
    assert len(begun.X_labelled_) == 10


def test_rows_that_are_no_candidates_are_learnt_from(begun, candidates):
    before = begun.predictions()["prediction"]
    far = pd.DataFrame(
        {"time": [3.0, 3.0], "heat": [0.5, 0.5], "solvent": "acetone", "result": 40.0}
    )
    begun.add(far)
    assert begun.status().n_labels == 12
    assert len(begun.X_labelled_) == 11
    assert counts(begun) == {"open": 30, "measured": 10}
    assert begun.measurements["row"].isna().sum() == 2
    assert (begun.predictions()["prediction"] != before).all()


def test_results_among_the_candidates(candidates, lab):
    table = lab(candidates)
    table.loc[table.index[7:], "result"] = np.nan
    campaign = Campaign(table, "result", model="ridge")
    assert counts(campaign) == {"open": 33, "measured": 7}
    assert "result" not in campaign.suggest(1)


def test_taking_results_back(begun, candidates, lab):
    measurements = begun.measurements
    begun.history()
    begun.add(candidates.iloc[[20]].assign(result=1e6))
    assert begun.history()["cv_error"].iloc[1] > 1e4
    begun.remove(10)
    pd.testing.assert_frame_equal(begun.measurements, measurements)
    assert begun.history()["round"].tolist() == [1]


def test_equal_candidates_are_one(candidates, lab):
    twice = pd.concat([candidates, candidates]).reset_index(drop=True)
    campaign = Campaign(twice, "result", model="ridge").add(lab(candidates.iloc[:10]))
    assert counts(campaign) == {"open": 60, "measured": 20}
    rows = campaign.suggest(30)
    assert not rows[list(candidates)].duplicated().any()
    with pytest.raises(ValueError, match="30 candidates can be suggested"):
        campaign.suggest(31)


# -- how it stands -------------------------------------------------------------------


def test_status(begun, candidates):
    status = begun.status()
    assert (status.n_open, status.n_measured) == (30, 10)
    assert 0 < status.gain["result"] < status.expected_error["result"]
    std = begun.predictions()["std"]
    assert_allclose(status.expected_error["result"], np.sqrt((std**2).mean()))
    assert status.advice in str(status)
    begun.mark_failed(candidates.index[10:])
    assert begun.status().advice == "Stop: no candidate is left to suggest."


def test_the_error_is_that_of_rows_left_out(begun, candidates, lab):
    from sklearn.model_selection import KFold

    squares = []
    rows = lab(candidates.iloc[:10])
    for rest, part in KFold(5, shuffle=True, random_state=0).split(rows):
        other = Campaign(candidates, "result", model="ridge").add(rows.iloc[rest])
        predicted = other.predictions()["prediction"][rows.index[part]]
        squares.extend((predicted - rows["result"].iloc[part]) ** 2)
    assert_allclose(begun.status().cv_error["result"], np.sqrt(np.mean(squares)))


def test_history(begun, candidates, lab):
    begun.add(lab(candidates.iloc[10:12])).add(lab(candidates.iloc[12:15]))
    history = begun.history()
    assert history["n_labels"].tolist() == [10, 12, 15]
    status = begun.status()
    assert history["cv_error"].iloc[-1] == status.cv_error["result"]
    assert history["expected_error"].iloc[-1] == status.expected_error["result"]
    at_ten = Campaign(candidates, "result", model="ridge")
    at_ten.add(lab(candidates.iloc[:10]))
    assert history["cv_error"].iloc[0] == at_ten.status().cv_error["result"]


def test_picture_of_the_history(begun):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    display = begun.plot_history()
    assert_array_equal(display.lines_[0].get_ydata(), begun.history()["cv_error"])
    assert [line.get_label() for line in display.lines_] == [
        "cross-validated",
        "expected",
    ]
    matplotlib.pyplot.close(display.figure_)


def test_no_model_before_there_are_labels(campaign, candidates):
    with pytest.raises(ValueError, match="no model yet"):
        campaign.estimator_
    campaign.add(candidates.iloc[:8].assign(result=1.0))
    assert "all the same" in campaign.status().advice
    assert campaign.suggest(1)["prediction"].isna().all()


# -- frames of polars ---------------------------------------------------------------


def test_polars_in_polars_out(candidates, lab, campaign):
    pl = pytest.importorskip("polars")
    table = pl.DataFrame(candidates.reset_index(drop=True).to_dict("list"))
    other = Campaign(table, "result", model="ridge")
    rows = lab(candidates.iloc[:10])
    campaign.add(rows)
    other.add(pl.DataFrame(rows.to_dict("list")))
    suggested = other.suggest(3, mark=True)
    assert isinstance(suggested, pl.DataFrame)
    assert suggested.schema == table.schema | {
        name: pl.Float64 for name in ("prediction", "std", "score")
    }
    expected = campaign.suggest(3)
    assert_array_equal(suggested["prediction"].to_numpy(), expected["prediction"])
    for frame in (other.history(), other.measurements, other.predictions()):
        assert isinstance(frame, pl.DataFrame)
    with pytest.raises(ValueError, match="polars have no index"):
        other.add(pl.DataFrame({"result": [1.0]}))
    assert other.mark_failed(30).states[30] == "failed"


# -- refusals ----------------------------------------------------------------------


def refused(campaign, call, message):
    before = campaign._state
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        call()
    assert str(caught.value).count("\n") == 0
    assert campaign._state is before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"result": np.inf}, "no finite number"),
        ({"result": "1..5"}, "'1..5' for 'result' in the row 'e2'"),
        ({"result": None}, "holds no result"),
        ({"time": "long", "result": 1.0}, "'long', where its other"),
        ({"time": np.inf, "result": 1.0}, "infinite"),
        (
            {"time": None, "heat": None, "solvent": None, "result": 1.0},
            "nothing in the columns",
        ),
    ],
)
def test_results_that_are_refused(begun, candidates, change, message):
    rows = candidates.iloc[2:4].assign(result=1.0).astype(object)
    for name, value in change.items():
        rows[name] = value
    refused(begun, lambda: begun.add(rows), message)


def test_other_tables_that_are_refused(begun, candidates):
    rows = candidates.iloc[:2]
    refused(begun, lambda: begun.add(rows), "no column 'result'")
    refused(begun, lambda: begun.add([1.0]), "must be a DataFrame")
    wrong = pd.DataFrame({"result": [1.0]}, index=["nowhere"])
    refused(begun, lambda: begun.add(wrong), "'nowhere', which is no row")
    bare = pd.DataFrame({"result": [1.0]})
    refused(begun, lambda: begun.add(bare), "numbers for an index")
    half = rows.assign(result=1.0).drop(columns="time")
    refused(begun, lambda: begun.add(half), "lacks 'time'")
    refused(begun, lambda: begun.mark_failed("nowhere"), "'nowhere'")
    refused(begun, lambda: begun.mark_failed(rows.assign(time=9.0)), "no candidate")
    refused(begun, lambda: begun.mark_pending([True, False]), "mask")
    refused(begun, lambda: begun.remove(10), "0 to 9")
    for n in (0, 1.5, True, 31):
        refused(begun, lambda n=n: begun.suggest(n), "^n (must be|is)")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": []}, "targets is empty"),
        ({"targets": [1]}, "targets must be names"),
        ({"cost": "prise"}, "cost names 'prise'"),
        ({"cost": np.ones(3)}, "one price for each of the 40"),
        ({"cost": -np.ones(40)}, "positive"),
        ({"same": "plate"}, "same names 'plate'"),
        ({"ignore": ["x"]}, "ignore names 'x'"),
        ({"ignore": ["time", "heat", "solvent"]}, "no column to learn from"),
        ({"categories": ["x"]}, "categories names 'x'"),
        ({"weights": [1.0, 2.0]}, "one number for each of the 1"),
        ({"weights": {"result": -1.0}}, "positive numbers"),
        ({"noise": {"other": "error"}}, "dict from targets"),
        ({"model": "forest"}, "model must be one of"),
        ({"random_state": None}, "random_state must be"),
        ({"targets": "score"}, "'score'"),
    ],
)
def test_arguments_that_are_refused(candidates, options, message):
    options = {"targets": "result", **options}
    with pytest.raises(ValueError, match=message):
        Campaign(candidates, **options)


def test_tables_that_are_refused(candidates):
    blank = candidates.iloc[:1].assign(time=np.nan, heat=np.nan, solvent=None)
    blank.index = ["e40"]
    for table, message in [
        (candidates.to_numpy(), "must be a DataFrame"),
        (candidates.iloc[:0], "no rows"),
        (candidates.set_axis([0, 1, 2], axis=1), "named 0"),
        (candidates.set_axis(["a", "a", "b"], axis=1), "more than one column"),
        (candidates.set_axis(["e"] * 40), "'e' twice"),
        (candidates.assign(std=1.0), "'std'"),
        (candidates.assign(when=pd.Timestamp("2024-01-01")), "dates"),
        (candidates.assign(time=np.inf), "infinite"),
        (pd.concat([candidates, blank]), "nothing in the columns"),
    ]:
        with pytest.raises((ValueError, TypeError), match=message):
            Campaign(table, "result")


def test_columns_that_tell_nothing(candidates):
    table = candidates.assign(lot="A", name=candidates.index)
    assert Campaign(table, "result").left_out == {
        "lot": "the same in every row",
        "name": "another text in every row",
    }


def test_the_same_results_twice(campaign, candidates, lab):
    """A cell of a notebook that was run again."""
    results = lab(candidates.iloc[:6])
    campaign.add(results).add(lab(candidates.iloc[6:8]))
    message = r"there already, .*campaign\.remove\(range\(8, 14\)\) takes them back"
    with pytest.warns(UserWarning, match=message):
        campaign.add(results)
    assert len(campaign.remove(range(8, 14)).measurements) == 8
    campaign.add(lab(candidates.iloc[6:9]))  # one of them is new
    campaign.add(results.assign(result=results["result"] + 1e-9))  # replicates
    assert len(campaign.measurements) == 17
