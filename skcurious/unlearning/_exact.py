"""Models that forget exactly."""

from copy import copy

from skcurious.linear_model import CuriousRidge
from skcurious.unlearning._without import without_rows


def check_options(estimator, options):
    """Refuse options of models that forget approximately."""
    if options:
        raise TypeError(
            f"{type(estimator).__name__} forgets exactly and takes no {min(options)}=: "
            "leave it out."
        )


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
    return copy(estimator).forget(X, y, sample_weight)
