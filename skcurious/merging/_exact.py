"""Models whose merger is exact."""

from copy import copy

from sklearn.multioutput import MultiOutputRegressor

from skcurious.gaussian_process import (
    CuriousGaussianProcessRegressor,
    EvidenceAveragingRegressor,
)
from skcurious.kernel_ridge import CuriousKernelRidge, CuriousKernelRidgeCV
from skcurious.linear_model import CuriousRidge, CuriousRidgeCV
from skcurious.linear_model._stream import solves_streams
from skcurious.merging._merged import check_types, merged
from skcurious.multioutput import EachTargetRegressor


def check_options(estimator, options):
    """Refuse options of models that are merged approximately."""
    if options:
        raise TypeError(
            f"{type(estimator).__name__} is merged exactly and takes no "
            f"{min(options)}=: leave it out."
        )


def check_stream(estimator):
    """Refuse a ridge regression whose solver needs all rows at once."""
    try:
        solves_streams(estimator)
    except AttributeError as error:
        raise TypeError(f"CuriousRidge has no way to be merged: {error}") from None


@merged.register
def _(first: CuriousRidge, others, *, weights="curvature", **options):
    check_options(first, options)
    new = copy(first)
    for estimator in (first, *others):
        check_stream(estimator)
    for other in others:
        new.merge(other)
    return new


@merged.register
def _(first: CuriousRidgeCV, others, **options):
    first.check_tangent()
    raise TypeError(
        "CuriousRidgeCV measures its noise by the leave-one-out errors of all rows, "
        "which it does not keep, and has no way to be merged: fit CuriousRidge(alpha="
        f"{first.alpha_}) to the rows of each, which has."
    )


@merged.register(CuriousKernelRidge)
@merged.register(CuriousKernelRidgeCV)
def _of_rows_that_are_kept(first, others, *, weights="curvature", **options):
    check_options(first, options)
    for estimator in (first, *others):
        estimator.check_tangent()
    return first._joined(others)


merged.register(CuriousGaussianProcessRegressor)(_of_rows_that_are_kept)


@merged.register(EachTargetRegressor)
@merged.register(MultiOutputRegressor)
def _(first, others, **options):
    new = copy(first)
    new.estimators_ = _one_by_one([first, *others], **options)
    return new


@merged.register
def _(first: EvidenceAveragingRegressor, others, **options):
    return first._with_members(_one_by_one([first, *others], **options))


def _one_by_one(ensembles, **options):
    counts = {len(ensemble.estimators_) for ensemble in ensembles}
    if len(counts) > 1:
        raise ValueError(
            f"The models have {' and '.join(map(str, sorted(counts)))} regressors in "
            "them, and only as many can be merged one by one."
        )
    members = []
    for each in zip(*(ensemble.estimators_ for ensemble in ensembles), strict=True):
        check_types(each)
        members.append(merged(each[0], list(each[1:]), **options))
    return members
