"""Models of several models, each of which forgets."""

from copy import copy

import numpy as np
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import _safe_indexing, check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.multioutput import EachTargetRegressor
from skcurious.unlearning._without import without_rows


@without_rows.register
def _(estimator: MultiOutputRegressor, X, y, **options):
    return _each_target(estimator, X, y, options, True)


@without_rows.register
def _(estimator: EachTargetRegressor, X, y, **options):
    return _each_target(estimator, X, y, options, "allow-nan")


def _each_target(estimator, X, y, options, finite):
    """Each regressor forgets the rows whose label it was given: not those of NaN."""
    check_is_fitted(estimator, "estimators_")
    y = check_array(y, ensure_2d=False, ensure_all_finite=finite, input_name="y")
    check_consistent_length(X, y)
    n_targets = len(estimator.estimators_)
    if y.shape[1:] != (n_targets,):
        raise ValueError(f"y must have {n_targets} targets, got the shape {y.shape}.")
    new = copy(estimator)
    new.estimators_ = []
    for each, labels, some in zip(
        estimator.estimators_, y.T, _of_each_target(options, n_targets), strict=True
    ):
        rows = np.flatnonzero(~np.isnan(labels))
        if len(rows) and len(rows) < len(labels):
            if some.get("sample_weight") is not None:
                some["sample_weight"] = np.asarray(some["sample_weight"])[rows]
            each = without_rows(each, _safe_indexing(X, rows), labels[rows], **some)
        elif len(rows):
            each = without_rows(each, X, labels, **some)
        new.estimators_.append(each)
    return new


def _of_each_target(options, n_targets):
    """Options with the labels that remain of one target, where they are known."""
    remaining = options.get("y_remaining")
    if remaining is None:
        return [dict(options) for _ in range(n_targets)]
    remaining = check_array(
        remaining,
        ensure_2d=False,
        ensure_all_finite="allow-nan",
        input_name="y_remaining",
    )
    if remaining.shape[1:] != (n_targets,):
        raise ValueError(
            f"y_remaining must have {n_targets} targets, got the shape "
            f"{remaining.shape}."
        )
    result = []
    for labels in remaining.T:
        rows, some = np.flatnonzero(~np.isnan(labels)), {"y_remaining": labels}
        if len(rows) < len(labels):
            some["y_remaining"] = labels[rows]
            for name in ("X_remaining", "sample_weight_remaining"):
                if options.get(name) is not None:
                    some[name] = _safe_indexing(options[name], rows)
        result.append({**options, **some})
    return result


@without_rows.register
def _(estimator: EvidenceAveragingRegressor, X, y, **options):
    members = [without_rows(each, X, y, **options) for each in estimator.estimators_]
    return estimator._with_members(members)
