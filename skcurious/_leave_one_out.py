"""From leave-one-out errors to an alpha: what the CV classes share."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array

from skcurious._targets import for_each_target
from skcurious._validation import check_size


class Choice(NamedTuple):
    """The best alpha, and how good it is.

    ``alphas`` is `alpha` as an array of shape (1,) or (n_targets,), `score`
    minus the mean of ``w_i e_i**2``, `calibrated` the noise variance that the
    errors would have in a posterior of their own, and `squares` the errors of
    all rows in the shape of ``cv_results_``, or None.
    """

    alpha: object
    alphas: np.ndarray
    score: object
    noise_variance: float | np.ndarray
    calibrated: float | np.ndarray
    squares: np.ndarray | None


def check_alphas(alphas):
    """Validate the candidates: positive numbers, at least one.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
    """
    alphas = np.atleast_1d(alphas)
    if not alphas.size:
        raise ValueError("alphas is empty: give one candidate at least.")
    alphas = check_array(alphas, ensure_2d=False, dtype=np.float64, input_name="alphas")
    if alphas.ndim != 1:
        raise ValueError(f"alphas must be a list of numbers, got shape {alphas.shape}.")
    if not (alphas > 0).all():
        raise ValueError(f"alphas must be positive, got {alphas.min()}.")
    check_size(alphas, "alphas")
    return alphas


def choose(errors, alphas, weights, shape, y_ndim, per_target):
    """Pick the alpha of the smallest error, for all targets or for each.

    Parameters
    ----------
    errors : LeaveOneOut
        Errors of every alpha.
    alphas : ndarray of shape (n_alphas,)
        Candidates.
    weights : ndarray of shape (n_samples,) or None
        Sample weights.
    shape : tuple
        (n_samples, n_targets).
    y_ndim : {1, 2}
        Decides about the shape of the errors.
    per_target : bool
        Whether each target gets its own.

    Returns
    -------
    choice : Choice or None
        None when no alpha has finite errors.
    """
    n_samples, n_targets = shape
    per_target = per_target and n_targets > 1
    sums = errors.sums if per_target else errors.sums.sum(axis=0, keepdims=True)
    best = sums.argmin(axis=1)
    smallest = sums[np.arange(len(sums)), best]
    if not np.isfinite(smallest).all():
        return None
    total = n_samples if weights is None else weights.sum()
    score = -smallest / (n_samples * (1 if per_target else n_targets))

    def each(of_alphas):  # what a target has at its alpha
        return of_alphas[np.arange(n_targets), best]

    squares = errors.squares
    if squares is not None and y_ndim == 1:
        squares = squares[:, 0]
    return Choice(
        alpha=alphas[best] if per_target else float(alphas[best[0]]),
        alphas=alphas[best],
        score=score if per_target else float(score[0]),
        noise_variance=for_each_target(each(errors.sums) / total),
        calibrated=for_each_target(each(errors.scaled_sums) / total),
        squares=squares,
    )


class ChosenAlpha:
    """Mixin of the classes that chose their alpha by leave-one-out errors."""

    def _keep_choice(self, choice, dtype):
        self.alpha_, self.best_score_ = choice.alpha, choice.score
        self.noise_variance_ = choice.noise_variance
        self.calibrated_noise_variance_ = choice.calibrated
        if self.store_cv_results:
            self.cv_results_ = choice.squares


def raise_without_choice(alphas):
    """Say that :func:`choose` found none."""
    raise ValueError(
        "No alpha has finite leave-one-out errors: at each the problem is indefinite, "
        f"or decided by single rows. Got alphas up to {alphas.max():.3g}; raise the "
        "largest."
    )
