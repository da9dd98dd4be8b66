"""The picture."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

import matplotlib.image
import pandas as pd

from skcurious._suggest import _picture


def make(n, rng, **columns):
    frame = pd.DataFrame(columns)
    frame.head(20).assign(y=rng.standard_normal(20)).to_csv("a.csv", index=False)
    frame.tail(n - 20).to_csv("b.csv", index=False)
    return ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y"]


@pytest.fixture
def axes(monkeypatch):
    """The axes of what was drawn last."""
    drawn = []
    savefig = _picture.Figure.savefig

    def keep(figure, *arguments, **options):
        drawn[:] = figure.axes
        return savefig(figure, *arguments, **options)

    monkeypatch.setattr(_picture.Figure, "savefig", keep)
    return drawn


def picks(ax):
    return ax.collections[-1].get_offsets()


def test_a_map_and_a_forecast(suggest, folder, rng, axes):
    columns = {name: rng.standard_normal(80) for name in ("hot", "wet", "long")}
    tables = make(80, rng, **columns)
    suggest(*tables, "-n", 4, "--picture", "p.png", "--output", "c.csv")
    assert matplotlib.image.imread("p.png").shape == (720, 1650, 4)
    plane, forecast = axes
    labels = [get() for ax in axes for get in (ax.get_xlabel, ax.get_ylabel)]
    assert all("variation)" in label for label in labels[:2])
    for name in columns:
        assert (name in labels[0]) + (name in labels[1]) == 1
    assert labels[2:] == ["predicted y", "± of predicted y, also the colours"]
    rows = pd.read_csv("c.csv")
    np.testing.assert_allclose(picks(forecast), rows[["prediction", "std"]], rtol=1e-5)
    assert len(plane.collections[0].get_offsets()) == 60
    assert len(plane.collections[1].get_offsets()) == 20
    assert len(picks(plane)) == 4


def test_one_column_is_drawn_as_it_is(suggest, folder, rng, axes):
    x = rng.standard_normal(60)
    suggest(*make(60, rng, hot=x), "-n", 2, "--picture", "p.svg", "--output", "c.csv")
    plane = axes[0]
    assert plane.get_xlabel() == "hot"
    assert plane.get_ylabel() == "y (pool: predicted)"
    rows = pd.read_csv("c.csv")
    np.testing.assert_allclose(picks(plane), rows[["hot", "prediction"]], rtol=1e-5)


def test_two_columns_are_drawn_as_they_are(suggest, folder, rng, axes):
    frame = {"hot": rng.standard_normal(60), "wet": rng.standard_normal(60)}
    suggest(*make(60, rng, **frame), "-n", 2, "--picture", "p.png", "--output", "c.csv")
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("hot", "wet")
    rows = pd.read_csv("c.csv")
    np.testing.assert_allclose(picks(axes[0]), rows[["hot", "wet"]], rtol=1e-5)


def test_a_category_is_shown_by_shapes(suggest, folder, rng, axes):
    solvent = np.array(["water", "DMF", "THF"])[np.arange(60) % 3]
    tables = make(
        60,
        rng,
        hot=rng.standard_normal(60),
        wet=rng.standard_normal(60),
        solvent=solvent,
        kind=rng.choice(["u", "v"], 60),
    )
    known = pd.read_csv("a.csv")
    known["y"] = known["hot"] + 9 * (known["solvent"] == "water")
    known.to_csv("a.csv", index=False)
    suggest(*tables, "-n", 2, "--picture", "p.png")
    for ax in axes:
        dots = [len(c.get_offsets()) for c in ax.collections[:3]]
        assert sorted(dots) == [13, 13, 14]
    words = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert words[:4] == ["pool", "labelled", "label next", "solvent:"]
    assert sorted(words[4:]) == ["DMF", "THF", "water"]


def test_categories_alone(suggest, folder, rng, axes):
    tables = make(
        60, rng, c=rng.choice(["u", "v"], 60), id=[f"s{i}" for i in range(60)]
    )
    suggest(*tables, "-n", 40, "--picture", "p.pdf")
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("c", "y (pool: predicted)")
    assert sorted(t.get_text() for t in axes[0].get_xticklabels()) == ["u", "v"]


def test_many_categories_and_picks_in_one_place(suggest, folder, rng, axes):
    # So many that they come as a sparse matrix.
    c = rng.choice(list("abcdefghij"), 80)
    tables = make(80, rng, c=c, id=[f"s{i}" for i in range(80)])
    suggest(*tables, "-n", 60, "--picture", "p.png")
    places = [text.get_text().split(", ") for text in axes[0].texts]
    assert 1 < len(places) <= 10
    assert ["1"] in [place[:1] for place in places]
    assert max(map(len, places)) == 4
    assert {place[3] for place in places if len(place) > 3} == {"…"}
    shown = [int(i) for place in places for i in place[:3]]
    assert len(set(shown)) == len(shown)
    assert max(shown) <= _picture.MOST_NUMBERED


def test_of_a_large_pool_a_sample_is_drawn(suggest, folder, rng, axes, monkeypatch):
    monkeypatch.setattr(_picture, "MOST_DOTS", 30)
    tables = make(500, rng, a=rng.standard_normal(500), b=rng.standard_normal(500))
    suggest(*tables, "-n", 5, "--picture", "p.png", "--output", "c.csv")
    forecast = axes[1]
    assert 30 <= len(forecast.collections[0].get_offsets()) <= 35
    rows = pd.read_csv("c.csv")
    np.testing.assert_allclose(picks(forecast), rows[["prediction", "std"]], rtol=1e-5)


def test_names_are_no_formulas(suggest, folder, rng, axes):
    names = {"price ($/kg)": rng.uniform(size=40), "a$_{": rng.uniform(size=40)}
    suggest(*make(40, rng, **names), "--picture", "p.png", "-n", 2)
    assert axes[0].get_ylabel() == "a$_{"


def test_letters_that_no_font_has_become_a_note(suggest, folder, rng):
    names = {"温度": rng.uniform(size=40), "b": rng.uniform(size=40)}
    text = suggest(*make(40, rng, **names), "--picture", "p.png", "-n", 2)
    assert "The picture has no letters for some of the names." in text


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_picture_again(suggest, folder, rng, ending):
    arguments = make(40, rng, a=rng.uniform(size=40), b=rng.uniform(size=40))
    for name in ("one", "two"):
        suggest(*arguments, "--picture", f"{name}.{ending}", "-n", 2)
    first, second = ((folder / f"{n}.{ending}").read_bytes() for n in ("one", "two"))
    assert first == second


def test_nothing_is_clipped(suggest, folder, rng, axes):
    suggest(*make(40, rng, c=rng.uniform(size=40)), "--picture", "p.png", "-n", 2)
    std = axes[1].collections[0].get_offsets()[:, 1]
    assert len(axes) == 2
    assert axes[1].get_ylim()[1] > 1.05 * std.max()
