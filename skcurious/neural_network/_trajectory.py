"""Checkpoints of a training run, and what they say about rows."""

import numpy as np

from skcurious.tangent import Checkpoints


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
        X = self.validate_rows(X)
        return self.linearised_.trajectory(X)

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
