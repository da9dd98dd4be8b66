"""Rows and targets as tensors, from arrays, frames, tensors and datasets."""

import numpy as np
import torch
from scipy import sparse
from torch.utils.data import DataLoader, Dataset, Subset, default_collate


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
            return _items(self._X, np.arange(len(self._X))[where])[0]
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


def tensors_of(dataset):
    """All rows and targets of a dataset, in memory, once.

    Returns
    -------
    x, y : Tensor
        Targets have two dimensions.
    """
    inner, where = dataset, None
    if isinstance(dataset, Subset):
        inner, where = dataset.dataset, np.asarray(dataset.indices)
    X, y = getattr(inner, "X", None), getattr(inner, "y", None)
    arrays = (np.ndarray, torch.Tensor)
    if isinstance(X, arrays) and isinstance(y, arrays):  # of skorch
        if where is not None:
            X, y = X[where], y[where]
        x, y = torch.as_tensor(X), torch.as_tensor(y)
    else:
        batches = DataLoader(dataset, batch_size=1024)
        x, y = map(torch.cat, zip(*map(_pair, batches), strict=True))
    return x, y.reshape(len(y), -1)


def _pair(batch):
    x, y = batch
    return x, y


def _items(dataset, numbers):
    batch = default_collate([dataset[int(i)] for i in numbers])
    return batch if isinstance(batch, (list, tuple)) else (batch,)
