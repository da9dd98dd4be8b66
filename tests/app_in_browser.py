"""The app in a process of its own, and somebody who uses it in a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
WIDE, NARROW = (1400, 1000), (400, 800)  # of a screen, and of a phone
PATIENCE = 120_000  # ms, of machines that do other things, too


def browser_program():
    """The path of a browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def needs_a_browser():
    """Skip a module of tests where something is missing, saying what."""
    import pytest

    for package in ("pandas", "streamlit", "playwright"):
        pytest.importorskip(package)
    if browser_program() is None:
        pytest.skip("no Chromium is installed", allow_module_level=True)


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


@contextmanager
def running_app(folder):
    """The app, with a home of its own below a folder, in which it works.

    Yields
    ------
    app : App
    """
    work, home = Path(folder) / "work", Path(folder) / "home"
    work.mkdir()
    home.mkdir()
    port = free_port()
    words = ["-m", "skcurious", "app", "--no-browser", "--port", str(port)]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"HOME": str(home), "PYTHONPATH": path, "TMPDIR": str(folder)}
    env.pop("PYTEST_CURRENT_TEST", None)
    with open(Path(folder) / "said.txt", "w") as said:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=work, env=env, stdout=said, stderr=said
        )
    app = App(process, port, work, Path(folder))
    try:
        app.wait()
        yield app
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class App:
    """A process that serves the page.

    Attributes
    ----------
    address : str
    work : Path
        The folder that it was started in.
    """

    def __init__(self, process, port, work, folder):
        self.process, self.port, self.work, self._folder = process, port, work, folder
        self.address = f"http://127.0.0.1:{port}/"

    def wait(self, seconds=120):
        """Until it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.is_alive():
            try:
                with urlopen(self.address + "_stcore/health", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"the app does not answer; it said:\n{self.said()}")

    def is_alive(self):
        """Whether the process is there."""
        return self.process.poll() is None

    def said(self):
        """What it wrote to the terminal."""
        return (self._folder / "said.txt").read_text(errors="replace")

    def files(self):
        """All files below its folder, but for what it says."""
        kept = {self._folder / "said.txt"}
        return {path for path in self._folder.rglob("*") if path not in kept}


class Visitor:
    """Somebody with a page before them.

    Parameters
    ----------
    browser : Browser
        Of Playwright.
    app : App
    size : tuple of int
    """

    def __init__(self, browser, app, size=WIDE):
        width, height = size
        self.app = app
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.asked = []  # addresses
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))

    def go(self, path=""):
        """Open the page."""
        self.page.goto(self.app.address + path)
        self.idle()

    def idle(self):
        """Wait until the page has done what it was asked for."""
        app = self.page.locator("[data-testid=stApp]")
        app.wait_for()
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning]"
        )
        self.page.wait_for_timeout(300)

    def upload(self, path, label="Table of candidates"):
        """Give a file to an input."""
        place = self.page.locator("[data-testid=stFileUploader]").filter(has_text=label)
        place.locator("input[type=file]").set_input_files(path)
        if label == "Table of candidates":
            what = ".said, button:has-text('Make the campaign')"
            self.page.locator(what).first.wait_for()
        self.idle()

    def button(self, name):
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def click(self, name):
        """Press a button."""
        self.button(name).click()
        self.idle()

    def tab(self, name):
        """Open a tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        self.idle()

    def fill(self, label, text):
        """Type into an input."""
        field = self.page.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Enter")
        self.idle()

    def sentences(self, kind="error"):
        """What the page says."""
        return self.page.locator(f".said.{kind}").all_inner_texts()

    def says(self, text):
        """Wait until the page says something."""
        self.page.get_by_text(text).first.wait_for()

    def counts(self, number, what):
        """Wait until so many candidates are what."""
        tiles = self.page.locator(".counts li")
        tiles.filter(has_text=f"{number}{what}").first.wait_for()

    def refuses(self):
        """Wait for the sentence that says why not."""
        self.page.locator(".said.error").first.wait_for()
        (sentence,) = self.sentences()
        return sentence

    def download(self, name, folder):
        """The path of a file that a button downloads."""
        with self.page.expect_download() as found:
            self.button(name).click()
        path = Path(folder) / found.value.suggested_filename
        found.value.save_as(path)
        return path

    def new_campaign(self, table, folder, rows=None):
        """From a table to the page of its campaign, in a folder of the app."""
        self.go()
        self.upload(table)
        self.fill("Campaign folder", str(self.app.work / folder))
        self.click("Make the campaign")
        self.says("to choose from")

    def suggest(self):
        """Ask for rows."""
        self.click("Suggest rows")
        self.says("to measure next.")
        self.idle()

    def is_wider_than_the_screen(self):
        """Whether one has to scroll sideways."""
        return self.page.evaluate(
            """() => {
                const main = document.querySelector('[data-testid=stMain]');
                return Math.max(
                    document.documentElement.scrollWidth - window.innerWidth,
                    main.scrollWidth - main.clientWidth) > 0;
            }"""
        )

    def close(self):
        """Leave."""
        self.context.close()


def reactions(n=240, n_measured=14, seed=1):
    """A table of up to `n` reactions that could be run, some of which have been.

    Made up, but as such tables are: a coupling whose yield depends on ligand, base,
    solvent, temperature, time and amount of catalyst.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    ligands = {"XPhos": 18, "SPhos": 12, "PPh3": -12, "dppf": 2, "BINAP": -4}
    bases = {"K3PO4": 6, "Cs2CO3": 9, "NEt3": -9}
    solvents = {"dioxane": 5, "toluene": 2, "DMF": -3, "EtOH": -7}
    frame = pd.DataFrame(
        {
            "ligand": rng.choice(list(ligands), n),
            "base": rng.choice(list(bases), n),
            "solvent": rng.choice(list(solvents), n),
            "temperature (°C)": rng.choice(np.arange(40, 121, 10), n),
            "time (h)": rng.choice([2, 4, 8, 16, 24], n),
            "catalyst (mol%)": rng.choice([0.5, 1.0, 2.0, 5.0], n),
        }
    ).drop_duplicates(ignore_index=True)
    effect = (
        frame["ligand"].map(ligands)
        + frame["base"].map(bases)
        + frame["solvent"].map(solvents)
        - ((frame["temperature (°C)"] - 95) / 14) ** 2
        + 7 * np.log2(frame["time (h)"] / 6)
        + 8 * np.log2(frame["catalyst (mol%)"])
    )
    truth = 100 / (1 + np.exp(-effect / 18)) + rng.normal(scale=2, size=len(frame))
    truth = truth.clip(0, 99).round(1)
    frame["yield (%)"] = truth.where(frame.index < n_measured)
    return frame, truth
