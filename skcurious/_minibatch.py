"""What scikit-learn's minibatch solvers make of alpha."""

import numpy as np
from sklearn.utils import gen_batches


def regularity_per_alpha(weights, n_train, batch_size, shuffle):
    """The regularity that minibatch training optimises, per unit of alpha.

    The gradient of a batch of b rows is their mean gradient plus ``alpha / b``
    times the weights. Over an epoch the sum of squared residuals is therefore
    balanced against

        s = alpha * n * mean_k(1 / b_k)

    the short last batch included, which may dominate the mean; with sample
    weights their sums stand for n and b_k.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,)
        Sample weights, of which early stopping uses `n_train` only.
    n_train : int
        Rows that are trained on.
    batch_size : int
        At most `n_train`.
    shuffle : bool
        Whether rows are shuffled before each epoch. Then the weights of the
        batches are not known, and the mean over some shuffles stands for them.

    Returns
    -------
    ratio : float

    Examples
    --------
    >>> import numpy as np
    >>> regularity_per_alpha(np.ones(210), 210, 200, True)
    11.025
    """
    starts = [batch.start for batch in gen_batches(n_train, batch_size)]
    orders = [np.arange(n_train)]
    if shuffle and np.ptp(weights) > 0:
        rng = np.random.RandomState(0)
        n_shuffles = int(np.clip(10**6 // n_train, 1, 256))
        orders = [rng.permutation(len(weights))[:n_train] for _ in range(n_shuffles)]
    ratios = []
    for order in orders:
        batches = np.add.reduceat(weights[order], starts)
        ratios.append(batches.sum() * np.mean(1 / batches))
    return float(np.mean(ratios))
