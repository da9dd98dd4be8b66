"""Small networks, and networks that stand at a true optimum."""

import warnings

import numpy as np
from numpy.testing import assert_allclose
from reference import unflatten

from skcurious import CuriousMLPRegressor


def quick(**options):
    options = {
        "hidden_layer_sizes": (6,),
        "activation": "tanh",
        "solver": "lbfgs",
        "alpha": 0.3,
        "random_state": 0,
        "max_iter": 200,
        **options,
    }
    return CuriousMLPRegressor(**options)


def at_optimum(model, theta, layers, X, Y, weights=None):
    """`model`, fitted in the optimum `theta`, from which training stays put."""
    model.set_params(warm_start=True, solver="lbfgs", tol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_params(max_iter=1).fit(X, Y, weights)
        model.coefs_, model.intercepts_ = (list(a) for a in unflatten(theta, layers))
        model.set_params(max_iter=200).fit(X, Y, weights)
    stayed = np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])
    assert_allclose(stayed, theta, rtol=1e-9, atol=1e-11)
    return model
