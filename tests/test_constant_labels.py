"""Labels that differ by nothing but rounding are constant, and say nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.query import curiosity_sampling, pool_status

MODELS = [
    CuriousRidge(),
    CuriousRidge(solver="svd"),
    CuriousRidgeCV(),
    CuriousKernelRidge(kernel="rbf", fit_intercept=True),
    CuriousKernelRidgeCV(),
    CuriousGaussianProcessRegressor(optimizer=None),
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [10, 11])
@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_constant_up_to_rounding(rng, model, n, dtype):
    X, pool = (rng.standard_normal((size, 3)).astype(dtype) for size in (n, 20))
    y = np.full(n, 0.7, dtype)
    nearly = y * (1 + np.finfo(dtype).eps * rng.integers(-1, 2, n)).astype(dtype)
    Y = np.column_stack([nearly, X[:, 0]])
    for labels in (y, nearly, Y):
        fitted = clone(model).fit(X, labels)
        tangent = fitted.predict_tangent(pool).reshape(20, -1)[:, 0]
        assert_array_equal(tangent, 0)
        value = fitted.predict(pool).reshape(20, -1)[:, 0]
        assert_allclose(value, 0.7, rtol=1e-6)
        if labels is Y:
            assert np.abs(fitted.predict_tangent(pool)[:, 1]).max() > 0
            continue
        assert pool_status(fitted, pool).curiosity == 0
        with pytest.warns(UserWarning, match="labels that differ"):
            curiosity_sampling(fitted, pool, random_state=0)


def test_rows_of_weight_zero_do_not_count(rng):
    X, y = rng.standard_normal((11, 3)), np.append(np.full(10, 0.7), 3.0)
    weights = np.append(np.ones(10), 0.0)
    for model in (CuriousRidge(), CuriousRidgeCV(), CuriousKernelRidgeCV()):
        assert not model.fit(X, y, weights).predict_tangent(X).any()


def test_small_differences_are_labels(rng):
    X = rng.standard_normal((30, 3))
    y = 1e9 + 1e-4 * X[:, 0]
    assert CuriousRidgeCV().fit(X, y).predict_tangent(X).all()
