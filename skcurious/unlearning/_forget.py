"""The public function."""

import numpy as np

from skcurious._calls import estimator_first
from skcurious._validation import (
    check_no_iterator,
    check_same_order,
    check_table,
    check_weights,
)
from skcurious.unlearning._without import without_rows


@estimator_first
def forget(
    estimator, X, y, *, sample_weight=None, refit_hyperparameters=False, **options
):
    """Take rows back out of a fitted model.

    Ridge regression, kernel ridge regression and Gaussian processes become, to
    rounding, what a fit without these rows makes of them: coefficients, tangent,
    covariance, noise variance.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, or a Pipeline, search, TransformedTargetRegressor,
        RFE, MultiOutputRegressor, EachTargetRegressor (NaN is a label that is not
        known), FrozenEstimator, modAL learner or
        EvidenceAveragingRegressor around such, nested as you like. It is not changed.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to take out, as `estimator` was fitted to them. Of equal rows as many are
        taken out as are given.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights. Models that keep their rows know them.
    refit_hyperparameters : bool, default=False
        Whether a model that learns hyperparameters, alpha or a kernel, learns them
        again from the rows that are left, which costs as much as a fit. By default they
        stay.
    **options : dict
        Of networks, which forget approximately and do not keep their rows:
        ``X_remaining``, ``y_remaining`` and ``sample_weight_remaining``, all the other
        rows of the fit; and ``method``, one of

        - 'newton', the default: at most ``n_steps=10`` steps of Newton on the objective
          of the remaining rows, none of which raises it, with the network's own
          curvature, damping and solver. ``layers="last"`` moves the last layer only,
          which is convex; then ``epsilon`` and ``delta`` add Gaussian noise
          (``random_state``) that makes the removal certified;
        - 'dampening': parameters that matter more than ``selection=10.0`` times as much
          to the forgotten rows as to all are made smaller, by ``strength=1.0``;
        - 'loss-free': the same without labels, ``y=None``;
        - 'projected': at most ``n_steps=10`` steps of ascent on the loss of the
          forgotten rows, orthogonal to the leading inputs of each layer, which hold
          ``energy=0.95`` of their squares at the remaining rows.

    Returns
    -------
    estimator : estimator
        A new one, fitted. A network in it has ``unlearning_``, an
        :class:`~skcurious.unlearning.Unlearning`.

    Raises
    ------
    TypeError
        When `estimator` holds no model that can forget, or does not know an option.
    ValueError
        When rows were never in, nothing would be left, or the model kept too little.

    See Also
    --------
    skcurious.merging.merge : Puts models together.
    skcurious.linear_model.CuriousRidge.forget : The same in place, for streams.

    Notes
    -----
    What is fitted to rows on the way, a StandardScaler or the transformer of labels,
    keeps what it learned from all rows, those taken out included. A regressor behind it
    is the one that a fit to the remaining rows, behind the same transformer, makes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousKernelRidge
    >>> from skcurious.unlearning import forget
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X[:100], y[:100])
    >>> less = forget(model, X[:10], y[:10])
    >>> anew = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X[10:100], y[10:100])
    >>> bool(abs(less.predict(X) - anew.predict(X)).max() < 1e-8)
    True
    """
    check_table(X, "X")
    check_no_iterator(y, "y")
    check_same_order(X, y, "X", "y")
    check_weights(sample_weight, X, None)
    if not isinstance(refit_hyperparameters, (bool, np.bool_)):
        raise ValueError(
            f"refit_hyperparameters must be True or False, got "
            f"{refit_hyperparameters!r}."
        )
    if sample_weight is not None:
        options["sample_weight"] = sample_weight
    if refit_hyperparameters:
        options["refit_hyperparameters"] = True
    return without_rows(estimator, X, y, **options)
