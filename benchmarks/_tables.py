"""Regression tables for the benchmarks."""

from pathlib import Path

import numpy as np
from _made import made_tables
from sklearn.datasets import fetch_openml, load_diabetes

# By the version that was active in 2024; downloaded once by fetch_openml.
OPENML = {"abalone": 183, "cpu_act": 197, "kin8nm": 189, "wine_quality": 287}
# The tables on which the package's defaults were chosen.
CHOSEN_ON = {"airfoil", "bike", "energy", "protein", "sml", "wine"}
# Public tables that were not looked at before the defaults were chosen.
OTHERS = {"autompg", "concrete", "kin40k", "skillcraft", "stock", "yacht"}


def load_tables(directory=None):
    """Yield ``(name, X, y)``.

    Parameters
    ----------
    directory : path, default=None
        Holds ``NAME.csv.gz`` tables without a header, the last column the
        target.  None takes load_diabetes and those that are made.
    """
    if directory is None:
        yield "diabetes", *load_diabetes(return_X_y=True)
        for name, X, labels, _ in made_tables():
            yield name, X, labels
        return
    paths = sorted(Path(directory).glob("*.csv.gz"))
    if not paths:
        raise SystemExit(f"{directory} holds no NAME.csv.gz.")
    for path in paths:
        table = np.loadtxt(path, delimiter=",")
        yield path.name.removesuffix(".csv.gz"), table[:, :-1], table[:, -1]


def tables_and_truth(directory=None, *, online=False):
    """Yield ``(name, X, labels, truth)``: of a directory, shipped, and made.

    Errors are against the truth: the labels without their noise where a table is
    made, the labels themselves elsewhere. `online` adds tables of openml.org.
    """
    if directory is not None:
        for name, X, y in load_tables(directory):
            yield name, X, y, y
    X, y = load_diabetes(return_X_y=True)
    yield "diabetes", X, y, y
    yield from made_tables()
    if online:
        for name, number in OPENML.items():
            bunch = fetch_openml(data_id=number, as_frame=True)
            X = bunch.data.select_dtypes("number").to_numpy(float)
            y = bunch.target.to_numpy(float)
            yield name, X, y, y


def group(table):
    """Whether a table is one of those chosen on, of the others, or shipped or made."""
    if table in CHOSEN_ON:
        return "chosen on"
    return "others" if table in OTHERS else "made"
