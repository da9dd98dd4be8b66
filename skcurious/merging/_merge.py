"""The public function."""

from skcurious.merging._merged import check_types, merged

WEIGHTS = ("curvature", "diagonal", "equal")


def merge(estimators, *, weights="curvature", **options):
    """Put models together that were fitted to different rows.

    Ridge regressions, kernel ridge regressions and Gaussian processes with one kernel
    become, to rounding, what a fit to all of the rows makes of them. Ridge regressions
    need sums over the rows only, so that nobody shares a row.

    Parameters
    ----------
    estimators : list of estimators
        Fitted curious regressors of one type, or Pipelines, searches,
        TransformedTargetRegressors and the like around such, whose steps were fitted
        once and are the same in all. They are not changed, and the result has the
        parameters of the first.
    weights : {'curvature', 'diagonal', 'equal'}, default='curvature'
        How parameters of networks are averaged: by their Gauss-Newton matrices, by the
        diagonals of these (Fisher weights), or equally; see the user guide. Models of
        the other kinds are weighted by their rows, exactly.
    **options : dict
        Of networks: ``damping``, which holds each to its own parameters, for each unit
        of the weight of its rows; 'auto' is 0.1, and 0 without hidden layers, where the
        average by curvature is the fit to all rows.

    Returns
    -------
    estimator : estimator
        A new one, fitted.

    Raises
    ------
    TypeError
        When the models are of several types, or there is no way to merge them.
    ValueError
        When they do not belong together: other columns, kernels, or steps before.

    See Also
    --------
    skcurious.unlearning.forget : Takes rows back out.
    skcurious.linear_model.CuriousRidge.merge : The same in place, for two streams.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.merging import merge
    >>> X, y = load_diabetes(return_X_y=True)
    >>> here = CuriousRidge(alpha=0.1).partial_fit(X[:200], y[:200])
    >>> there = CuriousRidge(alpha=0.1).partial_fit(X[200:], y[200:])
    >>> together = CuriousRidge(alpha=0.1).fit(X, y)
    >>> bool(abs(merge([here, there]).coef_ - together.coef_).max() < 1e-8)
    True
    """
    if not isinstance(estimators, (list, tuple)) or not estimators:
        raise TypeError(
            f"merge takes a list of fitted estimators, got {estimators!r}: "
            "merge([first, second])."
        )
    if not isinstance(weights, str) or weights not in WEIGHTS:
        raise ValueError(f"weights must be one of {WEIGHTS}, got {weights!r}.")
    first, *others = estimators
    check_types(estimators)
    return merged(first, others, weights=weights, **options)
