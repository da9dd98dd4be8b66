import pytest
from app_in_browser import FLAGS, Visitor, browser_program, running_app


@pytest.fixture(scope="session")
def browser():
    """One for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=browser_program(), args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A process of its own for each file of tests."""
    with running_app(tmp_path_factory.mktemp("app")) as found:
        yield found


@pytest.fixture
def visit(browser, app):
    """Open the page as somebody new, of some size."""
    visitors = []

    def new(**options):
        visitors.append(Visitor(browser, app, **options))
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.close()
    assert app.is_alive()
    assert "Traceback" not in app.said()
