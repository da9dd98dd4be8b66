"""Models that forget exactly."""

from skcurious.gaussian_process import CuriousGaussianProcessRegressor
from skcurious.kernel_ridge import CuriousKernelRidge, CuriousKernelRidgeCV
from skcurious.linear_model import CuriousRidge, CuriousRidgeCV
from skcurious.linear_model._stream import solves_streams
from skcurious.unlearning._rows import find_rows
from skcurious.unlearning._without import without_rows


def check_options(estimator, options):
    """Refuse options of models that forget approximately."""
    if options:
        raise TypeError(
            f"{type(estimator).__name__} forgets exactly and takes no {min(options)}=: "
            "leave it out."
        )


def check_stream(estimator):
    """Refuse a ridge regression whose solver needs all rows at once."""
    try:
        solves_streams(estimator)
    except AttributeError as error:
        raise TypeError(f"CuriousRidge has no way to forget: {error}") from None


@without_rows.register
def _(
    estimator: CuriousRidge,
    X,
    y,
    *,
    sample_weight=None,
    refit_hyperparameters=False,
    **options,
):
    check_options(estimator, options)
    check_stream(estimator)
    return estimator._without(X, y, sample_weight)


@without_rows.register
def _(estimator: CuriousRidgeCV, X, y, **options):
    estimator.check_tangent()
    raise TypeError(
        "CuriousRidgeCV measures its noise by the leave-one-out errors of all rows, "
        "which it does not keep, and has no way to forget some: fit it anew without "
        f"them, or CuriousRidge(alpha={estimator.alpha_}), which has."
    )


@without_rows.register(CuriousKernelRidge)
@without_rows.register(CuriousKernelRidgeCV)
def _of_rows_that_are_kept(
    estimator,
    X,
    y,
    *,
    sample_weight=None,
    refit_hyperparameters=False,
    **options,
):
    check_options(estimator, options)
    X = estimator.validate_rows(X)
    Y = estimator.validate_labels(y, X)
    training, seen = estimator.linearised_.X_fit, estimator._seen
    kind = f"the {type(estimator).__name__}"
    labels = seen.labels.reshape(len(seen.labels), -1)
    gone = find_rows(training, labels, X, Y, kind)
    return estimator._without(gone, refit_hyperparameters)


without_rows.register(CuriousGaussianProcessRegressor)(_of_rows_that_are_kept)
