"""Alpha by descent along the hypergradient."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import BaseCrossValidator, check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import indexable
from sklearn.utils._param_validation import Interval, validate_params
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.parallel import Parallel, delayed

from skcurious._calls import estimator_first
from skcurious._reach import reach
from skcurious._warnings import warn
from skcurious.base import CuriosityMixin
from skcurious.influence._hypergradient import error_and_slopes

DECADE = float(np.log(10))


@dataclass(frozen=True)
class TunedAlpha:
    """What :func:`~skcurious.tuning.tune_alpha` returns.

    Attributes
    ----------
    alpha : float
        Of the smallest loss found.
    estimator : estimator
        A clone with this alpha, fitted to all rows.
    alphas : ndarray of shape (n_evaluations,)
        The path: alphas in the order in which they were tried.
    losses : ndarray of shape (n_evaluations,)
        Mean squared error over the rows that the folds left out.
    slopes : ndarray of shape (n_evaluations,)
        d log loss / d log alpha, from the hypergradient.
    n_fits : int
        Fits that the path took: evaluations times folds.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.tuning import tune_alpha
    >>> tuned = tune_alpha(CuriousRidge(), *load_diabetes(return_X_y=True))
    >>> len(tuned.alphas) == len(tuned.losses) == len(tuned.slopes)
    True
    """

    alpha: float
    estimator: object
    alphas: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray
    n_fits: int


@estimator_first
@validate_params(
    {
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_evaluations": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=False,
)
def tune_alpha(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    cv: int | BaseCrossValidator | Iterable = 5,
    groups: ArrayLike | None = None,
    tol: float = 1e-3,
    max_evaluations: int = 12,
    warm_start: bool = True,
    n_jobs: int | None = None,
) -> TunedAlpha:
    """Choose alpha by descent along the derivative of the validation error.

    Every fit says, from its tangent, in which direction of alpha the error on
    the fold that was left out falls, and how steeply [1]_: some five
    evaluations do what takes a grid one for each of its points.

    Parameters
    ----------
    estimator : estimator
        A curious regressor with a parameter alpha, alone or in a Pipeline or
        TransformedTargetRegressor. The descent starts from its alpha. It is
        not fitted itself: clones are.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Training rows.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Targets.
    cv : int, cross-validation generator or iterable, default=5
        As in :func:`sklearn.model_selection.cross_validate`.
    groups : array-like of shape (n_samples,), default=None
        For splitters that want them.
    tol : float, default=1e-3
        Stop when the loss is expected to fall by less than this part of it.
    max_evaluations : int, default=12
        Alphas to try at most.
    warm_start : bool, default=True
        Whether a network starts each fit from the one before of the same
        fold, which is faster and follows one minimum. Other models have only
        one.
    n_jobs : int, default=None
        Folds that are fitted at the same time.

    Returns
    -------
    tuned : TunedAlpha
        The alpha, the model fitted with it, and the path.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or is a search.
    ValueError
        When its alpha is not a positive number, or it has none.

    Warns
    -----
    ConvergenceWarning
        When `max_evaluations` are spent before `tol` is reached.

    Notes
    -----
    With u = log alpha and F = log loss, the point of the smallest F so far is
    left in the direction of its slope: by one, two, four, ... decades while no
    other point was tried there; then to the middle between the two, and once they
    are near each other to the minimum of the cubic through both values and
    slopes. The path ends when neither a parabola nor that cubic promises `tol`, or
    where F levels off. Like every descent it finds a local minimum.

    Off its optimum the slopes of a network are as inexact as its tangent: there
    the path ends only when larger losses were found on both sides. The alpha
    returned is that of the smallest loss, whatever the slopes said.

    Behind a TransformedTargetRegressor the loss is of the transformed target.

    References
    ----------
    .. [1] F. Pedregosa, "Hyperparameter optimization with approximate
       gradient", ICML 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousKernelRidge
    >>> from skcurious.tuning import tune_alpha
    >>> X, y = load_diabetes(return_X_y=True)
    >>> tuned = tune_alpha(CuriousKernelRidge(kernel="rbf", gamma=10), X, y)
    >>> tuned.alphas.round(2)
    array([1.  , 0.1 , 0.36])
    >>> tuned.losses.round()
    array([3001., 3024., 2955.])
    """
    name, start, regressor = _find_alpha(estimator)
    X, y, groups = indexable(X, y, groups)
    splits = list(check_cv(cv, y).split(X, y, groups))
    models = [clone(estimator) for _ in splits]
    warm_starts = [False] + [warm_start] * max_evaluations

    def evaluate(u):
        nonlocal models
        if regressor.continues_training:
            option = {f"{name.removesuffix('alpha')}warm_start": warm_starts.pop(0)}
            models = [model.set_params(**option) for model in models]
        results = Parallel(n_jobs=n_jobs)(
            delayed(_fit_and_differentiate)(
                model.set_params(**{name: float(np.exp(u))}), X, y, *split
            )
            for model, split in zip(models, splits, strict=True)
        )
        models = [model for model, *_ in results]
        squares, slope, size = np.sum([r[1:] for r in results], axis=0)
        # F = log(squares / size) and dF/du = alpha dL/dalpha / L, L = squares / 2
        return squares / size, 2 * np.exp(u) * slope / squares if squares else 0.0

    # Training that can go on stops short of its optimum, where slopes are exact.
    exact = not regressor.continues_training
    path, converged = _descend(evaluate, np.log(start), tol, max_evaluations, exact)
    if not converged:
        warn(
            f"tune_alpha did not reach tol={tol:g} in {max_evaluations} evaluations "
            f"from alpha={start:g}. Raise max_evaluations, start from another alpha, "
            "or, for a network, train it closer to its optimum.",
            ConvergenceWarning,
        )
    u, losses, slopes = np.array(path).T
    alphas = np.exp(u)
    alphas[0] = start
    alpha = float(alphas[losses.argmin()])
    fitted = clone(estimator).set_params(**{name: alpha}).fit(X, y)
    n_fits = len(path) * len(splits)
    return TunedAlpha(alpha, fitted, alphas, losses, slopes, n_fits)


def _find_alpha(estimator):
    """Name of alpha in `estimator`, its value, and the regressor that has it."""
    prefix, model = "", estimator
    while not isinstance(model, CuriosityMixin):
        if isinstance(model, Pipeline):
            name, model = model.steps[-1]
        elif isinstance(model, TransformedTargetRegressor):
            name, model = "regressor", model.regressor
        else:
            raise TypeError(_no_alpha(model))
        prefix += f"{name}__"
    parameter, kind = model.regularity_parameter, type(model).__name__
    if parameter not in (values := model.get_params()):
        raise ValueError(
            f"{kind} has no parameter {parameter!r} to tune: {model.why_no_alpha}."
        )
    alpha = values[parameter]
    if not isinstance(alpha, Real) or not 0 < alpha < np.inf:
        raise ValueError(
            f"{parameter} of {kind} is {alpha!r}, but the descent starts from one "
            f"positive number. Set it, for instance {parameter}=1.0."
        )
    return f"{prefix}{parameter}", float(alpha), model


def _no_alpha(estimator):
    if isinstance(estimator, type):
        return f"{estimator.__name__} is a class: pass an instance."
    kind = type(estimator).__name__
    if isinstance(estimator, BaseSearchCV):
        return f"{kind} chooses parameters itself: pass the estimator that it searches."
    return (
        f"{kind} holds no curious regressor, the tangent of which the descent needs. "
        "Use CuriousRidge, CuriousKernelRidge, CuriousMLPRegressor or "
        "CuriousRegressor, alone, at the end of a Pipeline or in a "
        "TransformedTargetRegressor."
    )


def _fit_and_differentiate(model, X, y, train, test):
    """The fitted model, its squared error, dL/dalpha, and the number of labels."""
    model.fit(*_safe_split(model, X, y, train))
    held_out = _safe_split(model, X, y, test, train)
    error, slopes = error_and_slopes(reach(model), *held_out)
    return model, np.vdot(error, error), np.vdot(error, slopes), error.size


def _descend(evaluate, u, tol, max_evaluations, exact=True):
    """Points ``(u, loss, slope)`` in the order of evaluation; and whether it ended.

    ``evaluate(u)`` returns the loss and d log loss / du.  Where that is not
    `exact`, the smallest loss must have a larger one on both sides.
    """
    path, step = [], DECADE
    while True:
        loss, slope = evaluate(u)
        path.append((u, loss, slope))
        here = min(path, key=lambda point: point[1])
        forward = -np.sign(here[2])
        if here[1] == 0 or forward == 0:
            return path, True
        ahead = [p for p in path if (p[0] - here[0]) * forward > 0]
        behind = [p for p in path if (p[0] - here[0]) * forward < 0]
        if ahead:
            beyond = min(ahead, key=lambda point: abs(point[0] - here[0]))
            width = beyond[0] - here[0]
            bend = (beyond[2] - here[2]) / width
            # Where F levels off its slope goes like alpha or 1 / alpha: two points
            # far apart may have a valley between them and know nothing of it.
            far = abs(width) > 1.01 * DECADE
            lowest = _cubic_minimum(here, beyond)
            gain = abs(here[2] * width)
            if bend > 0:  # a parabola has its minimum before that
                gain = min(gain, here[2] ** 2 / (2 * bend))
            # Both slopes may be level with a valley between them: the values know.
            gain = max(gain, np.log(here[1]) - _cubic(here, beyond, lowest))
            done = not far and gain < tol
            u = here[0] + width / 2 if far else lowest
        else:
            # Levelling off: a decade more is worth nothing, and the slope falls.
            steeper = any(abs(p[2]) > abs(here[2]) for p in behind)
            done = abs(here[2]) * DECADE < tol and steeper
            u = here[0] + forward * step
            step *= 2
        if done and behind:
            nearest = min(behind, key=lambda point: abs(point[0] - here[0]))
            lowest = _cubic_minimum(here, nearest)
            if np.log(here[1]) - _cubic(here, nearest, lowest) >= tol:
                u, done = lowest, False
        if done and not exact and not behind:
            u, done = here[0] - forward * DECADE, False
        if done:
            return path, True
        if len(path) == max_evaluations:
            return path, False


def _cubic_minimum(a, b):
    """Minimum of the cubic with these values and slopes, well inside (a, b).

    J. Nocedal and S. Wright, "Numerical optimization", equation 3.59.
    """
    (ua, fa, ga), (ub, fb, gb) = ((u, np.log(loss), g) for u, loss, g in (a, b))
    d = ga + gb - 3 * (fa - fb) / (ua - ub)
    root = d * d - ga * gb
    where = 0.5
    if root > 0:
        root = np.copysign(np.sqrt(root), ub - ua)
        bottom = gb - ga + 2 * root
        if bottom != 0:
            where = 1 - (gb + root - d) / bottom
    return ua + (ub - ua) * float(np.clip(where, 0.1, 0.9))


def _cubic(a, b, u):
    """Value at u of the cubic with these values and slopes."""
    (ua, fa, ga), (ub, fb, gb) = ((u, np.log(loss), g) for u, loss, g in (a, b))
    width = ub - ua
    t = (u - ua) / width
    level = fa + (fb - fa) * t * t * (3 - 2 * t)
    return level + width * t * (1 - t) * (ga * (1 - t) - gb * t)
