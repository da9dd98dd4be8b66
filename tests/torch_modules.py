"""Modules for the tests of skcurious.torch; skips where torch or skorch is missing.

The tests are in tests/torch_nets: a folder tests/torch would be what ``import torch``
finds where there is no torch, since tests is on the path.
"""

import importlib.metadata
import importlib.util

import pytest


def lacking():
    """What is missing for these tests, or None."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed"
    try:
        version = importlib.metadata.version("skorch")
    except importlib.metadata.PackageNotFoundError:
        return "skorch is not installed"
    if version.startswith("0."):
        return f"skorch {version} is too old (modAL pins it)"
    return None


if (reason := lacking()) is not None:
    pytest.skip(f"{reason}: pip install torch 'skorch>=1.0'", allow_module_level=True)

import numpy as np
import torch
from skorch.callbacks import EarlyStopping
from skorch.dataset import ValidSplit
from torch import nn
from torch.utils.data import TensorDataset

from skcurious.torch import CuriousNetRegressor

torch.set_num_threads(1)

__all__ = ["EarlyStopping", "TensorDataset", "ValidSplit", "nn", "torch"]

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "logistic": nn.Sigmoid}


def perceptron(model):
    """The module with the weights of a fitted CuriousMLPRegressor."""
    layers = []
    for W, b in zip(model.coefs_, model.intercepts_, strict=True):
        if layers:
            layers.append(ACTIVATIONS[model.activation]())
        linear = nn.Linear(*W.shape, dtype=torch.from_numpy(W).dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T.copy()))
            linear.bias.copy_(torch.from_numpy(b.copy()))
        layers.append(linear)
    return nn.Sequential(*layers)


def quick(module, **options):
    """A net that trains little and says nothing."""
    options = {
        "alpha": 0.3,
        "train_split": None,
        "verbose": 0,
        "max_epochs": 5,
        "optimizer": torch.optim.Adam,
    } | options
    return CuriousNetRegressor(module, **options)


def as_it_is(module, X, y, **options):
    """A net whose tangent is that of the module's own parameters."""
    return quick(module, **options).initialize().fit_tangent(X, y)


def flat(model, named):
    """Tensors by name in the order of scikit-learn's perceptron, flat."""
    layers = [name for name in named if name.endswith("weight")]
    weights = [named[name].T.ravel() for name in layers]
    biases = [named[name.replace("weight", "bias")] for name in layers]
    return np.concatenate([*weights, *biases])
