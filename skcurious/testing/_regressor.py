"""The checks in a row."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import has_fit_parameter

from skcurious.testing._case import Case
from skcurious.testing._leverages import (
    check_batches,
    check_covariance,
    check_influence_on_parameters,
    check_influence_on_predictions,
    check_leverages,
    check_standard_deviations,
)
from skcurious.testing._tangents import (
    check_copies,
    check_curiosity,
    check_expected_curiosity,
    check_fit,
    check_shapes,
    check_tangent,
)

CHECKS = {
    "fit": check_fit,
    "shapes": check_shapes,
    "tangent": check_tangent,
    "expected_curiosity": check_expected_curiosity,
    "curiosity": check_curiosity,
    "leverages": check_leverages,
    "standard_deviations": check_standard_deviations,
    "covariance": check_covariance,
    "batches": check_batches,
    "influence_on_predictions": check_influence_on_predictions,
    "influence_on_parameters": check_influence_on_parameters,
    "copies": check_copies,
}
__all__ = ["check_curious_regressor"]


def check_curious_regressor(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    step: float = 2e-3,
    rtol: float = 1e-5,
) -> list[str]:
    """Check what a curious regressor says of itself, against refits.

    A clone is fitted to three quarters of the rows; the last quarter is a pool of
    candidates. What cannot be asked of an estimator is left out: the returned names
    tell what was checked.

    Parameters
    ----------
    estimator : CuriosityMixin
        The regressor, with a regularity to start from. It is not changed.
    X : array-like of shape (n_samples, n_features)
        Rows, at least 12.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights for the fits. None draws some between 0.5 and 2 if ``fit`` takes
        weights, since a model that forgets them must not pass.
    step : float, default=2e-3
        Relative step of the regularity, and the weight of an added row times its
        leverage ``h(x, x)``. The differences are of fourth order. Larger for
        estimators that are not fitted to many digits.
    rtol : float, default=1e-5
        How far a derivative may be from that of refits, relative to the largest.

    Returns
    -------
    names : list of str
        Of the checks that were made, of those in the table below.

    Raises
    ------
    AssertionError
        When a check fails: its name, what differs and by how much.
    TypeError
        If `sample_weight` is given for a ``fit`` that takes none.
    ValueError
        If the arguments do not fit.

    Notes
    -----
    ===========================  ==================================================
    name                         what is true
    ===========================  ==================================================
    `fit`                        ``fit`` sets ``linearised_``, whose facts are those
                                 that the estimator shows
    `shapes`                     ``predict_tangent`` has the shape of ``predict``;
                                 a row says the same alone and among others
    `tangent`                    ``predict_tangent`` is the derivative of ``predict``
                                 over refits with a little more and less regularity
    `expected_curiosity`         without `y`: ``noise_variance_`` times the squared
                                 derivative by the regularity
    `curiosity`                  with `y`: the square of what the weight of an added
                                 row does to the complexity of refits
    `leverages`                  the methods of ``linearised_`` that have to do with
                                 leverages agree with each other
    `standard_deviations`        their squares are the diagonal of
                                 ``predict_covariance``, which is symmetric and has
                                 no negative eigenvalue
    `covariance`                 it says what an added row does to predictions
    `batches`                    greedy batches are those of refits with imagined
                                 labels
    `influence_on_predictions`   those of refits with other weights
    `influence_on_parameters`    the same of fitted attributes
    `copies`                     a clone has the same parameters; a pickled copy says
                                 the same
    ===========================  ==================================================

    Refits are at an optimum, and so a derivative by implicit differentiation agrees
    with them where the curvature H is the exact Hessian there. A Gauss-Newton matrix
    is that where outputs are linear in the parameters and the loss is the squared
    error; elsewhere it is an approximation, and `tangent`, `curiosity`, `covariance`
    and influences fail with it, as they should. A network is checked with its exact
    Hessian and no damping.

    An added row, in `covariance` and influences: where ``linearised_.exact_influence``
    a whole row of weight one, without any approximation, and a training row taken
    out; elsewhere the derivative by a small weight, for which ``fit`` has to take
    weights. Imagined labels, in `batches`, leave the parameters where they are, and
    add ``grad f grad f^T`` to H: of any model with the exact Hessian, whatever its
    loss, as long as the second derivative of that is 1 at a label that is predicted
    exactly. So they are compared pick by pick, up to ties, for all models with a
    covariance, but those whose leverages have another curvature than their tangent
    (``linearised_.for_influence``).

    Of a model with ``continues_training`` refits start where the model is, and go on
    until predictions settle.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.testing import check_curious_regressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> names = check_curious_regressor(CuriousRidge(alpha=0.1), X[:40], y[:40])
    >>> "tangent" in names
    True

    A tangent of the wrong sign:

    >>> class Wrong(CuriousRidge):
    ...     def predict_tangent(self, X):
    ...         return -super().predict_tangent(X)
    >>> check_curious_regressor(Wrong(alpha=0.1), X[:40], y[:40])
    Traceback (most recent call last):
    AssertionError: tangent: predict_tangent of Wrong is not the derivative...
    """
    X = check_array(X, dtype=np.float64)
    y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
    check_consistent_length(X, y, sample_weight)
    if len(X) < 12:
        raise ValueError(f"At least 12 rows are needed, got {len(X)}.")
    for name, value in {"step": step, "rtol": rtol}.items():
        if not (isinstance(value, Real) and 0 < value < 0.5):
            raise ValueError(f"{name} must be between 0 and 0.5, got {value!r}.")
    takes_weights = has_fit_parameter(estimator, "sample_weight")
    if sample_weight is not None and not takes_weights:
        raise TypeError(
            f"sample_weight was given, but fit of {type(estimator).__name__} takes "
            "none."
        )
    if takes_weights and sample_weight is None:
        sample_weight = np.random.RandomState(0).uniform(0.5, 2, len(X))
    case = Case(estimator, X, y, sample_weight, step, rtol)
    names = []
    for name, check in CHECKS.items():
        if check(case) is not NotImplemented:
            names.append(name)
    return names
