"""What models that keep their training rows keep beside them, to forget some."""

from dataclasses import dataclass

import numpy as np


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

    def joined(self, others):
        """These and then those of other models."""
        everyone = [self, *others]
        labels = np.concatenate([each.labels for each in everyone])
        if all(each.weights is None for each in everyone):
            return SeenLabels(labels)
        weights = [
            np.ones(len(each.labels)) if each.weights is None else each.weights
            for each in everyone
        ]
        return SeenLabels(labels, np.concatenate(weights))
