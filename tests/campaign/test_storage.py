"""Campaigns in folders: all of it comes back, and nothing is half written."""

import json
import os
import stat

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

pytest.importorskip("pandas")

import pandas as pd
from numpy.testing import assert_allclose

from skcurious import CuriousRidge
from skcurious.campaign import Campaign, _files, _storage
from skcurious.campaign._files import from_csv, kind_of, restored, to_csv


@pytest.fixture
def begun(campaign, candidates, lab):
    campaign.add(lab(candidates.iloc[:10])).mark_pending(["e20", "e21"])
    campaign.mark_failed("e30")
    return campaign.add(
        pd.DataFrame({"time": [9.0], "heat": [1.0], "solvent": ["oil"], "result": [30]})
    )


def assert_same(one, other):
    assert one._state.pending == other._state.pending
    assert one._state.failed == other._state.failed
    for name in ("states", "measurements", "predictions"):
        left, right = getattr(one, name), getattr(other, name)
        if callable(left):
            left, right = left(), right()
        if isinstance(left, pd.Series):
            pd.testing.assert_series_equal(left, right)
        elif isinstance(left, pd.DataFrame):
            pd.testing.assert_frame_equal(left, right, check_exact=True)
        else:
            assert left.equals(right)
    left, right = one.suggest(3), other.suggest(3)
    assert left.equals(right)


def test_what_was_saved_comes_back(begun, tmp_path):
    history = begun.history()
    begun.save(tmp_path / "new" / "folder")
    other = Campaign.load(tmp_path / "new" / "folder")
    assert other._history == begun._history
    assert_same(begun, other)
    pd.testing.assert_frame_equal(other.history(), history, check_exact=True)


def test_readable_without_us(begun, tmp_path):
    begun.save(tmp_path)
    manifest = json.loads((tmp_path / "campaign.json").read_text())
    assert (manifest["format"], manifest["version"]) == ("skcurious campaign", 1)
    files = manifest["files"]
    assert set(files.values()) | {"campaign.json", ".skcurious.lock"} == {
        path.name for path in tmp_path.iterdir()
    }
    log = pd.read_csv(tmp_path / files["measurements"])
    # Readers of older versions round the last digit.
    assert_allclose(log["result"], begun.measurements["result"], rtol=1e-15)
    assert log["label"].tolist()[:10] == [f"e{i}" for i in range(10)]
    marks = pd.read_csv(tmp_path / files["marks"])
    assert marks["state"].tolist() == ["pending", "pending", "failed"]


def test_all_options_come_back(candidates, lab, tmp_path):
    table = candidates.assign(plate=np.arange(40) % 4, error=0.1, number=range(40))
    campaign = Campaign(
        table,
        ["result", "purity"],
        weights={"purity": 2.0, "result": 1.0},
        cost=pd.Series(np.arange(1.0, 41.0) / 3, index=candidates.index),
        same="plate",
        noise={"result": "error"},
        ignore=["number"],
        categories=["plate"],
        avoid_failures=True,
        random_state=3,
        model="ridge",
    )
    campaign.save(tmp_path)
    other = Campaign.load(tmp_path)
    assert other._settings == campaign._settings
    assert other._columns == campaign._columns
    assert_array_equal(other._cost, campaign._cost)
    pd.testing.assert_frame_equal(other._given, campaign._given, check_exact=True)
    assert campaign.suggest(3).equals(other.suggest(3))


