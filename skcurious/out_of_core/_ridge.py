"""Ridge regression on training rows in chunks."""

import numpy as np

from skcurious._validation import check_same_order
from skcurious.linear_model import CuriousRidge
from skcurious.linear_model._stream import solves_streams


def fit_ridge(chunks, **params):
    """Fit a CuriousRidge, exactly, to rows that come in chunks.

    Means and Gram matrices are summed up chunk by chunk, and solved once:
    coefficients, tangent and covariance are those of ``CuriousRidge.fit`` on
    all rows, in memory for a chunk and ``(n_features + n_targets)**2``
    numbers.

    Parameters
    ----------
    chunks : iterable of tuples
        ``(X, y)`` or ``(X, y, sample_weight)`` of some rows each.
    **params : dict
        Parameters of :class:`skcurious.linear_model.CuriousRidge`.

    Returns
    -------
    model : CuriousRidge
        Fitted; later rows can be added with ``partial_fit``.

    Raises
    ------
    ValueError
        For data or parameters that cannot be used, with the number of the
        chunk.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.out_of_core import fit_ridge
    >>> rng = np.random.default_rng(0)
    >>> def measurements():
    ...     for _ in range(100):
    ...         X = rng.standard_normal((1_000, 3))
    ...         yield X, X @ [1.0, 2.0, 3.0]
    >>> fit_ridge(measurements(), alpha=1e-6).coef_.round(6)
    array([1., 2., 3.])
    """
    model = unsolved(params)
    for number, chunk in enumerate(chunks):
        gather(model, chunk, f"chunk {number}")
    return solved(model)


def unsolved(params):
    """A CuriousRidge that has seen nothing yet."""
    model = CuriousRidge(**params)
    model._validate_params()
    try:
        solves_streams(model)
    except AttributeError as error:
        raise ValueError(str(error)) from None
    model._check_stream()
    return model


def gather(model, chunk, where):
    """Let an unsolved model see a chunk; errors say where it is."""
    if len(chunk) not in (2, 3):
        raise ValueError(
            f"In {where}: expected (X, y) or (X, y, sample_weight), got {len(chunk)} "
            "part(s)."
        )
    X, y, weights = chunk if len(chunk) == 3 else (*chunk, None)
    if X.shape[0] == 0 or (weights is not None and not np.any(weights)):
        return  # nothing to see
    try:
        check_same_order(X, y, "X", "y")
        model._moments = model._gather(X, y, weights)
    except ValueError as error:
        raise ValueError(f"In {where}: {error}") from error


def solved(model):
    """The fitted model."""
    if not hasattr(model, "_moments"):
        raise ValueError("There are no rows of a weight above 0: nothing to fit.")
    model._solve_stream(model._moments)
    return model
