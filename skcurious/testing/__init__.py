"""Checks of a curious regressor against refits, for whoever writes one.

scikit-learn's ``check_estimator`` says whether a class is an estimator;
:func:`check_curious_regressor` says whether what it tells of itself is true. Needs no
test framework: it raises AssertionError.
"""

from skcurious.testing._regressor import check_curious_regressor

__all__ = ["check_curious_regressor"]
