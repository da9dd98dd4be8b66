"""A fitted model of which the outputs are known, and how they move with alpha."""

from abc import ABC, abstractmethod
from typing import NamedTuple


class NoCovariance(NamedTuple):
    """Why a model has no covariance: the error to raise, and its sentence."""

    error: type
    reason: str


class TangentModel(ABC):
    """A model that was fitted: its outputs, and their regularity tangent.

    All that the curiosity needs. `Rows` are what :meth:`at` makes of an array of rows.

    Parameters
    ----------
    n_outputs : int
        Number of outputs K.
    flat : bool
        Whether predictions are one-dimensional.
    noise_variance : float
        Expected squared slope of the loss of a label around the prediction; for the
        squared error, of the label itself.
    posterior_variance : float, default=None
        Noise variance that scales the covariance, if another.
    regularity_per_alpha : float, default=1.0
        ds/dalpha, for models that optimise another regularity than their alpha says.
    no_covariance : NoCovariance, default=None
        Why there is no covariance, where there is none.

    Attributes
    ----------
    default_weights : {"tangent", "variance", "uniform"}
        What :func:`skcurious.query.expected_curiosity_reduction` weighs with.
    exact_influence : bool
        Whether the outputs are linear in the parameters and H is exact, so that
        influences hold for whole rows.
    alpha_per_output : bool
        Whether each output has its own regularity.
    shows_non_finite : bool
        Whether a NaN or infinity in a row always shows in its tangent.
    trained_in_epochs : bool
        Whether there is a ``trajectory(X)`` of the training run.
    chunk_bytes : int
        What a chunk of rows takes, so far as that is for the model to say: some
        16 MiB, which caches like better than more.
    """

    default_weights = "variance"
    exact_influence = True
    alpha_per_output = False
    shows_non_finite = False
    trained_in_epochs = False
    chunk_bytes = 2**24

    def __init__(
        self,
        *,
        n_outputs,
        flat,
        noise_variance,
        posterior_variance=None,
        regularity_per_alpha=1.0,
        no_covariance=None,
    ):
        self.n_outputs = n_outputs
        self.flat = flat
        self.noise_variance = noise_variance
        self.posterior_variance = (
            noise_variance if posterior_variance is None else posterior_variance
        )
        self.regularity_per_alpha = regularity_per_alpha
        self.no_covariance = no_covariance

    def at(self, X):
        """Evaluate what the model needs of validated rows, once.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n, n_features)
            Rows.

        Returns
        -------
        rows : object
            X itself, unless a subclass knows better.
        """
        return X

    @abstractmethod
    def row_bytes(self, leverage):
        """Bytes that one row takes, in :meth:`at` or, if `leverage`, a leverage."""

    @abstractmethod
    def output(self, rows):
        """The outputs f, of shape (n, n_outputs)."""

    @abstractmethod
    def tangent_at(self, rows):
        """df/ds, of shape (n, n_outputs)."""

    def parts_at(self, rows):
        """The parts of df/ds that are squared one by one, (n, n_outputs, n_parts)."""
        return self.tangent_at(rows)[:, :, None]

    def loss_slope(self, output, Y):
        """Derivative of the loss with respect to the outputs: of half the square."""
        return output - Y

    @property
    def for_influence(self):
        """The model with the curvature of its tangent, if leverages have another."""
        return self

    def check_covariance(self):
        """Raise when there is no covariance, saying why and what to do."""
        if self.no_covariance is not None:
            raise self.no_covariance.error(self.no_covariance.reason)
