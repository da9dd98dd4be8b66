"""Gaussian processes whose kernels are learned.

================  =======================================================
module            room
================  =======================================================
``_pairs``        symmetric matrices, each pair of rows once
``_gradient``     gradients by hyperparameters, back through the kernel's tree
``_stationary``   of RBF and Matern
``_leaves``       of scikit-learn's other kernels
``_kernels``      a linear kernel, and the one that is learned by default
``_columns``      kernels of some columns, and of groups of rows
``_wrapper``      what kernels around another kernel have in common
``_priors``       what is plausible before there are many labels
``_likelihood``   marginal likelihood
``_learning``     hyperparameters of the largest posterior density
``_parts``        kernels without their noise, and sums in their terms
``_fitted``       coefficients and tangent
``_arguments``    what it is given
``_gpr``          the regressor
``_averaging``    several of them, averaged by their evidence
================  =======================================================
"""

from skcurious.gaussian_process import _stationary as _stationary
from skcurious.gaussian_process._averaging import EvidenceAveragingRegressor
from skcurious.gaussian_process._columns import Columns, PerGroup
from skcurious.gaussian_process._gpr import CuriousGaussianProcessRegressor
from skcurious.gaussian_process._gradient import value_and_pullback
from skcurious.gaussian_process._kernels import Linear, auto_kernel
from skcurious.gaussian_process._learning import LearnedKernel, learn_kernel
from skcurious.gaussian_process._likelihood import NegativeLogLikelihood
from skcurious.gaussian_process._priors import (
    LogNormalPrior,
    dimension_scaled_prior,
    log_prior,
)

__all__ = [
    "Columns",
    "CuriousGaussianProcessRegressor",
    "EvidenceAveragingRegressor",
    "LearnedKernel",
    "Linear",
    "LogNormalPrior",
    "NegativeLogLikelihood",
    "PerGroup",
    "auto_kernel",
    "dimension_scaled_prior",
    "learn_kernel",
    "log_prior",
    "value_and_pullback",
]
