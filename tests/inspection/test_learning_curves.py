"""Learning curves: what is drawn are means, standard errors and paired ratios."""

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal

from skcurious.inspection import ActiveLearningCurveDisplay

pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

import matplotlib.pyplot as plt
import pandas as pd

pl = optional("polars")

N_LABELS = [10, 20, 30, 50]
draw = ActiveLearningCurveDisplay.from_results


@pytest.fixture
def results(rng):
    shared = rng.uniform(1, 2, (6, 1))  # what a run is like, for all strategies
    return {
        name: shared * level * np.exp(0.1 * rng.standard_normal((6, 4)))
        for name, level in [("random", 1.0), ("curiosity", 0.8), ("variance", 0.7)]
    }


def tidy(results):
    """One row for each point, in the columns of benchmarks/."""
    rows = [
        ("ridge", table, seed, strategy, labels, runs[3 * "ab".index(table) + seed][i])
        for strategy, runs in results.items()
        for table in "ab"
        for seed in range(3)
        for i, labels in enumerate(N_LABELS)
    ]
    columns = ["model", "table", "seed", "strategy", "labels", "rmse"]
    return pd.DataFrame(rows, columns=columns)


COLUMNS = {"run": ["table", "seed"], "n_labels": "labels", "score": "rmse"}


def test_mean_and_standard_error(results):
    display = draw(results, n_labels=N_LABELS)
    assert display.errorbar_ is None
    assert len(display.lines_) == len(display.fill_between_) == 3
    for line, band, (name, scores) in zip(
        display.lines_, display.fill_between_, results.items(), strict=True
    ):
        mean = scores.mean(axis=0)
        error = np.sqrt(((scores - mean) ** 2).sum(axis=0) / 5 / 6)
        assert line.get_label() == name
        assert_array_equal(line.get_xdata(), N_LABELS)
        assert_allclose(line.get_ydata(), mean)
        corners = band.get_paths()[0].vertices
        for x, low, high in zip(N_LABELS, mean - error, mean + error, strict=True):
            at = corners[corners[:, 0] == x, 1]
            assert_allclose([at.min(), at.max()], [low, high])
    assert display.ax_.get_xlabel() == "labels"
    assert display.ax_.get_ylabel() == "test error"
    assert display.ax_.get_title() == "Mean of 6 runs ± standard error"


def test_log_ratios_are_paired_by_run(results):
    display = draw(results, n_labels=N_LABELS, relative_to="random", score_name="RMSE")
    for line, scores in zip(display.lines_, results.values(), strict=True):
        ratios = [
            np.log(run) - np.log(other)
            for run, other in zip(scores, results["random"], strict=True)
        ]
        assert_allclose(line.get_ydata(), np.mean(ratios, axis=0), atol=1e-15)
    assert display.ax_.get_ylabel() == "log RMSE against random"
    # Unpaired errors are wider: the runs differ more than the strategies do.
    band = display.fill_between_[1].get_paths()[0].vertices[:, 1]
    assert np.ptp(band) < 0.2
    display.plot()  # the errors themselves are kept
    assert_allclose(display.lines_[0].get_ydata(), results["random"].mean(axis=0))


def test_tidy_table(results, rng):
    table = tidy(results)
    shuffled = table.sample(frac=1, random_state=0)
    before = shuffled.copy()
    display = draw(shuffled, **COLUMNS, relative_to="random")
    pd.testing.assert_frame_equal(shuffled, before)
    assert_array_equal(display.n_labels, N_LABELS)
    assert set(display.scores) == set(results)
    for name, scores in results.items():
        assert_array_equal(display.scores[name], scores)
    assert display.ax_.get_ylabel() == "log rmse against random"
    in_order = draw(table, **COLUMNS)
    assert list(in_order.scores) == list(results)  # as they come
    renamed = table[table["table"] == "a"].rename(
        columns={"seed": "run", "labels": "n_labels", "rmse": "score"}
    )
    display = draw(renamed)  # names as the defaults have them
    assert_array_equal(display.scores["variance"], results["variance"][:3])


def test_tables_of_polars(results):
    theirs = tidy(results)
    ours = draw(pl.DataFrame(theirs.to_dict("list")), **COLUMNS)
    theirs = draw(theirs, **COLUMNS)
    assert_array_equal(ours.n_labels, theirs.n_labels)
    for name, scores in theirs.scores.items():
        assert_array_equal(ours.scores[name], scores)
    with pytest.raises(ValueError, match="or a DataFrame, got Series"):
        draw(pd.Series([1.0]))


def test_one_run(results):
    single = {name: runs[:1] for name, runs in results.items()}
    display = draw(single, n_labels=N_LABELS)
    assert display.fill_between_ == []
    assert display.ax_.get_title() == ""
    bars = draw(single, n_labels=N_LABELS, std_display_style="errorbar").errorbar_
    assert not any(bar.has_yerr for bar in bars)


def test_display_styles(results):
    plain = draw(results, n_labels=N_LABELS, std_display_style=None)
    assert plain.fill_between_ is plain.errorbar_ is None
    assert plain.ax_.get_title() == "Mean of 6 runs"
    bars = draw(
        results,
        n_labels=N_LABELS,
        std_display_style="errorbar",
        errorbar_kw={"c": "red", "capsize": 7},
    )
    assert bars.lines_ is bars.fill_between_ is None
    line, _, (vertical,) = bars.errorbar_[0].lines
    assert line.get_color() == "red"
    scores = results["random"]
    height = np.diff([s[:, 1] for s in vertical.get_segments()], axis=1)[:, 0]
    assert_allclose(height, 2 * scores.std(axis=0, ddof=1) / np.sqrt(6))
    styled = draw(
        results,
        n_labels=N_LABELS,
        line_kw={"lw": 4},
        fill_between_kw={"alpha": 0.5},
    )
    assert styled.lines_[2].get_linewidth() == 4
    assert styled.fill_between_[2].get_alpha() == 0.5


