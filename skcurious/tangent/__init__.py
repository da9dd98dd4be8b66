"""Tangents: how an optimum moves when something about its problem moves.

The one idea of the package, without any estimator: a right-hand side goes
through a factorised curvature and comes out as a tangent.  Needs numpy and
scipy, of scikit-learn the name of its ConvergenceWarning, and threadpoolctl,
which comes with it.

===================  ======================================================
module               room
===================  ======================================================
``_theorem``         the implicit function theorem, one function
``_solution``        what a solve returns
``_factor``          Cholesky, spectral and Woodbury inverses
``_certified``       solves refined until their variances are certain
``_rounding``        variances that are differences
``_iterative``       conjugate gradients on many right-hand sides at once
``_design``          centred, weighted design matrices, dense and sparse
``_spectrum``        eigenvalues and singular values, and their rounding
``_ridge``           ridge: coefficients and tangent from one factor
``_products``        ridge from the products of X with itself and with y
``_dual``            ridge of wide rows
``_gradients``       ridge by conjugate gradients
``_coordinates``     what these share: coordinates, digits, what is said of them
``_kernel``          kernel ridge: the same in the dual
``_centre``          kernels about their mean, for an intercept
``_moments``         what a stream of rows leaves behind
``_leave_one_out``   errors of every alpha from one decomposition
``_residuals``       what they are made of, in either of its spaces
``_network``         a multilayer perceptron: directional derivatives, gradients
``_curvature``       its Gauss-Newton and Hessian matrices, as operators
``_tangent_kernel``  its Gauss-Newton inverse in the dual
``_representers``    its leverages by way of the parameters
``_network_factor``  its inverses, by parameters
``_mlp``             its tangent
``_forward``         its tangent, carried along with training
``_trajectory``      what the checkpoints of its training say
``_threads``         one thread where more would wait for each other
===================  ======================================================
"""

from skcurious.tangent._centre import KernelCentre
from skcurious.tangent._curvature import (
    GaussNewtonOperator,
    HessianOperator,
    TrainingRows,
)
from skcurious.tangent._design import DenseDesign, SparseDesign
from skcurious.tangent._factor import CholeskyFactor
from skcurious.tangent._forward import ForwardTangent, gauss_newton_residual
from skcurious.tangent._iterative import IterativeFactor, conjugate_gradient
from skcurious.tangent._kernel import solve_kernel_ridge
from skcurious.tangent._leave_one_out import (
    kernel_leave_one_out,
    ridge_leave_one_out,
)
from skcurious.tangent._mlp import solve_network
from skcurious.tangent._moments import Moments
from skcurious.tangent._network import JacobianOperator, Network
from skcurious.tangent._ridge import solve_ridge, solve_ridge_moments
from skcurious.tangent._solution import Solution
from skcurious.tangent._spectral_factor import SpectralFactor
from skcurious.tangent._theorem import implicit_tangent
from skcurious.tangent._trajectory import Checkpoints, trajectory_terms
from skcurious.tangent._woodbury import WoodburyFactor

__all__ = [
    "Checkpoints",
    "CholeskyFactor",
    "DenseDesign",
    "ForwardTangent",
    "GaussNewtonOperator",
    "HessianOperator",
    "IterativeFactor",
    "JacobianOperator",
    "KernelCentre",
    "Moments",
    "Network",
    "Solution",
    "SparseDesign",
    "SpectralFactor",
    "TrainingRows",
    "WoodburyFactor",
    "conjugate_gradient",
    "gauss_newton_residual",
    "implicit_tangent",
    "kernel_leave_one_out",
    "ridge_leave_one_out",
    "solve_kernel_ridge",
    "solve_network",
    "solve_ridge",
    "solve_ridge_moments",
    "trajectory_terms",
]
