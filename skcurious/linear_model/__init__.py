"""Linear regressors with a sense of curiosity."""

from skcurious.linear_model._ridge import CuriousRidge
from skcurious.linear_model._ridge_cv import CuriousRidgeCV

__all__ = ["CuriousRidge", "CuriousRidgeCV"]
