"""Right-hand sides: what pulls on the parameters when something moves.

At an optimum ``g(theta, s) = 0``; whatever s is, ``rho = dg/ds`` is all that has to
be known of it, and :func:`skcurious.tangent.implicit_tangent` makes a tangent of it:

=====================================  ============================================
what moves                             rho
=====================================  ============================================
the regularity                         grad C, the gradient of the complexity
the regularity of one layer            grad C_l, zero on the other layers
the weight of a point z                grad L(z) = sum_k dL/df_k(z) grad f_k(z)
the weight of a validation loss        the sum of these over its rows
=====================================  ============================================

Of ridge and kernel ridge regression the gradient of the complexity is the vector of
coefficients itself, and their solvers take it from there.
"""

import numpy as np


def network_complexity(network):
    """Gradient of ``|weights|^2 / 2``, zero on the intercepts.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    rho : ndarray of shape (n_params, 1)
    """
    return network_complexity_by_layer(network).sum(axis=1, keepdims=True)


def network_complexity_by_layer(network):
    """Gradient of ``|W_l|^2 / 2`` for each layer l.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    rho : ndarray of shape (n_params, n_layers)
    """
    rho = np.zeros((network.n_params, len(network.coefs)))
    start = 0
    for layer, coef in enumerate(network.coefs):
        rho[start : start + coef.size, layer] = coef.ravel()
        start += coef.size
    return rho


def validation_loss(model, parts):
    """Gradient of a loss that is a sum over rows.

    Parameters
    ----------
    model : LinearisedModel
        The model.
    parts : iterable of (rows, slopes)
        Rows as the model sees them, and the derivative of the loss of each with
        respect to the outputs there, of shape (n, n_outputs).

    Returns
    -------
    rho : gradient
        As ``model.solve`` takes it.
    """
    total = None
    for rows, slopes in parts:
        part = model.vjp(rows, slopes)
        total = part if total is None else model.add(total, part)
    return total


def points(gradients, slopes):
    """Gradients of the losses of single points, one column for each.

    Parameters
    ----------
    gradients : ndarray of shape (n_params, n * n_outputs)
        Gradient of every output at every row.
    slopes : ndarray of shape (n, n_outputs)
        Derivative of the loss with respect to them.

    Returns
    -------
    rho : ndarray of shape (n_params, n)
    """
    each = gradients.reshape(len(gradients), *slopes.shape)
    return np.einsum("pnk,nk->pn", each, slopes)
