"""Multilayer perceptrons with a sense of curiosity."""

from skcurious.neural_network._mlp import CuriousMLPRegressor

__all__ = ["CuriousMLPRegressor"]
