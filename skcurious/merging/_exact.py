"""Models whose merger is exact."""

from copy import copy

from skcurious.linear_model import CuriousRidge
from skcurious.merging._merged import merged


def check_options(estimator, options):
    """Refuse options of models that are merged approximately."""
    if options:
        raise TypeError(
            f"{type(estimator).__name__} is merged exactly and takes no "
            f"{min(options)}=: leave it out."
        )


@merged.register
def _(first: CuriousRidge, others, *, weights="curvature", **options):
    check_options(first, options)
    new = copy(first)
    for other in others:
        new.merge(other)
    return new
