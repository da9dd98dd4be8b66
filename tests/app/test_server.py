"""The command that serves the page."""

import socket
import sys

import pytest

from skcurious.__main__ import main
from skcurious._app import _server


@pytest.fixture
def refused(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(["app", *words])
        assert caught.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err.removeprefix("python -m skcurious app: ").rstrip("\n")

    return run


@pytest.fixture
def served(monkeypatch):
    """What streamlit is asked for."""
    pytest.importorskip("streamlit")
    from streamlit.web import cli

    asked = []
    monkeypatch.setattr(cli, "main", lambda words, prog_name: asked.extend(words))

    def run(*words):
        main(["app", *words])
        return asked

    return run


def test_this_computer_alone(served, tmp_path):
    words = served(str(tmp_path / "c"), "--no-browser")
    assert words[0] == "run"
    assert "--server.address=127.0.0.1" in words
    assert "--browser.gatherUsageStats=false" in words
    assert "--server.headless=true" in words
    assert words[-2:] == ["--", str(tmp_path / "c")]


def test_a_port_that_is_taken(served, refused):
    with socket.socket() as taken:
        taken.bind((_server.ADDRESS, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused("--port", str(port)).startswith(f"--port {port} is taken by")
    assert f"--server.port={port}" in served("--port", str(port))


def test_the_first_free_port(served, monkeypatch):
    with socket.socket() as taken:
        taken.bind((_server.ADDRESS, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(_server, "PORTS", range(port, port + 20))
        words = served()
    assert f"--server.port={port}" not in words
    assert "--server.headless=false" in words


def test_settings_are_known_to_streamlit():
    pytest.importorskip("streamlit")
    from streamlit import config

    for name in _server.SETTINGS:
        config.get_option(name)  # raises


def test_refusals(refused, tmp_path):
    assert "is not a number from 1 to 65535" in refused("--port", "x")
    pytest.importorskip("streamlit")
    (tmp_path / "a").write_text("")
    assert refused(str(tmp_path / "a")).endswith("is a file: name a folder.")


def test_a_package_that_is_missing(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "streamlit", None)
    assert refused() == (
        "this needs the package streamlit, which is not installed; get it with: "
        'pip install "skcurious[app]".'
    )
