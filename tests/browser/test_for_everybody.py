"""Keyboards, screen readers, phones."""

import pytest
from app_in_browser import NARROW, WIDE, needs_a_browser, reactions

needs_a_browser()

TABS = ("Next rows", "Results", "Model", "History", "Columns")


@pytest.fixture
def table(tmp_path):
    frame, _ = reactions(60, 12)
    path = tmp_path / "reactions.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_view(visit, table, size):
    """No serious finding of axe, and no scrolling sideways."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    visitor = visit(size=size)

    def look(view):
        found = axe.run(visitor.page).response["violations"]
        found = [
            (rule["id"], [node["html"][:300] for node in rule["nodes"]])
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]
        assert found == [], view
        assert not visitor.is_wider_than_the_screen(), view

    visitor.go()
    look("start")
    visitor.upload(table)
    look("columns of the new table")
    visitor.fill("Campaign folder", str(visitor.app.work / f"axe {size[0]}"))
    visitor.click("Make the campaign")
    visitor.suggest()
    visitor.click("Mark as pending")
    for tab in TABS:
        visitor.tab(tab)
        look(tab)


def test_the_keyboard_alone(visit, table):
    visitor = visit()
    page, keyboard = visitor.page, visitor.page.keyboard

    def reach(name, most=40):
        """Go on with the tabulator until something of that name is in focus."""
        for _ in range(most):
            keyboard.press("Tab")
            focus = page.evaluate(
                "() => { const at = document.activeElement;"
                "return ['BUTTON', 'INPUT'].includes(at.tagName)"
                " && (at.getAttribute('aria-label') || at.innerText) }"
            )
            if name in (focus or ""):
                return
        raise AssertionError(f"{name} is not reached")

    visitor.go()
    reach("Upload")
    with page.expect_file_chooser() as chooser:
        keyboard.press("Enter")
    chooser.value.set_files(table)
    visitor.idle()
    reach("Campaign folder")
    keyboard.press("Control+A")
    keyboard.type(str(visitor.app.work / "by keys"))
    keyboard.press("Enter")
    visitor.idle()
    reach("Make the campaign")
    keyboard.press("Enter")
    visitor.says("to choose from")
    visitor.idle()
    reach("Suggest rows")
    keyboard.press("Enter")
    visitor.says("to measure next.")
