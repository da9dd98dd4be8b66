"""Regression tables for the benchmarks."""

from pathlib import Path

import numpy as np
from sklearn.datasets import (
    fetch_openml,
    load_diabetes,
    make_friedman1,
    make_friedman2,
    make_friedman3,
)

# By the version that was active in 2024; downloaded once by fetch_openml.
OPENML = {"abalone": 183, "cpu_act": 197, "kin8nm": 189, "wine_quality": 287}


def load_tables(directory=None, *, online=False):
    """Yield ``(name, X, y)``.

    Parameters
    ----------
    directory : path, default=None
        Holds ``NAME.csv.gz`` tables without a header, the last column the
        target.  None takes load_diabetes and the three Friedman problems.
    online : bool, default=False
        Without a directory: whether to add tables of openml.org.
    """
    if directory is not None:
        paths = sorted(Path(directory).glob("*.csv.gz"))
        if not paths:
            raise SystemExit(f"{directory} holds no NAME.csv.gz.")
        for path in paths:
            table = np.loadtxt(path, delimiter=",")
            yield path.name.removesuffix(".csv.gz"), table[:, :-1], table[:, -1]
        return
    yield "diabetes", *load_diabetes(return_X_y=True)
    for make in (make_friedman1, make_friedman2, make_friedman3):
        X, y = make(n_samples=3000, random_state=0)
        noise = 0.1 * y.std() * np.random.RandomState(1).standard_normal(len(y))
        yield make.__name__.removeprefix("make_"), X, y + noise
    if online:
        for name, number in OPENML.items():
            bunch = fetch_openml(data_id=number, as_frame=True)
            numeric = bunch.data.select_dtypes("number")
            yield name, numeric.to_numpy(float), bunch.target.to_numpy(float)
