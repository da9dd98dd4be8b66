"""Files that somebody means harm with, dropped on the page; and who may see it."""

import socket
from urllib.parse import urlsplit

import pytest
from app_in_browser import needs_a_browser, reactions
from hostile_files import HOSTILE, SCRIPTS, csv

needs_a_browser()

# Every other one, for time: tests/suggest has them all.
NAMES = sorted(HOSTILE)[::2]


@pytest.fixture
def written(app):
    """What the app wrote since, but for the caches of libraries below its home."""
    before = app.files()
    home = app.work.parent / "home"
    return lambda: {p for p in app.files() - before if home not in p.parents}


def test_hostile_files_are_a_sentence_each(visit, written, tmp_path):
    visitor = visit()
    visitor.go()
    visitor.page.evaluate("window.here = true")
    told = {}
    for name in NAMES:
        path = tmp_path / name
        path.write_bytes(HOSTILE[name].make())
        visitor.upload(path)
        found = visitor.sentences()
        told[name] = found
        print(name, found)
        assert len(found) <= 1, name
        if HOSTILE[name].sentence:
            assert len(found) == 1, name
            assert HOSTILE[name].sentence in found[0], name
        assert "nobody foresaw" not in "".join(found), name
        assert visitor.app.is_alive(), name
        assert visitor.page.evaluate("window.here && !window.wasRun"), name
        assert written() == set(), name
        visitor.page.get_by_role("button", name="Remove").first.click()
        visitor.page.get_by_text("Or go on with a campaign").wait_for()
        visitor.idle()
        path.unlink()
    assert sum(map(bool, told.values())) >= 20


def test_words_of_cells_are_not_run(visit, tmp_path):
    rows = [
        (f"{SCRIPTS[i % len(SCRIPTS)]} {i % 3}", 0.5 * i, 2 * i if i < 9 else "")
        for i in range(30)
    ]
    path = tmp_path / "<img src=x onerror='window.wasRun=true'>.csv"
    path.write_text(csv(rows, names=(SCRIPTS[0], SCRIPTS[1], SCRIPTS[2])))
    visitor = visit()
    visitor.page.add_init_script("window.wasRun = false")
    visitor.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    visitor.new_campaign(path, "scripts")
    visitor.suggest()
    visitor.click("Mark as pending")
    for tab in ("Results", "Model", "History", "Columns"):
        visitor.tab(tab)
        assert visitor.page.evaluate("window.wasRun") is False, tab


def test_the_report_of_such_cells_runs_nothing(visit, tmp_path):
    rows = [
        (f"{SCRIPTS[i % 6]} {i % 3}", 0.5 * i, 2 * i if i < 9 else "")
        for i in range(30)
    ]
    path = tmp_path / "t.csv"
    path.write_text(csv(rows, names=("a", SCRIPTS[1], "y")))
    visitor = visit()
    visitor.new_campaign(path, "report of scripts")
    visitor.tab("History")
    report = visitor.download("Download the report (.html)", tmp_path)
    page = visitor.context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_timeout(500)
    assert page.evaluate("window.wasRun === undefined")
    assert asked == [report.as_uri()]


def test_nothing_is_asked_of_other_machines(visit, tmp_path):
    frame, _ = reactions(40, 10)
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    visitor = visit()
    visitor.new_campaign(path, "alone")
    visitor.suggest()
    for tab in ("Results", "Model", "History", "Columns"):
        visitor.tab(tab)
    hosts = {urlsplit(address).hostname for address in visitor.asked}
    assert hosts - {None} == {"127.0.0.1"}


def test_other_machines_are_not_listened_to(app):
    for family, address in [
        (socket.AF_INET, "127.0.0.2"),
        (socket.AF_INET, _own_address()),
        (socket.AF_INET6, "::1"),
    ]:
        if address is None:
            continue
        with socket.socket(family) as tried:
            tried.settimeout(5)
            with pytest.raises(OSError, match=r"refused|assign|not supported|reach"):
                tried.connect((address, app.port))


def _own_address():
    """The address of this machine by which others know it; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        try:
            tried.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return tried.getsockname()[0]
