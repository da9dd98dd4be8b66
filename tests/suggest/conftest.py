import os

import pytest
from sklearn.datasets import load_diabetes

from skcurious.__main__ import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, so that sentences hold short names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def suggest(capsys):
    """Run the command; returns what it printed."""

    def run(*arguments):
        main(["suggest", *map(str, arguments)])
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


@pytest.fixture
def refusal(folder, capsys):
    """Run the command in vain; returns the one sentence it says."""

    def run(*arguments):
        before = {name: os.stat(name).st_mtime_ns for name in os.listdir(folder)}
        with pytest.raises(SystemExit) as caught:
            main(["suggest", *map(str, arguments)])
        assert caught.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        after = {name: os.stat(name).st_mtime_ns for name in os.listdir(folder)}
        assert after == before, "nothing is written"
        return err.removeprefix("python -m skcurious suggest: ").rstrip("\n")

    return run


@pytest.fixture
def diabetes(folder):
    """Tables of 40 patients with their outcome and 100 without."""
    frame = load_diabetes(as_frame=True, scaled=False).frame.head(140)
    labelled, pool = frame[:40], frame[40:].drop(columns="target")
    labelled.to_csv("labelled.csv", index=False)
    pool.to_csv("pool.csv", index=False)
    return labelled, pool.reset_index(drop=True)


@pytest.fixture
def posed(folder):
    """The problem that two files are, up to the model."""

    def pose_(a, b, target="y", **options):
        from skcurious._suggest._names import match_names
        from skcurious._suggest._problem import pose
        from skcurious._suggest._tables import agree, read_table

        tables = []
        for name, content in [("a.csv", a), ("b.csv", b)]:
            content = content if isinstance(content, bytes) else content.encode()
            (folder / name).write_bytes(content)
            tables.append(read_table(name))
        agree(*tables)
        match_names(*tables)
        return pose(*tables, target, **options)

    return pose_
