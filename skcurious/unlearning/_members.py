"""Models of several models, each of which forgets."""

from copy import copy

from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.unlearning._without import without_rows


@without_rows.register
def _(estimator: MultiOutputRegressor, X, y, **options):
    check_is_fitted(estimator, "estimators_")
    y = check_array(y, ensure_2d=False, input_name="y")
    n_targets = len(estimator.estimators_)
    if y.shape[1:] != (n_targets,):
        raise ValueError(f"y must have {n_targets} targets, got the shape {y.shape}.")
    others = options.pop("y_remaining", None)
    each_options = [options] * n_targets
    if others is not None:
        others = check_array(others, ensure_2d=False, input_name="y_remaining")
        if others.shape[1:] != (n_targets,):
            raise ValueError(
                f"y_remaining must have {n_targets} targets, got the shape "
                f"{others.shape}."
            )
        each_options = [{**options, "y_remaining": labels} for labels in others.T]
    new = copy(estimator)
    new.estimators_ = [
        without_rows(each, X, labels, **own)
        for each, labels, own in zip(
            estimator.estimators_, y.T, each_options, strict=True
        )
    ]
    return new


@without_rows.register
def _(estimator: EvidenceAveragingRegressor, X, y, **options):
    members = [without_rows(each, X, y, **options) for each in estimator.estimators_]
    return estimator._with_members(members)
