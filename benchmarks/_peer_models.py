"""Models of other packages, as those who use them set them up."""

import contextlib
import io

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin


def one_thread():
    """torch with one thread, as each process has one core."""
    import torch

    torch.set_num_threads(1)
    return torch


class BoTorchGP(RegressorMixin, BaseEstimator):
    """BoTorch's SingleTaskGP as it comes: inputs in a cube, outcomes standardised.

    Parameters
    ----------
    bounds : array of shape (2, n_features)
        Of the cube.
    seed : int
    """

    def __init__(self, bounds, seed):
        self.bounds = bounds
        self.seed = seed

    def fit(self, X, y):
        torch = one_thread()
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.models.transforms import Normalize
        from gpytorch.mlls import ExactMarginalLogLikelihood

        torch.manual_seed(self.seed)
        cube = Normalize(X.shape[1], bounds=torch.tensor(self.bounds))
        rows, labels = torch.tensor(X), torch.tensor(y)[:, None]
        self.model_ = SingleTaskGP(rows, labels, input_transform=cube)
        fit_gpytorch_mll(
            ExactMarginalLogLikelihood(self.model_.likelihood, self.model_)
        )
        return self

    def predict(self, X):
        torch = one_thread()
        with torch.no_grad():
            return self.model_.posterior(torch.tensor(X)).mean.numpy()[:, 0]


class DeepNetwork(RegressorMixin, BaseEstimator):
    """bmdal-reg's NNRegressor as it comes: two layers of 512 units, 256 epochs."""

    def __init__(self, seed):
        self.seed = seed

    def fit(self, X, y):
        one_thread()
        vars(np).setdefault("Inf", np.inf)  # bmdal-reg 3.0.2 needs the old name
        from bmdal_reg.nn_interface import NNRegressor

        # It seeds numpy's generator, which nobody else here draws from.
        self.network_ = NNRegressor(seed=self.seed, device="cpu")
        with contextlib.redirect_stdout(io.StringIO()):  # a dot for each epoch
            self.network_.fit(X, y)
        return self

    def predict(self, X):
        return self.network_.predict(X)[:, 0]

    def inputs(self, X):
        """Rows as the network sees them, a tensor."""
        torch = one_thread()
        network = self.network_
        rows = torch.as_tensor(X, dtype=torch.float)
        return 5 * torch.tanh(0.2 * (rows - network.means_) / (network.stds_ + 1e-30))
