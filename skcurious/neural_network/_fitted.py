"""What a trained network with a tangent consists of."""

from copy import copy
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skcurious.base import CuriosityMixin
from skcurious.linearised import NetworkModel
from skcurious.tangent import ForwardTangent, Network


@dataclass(frozen=True)
class SolvedTangent:
    """The tangent of a network, and how it was found.

    The attributes of :class:`CuriousMLPRegressor` that end with an underscore and
    have to do with the tangent are those of this object.
    """

    linearised: NetworkModel
    coefs_tangent: list
    intercepts_tangent: list
    noise_variance: float | np.ndarray
    effective_alpha: float
    damping: tuple  # on weights and on intercepts
    tangent_solver: str
    tangent_n_iter: int
    tangent_residual: float
    stationarity: float | None = None  # not known of a stream
    forward: ForwardTangent | None = None  # of a stream


def _shown(name):
    """A fitted attribute that is one of :class:`SolvedTangent`."""

    def value(self):
        found = getattr(vars(self).get("_solved"), name, None)
        if found is None:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name + '_'!r}"
            )
        return found

    return property(value, doc=f"As the class says of its attribute ``{name}_``.")


class FittedNetwork(CuriosityMixin):
    """Mixin that keeps the tangent of a multilayer perceptron."""

    continues_training = True

    linearised_ = _shown("linearised")
    coefs_tangent_ = _shown("coefs_tangent")
    intercepts_tangent_ = _shown("intercepts_tangent")
    noise_variance_ = _shown("noise_variance")
    effective_alpha_ = _shown("effective_alpha")
    tangent_solver_ = _shown("tangent_solver")
    tangent_n_iter_ = _shown("tangent_n_iter")
    tangent_residual_ = _shown("tangent_residual")
    stationarity_ = _shown("stationarity")

    @property
    def damping_(self):
        """Damping of each parameter, of shape (n_params,)."""
        check_is_fitted(self, "coefs_")
        on_weights, on_intercepts = _shown("damping").fget(self)
        return np.concatenate(
            [np.full(w.size, on_weights) for w in self.coefs_]
            + [np.full(b.size, on_intercepts) for b in self.intercepts_]
        )

    def check_tangent(self):
        """Raise when there is no tangent, saying why and what to do.

        Raises
        ------
        NotFittedError
            Before ``fit``, or without a tangent.
        ValueError
            For a network that was trained with another loss than the squared error.
        """
        check_is_fitted(self, "coefs_")
        self._check_loss()
        if not hasattr(self, "linearised_"):
            raise NotFittedError(
                f"This {type(self).__name__} has no tangent: a fit that failed, or "
                "training with another loss, dropped it. Call fit or fit_tangent."
            )

    def _check_loss(self):
        if self.loss != "squared_error":
            raise ValueError(
                f"A network trained with loss={self.loss!r} has no curiosity: the "
                "theory is for the squared error. Use loss='squared_error'."
            )

    def _forget_tangent(self):
        """Drop what is said of parameters that are about to move."""
        for name in ("_solved", "unlearning_", "task_coefficients_"):
            vars(self).pop(name, None)

    def _with_parameters(self, network):
        """A copy with the parameters of another network, and nothing of its training.

        Moments of the optimizer, losses and checkpoints are of the old one, and would
        tell of its rows.
        """
        new, dtype = copy(self), self.coefs_[0].dtype
        new.coefs_ = [w.astype(dtype) for w in network.coefs]
        new.intercepts_ = [b.astype(dtype) for b in network.intercepts]
        new._forget_tangent()
        for name in ("_optimizer", "_carried", "loss_"):
            vars(new).pop(name, None)
        new._run = None
        if hasattr(new, "loss_curve_"):
            new.loss_curve_, new._no_improvement_count = [], 0
            new._best_coefs = [w.copy() for w in new.coefs_]
            new._best_intercepts = [b.copy() for b in new.intercepts_]
            if self.early_stopping:
                new.validation_scores_, new.best_validation_score_ = [], -np.inf
            else:
                new.best_loss_ = np.inf
        return new

    def _network(self, dtype=None):
        coefs, intercepts = self.coefs_, self.intercepts_
        if dtype is not None:
            coefs = [w.astype(dtype, copy=False) for w in coefs]
            intercepts = [b.astype(dtype, copy=False) for b in intercepts]
        return Network(coefs, intercepts, self.activation)
