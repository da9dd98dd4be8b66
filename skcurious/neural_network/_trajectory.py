"""Checkpoints of a training run, and what they say about rows."""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import validate_data

from skcurious._chunks import RowChunks
from skcurious.tangent import Checkpoints, trajectory_terms


class TrajectoryTerms(NamedTuple):
    """What ``trajectory_score`` returns.

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


class NetworkTrajectory:
    """Mixin that takes checkpoints while scikit-learn trains."""

    def trajectory_score(self, X):
        """What the training run says about rows, label or not.

        Rows that the parameters were still moving for when training ended, and
        rows whose predictions changed on the way: two terms of an influence
        that is traced along the run instead of solved for at its end [1]_. Needs
        no Hessian, and no optimum.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        terms : TrajectoryTerms
            ``projection`` and ``dynamics``, of shape (n_samples,) each; of
            several outputs the norm, and the sum.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            Without ``checkpoints``.

        References
        ----------
        .. [1] "Tracing Training Progress: Dynamic Influence Based Selection for
           Active Learning" (DISAL), ACM Multimedia 2024. Its abstract fixes the
           idea; means over checkpoints and unit directions are a reading.
        """
        self._check_tangent()
        if getattr(self, "_run", None) is None:
            raise ValueError(
                "This CuriousMLPRegressor kept no checkpoints of its training. Fit it "
                "with checkpoints=10, say."
            )
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        network = self._network(np.float64)
        end = network.parameters
        if all(np.array_equal(theta, end) for theta in self._run.parameters):
            raise ValueError(
                f"No checkpoint lies before the end of training (kept after epochs "
                f"{self._run.epochs}). Train longer, or take earlier checkpoints."
            )
        parts = [
            trajectory_terms(network, X[where], self._run.parameters)
            for where in RowChunks(self, X).slices
        ]
        return TrajectoryTerms(*(np.concatenate(p) for p in zip(*parts, strict=True)))

    @property
    def checkpoint_epochs_(self):
        """Epochs after which parameters were kept, an ndarray of int."""
        return np.array(self._run.epochs if self._run else [], dtype=int)

    def _check_checkpoints(self):
        if self.checkpoints is None:
            return
        if self.solver == "lbfgs":
            raise ValueError(
                f"checkpoints={self.checkpoints!r} needs a run of epochs, which "
                "solver='lbfgs' does not have. Use solver='adam' or 'sgd'."
            )
        epochs = np.asarray(self.checkpoints)
        if (
            epochs.ndim > 1
            or not epochs.size
            or epochs.dtype.kind not in "iu"
            or (epochs < 1).any()
        ):
            raise ValueError(
                "checkpoints must be how many to keep, at least 2, or a list of "
                f"epochs from 1 on, got {self.checkpoints!r}."
            )

    def _start_run(self):
        self._check_checkpoints()
        self._run = None if self.checkpoints is None else Checkpoints(self.checkpoints)

    def _update_no_improvement_count(self, *arguments):
        # scikit-learn calls this once at the end of each epoch.
        super()._update_no_improvement_count(*arguments)
        if self._run is not None:
            self._run.end_epoch(lambda: self._network().parameters)
