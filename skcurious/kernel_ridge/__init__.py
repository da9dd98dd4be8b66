"""Kernel ridge regressors with a sense of curiosity."""

from skcurious.kernel_ridge._kernel_ridge import CuriousKernelRidge
from skcurious.kernel_ridge._kernel_ridge_cv import CuriousKernelRidgeCV

__all__ = ["CuriousKernelRidge", "CuriousKernelRidgeCV"]
