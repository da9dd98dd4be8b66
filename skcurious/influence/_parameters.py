"""How the weight of a row moves the parameters."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from skcurious._calls import estimator_first
from skcurious.influence._upweighting import pulls, reached_with_curvature
from skcurious.linearised import RowChunks


@estimator_first
def influence_on_parameters(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    weight: ArrayLike | None = None,
) -> Bunch:
    """How fitted parameters move when rows get more weight, or less.

    The derivative of the parameters with respect to the weight of a row is
    ``-H^-1 grad L(x, y)`` [1]_.

    Parameters
    ----------
    estimator : estimator
        As for :func:`influence_on_predictions`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows whose weight changes, as `estimator` takes them.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels, in original units.
    weight : float or array-like of shape (n_samples,), default=None
        As for :func:`influence_on_predictions`.

    Returns
    -------
    influence : Bunch
        For each fitted attribute the derivatives, or changes, with the rows
        of `X` as the first axis: ``coef_`` and ``intercept_``; ``coefs_`` and
        ``intercepts_``, lists of arrays; or ``dual_coef_``, of the training
        rows. Kernel ridge regression gives the row itself a coefficient as
        well: ``new_dual_coef``, of shape (n_samples,) or (n_samples,
        n_targets), and where the row is a training row its own coefficient
        moves by the sum of both. Of a Gaussian process these are ``alpha_`` and
        ``new_alpha``, of the normalised y.

    Raises
    ------
    TypeError, ValueError
        As :func:`influence_on_predictions`.

    Notes
    -----
    For networks the gradients of all rows are held at once: n_samples times
    the number of parameters.

    References
    ----------
    .. [1] P. W. Koh and P. Liang, "Understanding black-box predictions via
       influence functions", ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.influence import influence_on_parameters
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X, y)
    >>> removed = influence_on_parameters(model, X, y, weight=-1)
    >>> removed.coef_.shape
    (442, 10)
    >>> without_first = CuriousRidge(alpha=0.1).fit(X[1:], y[1:])
    >>> bool(abs(model.coef_ + removed.coef_[0] - without_first.coef_).max() < 1e-9)
    True
    """
    reached, model = reached_with_curvature(estimator)
    X = reached.rows(X)
    pull = pulls(model, X, reached.labels(y, X), weight)
    chunks = [
        model.parameter_influence(rows, pull[where])
        for where, rows in RowChunks(model, X, leverage=True)
    ]
    return Bunch(**{key: _joined([c[key] for c in chunks]) for key in chunks[0]})


def _joined(parts):
    if isinstance(parts[0], list):  # one array a layer
        return [np.concatenate(layer) for layer in zip(*parts, strict=True)]
    return np.concatenate(parts)
