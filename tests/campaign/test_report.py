"""The page that tells how a campaign stands."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("pandas")

import pandas as pd
from sklearn.gaussian_process.kernels import RBF

from skcurious import CuriousRidge
from skcurious.campaign import Campaign
from skcurious.campaign._report._drawing import ticks
from skcurious.campaign._report._effects import effects
from skcurious.campaign._report._markup import number, plain, text
from skcurious.campaign._report._style import STYLE
from skcurious.gaussian_process import CuriousGaussianProcessRegressor
from skcurious.query import pool_status

EMPTY = {"meta", "br"}
HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


class Page(HTMLParser):
    """What is in a page, and whether it is balanced."""

    def __init__(self, source):
        super().__init__()
        self.open, self.elements, self.text = [], [], {}
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(set(names)) == len(names)
        self.elements.append((tag, dict(attributes), tuple(self.open)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert "svg" in self.open
        self.elements.append((tag, dict(attributes), tuple(self.open)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open:
            self.text[tag] = self.text.get(tag, "") + data

    def all(self, tag):
        return [found for found in self.elements if found[0] == tag]


def written(campaign, tmp_path, **options):
    path = tmp_path / "next.html"
    assert campaign.report(path, **options) is campaign
    source = path.read_text(encoding="utf-8")
    return source, Page(source)


@pytest.fixture
def ready(campaign, lab):
    for _ in range(2):
        campaign.add(lab(campaign.suggest(6)))
    campaign.mark_failed(["e0"])
    campaign.mark_pending(campaign.suggest(1))
    return campaign


def check_structure(source, page):
    ids = [a["id"] for _, a, _ in page.elements if "id" in a]
    assert len(set(ids)) == len(ids)
    for _, attributes, _ in page.elements:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
    for _, attributes, within in page.all("th"):
        assert attributes["scope"] == ("col" if "thead" in within else "row")
    pictures = [a for _, a, _ in page.all("svg") if a.get("role") == "img"]
    titles = [a for _, a, within in page.all("title") if within[-1] == "svg"]
    assert [a["aria-labelledby"] for a in pictures] == [a["id"] for a in titles]
    # Nothing is loaded, and nothing runs but what the policy names.
    assert not re.search(r"https?://|//[a-z]|url\(|@import", source)
    banned = {"src", "href", "style", "srcset", "action"}
    for tag, attributes, _ in page.elements:
        assert tag not in {"img", "link", "iframe", "object", "a", "form", "base"}
        assert not banned & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    assert len(page.all("script")) == len(page.all("style")) == 1
    policy = next(a["content"] for _, a, _ in page.all("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none';")
    for kind in ("style", "script"):
        digest = b64encode(sha256(page.text[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("n_labels", [0, 3, 12])
def test_the_page_is_sound_from_the_first_label_on(campaign, lab, tmp_path, n_labels):
    if n_labels:
        campaign.add(lab(campaign.suggest(n_labels)))
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    assert ("there is no model yet" in source) == (n_labels < 5)
    assert f"{n_labels} labels in" in source
    assert len([1 for _, a, _ in page.all("svg") if a.get("role")]) == (
        2 if n_labels == 12 else 0
    )


def test_it_says_what_the_campaign_says(ready, tmp_path):
    source, page = written(ready, tmp_path, n=3)
    check_structure(source, page)
    rows = ready.suggest(3)
    for label, mean in zip(rows.index, rows["prediction"], strict=True):
        assert f"<b><bdi>{label}</bdi></b>" in source
        assert f'data-key="{float(mean)!r}"' in source
    status = ready.status()
    for value in (status.cv_error, status.expected_error, status.gain):
        assert f'data-key="{value["result"]!r}"' in source
    assert status.advice in page.text["header"]
    # Solvent does, and so does what time does, which is three times heat.
    matter = source[source.index('id="matter-table"') :]
    assert matter.index("time") < matter.index("heat")
    assert "<bdi>THF</bdi>" in source
    pending = ready.states.index[ready.states == "pending"][0]
    assert f"Pending: <bdi>{pending}</bdi>." in source
    assert "Failed: <bdi>e0</bdi>." in source


def test_the_fall_of_the_error_is_that_of_the_status(ready, tmp_path):
    ready.unmark(ready.states.index[ready.states == "pending"])
    source, _ = written(ready, tmp_path, n=1)
    falls = re.search(r"Expected error ([\d.e-]+) → ([\d.e-]+)\.", source)
    before, after = map(float, falls.groups())
    status = ready.status()
    assert_allclose(before, status.expected_error["result"], rtol=1e-3)
    assert_allclose(
        before - after, status.gain["result"], atol=2e-3 * before, rtol=0.02
    )


def test_the_error_falls_from_that_of_the_status_by_the_rows_under_way(ready, tmp_path):
    """And to that of a model with imagined labels of them, of the same kernel."""
    assert ready.status().n_pending == 1
    now, look = ready.status().expected_error["result"], ready._outlook
    source, _ = written(ready, tmp_path, n=2)
    ahead = re.search(
        r"expected error ([\d.e-]+) now, ([\d.e-]+) when 1 row that is pending has its",
        source,
    )
    before, then = map(float, ahead.groups())
    falls = re.findall(r"Expected error ([\d.e-]+) → ([\d.e-]+)\.", source)
    assert_allclose(before, now, rtol=1e-3)
    assert_allclose(then, float(falls[0][0]), rtol=1e-3)
    assert falls[0][1] == falls[1][0]
    assert then < before
    status = pool_status(
        look.model.estimator, look.X, X_reference=look.X, X_pending=_pending(look)
    )
    one = pool_status(look.model.estimator, look.X, X_reference=look.X)
    assert_allclose(then / before, status.std / one.std, rtol=2e-3)


def test_the_error_is_over_the_rows_of_the_status(ready, tmp_path, monkeypatch):
    """Of many candidates some, and not those next, of which less is known."""
    for name in ("N_REFERENCE", "FEWEST_REFERENCE"):
        monkeypatch.setattr(f"skcurious.campaign._picks.{name}", 6)
    ready.unmark(ready.states.index[ready.states == "pending"])
    assert len(ready._outlook.reference) == 6
    source, _ = written(ready, tmp_path, n=1)
    before = float(re.search(r"Expected error ([\d.e-]+) →", source)[1])
    assert_allclose(before, ready.status().expected_error["result"], rtol=1e-3)


def _pending(look):
    return look.X.iloc[sorted(look.state.pending)]


def test_rows_that_were_marked_are_reported(ready, tmp_path):
    rows = ready.suggest(2, mark=True)
    source, _ = written(ready, tmp_path, rows=rows)
    for label, score in zip(rows.index, rows["score"], strict=True):
        assert f"<b><bdi>{label}</bdi></b>" in source
        assert f'data-key="{float(score)!r}"' in source
    with pytest.raises(ValueError, match="no column 'score'"):
        ready.report(tmp_path / "next.html", rows=rows.drop(columns="score"))


def test_rows_next_that_are_under_way_are_told_from_others(ready, tmp_path):
    other = ready.states.index[ready.states == "pending"][0]
    rows = ready.suggest(3, mark=True)
    source, page = written(ready, tmp_path, rows=rows)
    assert "<b>4</b>pending" in source
    assert "pending are among others the 3 rows to measure next" in source
    assert f"Pending: the 3 rows to measure next, <bdi>{other}</bdi>." in source
    assert "when 1 other row that is pending has its result" in source
    ready.unmark([other])
    source, page = written(ready, tmp_path, rows=rows)
    assert "; pending are the 3 rows to measure next. There" in page.text["header"]
    assert "Pending: the 3 rows to measure next." in source
    assert "has its result" not in source
    # Of which a new suggestion asks no more.
    source, page = written(ready, tmp_path)
    assert "pending are" not in page.text["header"]
    names = ", ".join(f"<bdi>{label}</bdi>" for label in sorted(rows.index, key=_at))
    assert f"Pending: {names}." in source


def _at(label):
    return int(label[1:])


def test_what_each_number_counts(candidates, lab, tmp_path):
    again = candidates.iloc[:1].set_axis(["copy"]).rename_axis("run")
    campaign = Campaign(pd.concat([candidates, again]), "result", model="ridge")
    campaign.add(lab(candidates.iloc[:6]))
    twice = lab(candidates.iloc[:2])
    campaign.add(twice.assign(result=twice["result"] + 0.1))
    away = candidates.iloc[[9]].assign(time=7.0)
    campaign.add(lab(away.reset_index(drop=True)))
    source, page = written(campaign, tmp_path)
    assert "<b>7</b>measured" in source
    assert (
        "These are the 41 candidates, equal ones counted each. There are 9 labels in 3 "
        "rounds, of 7 rows that differ: labels of equal rows are averaged; 1 row with "
        "a label is no candidate."
    ) in page.text["header"]
    assert "7 rows with a label, each predicted" in page.text["figcaption"]


def test_a_worth_that_grows_is_said_to(ready, tmp_path):
    source, _ = written(ready, tmp_path)
    assert "more for a later one where those before it make it worth more" in source


def test_the_same_state_gives_the_same_bytes(ready, tmp_path):
    first, _ = written(ready, tmp_path)
    ready.save(tmp_path / "folder")
    again, _ = written(Campaign.load(tmp_path / "folder"), tmp_path)
    assert first == again


def test_hostile_names_and_cells_are_text(lab, tmp_path):
    rng = np.random.default_rng(0)
    formula, turned = "=cmd|' /C calc'!A0", "abc\u202egpj.exe"
    cells = [HOSTILE, formula, turned, "\x00\x1b", "x" * 5_000, "]]>-->"]
    frame = pd.DataFrame(
        {
            f"{HOSTILE} time": rng.random(48),
            "</title></svg>": rng.random(48),
            "cell": np.resize(cells, 48),
        },
        index=[f"{HOSTILE}{i}" for i in range(48)],
    )
    target = f"{HOSTILE}</style></script>"
    campaign = Campaign(frame, target, model="ridge")
    for _ in range(2):
        rows = campaign.suggest(6)
        campaign.add(rows.assign(**{target: rows[f"{HOSTILE} time"]}))
    source, page = written(campaign, tmp_path, n=8)
    check_structure(source, page)
    assert "onerror" not in " ".join(re.findall(r"<[^>]*>", source))
    assert "\u202e" not in source
    assert "\x00" not in source
    assert max(map(len, re.findall(r"x+", source))) <= 160
    assert "5,000 letters" in source
    assert "=cmd" in page.text["td"]


def test_text_is_cut_and_signs_that_hide_are_shown():
    assert plain("a\u202eb\n c") == "a⟨U+202E⟩b c"
    assert plain("a\ud800") == "a⟨U+D800⟩"
    assert plain("x" * 81) == "x" * 80 + "… (81 letters)"
    assert plain("x" * 80) == "x" * 80
    assert text("<b>&\"'") == "<bdi>&lt;b&gt;&amp;&quot;&#x27;</bdi>"
    assert plain("می\u200cخواهم") == "می\u200cخواهم"


def test_several_targets_of_which_one_is_not_learned(candidates, tmp_path):
    campaign = Campaign(candidates, ["a", "b"], model="ridge", cost=np.arange(1.0, 41))
    rows = campaign.suggest(8)
    campaign.add(rows.assign(a=rows["time"], b=[1.0, 2.0] + [np.nan] * 6))
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    assert "<bdi>b</bdi>, predicted" in source
    assert "<bdi>b</bdi>: predicted" not in source
    assert source.count('role="img"') == 2
    campaign.add(rows.assign(b=-rows["heat"])[["b"]])
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    assert "<bdi>b</bdi>: predicted" in source
    assert source.count('role="img"') == 5  # of b there is one round only


def test_lengths_of_a_gaussian_process_are_told(candidates, lab, tmp_path):
    campaign = Campaign(candidates, "result")
    campaign.add(lab(campaign.suggest(8)))
    source, page = written(campaign, tmp_path, n=2)
    check_structure(source, page)
    assert "in learned lengths" in source


@pytest.mark.parametrize("learns", [False, True])
def test_effects_of_columns(learns):
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.random((30, 2)) * [1, 5], columns=["a", "b"])
    if learns:
        kernel = RBF([0.5, 4.0])
        model = CuriousGaussianProcessRegressor(kernel, alpha=1e-3, optimizer=None)
    else:
        model = CuriousRidge(alpha=1e-9)
    model.fit(X, 3 * X["a"] - 0.1 * X["b"])
    effect, length = effects(model, X, 7)
    order = np.random.RandomState(7).permutation(30)
    moves = X.to_numpy()[order] - np.roll(X.to_numpy()[order], 1, axis=0)
    rms = np.sqrt((moves**2).mean(axis=0))
    if learns:
        assert_allclose(length, rms / [0.5, 4.0], rtol=1e-10)
        assert effect[0] > 3 * effect[1]
    else:
        assert length is None
        assert_allclose(effect, rms * [3, 0.1], rtol=1e-6)


def luminance(colour):
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_contrast_of_words_is_enough():
    schemes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part))
        for part in re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    ]
    for scheme in schemes[:2]:
        for ground in ("paper", "tint"):
            for words in ("ink", "soft", "blue", "red"):
                pair = sorted(luminance(scheme[c]) for c in (ground, words))
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_ticks_are_round_numbers_within():
    assert_allclose(ticks(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1])
    assert_allclose(ticks(-3.1, 47), [0, 10, 20, 30, 40])
    assert [number(v) for v in ticks(-0.3, 0.5, 4)] == [
        "\N{MINUS SIGN}0.2",
        "0",
        "0.2",
        "0.4",
    ]
    for low, high in [(1e-12, 3e-12), (5e9, 5.00001e9), (-1e100, 1e100)]:
        found = ticks(low, high)
        assert 3 <= len(found) <= 7
        assert low <= found[0] <= found[-1] <= high


def test_polars(candidates, lab, tmp_path):
    pl = pytest.importorskip("polars")
    campaign = Campaign(pl.from_pandas(candidates), "result", model="ridge")
    rows = campaign.suggest(8)
    made = rows.with_columns(result=rows["time"] - rows["heat"])
    campaign.add(made)
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    again, _ = written(campaign, tmp_path, rows=campaign.suggest(5))
    assert again == source


def test_nothing_is_left(candidates, lab, tmp_path):
    campaign = Campaign(candidates, "result", model="ridge", same="solvent")
    campaign.add(lab(candidates.iloc[:-2]))
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    left = candidates.iloc[-2:]["solvent"].value_counts().iloc[0]
    assert source.count("<b><bdi>e") == left
    campaign.add(lab(candidates.iloc[-2:]))
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    assert "No candidate is left to suggest." in source


def test_rows_that_are_no_candidates_and_blanks(candidates, tmp_path):
    candidates.loc[candidates.index[:5], "time"] = np.nan
    candidates.loc[candidates.index[5:9], "solvent"] = None
    campaign = Campaign(candidates, "result", model="ridge", ignore=["heat"])
    others = pd.DataFrame(
        {
            "time": [np.nan] * 6,
            "solvent": ["THF", "water", "DMF", "ether", None, "DMSO"],
            "result": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )[:4]
    campaign.add(others)
    campaign.add(candidates.iloc[8:14].assign(result=[1.0, 2, 3, 4, 5, 6]))
    source, page = written(campaign, tmp_path)
    check_structure(source, page)
    assert "extra row 1" in source
    assert "; 5 blanks" in source
    assert "; 4 blanks" in source


def test_many_candidates_and_columns_make_no_large_page(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((4_000, 3)), columns=list("abc"))
    frame["kind"] = rng.integers(0, 300, len(frame)).astype(str)
    notes = dict.fromkeys([f"note {k}" for k in range(110)], "the same")
    frame = frame.join(pd.DataFrame(notes, index=frame.index))
    campaign = Campaign(frame, "y", model="ridge", ignore=["c"])
    rows = frame.iloc[:30]
    campaign.add(rows.assign(y=rows["a"] - rows["b"]))
    source, page = written(campaign, tmp_path, rows=campaign.suggest(3))
    check_structure(source, page)
    assert len(source) < 300_000
    assert "of the 4,000 candidates" in source
    assert "14 more columns not shown" in source


def test_it_is_whole_or_not_there(ready, tmp_path, monkeypatch):
    source, _ = written(ready, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["next.html"]
    with pytest.raises(ValueError, match="which is no folder: make it first"):
        ready.report(tmp_path / "none" / "next.html")
    with pytest.raises(ValueError, match="name a file in it"):
        ready.report(tmp_path)
    with pytest.raises(ValueError, match="n must be a whole number"):
        ready.report(tmp_path / "next.html", n=0)

    def full(*_):
        raise OSError("no room")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no room"):
        ready.report(tmp_path / "next.html", n=1)
    assert (tmp_path / "next.html").read_text(encoding="utf-8") == source
    assert [path.name for path in tmp_path.iterdir()] == ["next.html"]
