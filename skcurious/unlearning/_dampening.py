"""Parameters that matter more to the forgotten rows than to all are made smaller.

With F_i the importance of a parameter to the forgotten rows, and A_i to all of them, a
parameter of which ``F_i > selection A_i`` becomes

    theta_i <- min(strength A_i / F_i, 1) theta_i

Importances are means over rows of the squared gradient of the loss, the diagonal of the
empirical Fisher matrix (J. Foster, S. Schoepf and A. Brintrup, "Fast machine unlearning
without retraining through selective synaptic dampening", AAAI 2024), or, without
labels, of the absolute gradient of ``|f(x)|^2`` (J. Foster and others, "Loss-free
machine unlearning", 2024). No rows are trained on.
"""

import numpy as np

from skcurious.tangent import Network, TrainingRows


def dampened(
    network, forgotten, remaining, *, chunk_size, by_loss, selection, strength
):
    """A network of which some parameters were made smaller.

    Parameters
    ----------
    network : Network
        The network.
    forgotten, remaining : Rows
        The rows of the fit.
    chunk_size : int
        Rows that are evaluated together.
    by_loss : bool
        Whether importances are of the loss, or of the size of the output.
    selection, strength : float
        As above.
    """
    own = importance(network, forgotten, chunk_size, by_loss)
    rest = importance(network, remaining, chunk_size, by_loss)
    share = forgotten.weights.sum()
    share = share / (share + remaining.weights.sum())
    every = share * own + (1 - share) * rest
    chosen = own > selection * every
    factor = np.divide(strength * every, own, out=np.ones_like(own), where=chosen)
    theta = network.parameters * np.minimum(factor, 1)
    return Network(*network.unpack(theta), network.activation)


def importance(network, rows, chunk_size, by_loss):
    """Of each parameter, the mean over rows.

    Examples
    --------
    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from skcurious.tangent import Network
    >>> from skcurious.unlearning._dampening import importance
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> X, Y = np.array([[1.0], [3.0]]), np.array([[2.0], [5.0]])
    >>> rows = SimpleNamespace(X=X, Y=Y, weights=np.ones(2))
    >>> importance(network, rows, 2, by_loss=True)  # gradients 0 and 3, 0 and 1
    array([4.5, 0.5])
    >>> importance(network, rows, 2, by_loss=False)  # of 4 x^2: gradients 4 and 36
    array([20.,  8.])
    """
    Y = rows.Y
    if Y is None:
        Y = np.zeros((rows.X.shape[0], network.n_outputs))
    total = np.zeros(network.n_params)
    for chunk in TrainingRows(network, rows.X, Y, rows.weights, chunk_size):
        if by_loss:
            total += of_each(chunk.rows, chunk.residuals, 2, chunk.weights)
        else:
            total += of_each(chunk.rows, 2 * chunk.rows.output, 1, chunk.weights)
    return total / rows.weights.sum()


def of_each(rows, cotangent, power, weights):
    """``sum_i w_i |grad_i|^power`` of each parameter, without gradients.

    ``grad_i`` is that of ``sum(cotangent_i * f(x_i))``: an outer product in every
    layer, and its powers are those of the factors.
    """
    coefs, intercepts = [], []
    for a, d in zip(rows.inputs, rows.backward(cotangent), strict=True):
        d = np.abs(d) ** power * weights
        a = abs(a)
        a = a.power(power) if hasattr(a, "power") else a**power
        coefs.append(a.T @ d)
        intercepts.append(d.sum(axis=0))
    return rows.network.pack(coefs, intercepts)
