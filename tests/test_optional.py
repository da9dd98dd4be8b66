"""NumPy, SciPy and scikit-learn are enough; what needs more says how to get it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IMPORTED = {
    "modAL-python": "modAL",
    "scikit-activeml": "skactiveml",
    "odfpy": "odf",
}
PROLOGUE = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in PACKAGES:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
"""
EVERYDAY = """
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
import skcurious, skcurious.__main__, skcurious.influence, skcurious.testing
import skcurious.inspection, skcurious.out_of_core, skcurious.query, skcurious.tuning

X, y = load_diabetes(return_X_y=True)
for model in (
    skcurious.CuriousRidge(),
    skcurious.CuriousRidgeCV(),
    skcurious.CuriousKernelRidge(),
    skcurious.CuriousKernelRidgeCV(),
    skcurious.CuriousGaussianProcessRegressor(),
    skcurious.default_regressor(X),
    skcurious.CuriousMLPRegressor(solver="lbfgs", alpha=10.0),
):
    fit = make_pipeline(StandardScaler(), model).fit(X[:30], y[:30])
    indices, _ = skcurious.query.expected_curiosity_reduction(fit, X[30:60], 2)
    assert skcurious.curiosity_score(fit, X[30:60]).shape == (30,)
indices, scores = skcurious.out_of_core.top_k(fit, iter([X[30:60]]), 2)
assert len(indices) == 2
print("fine")
"""


def extras():
    """Names to import of everything that the extras for users ask for."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = table["project"]["optional-dependencies"]
    names = {
        re.match(r"[\w-]+", requirement)[0]
        for extra, requirements in wanted.items()
        if extra not in ("examples", "bench", "test", "doc")
        for requirement in requirements
        if not requirement.startswith("skcurious[")
    }
    return {IMPORTED.get(name, name) for name in names}


def run(code):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"PACKAGES = {extras()!r}\n" + code],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_packages_are_those_of_the_extras():
    assert {"pandas", "modAL", "skactiveml", "dask", "matplotlib", "rich"} <= extras()


def test_the_core_needs_none_of_them():
    assert run(PROLOGUE + EVERYDAY).strip() == "fine"


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("modal", "pip install modAL-python"),
        ("activeml", "pip install scikit-activeml"),
        ("dask", 'pip install "dask[array,dataframe]"'),
        ("campaign", 'pip install "skcurious[suggest]"'),
    ],
)
def test_an_adapter_says_how_to_get_what_it_needs(module, command):
    code = (
        f"try:\n    import skcurious.{module}\n"
        "except ImportError as error:\n    print(error)\n"
    )
    assert command in run(PROLOGUE + code)
