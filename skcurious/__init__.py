"""skcurious: regressors with a sense of curiosity about their data."""

from skcurious import _outputs  # noqa: F401  (how a MultiOutputRegressor is reached)
from skcurious._default import default_regressor
from skcurious._reach import curiosity_score, predict_covariance, predict_tangent
from skcurious._std import predict_std
from skcurious.gaussian_process import CuriousGaussianProcessRegressor
from skcurious.kernel_ridge import CuriousKernelRidge, CuriousKernelRidgeCV
from skcurious.linear_model import CuriousRidge, CuriousRidgeCV
from skcurious.multioutput import EachTargetRegressor
from skcurious.neural_network import CuriousMLPRegressor
from skcurious.refit import CuriousRegressor

__version__ = "0.2.0.dev0"

__all__ = [
    "CuriousGaussianProcessRegressor",
    "CuriousKernelRidge",
    "CuriousKernelRidgeCV",
    "CuriousMLPRegressor",
    "CuriousRegressor",
    "CuriousRidge",
    "CuriousRidgeCV",
    "EachTargetRegressor",
    "curiosity_score",
    "default_regressor",
    "predict_covariance",
    "predict_std",
    "predict_tangent",
]