def test_types_come_back(tmp_path, candidates):
    n = len(candidates)
    table = pd.DataFrame(
        {
            "round": pd.array([1, None] * (n // 2), dtype="Int64"),
            "row": np.arange(n, dtype=np.int8),
            "single": np.linspace(0, 1, n, dtype=np.float32),
            "state": pd.Categorical(["b", "a"] * (n // 2), ["b", "a", "c"]),
            "level": pd.Categorical([2, 1] * (n // 2), [1, 2], ordered=True),
            "is": np.arange(n) % 3 == 0,
            "maybe": pd.array([True, None] * (n // 2), dtype="boolean"),
            "object": pd.Series([1.5, None] * (n // 2), dtype=object),
            "when": pd.date_range("2024-01-01", periods=n, unit="s"),
        },
        index=pd.RangeIndex(7, 7 + n, name="label"),
    )
    campaign = Campaign(table, "result", ignore=["when"], model="ridge").save(tmp_path)
    other = Campaign.load(tmp_path)
    given = campaign._given.astype({"object": float})
    given.index = pd.Index(np.arange(7, 7 + n), name="label")
    pd.testing.assert_frame_equal(other._given, given, check_exact=True)
    assert_same_features(campaign, other)


def assert_same_features(one, other):
    pd.testing.assert_frame_equal(
        one._X.reset_index(drop=True), other._X.reset_index(drop=True), check_exact=True
    )


def test_polars_comes_back(tmp_path, candidates, lab):
    pl = pytest.importorskip("polars")
    table = pl.DataFrame(candidates.reset_index(drop=True).to_dict("list"))
    table = table.with_columns(
        n=pl.Series([1, None] * 20),
        kind=pl.Series(["x", "y"] * 20, dtype=pl.Enum(["x", "y", "z"])),
        yes=pl.Series([True, None] * 20),
    )
    campaign = Campaign(table, "result", model="ridge")
    campaign.add(table[:8].with_columns(result=pl.Series(np.arange(8.0)))).save(
        tmp_path
    )
    other = Campaign.load(tmp_path)
    assert other._given.equals(table)
    assert other._given.schema == table.schema
    assert_same(campaign, other)


finite = st.floats(allow_nan=True, allow_infinity=False)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@example([(-0.0, "\r", 0), (5e-324, '"\n,', -(2**63))])
@given(st.lists(st.tuples(finite, words, st.integers(-(2**63), 2**63 - 1)), min_size=1))
def test_any_cell_comes_back(rows):
    frame = pd.DataFrame(rows, columns=["a, \"b'", "c\n", "d"]).astype({"c\n": object})
    cells = from_csv(to_csv(frame))
    for place, name in enumerate(frame):
        column = restored(cells.iloc[:, place], kind_of(frame[name]))
        before = frame[name].where(frame[name].map(lambda v: v != ""), np.nan)
        pd.testing.assert_series_equal(
            column, before, check_exact=True, check_names=False, check_dtype=False
        )


# -- at any moment ---------------------------------------------------------------------


class Stopped(Exception):
    pass


def test_a_stop_between_any_two_writes(begun, candidates, lab, tmp_path, monkeypatch):
    """After each of the calls that change the disk, the folder is old or new."""
    begun.save(tmp_path)
    calls = [(_files.os, "replace"), (_files.os, "fsync"), (_files.os, "unlink")]
    n_new = 0
    for stop in range(1, 100):
        campaign = Campaign.load(tmp_path)
        before = len(campaign.measurements)
        campaign.add(lab(candidates.iloc[[15]])).unmark("e30").mark_failed("e31")
        left = [stop]

        def counted(function, left=left):
            def call(*arguments, **options):
                left[0] -= 1
                if left[0] == 0:
                    raise Stopped
                return function(*arguments, **options)

            return call

        with monkeypatch.context() as patch:
            for module, name in calls:
                patch.setattr(module, name, counted(getattr(module, name)))
            try:
                campaign.save(tmp_path)
                stopped = False
            except Stopped:
                stopped = True
        after = Campaign.load(tmp_path)
        n = len(after.measurements)
        assert n in (before, before + 1)
        n_new += n == before + 1
        assert after.states["e31"] == ("failed" if n_new else "open")
        if not stopped:
            assert n == before + 1
            break
    assert stop > 5


def test_a_temporary_file_is_swept(begun, tmp_path):
    begun.save(tmp_path)
    (tmp_path / ".skcurious-abc.tmp").write_bytes(b"half")
    (tmp_path / "mine.csv").write_text("a")
    begun.save(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert ".skcurious-abc.tmp" not in names
    assert "mine.csv" in names


def test_another_campaign_is_not_written_over(begun, candidates, lab, tmp_path):
    begun.save(tmp_path)
    with pytest.raises(ValueError, match="holds another campaign"):
        Campaign(candidates, "result").save(tmp_path)
    other = Campaign.load(tmp_path).add(lab(candidates.iloc[[25]])).save(tmp_path)
    with pytest.raises(ValueError, match="by somebody else"):
        begun.save(tmp_path)
    assert len(Campaign.load(tmp_path).measurements) == len(other.measurements)
    begun.save(tmp_path / "elsewhere")
    other.save(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="modes are of posix")
def test_files_have_the_modes_of_others(begun, tmp_path):
    begun.save(tmp_path)
    (tmp_path / "other").touch()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_an_estimator_is_given_again(candidates, lab, tmp_path):
    numbers = FunctionTransformer(lambda X: X[["time", "heat"]])
    model = make_pipeline(numbers, CuriousRidge())
    campaign = Campaign(candidates, "result", model=model)
    campaign.add(lab(candidates.iloc[:8])).save(tmp_path)
    with pytest.raises(ValueError, match="pass it again as model="):
        Campaign.load(tmp_path)
    assert_same(campaign, Campaign.load(tmp_path, model=model))


def test_folders_that_are_refused(begun, tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no campaign"):
        Campaign.load(tmp_path)
    begun.save(tmp_path)
    path = tmp_path / "campaign.json"
    manifest = json.loads(path.read_text())
    for text, message in [
        ("{", "no sound JSON"),
        ("{}", "not of a campaign"),
        (json.dumps({**manifest, "version": 2}), "newer version"),
    ]:
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            Campaign.load(tmp_path)
    path.write_text(json.dumps(manifest))
    (tmp_path / manifest["files"]["measurements"]).unlink()
    with pytest.raises(ValueError, match=r"lacks measurements-\w+\.csv"):
        Campaign.load(tmp_path)


def test_a_reader_that_meets_a_writer(begun, candidates, lab, tmp_path, monkeypatch):
    """Files that go away between two reads are those of the state before."""
    begun.save(tmp_path)
    read, written = _storage.from_csv, []

    def reading(data):
        if not written:
            written.append(begun.add(lab(candidates.iloc[[17]])).save(tmp_path))
        return read(data)

    monkeypatch.setattr(_storage, "from_csv", reading)
    assert len(Campaign.load(tmp_path).measurements) == len(begun.measurements)


# -- files of others, and files that were changed --------------------------------------


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_that_lost_its_manifest_is_left_alone(begun, candidates, tmp_path):
    begun.save(tmp_path)
    (tmp_path / "campaign.json").unlink()
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=r"no campaign\.json, but .*measurements-"):
        Campaign(candidates, "result").save(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"restore campaign\.json"):
        Campaign.load(tmp_path)
    assert contents(tmp_path) == before
    begun.save(tmp_path)  # the very same files
    assert_same(begun, Campaign.load(tmp_path))


def test_files_of_others_are_not_removed(begun, tmp_path):
    begun.save(tmp_path)
    mine = tmp_path / "others-0123456789abcdef.csv"
    mine.write_text("a\n1\n")
    begun.add(begun._given.iloc[[20]].assign(result=1.0)).save(tmp_path)
    assert mine.read_text() == "a\n1\n"
    assert len(list(tmp_path.glob("measurements-*.csv"))) == 1
    folder = tmp_path / "new"
    folder.mkdir()
    mine.rename(folder / mine.name)
    with pytest.raises(ValueError, match="files of a campaign"):
        begun.save(folder)
    assert (folder / mine.name).read_text() == "a\n1\n"


def test_a_first_save_that_was_cut_off_is_made_again(begun, tmp_path, monkeypatch):
    replace, left = os.replace, [3]

    def stopped(*arguments):
        left[0] -= 1
        if not left[0]:
            raise Stopped
        return replace(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(_files.os, "replace", stopped)
        with pytest.raises(Stopped):
            begun.save(tmp_path)
    assert not (tmp_path / "campaign.json").exists()
    begun.save(tmp_path)
    assert_same(begun, Campaign.load(tmp_path))
    assert not (tmp_path / ".skcurious.begun").exists()


@pytest.mark.parametrize("stem", ["candidates", "measurements", "others", "marks"])
@pytest.mark.parametrize("change", ["a row less", "ends of lines"])
def test_files_that_were_changed_are_refused(begun, tmp_path, stem, change):
    """Results are told by positions: they would be those of other rows."""
    begun.save(tmp_path)
    files = json.loads((tmp_path / "campaign.json").read_text())["files"]
    path = tmp_path / files[stem]
    data = path.read_bytes()
    lines = data.split(b"\r\n")
    changed = {"a row less": [lines[0], *lines[2:]], "ends of lines": lines}[change]
    path.write_bytes((b"\r\n" if change == "a row less" else b"\n").join(changed))
    with pytest.raises(ValueError, match=rf"{path.name} in .* was changed since"):
        Campaign.load(tmp_path)
    path.write_bytes(data)
    assert_same(begun, Campaign.load(tmp_path))
