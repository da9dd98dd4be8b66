"""What a training run says about rows: its checkpoints, seen from its end.

With checkpoints theta_c of a run that ended in theta_T and ``D_c = theta_T -
theta_c``, the direction in which training went on from there,

    projection(x) = mean_c |grad f(x; theta_c)^T D_c| / |D_c|
    dynamics(x)   = mean_c |f(x; theta_c) - f(x; theta_T)|^2 / 2

No Hessian and no labels: a directional derivative and a prediction for each
checkpoint. The idea is that of "Tracing Training Progress: Dynamic Influence
Based Selection for Active Learning" (DISAL, ACM Multimedia 2024), of which these
constants are a reading.
"""

from typing import NamedTuple

import numpy as np


class TrajectoryTerms(NamedTuple):
    """What ``CuriousMLPRegressor.trajectory_score`` returns.

    Attributes
    ----------
    projection : ndarray of shape (n_samples,)
        How much a step in the direction that training took moves the
        prediction, in units of y per unit of parameters: the mean over the
        checkpoints.
    dynamics : ndarray of shape (n_samples,)
        Half the squared change of the prediction from a checkpoint to the end,
        in squared units of y: the mean over the checkpoints.
    """

    projection: np.ndarray
    dynamics: np.ndarray


class Checkpoints:
    """Parameters at some epochs of a run, at most so many, evenly spread.

    Parameters
    ----------
    wanted : int or collection of int
        How many to keep, or at which epochs. As many epochs as there will be are
        not known: every second checkpoint is dropped when there are too many,
        and only every second of the coming ones is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Checkpoints
    >>> checkpoints = Checkpoints(3)
    >>> for epoch in range(10):
    ...     checkpoints.end_epoch(lambda: np.zeros(2))
    >>> checkpoints.epochs
    [4, 8]
    """

    def __init__(self, wanted):
        self.epochs, self.parameters = [], []
        self.n_epochs = 0
        self._limit = wanted if np.ndim(wanted) == 0 else None
        self._chosen = None if self._limit else {int(epoch) for epoch in wanted}
        self._every = 1

    def end_epoch(self, parameters):
        """Take a copy of the parameters, if this epoch is one to keep.

        Parameters
        ----------
        parameters : callable
            Returns a new flat array.
        """
        self.n_epochs += 1
        if self._chosen is not None:
            if self.n_epochs not in self._chosen:
                return
        elif self.n_epochs % self._every:
            return
        if self._limit is not None and len(self.epochs) == self._limit:
            self._every *= 2
            kept = [i for i, e in enumerate(self.epochs) if e % self._every == 0]
            self.epochs = [self.epochs[i] for i in kept]
            self.parameters = [self.parameters[i] for i in kept]
            if self.n_epochs % self._every:
                return
        self.epochs.append(self.n_epochs)
        self.parameters.append(parameters())


def trajectory_terms(network, X, parameters):
    """Tell how training moved along the gradients of rows, and their predictions.

    Parameters
    ----------
    network : Network
        The network at the end of the run.
    X : {ndarray, sparse matrix} of shape (n, n_features)
        Rows.
    parameters : list of ndarray of shape (n_params,)
        Checkpoints; those equal to the end are left out.

    Returns
    -------
    projection, dynamics : ndarrays of shape (n,)
        The two means over the checkpoints.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Network, trajectory_terms
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> trajectory_terms(network, np.array([[3.0]]), [np.array([1.0, 0.0])])
    (array([3.]), array([4.5]))
    """
    end = network.parameters
    last = network.linearise(X).output
    projection, dynamics = np.zeros(len(last)), np.zeros(len(last))
    n_moved = 0
    for theta in parameters:
        direction = end - theta
        size = np.linalg.norm(direction)
        if size == 0:
            continue
        n_moved += 1
        coefs, intercepts = network.unpack(theta)
        rows = type(network)(coefs, intercepts, network.activation).linearise(X)
        projection += np.linalg.norm(rows.jvp(direction), axis=1) / size
        dynamics += np.square(rows.output - last).sum(axis=1) / 2
    return projection / max(n_moved, 1), dynamics / max(n_moved, 1)
