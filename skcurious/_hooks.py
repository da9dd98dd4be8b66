"""What a model tells :class:`skcurious.base.CuriosityMixin` about itself.

Hooks compute on validated rows and may assume that all is well:

========================================  ============================================
hook                                      returns
========================================  ============================================
``_rows(X)``                              what the model needs of rows, evaluated once
                                          (X itself, kernel rows, activations)
``_row_bytes(leverage)``                  bytes that one row of it takes, and with
                                          `leverage` one row of the leverage
``_prediction(rows)``                     f, of shape (n, n_outputs)
``_tangent(rows)``                        df/ds, of shape (n, n_outputs)
``_tangents(rows)``                       the parts of it that are squared one by one,
                                          of shape (n, n_outputs, n_parts)
``_complexity()``                         C of the fitted model, a number
``_default_weights``                      of ``expected_curiosity_reduction``
``_posterior_variance``                   the noise variance that scales the
                                          covariance
``_alpha_scale``                          ds/dalpha, for models that optimise another
                                          regularity s than their alpha says
``_shows_non_finite``                     whether a NaN or infinity in a row always
                                          shows in its df/ds
``_representers(others)``                 H^-1 grad f(z) of rows z, for the next two
``_leverage(rows, representers)``         h(x, z), averaged over outputs, (n, m)
``_leverage_blocks(rows, representers)``  the same for each pair of outputs,
                                          (n, R, m, R): R is 1 when all outputs share
                                          h, else n_outputs
``_leverage_diagonal(rows)``              h(x, x), of shape (n, R, R)
``_goal(parts)``                          H^-1 sum_j r_j^T grad f(z_j) of many
                                          (rows, r), from one solve, for the next
``_goal_tangent(rows, goal)``             its product with grad f(x), (n, n_outputs)
``_parameter_influence(rows, r)``         H^-1 r_i^T grad f(z_i) of each row, as a
                                          dict of derivatives of the fitted attributes
``_with_own_curvature()``                 the model with the curvature of its tangent
                                          as ``_factor``, if the covariance has
                                          another
``_leverage_rounding(rows)``              how far rounding may put h(x, x) off, (n,)
``_left_without(X, weights)``             1 - w h(x, x) of training rows, (n, R),
                                          without cancellation, or None for other rows
``_exact_influence``                      whether predictions are linear in the
                                          parameters and H is exact, so that
                                          influences are
``_n_blocks``                             R
``_n_outputs``                            number of targets
``_flat_output``                          True when predictions are one-dimensional
``_alpha_per_target``                     True when each target has its own alpha
``_tangent_attribute``                    the attribute that tells a fitted tangent
``_factor``                               None with ``store_covariance=False``; else its
                                          ``definite`` tells if h is a covariance
``_regularity_parameter``                 name of alpha among the parameters
``_continues_training``                   whether ``warm_start=True`` makes ``fit`` go
                                          on from the fit before
========================================  ============================================
"""

from abc import abstractmethod

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skcurious._documentation import DocumentationLink


class CuriosityHooks(DocumentationLink):
    """The private half of :class:`skcurious.base.CuriosityMixin`."""

    _alpha_scale = 1.0
    _default_weights = "variance"
    _shows_non_finite = False
    _exact_influence = True
    _regularity_parameter = "alpha"
    _continues_training = False
    _factor = None

    @property
    def _n_blocks(self):
        return self._n_outputs if self._alpha_per_target else 1

    @property
    def _posterior_variance(self):
        return self.noise_variance_

    def _rows(self, X):
        return X

    @abstractmethod
    def _row_bytes(self, leverage):
        """Bytes that one row takes in ``_rows``, or in ``_leverage``."""

    @abstractmethod
    def _prediction(self, rows):
        """Predictions."""

    @abstractmethod
    def _tangent(self, rows):
        """Derivative of the predictions with respect to the regularity."""

    @abstractmethod
    def _complexity(self):
        """Complexity of the fitted model."""

    def _tangents(self, rows):
        return self._tangent(rows)[:, :, None]

    @abstractmethod
    def _representers(self, others):
        """What the inverse curvature makes of the gradients of rows."""

    @abstractmethod
    def _leverage(self, rows, representers):
        """Covariance of the predictions in units of the noise variance."""

    @abstractmethod
    def _leverage_blocks(self, rows, representers):
        """The same, output by output."""

    @abstractmethod
    def _leverage_diagonal(self, rows):
        """Leverage of every row with itself, output by output."""

    @abstractmethod
    def _goal(self, parts):
        """What the inverse curvature makes of a sum of gradients."""

    @abstractmethod
    def _goal_tangent(self, rows, goal):
        """Derivative of the predictions along it."""

    @abstractmethod
    def _parameter_influence(self, rows, residual):
        """Derivative of the fitted attributes by the weight of each row."""

    def _with_own_curvature(self):
        return self

    def _leverage_rounding(self, rows):
        return np.full(rows.shape[0], np.finfo(rows.dtype).eps)

    def _left_without(self, X, weights):
        return None

    def _check_tangent(self):
        """Raise when there is no tangent, saying why and what to do."""
        check_is_fitted(self, self._tangent_attribute)

    def _check_covariance(self):
        """Raise when there is no covariance, saying why and what to do."""
        if self._factor is None:
            raise ValueError(
                f"This {type(self).__name__} was fitted with store_covariance=False "
                "and has no covariance, which standard deviations, influences, greedy "
                "batches of several rows and strategies that weigh variances need. Fit "
                "it with store_covariance=True, or take curiosity_sampling with "
                'batch="sample" or for one row at a time.'
            )
        if not self._factor.definite:
            raise ValueError(
                f"This {type(self).__name__} has no covariance: its problem is "
                "singular or indefinite. Fit it with alpha > 0, or a larger alpha."
            )
