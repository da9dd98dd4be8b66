"""What models that keep their training rows keep beside them, to forget and merge."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class SeenLabels:
    """Labels and weights of the training rows.

    Attributes
    ----------
    labels : ndarray of shape (n_train,) or (n_train, n_targets)
        As they were given.
    weights : ndarray of shape (n_train,) or None
        Sample weights.
    """

    labels: np.ndarray
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, labels, weights=None):
        """Copies of both."""
        return cls(np.copy(labels), None if weights is None else np.copy(weights))

    def some(self, rows):
        """Those of some rows."""
        weights = None if self.weights is None else self.weights[rows]
        return SeenLabels(self.labels[rows], weights)


def joined_labels(several):
    """Labels and weights of one model after those of another."""
    labels = [seen.labels for seen in several]
    if len({each.shape[1:] for each in labels}) > 1:
        raise ValueError(
            "Only models of as many targets can be merged, and of y in one shape; got "
            f"{' and '.join(str(each.shape) for each in labels)}."
        )
    labels = np.concatenate(labels)
    if all(seen.weights is None for seen in several):
        return SeenLabels(labels)
    weights = [
        np.ones(len(seen.labels)) if seen.weights is None else seen.weights
        for seen in several
    ]
    return SeenLabels(labels, np.concatenate(weights))


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
