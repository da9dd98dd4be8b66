"""Which part of a model is curious about a row."""

from functools import singledispatch

import numpy as np
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, Product

from skcurious.gaussian_process import CuriousGaussianProcessRegressor
from skcurious.gaussian_process._parts import LatentKernel
from skcurious.gaussian_process._wrapper import KernelWrapper


def shares_of_parts(members, rows):
    """Shares of the parts of a model in the curiosity about some rows.

    Parameters
    ----------
    members : list of Reached
        The model, or several with their votes.
    rows : {ndarray, sparse matrix, DataFrame} of shape (k, n_features)
        As they take them.

    Returns
    -------
    names : list of str
        Of the parts; none for a model in one part, or if members differ in theirs.
    shares : ndarray of shape (k, n_parts)
        Of sum 1, or NaN where no part is curious.
    """
    named = [_squares(member.estimator, member.rows(rows)) for member in members]
    names = named[0][0]
    if len(names) < 2 or any(others != names for others, _ in named):
        return [], None
    total = sum(
        member.weight * _of_sum_one(squares)
        for member, (_, squares) in zip(members, named, strict=True)
    )
    return names, _of_sum_one(total)


def _of_sum_one(values):
    total = values.sum(axis=1, keepdims=True)
    return np.divide(values, total, out=np.full_like(values, np.nan), where=total > 0)


@singledispatch
def _squares(estimator, X):
    """Names of the parts, and the squares of their tangents, (k, n_parts)."""
    model = estimator.linearised_
    parts = model.parts_at(model.at(X))
    names = [f"part {number}" for number in range(parts.shape[2])]
    return names, np.square(parts).sum(axis=1)


@_squares.register
def _(estimator: CuriousGaussianProcessRegressor, X):
    """The terms of its kernel, also where its score is of their sum."""
    kernels = [LatentKernel(part) for part in estimator.parts_]
    parts = estimator.linearised_.tangents_of(kernels, estimator.linearised_.at(X))
    return _different(map(_name, estimator.parts_)), np.square(parts).sum(axis=1)


def _different(names):
    names = list(names)
    return [
        name if names.count(name) == 1 else f"{name} {names[: i + 1].count(name)}"
        for i, name in enumerate(names)
    ]


@singledispatch
def _name(kernel):
    return type(kernel).__name__


@_name.register
def _(kernel: KernelWrapper):
    return f"{type(kernel).__name__} {_name(kernel.kernel)}"


@_name.register
def _(kernel: Matern):
    twice = round(2 * kernel.nu)
    return f"Matern {twice}/2" if 2 * kernel.nu == twice else f"Matern {kernel.nu:g}"


@_name.register
def _(kernel: Product):
    factors = [kernel.k1, kernel.k2]
    varying = [k for k in factors if not isinstance(k, ConstantKernel)]
    return " * ".join(map(_name, varying or factors))
