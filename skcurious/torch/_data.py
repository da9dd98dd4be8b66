"""Rows, targets and weights as tensors, from arrays, frames, tensors and datasets.

Weights travel as skorch has them do, with the rows: an item of a dataset is then
``({"X": row, "sample_weight": weight}, target)``.
"""

from collections.abc import Mapping

import numpy as np
import torch
from scipy import sparse
from torch.utils.data import DataLoader, Dataset, Subset, default_collate

from skcurious._validation import check_weights


class Rows:
    """Rows of any shape with what the rest of the package asks of an array.

    Parameters
    ----------
    X : {ndarray, CSR matrix, Tensor, Dataset}
        Rows, the first dimension.
    dtype : numpy.dtype
        Of what is computed from them.

    Attributes
    ----------
    row_shape : tuple of int
        Shape of one row.
    """

    def __init__(self, X, dtype):
        self._X, self.dtype = X, dtype
        self.row_shape = tuple(self[:1].shape[1:])
        self.shape = len(self), int(np.prod(self.row_shape))

    def __len__(self):
        return self._X.shape[0] if hasattr(self._X, "shape") else len(self._X)

    def __getitem__(self, where):
        if isinstance(self._X, Dataset):
            batch = _items(self._X, np.arange(len(self._X))[where])
            return without_weights(batch[0])[0]
        part = self._X[where]
        return torch.as_tensor(
            part.toarray() if sparse.issparse(part) else writable(part)
        )

    def is_finite(self):
        """Whether no number is NaN or infinite; of a dataset that is not known."""
        if isinstance(self._X, Dataset):
            return True
        values = self._X.data if sparse.issparse(self._X) else self._X
        if isinstance(values, torch.Tensor):
            return bool(torch.isfinite(values).all())
        return bool(np.isfinite(values).all())


def as_array(X, name="X"):
    """Arrays, tensors and datasets as they are; frames and lists as arrays."""
    if sparse.issparse(X):
        return X.tocsr()
    if not isinstance(X, (torch.Tensor, Dataset, np.ndarray)):
        X = np.asarray(X)
    if isinstance(X, np.ndarray) and X.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must be numbers, got an array of dtype {X.dtype}. Encode "
            "categories as integers (for nn.Embedding) or columns."
        )
    return X


def writable(X):
    """A copy of arrays that torch must not share: frames, memory maps of joblib."""
    if isinstance(X, np.ndarray) and not X.flags.writeable:
        return X.copy()
    return X


def as_targets(y):
    """Targets with two dimensions, and whether they had one."""
    if y is None:  # the dataset has them
        return None, False
    y = writable(as_array(y, "y"))
    return y.reshape(len(y), -1), y.ndim == 1


def with_weights(X, sample_weight):
    """Rows as a dataset has them, with their weights if there are any."""
    if sample_weight is None:
        return X
    if isinstance(X, Dataset):
        raise ValueError(
            "sample_weight was given together with a dataset. Have the dataset return "
            '({"X": row, "sample_weight": weight}, target).'
        )
    weights = check_weights(sample_weight, np.empty((X.shape[0], 1)), None)
    return {"X": X, "sample_weight": weights}


def without_weights(X):
    """Rows of a minibatch, and their weights or None."""
    if not isinstance(X, Mapping):
        return X, None
    if set(X) != {"X", "sample_weight"}:
        raise TypeError(
            "CuriousNetRegressor takes one tensor of rows, got a dict of "
            f"{sorted(X)}. Put what the module needs into one tensor; "
            '{"X": rows, "sample_weight": weights} has weights as well.'
        )
    return X["X"], X["sample_weight"]


def row_shape(dataset):
    """Shape of the first row."""
    return tuple(without_weights(dataset[0][0])[0].shape)


def total_weight(dataset):
    """Sum of the weights of a dataset: its length, where it has none."""
    if without_weights(dataset[0][0])[1] is None:
        return float(len(dataset))
    inner, where = _inside(dataset)
    if isinstance(getattr(inner, "X", None), Mapping):
        weights = inner.X["sample_weight"][where]
    else:
        weights = [without_weights(x)[1] for x, _ in _batches(dataset)]
        weights = torch.cat(weights).double().numpy()
    weights = check_weights(weights, np.empty((len(weights), 1)), None)
    return float(np.sum(weights, dtype=float))


def _inside(dataset):
    """What a subset is one of, and which of it."""
    if isinstance(dataset, Subset):
        return dataset.dataset, np.asarray(dataset.indices)
    return dataset, slice(None)


def _batches(dataset):
    return map(_pair, DataLoader(dataset, batch_size=1024))


def tensors_of(dataset):
    """All rows, targets and weights of a dataset, in memory, once.

    Returns
    -------
    x, y : Tensor
        Targets have two dimensions.
    weights : Tensor or None
        None where there are none.
    """
    inner, where = _inside(dataset)
    X, weights = without_weights(getattr(inner, "X", None))
    y, arrays = getattr(inner, "y", None), (np.ndarray, torch.Tensor)
    if isinstance(X, arrays) and isinstance(y, arrays):  # of skorch
        x, y = torch.as_tensor(X[where]), torch.as_tensor(y[where])
        weights = None if weights is None else torch.as_tensor(weights[where])
    else:
        X, y = zip(*_batches(dataset), strict=True)
        X, weights = zip(*map(without_weights, X), strict=True)
        x, y = torch.cat(X), torch.cat(y)
        weights = None if weights[0] is None else torch.cat(weights)
    return x, y.reshape(len(y), -1), weights


def _pair(batch):
    x, y = batch
    return x, y


def _items(dataset, numbers):
    batch = default_collate([dataset[int(i)] for i in numbers])
    return batch if isinstance(batch, (list, tuple)) else (batch,)
