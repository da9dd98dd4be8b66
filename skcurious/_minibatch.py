"""What scikit-learn's minibatch solvers make of alpha and of sample weights."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches


class Balance(NamedTuple):
    """What training balances, relative to what it was asked for."""

    regularity_per_alpha: float
    weights: np.ndarray


def minibatch_balance(weights, n_train, batch_size, shuffle):
    """The objective whose gradient an epoch of minibatches adds up.

    The gradient of batch k is ``(sum_i w_i grad L_i + alpha theta) / W_k`` with
    ``W_k`` the weight of its rows. Over an epoch of K batches, times ``sum(w) /
    K``, that is the gradient of an objective with

        s    = alpha sum(w) mean_k(1 / W_k)
        w~_i = w_i E[1 / W_k(i)] sum(w) / K

    in place of alpha and of the weights. Without weights W_k is the size of the
    batch; the short last one may dominate s, and without shuffling its rows
    count more. When rows are shuffled the batches are not known, and the mean
    over some shuffles stands for them; without weights shuffled rows all count
    the same.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,)
        Sample weights, of which early stopping uses `n_train` only.
    n_train : int
        Rows that are trained on.
    batch_size : int
        At most `n_train`.
    shuffle : bool
        Whether rows are shuffled before each epoch.

    Returns
    -------
    balance : Balance
        ``s / alpha``, and ``w~`` of the same sum as `weights`.

    Examples
    --------
    >>> import numpy as np
    >>> minibatch_balance(np.ones(210), 210, 200, True).regularity_per_alpha
    11.025
    """
    n_samples = len(weights)
    batches = list(gen_batches(n_train, batch_size))
    starts = [batch.start for batch in batches]
    sizes = [batch.stop - batch.start for batch in batches]
    drawn = shuffle or n_train < n_samples  # early stopping draws its rows
    even = np.ptp(weights) == 0
    if drawn and not even:
        rng = np.random.RandomState(0)
        n_orders = int(np.clip(10**6 // n_train, 1, 256))
        orders = [rng.permutation(n_samples)[:n_train] for _ in range(n_orders)]
    else:
        orders = [np.arange(n_train)]
    ratios, share = [], np.zeros(n_samples)
    for order in orders:
        totals = np.add.reduceat(weights[order], starts)
        # A batch without weight has no gradient; scikit-learn divides by it.
        inverse = np.divide(1, totals, out=np.zeros_like(totals), where=totals > 0)
        ratios.append(totals.sum() * inverse.sum() / max(np.count_nonzero(inverse), 1))
        share[order] += np.repeat(inverse, sizes)
    balanced = weights if drawn and even else weights * share
    if not balanced.any():
        balanced = weights
    balanced = balanced * (weights.sum() / balanced.sum())
    return Balance(float(np.mean(ratios)), balanced)
