"""What models that keep their training rows keep beside them, to forget and merge."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class SeenLabels:
    """Labels of the training rows, and what is known of each.

    Attributes
    ----------
    labels : ndarray of shape (n_train,) or (n_train, n_targets)
        As they were given.
    weights : ndarray of shape (n_train,) or None
        Sample weights.
    label_noise : ndarray of shape (n_train,) or None
        Known noise variances, in squared units of y.
    alpha : ndarray of shape (n_train,) or None
        What a Gaussian process adds to its diagonal.
    """

    labels: np.ndarray
    weights: np.ndarray | None = None
    label_noise: np.ndarray | None = None
    alpha: np.ndarray | None = None

    @classmethod
    def of(cls, labels, weights=None, label_noise=None, alpha=None):
        """Copies of all, one number for each label."""
        each = (weights, label_noise, alpha)
        return cls(np.copy(labels), *(_each(one, len(labels)) for one in each))

    def some(self, rows):
        """Those of some rows."""
        return SeenLabels(*(None if one is None else one[rows] for one in _all(self)))


def _all(seen):
    return seen.labels, seen.weights, seen.label_noise, seen.alpha


def _each(values, n):
    if values is None:
        return None
    return np.broadcast_to(np.ravel(values), (n,)).copy()


def joined_labels(several):
    """Labels of one model after those of another, and what is known of each."""
    shapes = {seen.labels.shape[1:] for seen in several}
    if len(shapes) > 1:
        raise ValueError(
            "Only models of as many targets can be merged, and of y in one shape; got "
            f"{' and '.join(str(seen.labels.shape) for seen in several)}."
        )
    columns = list(zip(*map(_all, several), strict=True))
    labels = np.concatenate(columns[0])
    # What one model knows and another does not: a weight is 1, no noise is known.
    return SeenLabels(
        labels, *map(_joined, columns[1:], (1.0, 0.0, 0.0), [several] * 3)
    )


def _joined(column, default, several):
    if all(one is None for one in column):
        return None
    return np.concatenate(
        [
            np.full(len(seen.labels), default) if one is None else one
            for one, seen in zip(column, several, strict=True)
        ]
    )


def stacked(several):
    """Training rows of one model after those of another."""
    if any(map(sparse.issparse, several)):
        return sparse.vstack([sparse.csr_matrix(X) for X in several], format="csr")
    return np.concatenate(several)


def check_same(one, other, what):
    """Refuse to merge models that differ."""
    if one != other:
        raise ValueError(
            f"Only models of the same {what} can be merged: one has {one}, another "
            f"{other}. Fit the second with those of the first."
        )


def check_same_columns(estimators):
    """Refuse to merge models of different columns."""
    described = []
    for estimator in estimators:
        names = getattr(estimator, "feature_names_in_", None)
        n_columns = f"{estimator.n_features_in_} columns"
        described.append(n_columns if names is None else f"the columns {list(names)}")
    for other in described[1:]:
        if other != described[0]:
            raise ValueError(
                "Only models of the same columns can be merged: one has "
                f"{described[0]}, another {other}."
            )
