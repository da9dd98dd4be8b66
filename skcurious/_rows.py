"""What a fitted regressor accepts: rows, labels and noise, validated."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious._validation import check_numbers, check_table


class ValidatedRows:
    """Mixin that checks arguments against the fit."""

    def check_tangent(self) -> None:
        """Raise when there is no tangent, saying why and what to do.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        if not hasattr(self, "linearised_"):
            check_is_fitted(self)
            raise NotFittedError(
                f"This {type(self).__name__} has no tangent: its fit did not set "
                "linearised_, which must be an object of skcurious.linearised."
            )

    def validate_rows(
        self, X: ArrayLike, *, ensure_all_finite: bool = True
    ) -> np.ndarray | sparse.csr_matrix:
        """Validate rows against the fit: as the linearised model takes them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        ensure_all_finite : bool, default=True
            Whether to look for NaN and infinity.

        Returns
        -------
        X : {ndarray, CSR matrix} of shape (n_samples, n_features)
            The same rows.
        """
        self.check_tangent()
        check_table(X, "X")
        return validate_data(
            self,
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite=ensure_all_finite,
            reset=False,
        )

    def validate_labels(
        self, y: ArrayLike | None, X: np.ndarray | sparse.csr_matrix, name: str = "y"
    ) -> np.ndarray:
        """Validate the labels of validated rows.

        Parameters
        ----------
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Labels.
        X : {ndarray, CSR matrix} of shape (n_samples, n_features)
            Their rows.
        name : str, default="y"
            What errors call them.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_targets)
            The same labels.
        """
        if y is None:
            raise ValueError(
                f"{name} is None, but the labels of these rows are needed."
            )
        y = check_numbers(y, name, dtype=X.dtype)
        check_consistent_length(X, y)
        y = y.reshape(len(y), -1)
        n_outputs = self.linearised_.n_outputs
        if y.shape[1] != n_outputs:
            raise ValueError(
                f"{name} has {y.shape[1]} targets, but {type(self).__name__} was "
                f"fitted with {n_outputs}."
            )
        return y

    def validate_noise_variance(
        self, noise_variance: ArrayLike | None, X: np.ndarray | sparse.csr_matrix
    ) -> np.ndarray:
        """Noise variance of each label.

        Parameters
        ----------
        noise_variance : float, array-like of shape (n_samples,) or None
            Of every target; None for those of the fit.
        X : {ndarray, CSR matrix} of shape (n_samples, n_features)
            Validated rows.

        Returns
        -------
        noise_variance : ndarray of shape (1, n_targets), (1, 1) or (n_samples, 1)
            At least 0.
        """
        if noise_variance is None:
            return np.reshape(self.linearised_.noise_variance, (1, -1))
        value = (
            check_array(
                noise_variance,
                ensure_2d=False,
                dtype=X.dtype,
                input_name="noise_variance",
            )
            if np.ndim(noise_variance)
            else np.asarray(noise_variance, dtype=X.dtype)
        )
        if value.shape not in [(), (X.shape[0],)]:
            raise ValueError(
                "noise_variance must be a number or have one value for each of the "
                f"{X.shape[0]} rows, got an array of shape {value.shape}."
            )
        if not (np.isfinite(value).all() and (value >= 0).all()):
            raise ValueError("noise_variance must be finite and >= 0.")
        return value.reshape(-1, 1)
