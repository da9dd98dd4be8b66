"""Rooms of the page by themselves."""

import base64
import re
import xml.etree.ElementTree as ET
from argparse import Namespace
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("streamlit")

import pandas as pd

from skcurious._app import _html, _results, _say
from skcurious._app._downloads import table_bytes
from skcurious._app._parts import columns_of, model_of, report_of
from skcurious._app._reading import results_in
from skcurious._app._uploads import shown_name, table_of
from skcurious._suggest import _kept, _work
from skcurious._suggest._errors import InputError
from skcurious.campaign import Campaign


class Upload(SimpleNamespace):
    """What a browser sends."""

    def getvalue(self):
        return self.data.encode()


def opened(frame, folder="c", **told):
    table = table_of(Upload(name="pool.csv", data=frame.to_csv(index=False, sep=";")))
    told = {"target": ["yield"], "model": "ridge", "seed": 0} | told
    empty = {"ignore": [], "category": [], "cost": None, "same": None, "noise": []}
    return _kept.keep(_kept.draft(table, Namespace(**empty | told)), folder, None)


def test_pictures_are_images_that_can_be_read(frame):
    """Sound XML with its own colours, and a text for whoever does not see it."""
    shown = []
    campaign = Campaign(frame.drop(columns="yield"), "y & <z>", model="ridge")
    campaign.add(frame.head(8).rename(columns={"yield": "y & <z>"}))
    html = model_of(campaign, None)
    shown = _html._SVG.sub(_html._as_image, html)
    assert "<svg" not in shown
    found = re.findall(
        r'<img alt="(.*?)" src="data:image/svg\+xml;base64,(.*?)">', shown
    )
    assert found[0][0].startswith("y &amp; &lt;z&gt;: predicted against measured")
    for _, data in found:
        tree = ET.fromstring(base64.b64decode(data))
        style = tree.find("{http://www.w3.org/2000/svg}style").text
        assert "--blue: #0b5cad" in style
        assert ".next {" in style
        assert "prefers-color-scheme" not in style


def test_columns_that_tell_nothing_have_their_reason(folder, frame):
    frame["id"] = [f"R{i}" for i in range(len(frame))]
    campaign = opened(frame)
    for left_out in (campaign.left_out, _kept.open_folder("c").left_out):
        html = columns_of(campaign.campaign, left_out)
        assert "another text in every row" in html
        assert "always A" in html


def test_the_report_is_that_of_the_campaign(folder, frame):
    campaign = opened(frame).campaign
    campaign.report("r.html", 5)
    assert report_of(campaign, None, 5) == (folder / "r.html").read_bytes()


def test_downloads_are_what_the_command_writes(folder, frame, capsys):
    from skcurious.__main__ import main

    campaign = opened(frame)
    suggestion = _work.suggest(campaign, 3, lambda what: None)
    for ending in (".csv", ".xlsx"):
        main(["suggest", "c", "-n", "3", "--output", f"next{ending}"])
        data = table_bytes(_work.suggested_rows(campaign, suggestion), ending, campaign)
        if ending == ".csv":
            assert data == (folder / "next.csv").read_bytes()
            assert data.startswith(b"line;T;")  # as the candidates were written
        else:
            (folder / "ours.xlsx").write_bytes(data)
            ours, its = map(pd.read_excel, ["ours.xlsx", "next.xlsx"])
            pd.testing.assert_frame_equal(ours, its)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.5", "failed", ""], [1.5]),
        (["1,5", " 2,25 ", None], [1.5, 2.25]),  # candidates had points
        (["7", "", ""], [7.0]),
    ],
)
def test_results_that_are_typed_in(folder, frame, cells, values):
    campaign = opened(frame)
    lines = list(campaign.campaign.states.index[10:13])
    shown = _results._shown(campaign.campaign, lines)
    assert list(shown) == ["line", "T", "time", "solvent", "yield"]
    shown["yield"] = cells
    _results._save(campaign, shown, lines)
    log = _kept.open_folder("c").campaign.measurements
    assert list(log["yield"].iloc[8:]) == values
    assert list(log["row"].iloc[8:]) == lines[: len(values)]


def test_typed_results_that_cannot_be_read(folder, frame):
    campaign = opened(frame)
    lines = list(campaign.campaign.states.index[10:12])
    shown = _results._shown(campaign.campaign, lines)
    with pytest.raises(InputError, match="No result is typed in yet"):
        _results._save(campaign, shown, lines)
    shown["yield"] = ["12?", "3"]
    match = f"'12\\?' in column 'yield' on line {lines[0]} of the results typed in"
    with pytest.raises(InputError, match=match):
        _results._save(campaign, shown, lines)


def test_of_equal_candidates_the_suggested_one_is_asked_for(folder, frame):
    frame.loc[20] = frame.loc[19]
    campaign = opened(frame)
    first, second = campaign.campaign.states.index[[19, 20]]
    campaign.campaign.mark_pending([second])
    state = SimpleNamespace(opened=campaign, suggestion=None, asked=set())
    assert _results._lines(state) == [first]
    state.asked = {second}
    assert _results._lines(state) == [second]


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"a": [1, 2, 3], "y": [1, None, None]}, ["y"]),
        ({"y": [1, None, None], "a": [1, 2, 3]}, ["y"]),
        ({"a": ["x", None, "z"], "y": [None] * 3}, ["y"]),
        ({"a": [1, None, 2], "y": [1, None, None], "b": ["u", None, "v"]}, ["y"]),
        ({"a": [1, 2, 3], "b": [4, 5, 6]}, []),
    ],
)
def test_the_column_of_results_is_guessed(columns, found):
    data = pd.DataFrame(columns).to_csv(index=False)
    assert results_in(table_of(Upload(name="a.csv", data=data))) == found


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/a.csv", "a.csv"),
        ("C:\\Users\\a.csv", "a.csv"),
        ("a\nb\u202e.csv", "a b⟨U+202E⟩.csv"),
        ("x" * 400 + ".csv.gz", "x" * 45 + "…" + "x" * 7 + ".csv.gz"),
    ],
)
def test_names_of_files(name, shown):
    assert shown_name(name) == shown


def test_labels_hold_no_markup():
    assert _say.in_label("**a** [b](c) :red[d] $e$") == (
        r"\*\*a\*\* \[b\]\(c\) \:red\[d\] \$e\$"
    )
    assert _say.in_label("http://e.org") == "http\\:\u200b//e\\.org"


def test_results_of_a_campaign_of_python(folder, frame):
    index = [f"r{i}" for i in range(len(frame))]
    frame = frame.set_axis(index).drop(columns="batch")
    Campaign(frame, "yield", model="ridge").save("c")
    campaign = _kept.open_folder("c")
    shown = _results._shown(campaign.campaign, ["r10", "r12"])
    shown["yield"] = ["3", "4"]
    _results._save(campaign, shown, ["r10", "r12"])
    assert list(campaign.campaign.measurements["row"].iloc[-2:]) == ["r10", "r12"]
    assert np.isin(["r10", "r12"], frame.index).all()
