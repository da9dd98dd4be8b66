"""Pictures of the app for the documentation: ``make screenshots``.

Starts the app, uses it as the guide says ("A page to drop a spreadsheet on") in a
browser, of a screen's and of a phone's width, and writes doc/images/app-*.png.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from app_in_browser import (  # noqa: E402
    FLAGS,
    NARROW,
    WIDE,
    Visitor,
    browser_program,
    reactions,
    running_app,
)

MOST_BYTES = 150_000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "doc" / "images")
    arguments = parser.parse_args()
    if browser_program() is None:
        sys.exit("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory(prefix="lab-") as folder,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=browser_program(), args=FLAGS)
        frame, _ = reactions()
        table = Path(folder) / "reactions.csv"
        frame.to_csv(table, index=False)
        with running_app(folder) as app:
            for name, size in [("", WIDE), ("-phone", NARROW)]:
                go_through(Visitor(browser, app, size=size), table, name, arguments.to)
        browser.close()


def go_through(visitor, table, name, to):
    """From the empty page to the first suggestion, a picture of each step."""
    start = time.monotonic()

    def shoot(step, height=None):
        # Whose machine made it is nobody's concern.
        visitor.page.evaluate(HIDE, [str(visitor.app.work), "/home/ada"])
        path = to / f"app-{step}{name}.png"
        width, usual = (WIDE, NARROW)[bool(name)]
        visitor.page.set_viewport_size({"width": width, "height": height or usual})
        visitor.page.evaluate(TOP)
        visitor.page.wait_for_timeout(800)
        visitor.page.screenshot(path=path)
        smaller(path)
        took, size = time.monotonic() - start, path.stat().st_size
        print(f"{took:5.1f} s  {path.name}, {size:,} bytes", flush=True)

    visitor.go()
    shoot("1-start", 500 if not name else 620)
    visitor.upload(table)
    visitor.fill("Campaign folder", str(visitor.app.work / f"reactions{name}"))
    shoot("2-table", 1000)
    visitor.click("Make the campaign")
    visitor.says("to choose from")
    visitor.idle()
    shoot("3-campaign", 620)
    visitor.suggest()
    visitor.page.get_by_text("Why these").first.wait_for()
    shoot("4-next", 1250)
    visitor.click("Mark as pending")
    visitor.tab("Results")
    visitor.page.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    visitor.idle()
    shoot("5-results", 1000)
    visitor.tab("Model")
    visitor.page.wait_for_timeout(1500)
    shoot("6-model", 1500)
    visitor.close()


TOP = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0)"
HIDE = """([before, after]) => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
        walk.currentNode.data = walk.currentNode.data.replaceAll(before, after);
    for (const field of document.querySelectorAll('input'))
        if (field.value.includes(before))
            field.value = field.value.replaceAll(before, after);
}"""


def smaller(path):
    """Write a picture with fewer colours, as flat ones need no more."""
    with Image.open(path) as picture:
        found = picture.convert("RGB").quantize(160, dither=Image.Dither.NONE)
    found.save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, path


if __name__ == "__main__":
    main()
