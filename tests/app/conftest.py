import re
from html import unescape

import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, so that sentences hold short names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def frame():
    """Forty candidates, eight of them with a result."""
    import pandas as pd

    rng = np.random.default_rng(0)
    n = 40
    found = pd.DataFrame(
        {
            "T": [f"{t} °C" for t in rng.choice([20, 40, 60], n)],
            "time": rng.uniform(0, 9, n).round(2),
            "solvent": rng.choice(["THF", "water"], n),
            "batch": "A",
        }
    )
    found["yield"] = (found["time"] * 2 + (found["solvent"] == "THF")).round(2)
    found.loc[8:, "yield"] = np.nan
    return found


def _page(folder):
    """What AppTest runs: it sees nothing that is outside of it."""
    from skcurious._app._page import page

    page(folder)


class Visitor:
    """A page, and somebody who clicks on it."""

    def __init__(self, folder=None, query=None):
        from streamlit.testing.v1 import AppTest

        self.app = AppTest.from_function(_page, args=(folder,), default_timeout=60)
        if query is not None:
            self.app.query_params["folder"] = query
        self.app.run()

    def click(self, label):
        """Press a button."""
        (button,) = [b for b in self.app.button if b.label == label]
        button.click().run()

    def input(self, kind, label):
        """An input by its label."""
        (found,) = [e for e in getattr(self.app, kind) if e.label == label]
        return found

    def has(self, kind, label):
        """Whether there is one."""
        return any(e.label == label for e in getattr(self.app, kind))

    def upload(self, label, name, data):
        """Drop a file."""
        data = data if isinstance(data, bytes) else data.encode()
        uploader = self.input("file_uploader", label)
        uploader.upload(name, data).run()

    def tab(self, name):
        """Go to a tab."""
        self.app.session_state["tab"] = name
        self.app.run()

    def html(self):
        """All that is not an input, beyond the style."""
        assert not self.app.exception
        return "\n".join(
            e.value for e in self.app.get("html") if "<style>" not in e.value
        )

    def said(self):
        """The sentences, without their markup."""
        found = re.findall(r'<p class="said \w+" role="\w+">(.*?)</p>', self.html())
        return [unescape(sentence) for sentence in found]


@pytest.fixture
def visit(folder):
    """Open the page."""
    return Visitor
