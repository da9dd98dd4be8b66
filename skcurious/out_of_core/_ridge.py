"""Ridge regression on training rows in chunks."""

from collections.abc import Iterable

import numpy as np
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils.validation import _num_samples

from skcurious._validation import check_same_order
from skcurious.linear_model import CuriousRidge
from skcurious.linear_model._stream import check_unconstrained, solves_streams


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
    TypeError
        When `chunks` is no iterable.
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
    if not isinstance(chunks, Iterable):
        raise TypeError(
            f"chunks must be an iterable of (X, y), got {type(chunks).__name__}."
        )
    model = checked(params)
    seen = None
    for number, chunk in enumerate(chunks):
        seen = gathered(model, chunk, f"chunk {number}", seen)
    return solved(model, seen)


def checked(params):
    """A CuriousRidge of these parameters that can be fitted to streams."""
    model = CuriousRidge(**params)
    validate_parameter_constraints(
        model._parameter_constraints, model.get_params(deep=False), "CuriousRidge"
    )
    check_unconstrained(model)
    try:
        solves_streams(model)
    except AttributeError as error:
        raise ValueError(str(error)) from None
    return model


def gathered(model, chunk, where, seen=None):
    """Statistics of a chunk and of those `seen`; errors say where it is."""
    if not isinstance(chunk, (tuple, list)) or len(chunk) not in (2, 3):
        got = type(chunk).__name__
        if isinstance(chunk, (tuple, list)):
            got = f"{len(chunk)} part(s)"
        raise ValueError(
            f"In {where}: expected (X, y) or (X, y, sample_weight), got {got}. Rows in "
            "one piece are [(X, y)]."
        )
    X, y, weights = chunk if len(chunk) == 3 else (*chunk, None)
    if _num_samples(X) == 0 or (weights is not None and not np.any(weights)):
        return seen  # nothing to see
    try:
        check_same_order(X, y, "X", "y")
        return model.statistics(X, y, weights, before=seen)
    except ValueError as error:
        raise ValueError(f"In {where}: {error}") from error


def solved(model, seen):
    """The model, fitted."""
    if seen is None:
        raise ValueError("There are no rows of a weight above 0: nothing to fit.")
    return model.fit_statistics(seen)
