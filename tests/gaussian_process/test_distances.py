"""Squared distances keep their digits, whatever way they are computed."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from skcurious.gaussian_process import _distances
from skcurious.gaussian_process._distances import SquaredDistances

WIDTHS = [1, 15, 16, 60]


def exact(X, Z):
    """In extended precision, the slow way."""
    X, Z = X.astype(np.longdouble), Z.astype(np.longdouble)
    return np.square(X[:, None] - Z).sum(axis=2)


def tables():
    rng = np.random.default_rng(0)
    for p in WIDTHS:
        X, Z = rng.normal(size=(40, p)), rng.normal(size=(30, p))
        near = np.concatenate([Z[:20] * (1 + 1e-9), Z[:20]])
        few = np.concatenate([Z[:2] + 1e-7, Z[:1], X[3:]])
        yield f"{p}-apart", X, Z
        yield f"{p}-some-near", few, Z
        yield f"{p}-all-near", near, Z
        yield f"{p}-far-away", X + 1e6, Z + 1e6
        yield f"{p}-one-column-matters", X * np.r_[1, np.full(p - 1, 1e-8)], Z
        yield f"{p}-scales", X * np.geomspace(1e-9, 1e9, p), Z * np.geomspace(1, 9, p)


TABLES = [pytest.param(X, Z, id=name) for name, X, Z in tables()]


@pytest.mark.parametrize(("X", "Z"), TABLES)
def test_every_digit_is_there(X, Z):
    expected = exact(X, Z)
    squares = SquaredDistances(Z)(X)
    zero = expected == 0
    assert (squares[zero] == 0).all()
    error = np.abs(squares - expected)[~zero] / expected[~zero]
    assert error.max(initial=0) < 1e-14


@pytest.mark.parametrize("size", [0.0, 1e-170, 1e-150, 1e150, 1e170, 1e200])
@pytest.mark.parametrize("which", ["both", "left", "right"])
def test_where_squares_leave_the_range_of_floats(size, which):
    rng = np.random.default_rng(0)
    X, Z = rng.normal(size=(5, 20)), rng.normal(size=(4, 20))
    X = X * size if which != "right" else X
    Z = Z * size if which != "left" else Z
    np.testing.assert_allclose(
        SquaredDistances(Z)(X), cdist(X, Z, "sqeuclidean"), rtol=1e-13
    )


@pytest.mark.parametrize("p", WIDTHS)
def test_of_no_rows(p):
    none, some = np.empty((0, p)), np.ones((3, p))
    assert SquaredDistances(none)(some).shape == (3, 0)
    assert SquaredDistances(some)(none).shape == (0, 3)


def test_a_product_is_taken_where_rows_are_apart(monkeypatch):
    def refuse(*args):
        raise AssertionError("sums of squared differences")

    monkeypatch.setattr(_distances, "cdist", refuse)
    rng = np.random.default_rng(0)
    X, Z = rng.normal(size=(40, 60)), rng.normal(size=(30, 60))
    X[0] = Z[0]
    assert SquaredDistances(Z)(X)[0, 0] == 0
