"""A fitted model of which the outputs are known, and how they move with alpha."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np


class NoCovariance(NamedTuple):
    """Why a model has no covariance.

    Parameters
    ----------
    error : type
        Class of the error to raise.
    reason : str
        Its message: why there is none, and what to do.

    Examples
    --------
    >>> from skcurious.linearised import NoCovariance
    >>> NoCovariance(ValueError, "Fit it with store_covariance=True.").reason
    'Fit it with store_covariance=True.'
    """

    error: type
    reason: str


class TangentModel(ABC):
    """A model that was fitted: its outputs, and their regularity tangent.

    All that the curiosity needs. A subclass implements :meth:`output`,
    :meth:`tangent_at` and :meth:`row_bytes`, and :meth:`loss_slope` for another loss
    than the squared error. `Rows` are what :meth:`at` makes of an array of rows.

    Parameters
    ----------
    n_outputs : int
        Number of outputs K.
    flat : bool
        Whether predictions are one-dimensional.
    noise_variance : float or ndarray of shape (n_outputs,)
        Expected squared slope of the loss of a label around the prediction; for the
        squared error, of the label itself. One for each output, or for all.
    posterior_variance : float or ndarray of shape (n_outputs,), default=None
        Noise variance that scales the covariance, if another.
    units : float or ndarray of shape (n_outputs,), default=1.0
        What each output is measured in where several are added up or averaged, here or
        with those of other models: the spread of its labels.
    label_mean : float or ndarray of shape (n_outputs,), default=0.0
        Mean of its labels, for models that can be merged and do not know it otherwise.
    regularity_per_alpha : float, default=1.0
        The derivative ds/dalpha, for models that optimise another regularity than
        their alpha says.
    no_covariance : NoCovariance, default=None
        Why there is no covariance, where there is none.

    Attributes
    ----------
    units : ndarray of shape (n_outputs,)
        As given, and 1 of a single output, which stays in the units of y.
    label_spread : ndarray of shape (n_outputs,)
        The same as given, of a single output as well.
    default_weights : {"tangent", "variance", "uniform"}
        What :func:`skcurious.query.expected_curiosity_reduction` weighs with.
    exact_influence : bool
        Whether influences hold for whole rows: outputs are linear in the parameters,
        the loss is the squared error, and H is exact.
    alpha_per_output : bool
        Whether each output has its own regularity.
    shows_non_finite : bool
        Whether a NaN or infinity in a row always shows in its tangent.
    trained_in_epochs : bool
        Whether there is a ``trajectory(X)`` of the training run.
    chunk_bytes : int
        What a chunk of rows takes, so far as that is for the model to say: some
        16 MiB, which caches like better than more.

    Notes
    -----
    Imagined labels (:class:`skcurious.query.Criterion`) take it that the second
    derivative of the loss is 1 at a label that is predicted exactly, as that of the
    squared error or of a robust loss. Scale the outputs where it is not.

    Examples
    --------
    ``f(x) = x exp(-s)``, a model of no parameters but its regularity:

    >>> import numpy as np
    >>> from skcurious.linearised import TangentModel
    >>> class Decay(TangentModel):
    ...     def __init__(self, s):
    ...         super().__init__(n_outputs=1, flat=True, noise_variance=1.0)
    ...         self.s = s
    ...     def row_bytes(self, leverage):
    ...         return 8
    ...     def output(self, rows):
    ...         return rows * np.exp(-self.s)
    ...     def tangent_at(self, rows):
    ...         return -self.output(rows)
    >>> model = Decay(0.0)
    >>> model.tangent_at(model.at(np.array([[1.0], [3.0]])))
    array([[-1.],
           [-3.]])
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
        units=1.0,
        label_mean=0.0,
        regularity_per_alpha=1.0,
        no_covariance=None,
    ):
        self.n_outputs = n_outputs
        self.flat = flat
        self.noise_variance = noise_variance
        self.posterior_variance = (
            noise_variance if posterior_variance is None else posterior_variance
        )
        spread = np.broadcast_to(np.asarray(units, dtype=float), (n_outputs,))
        self.label_spread = spread
        self.label_mean = np.broadcast_to(np.asarray(label_mean, float), (n_outputs,))
        self.units = spread if n_outputs > 1 else np.ones(1)
        self.regularity_per_alpha = regularity_per_alpha
        self.no_covariance = no_covariance

    def __repr__(self):
        return f"<{type(self).__name__} of {self.n_outputs} output(s)>"

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
        """Memory that one row takes: chunks are cut by it.

        Parameters
        ----------
        leverage : bool
            Whether for leverages, or for outputs and tangents only.

        Returns
        -------
        n_bytes : int
            In :meth:`at` and in the largest temporary.
        """

    @abstractmethod
    def output(self, rows):
        """Predict: the outputs f.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        output : ndarray of shape (n, n_outputs)
            Predictions.
        """

    @abstractmethod
    def tangent_at(self, rows):
        """Derivative of the outputs by the regularity.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        tangent : ndarray of shape (n, n_outputs)
            The derivative df/ds.
        """

    def parts_at(self, rows):
        """Give the parts of df/ds whose squares the curiosity adds up.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        parts : ndarray of shape (n, n_outputs, n_parts)
            Of most models one, all of it.
        """
        return self.tangent_at(rows)[:, :, None]

    def curiosity_weights(self, noise_variance=None):
        """Tell what the squared parts of each output count when they are added up.

        Where the influence of a label on the complexity of each output is measured in
        units of that output, ``noise variance / units^4``.

        Parameters
        ----------
        noise_variance : ndarray of shape (n_outputs,), default=None
            Of labels; None for that of the fit.

        Returns
        -------
        weights : ndarray of shape (n_outputs,)
            For one output, its noise variance.
        """
        noise = self.noise_variance if noise_variance is None else noise_variance
        return np.broadcast_to(noise, (self.n_outputs,)) / self.units**4

    def variance_weights(self):
        """Tell what leverages of each output count when they are averaged.

        Returns
        -------
        weights : ndarray of shape (n_outputs,)
            Its variance for a leverage of 1, in its own units.
        """
        variance = np.broadcast_to(self.posterior_variance, (self.n_outputs,))
        return variance / self.units**2

    def loss_slope(self, output, Y):
        """Derivative of the loss of a row by its outputs.

        Parameters
        ----------
        output : ndarray of shape (n, n_outputs)
            Predictions.
        Y : ndarray of shape (n, n_outputs)
            Labels.

        Returns
        -------
        slope : ndarray of shape (n, n_outputs)
            By default of half the squared error, their difference.
        """
        return output - Y

    def label_noise_ratio(self, known):
        """Noise variance of labels to come, from what is known of it.

        Parameters
        ----------
        known : ndarray
            Known noise variances over the noise variance of the model.

        Returns
        -------
        ratio : ndarray
            The whole of it, over the same: what is known is the whole, unless the model
            learns what comes on top.
        """
        return known

    @property
    def for_influence(self):
        """This model, with the curvature of its tangent if leverages have another."""
        return self

    def check_covariance(self):
        """Raise when there is no covariance, saying why and what to do.

        Raises
        ------
        Exception
            That of `no_covariance`.
        """
        if self.no_covariance is not None:
            raise self.no_covariance.error(self.no_covariance.reason)