def test_negative_scores(results):
    negative = {name: -runs for name, runs in results.items()}
    display = draw(negative, n_labels=N_LABELS, negate_score=True, relative_to="random")
    expected = draw(results, n_labels=N_LABELS, relative_to="random")
    assert_allclose(display.lines_[1].get_ydata(), expected.lines_[1].get_ydata())


def test_axes_of_ones_own(results):
    figure, (left, right) = plt.subplots(1, 2)
    right.set(title="ridge", ylabel="°C")
    display = draw(results, n_labels=N_LABELS, ax=left)
    assert display.ax_ is left
    assert display.plot(right, relative_to="curiosity") is display
    assert display.ax_ is right
    assert display.figure_ is figure
    assert (right.get_title(), right.get_ylabel()) == ("ridge", "°C")


def test_many_strategies_differ(rng):
    runs = {f"strategy {i}": rng.uniform(1, 2, (2, 4)) for i in range(14)}
    lines = draw(runs, n_labels=N_LABELS).lines_
    styles = {(line.get_color(), line.get_linestyle()) for line in lines}
    assert len(styles) == 14


@pytest.mark.parametrize(
    "cycle",
    [
        plt.cycler(color=["red", "green", "blue"]),
        plt.cycler(linestyle=["-", "--"]) * plt.cycler(color=["red", "green", "blue"]),
    ],
)
def test_colours_of_ones_own(rng, cycle):
    runs = {f"strategy {i}": rng.uniform(1, 2, (2, 4)) for i in range(7)}
    with plt.rc_context({"axes.prop_cycle": cycle}):
        lines = draw(runs, n_labels=N_LABELS).lines_
    assert [line.get_color() for line in lines[2:5]] == ["blue", "red", "green"]
    assert [line.get_linestyle() for line in lines[1:7:2]] == ["-", "--", "--"]
    assert lines[6].get_linestyle() == ":"


def test_names_that_are_numbers(results):
    numbered = dict(enumerate(results.values()))
    expected = draw(results, n_labels=N_LABELS, relative_to="random")
    for name in (0, "0"):
        display = draw(numbered, n_labels=N_LABELS, relative_to=name)
        for line, other in zip(display.lines_, expected.lines_, strict=True):
            assert_array_equal(line.get_ydata(), other.get_ydata())
        assert display.ax_.get_ylabel() == "log test error against 0"
    table = tidy(results).replace({"strategy": {n: i for i, n in enumerate(results)}})
    display = draw(table.infer_objects(), **COLUMNS, relative_to=0)
    assert not display.lines_[0].get_ydata().any()


def test_runs_may_differ_in_number_unless_paired(results):
    results["random"] = results["random"][:4]
    display = draw(results, n_labels=N_LABELS)
    assert display.ax_.get_title() == "Mean ± standard error"
    with pytest.raises(ValueError, match="'curiosity' has 6 runs and 'random' 4"):
        display.plot(relative_to="random")


@pytest.mark.parametrize(
    ("change", "keywords", "message"),
    [
        ({}, {"n_labels": None}, "n_labels must be the numbers"),
        ({}, {"n_labels": "labels"}, "n_labels must be the numbers"),
        ({}, {"n_labels": [N_LABELS]}, "n_labels must be one-dimensional"),
        (
            {},
            {"n_labels": N_LABELS[:3]},
            r"\['random'\] has runs of 4 points, but .* 3",
        ),
        ({"gsx": [[1, 2, 3, 4], [1, 2]]}, {}, r"\['gsx'\] has runs of 2, 4 points"),
        ({"gsx": [1, 2, 3, 4]}, {}, r"\['gsx'\] must be of shape"),
        ({"gsx": []}, {}, r"\['gsx'\] must be of shape"),
        ({"gsx": [[1, 2, 3, np.nan]]}, {}, r"results\['gsx'\].* contains NaN"),
        ({}, {"relative_to": "chance"}, "'chance' is none .* random, curiosity"),
        (
            {"gsx": np.zeros((6, 4))},
            {"relative_to": "random"},
            "'gsx' has an error of 0.0, which has no logarithm",
        ),
        ({}, {"std_display_style": "bars"}, "std_display_style must be"),
    ],
)
def test_errors(results, change, keywords, message):
    with pytest.raises(ValueError, match=message):
        draw({**results, **change}, **{"n_labels": N_LABELS, **keywords})
    assert not plt.get_fignums()


@pytest.mark.parametrize("results", [{}, [[1.0]], None])
def test_no_results(results):
    with pytest.raises(ValueError, match="results must be a dict"):
        draw(results, n_labels=[1])


def test_errors_of_tables(results):
    table = tidy(results)
    with pytest.raises(ValueError, match="no column 'run', 'n_labels', 'score': its"):
        draw(table)
    with pytest.raises(ValueError, match="results is empty"):
        draw(table[:0], **COLUMNS)
    with pytest.raises(
        ValueError, match=r"several scores for strategy=random, seed=0, labels=10"
    ):
        draw(table, **{**COLUMNS, "run": "seed"})
    with pytest.raises(
        ValueError,
        match=r"no rmse for strategy=variance, table=b, seed=2, labels=50: all",
    ):
        draw(table[:-1], **COLUMNS)
    partly = table[(table["strategy"] != "variance") | (table["table"] == "a")]
    with pytest.raises(
        ValueError,
        match=r"'random' and 'variance' do not have the same runs: table=b, seed=0",
    ):
        draw(partly, **COLUMNS)
