"""Rows of a pool in chunks of bounded memory."""

import numpy as np
from sklearn.utils._chunking import get_chunk_n_rows


class RowChunks:
    """The rows of X as a model sees them, in chunks.

    Iterates over ``(slice, rows)``. A chunk takes some ``model.chunk_bytes``, and
    never more than ``working_memory`` (see :func:`sklearn.set_config`).

    Parameters
    ----------
    model : LinearisedModel
        The model.
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Validated rows.
    leverage : bool, default=False
        Whether chunks are for leverages, which take more memory.
    keep : bool, default=False
        Whether more passes will follow: then what was evaluated is kept, if
        all of it fits into ``working_memory``.
    extra_bytes : int, default=0
        What the caller needs besides for each row.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.linearised import RowChunks
    >>> X = np.arange(4.0)[:, None]
    >>> model = CuriousRidge(alpha=1.0).fit(X, X[:, 0]).linearised_
    >>> [where for where, rows in RowChunks(model, X)]
    [slice(0, 4, None)]
    >>> RowChunks(model, X).map(model.tangent_at).ravel()
    array([ 0.20833333,  0.06944444, -0.06944444, -0.20833333])
    """

    def __init__(self, model, X, leverage=False, keep=False, extra_bytes=0):
        self.model = model
        self.X = X
        n_rows = X.shape[0]
        if X.dtype == np.float32:  # a product with float64 coefficients copies it
            extra_bytes += 8 * X.shape[1]
        row_bytes = max(model.row_bytes(leverage) + extra_bytes, 1)
        limit = get_chunk_n_rows(row_bytes, max_n_rows=n_rows)
        size = min(limit, max(model.chunk_bytes // row_bytes, 512))
        self.slices = [
            slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)
        ]
        self._kept = {} if keep and limit == n_rows else None

    def __iter__(self):
        for index, where in enumerate(self.slices):
            if self._kept is None:
                yield where, self.model.at(self.X[where])
                continue
            if index not in self._kept:
                self._kept[index] = self.model.at(self.X[where])
            yield where, self._kept[index]

    def map(self, function):
        """Concatenate ``function(rows)`` over the chunks.

        Parameters
        ----------
        function : callable
            Returns an array with as many rows as it was given.

        Returns
        -------
        values : ndarray
            Of all rows.
        """
        parts = [function(rows) for _, rows in self]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def sum_of_squares(values):
    """Sum the squares of each row of an array.

    Parameters
    ----------
    values : ndarray of shape (n, ...)
        Of two or more dimensions.

    Returns
    -------
    squares : ndarray of shape (n,)
        Sums over all axes but the first.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.linearised import sum_of_squares
    >>> sum_of_squares(np.array([[3.0, 4.0], [0.0, 2.0]]))
    array([25.,  4.])
    """
    flat = values.reshape(len(values), -1)
    if flat.shape[1] == 1:
        return np.square(flat[:, 0])
    return np.einsum("ij,ij->i", flat, flat)
