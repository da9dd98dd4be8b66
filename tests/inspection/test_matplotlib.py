"""matplotlib is needed to draw, and for nothing else."""

import subprocess
import sys

import numpy as np
import pytest

import skcurious.inspection
from skcurious import CuriousRidge
from skcurious.inspection import (
    ActiveLearningCurveDisplay,
    CuriosityDisplay,
    TangentDisplay,
)


def test_importing_the_package_imports_no_matplotlib():
    code = (
        "import sys, skcurious.inspection as i; i.CuriosityDisplay; "
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names():
    assert skcurious.inspection.__all__ == [
        "ActiveLearningCurveDisplay",
        "CampaignHistoryDisplay",
        "CuriosityDisplay",
        "QueryExplanationDisplay",
        "TangentDisplay",
        "explain_queries",
    ]


def test_without_matplotlib(monkeypatch):
    pytest.importorskip("matplotlib")  # a display is drawn before it is taken away
    X = np.arange(5.0)[:, None]
    model = CuriousRidge().fit(X, X[:, 0])
    displays = [
        CuriosityDisplay.from_estimator(model, X),
        TangentDisplay.from_estimator(model, X, X[:, 0]),
        ActiveLearningCurveDisplay.from_results({"random": [[1.0]]}, n_labels=[3]),
    ]
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    calls = [display.plot for display in displays]
    calls += [
        lambda: CuriosityDisplay.from_estimator(model, X),
        lambda: TangentDisplay.from_estimator(model, X, X[:, 0]),
        lambda: ActiveLearningCurveDisplay.from_results({}),
    ]
    for call in calls:
        with pytest.raises(ImportError, match=r'pip install "skcurious\[plot\]"'):
            call()
