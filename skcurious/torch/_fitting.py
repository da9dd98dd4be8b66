"""From a trained module to its linearised model."""

import numpy as np
import torch
from scipy.linalg import LinAlgWarning
from sklearn import get_config
from sklearn.exceptions import ConvergenceWarning

from skcurious._targets import for_each_target, target_units
from skcurious._warnings import warn
from skcurious.linearised import NoCovariance
from skcurious.torch._data import tensors_of
from skcurious.torch._model import TorchModel
from skcurious.torch._polish import polish
from skcurious.torch._solve import solve
from skcurious.torch._tensors import most_precise, to_numpy

# The largest network whose solve is in float64 by default, whatever it was trained
# in: the copy takes twice its memory.
LARGEST_PRECISE = 10_000_000
# Of single precision, of which more digits cannot be had, and of double precision.
TOLERANCES = {torch.float32: 1e-4, torch.float64: 1e-8}
# Rows on which the residual of a carried tangent is measured, and its limit.
CHECKED, LARGEST_RESIDUAL = 400, 100.0


class NetFitting:
    """Mixin that solves for the tangent, and says how well that went."""

    def _solve_dtype(self, network):
        if self.solve_dtype is not None:
            name = self.solve_dtype
            return getattr(torch, name) if isinstance(name, str) else name
        if network.n_params <= LARGEST_PRECISE:
            return most_precise(network.device)
        return torch.promote_types(network.dtype, torch.float32)

    def _training_tensors(self, dataset):
        """All rows and targets; on the device if there is much room for them."""
        x, y, weights = tensors_of(dataset)
        if self.device is not None and torch.device(self.device).type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.device)
            if x.nbytes + y.nbytes < free / 4:
                x, y = x.to(self.device), y.to(self.device)
        return x, y, weights

    def _keep_solved(self, dataset):
        """Solve on these rows where the parameters are."""
        x, y, weights = self._training_tensors(dataset)
        memory = int(get_config()["working_memory"] * 2**20)
        network = self._network()
        first = network.as_input(x[:2])
        network.measure(first)
        if y.shape[1] != network.measured[0]:
            raise ValueError(
                f"y has {y.shape[1]} targets, but the module has "
                f"{network.measured[0]} outputs."
            )
        if self.polish:
            whole = self._network().to(network.dtype)
            polish(
                whole,
                x,
                y,
                weights,
                alpha=self.alpha,
                n_steps=self.polish,
                memory=memory,
            )
        dtype = self._solve_dtype(network)
        precise = network.to(dtype)
        precise.measure(precise.as_input(x[:2]))
        solved = solve(
            precise,
            x,
            y,
            weights,
            rho=self._complexity(precise),
            alpha=float(self.alpha),
            damping=self._damping(),
            solver=self.tangent_solver,
            tol=self.tangent_tol or TOLERANCES.get(dtype, 1e-4),
            max_iter=self.tangent_max_iter or 2_000,
            memory=memory,
            with_factor=self.store_covariance,
            n_projections=self.n_projections,
        )
        solution = solved.solution
        tangent = solution.value.to(network.dtype)
        parts = None
        if self.layer_tangents:
            parts, tangent = tangent, tangent.sum(dim=1, keepdim=True)
        network.linearise(first).jvp(tangent[:, 0])  # fails here, not in a score
        self.tangent_solver_ = solution.method
        self.tangent_n_iter_ = (
            0 if solution.n_iter is None else int(solution.n_iter.max())
        )
        self.tangent_residual_ = float(solution.residual.max())
        self.stationarity_ = solved.stationarity
        self._report(solution)
        self._linearise(
            network,
            precise,
            solved.factor,
            tangent,
            for_each_target(np.array(solved.squared_error) / self._sum(weights, y)),
            target_units(to_numpy(y), self._as_array(weights)),
            self._why_no_covariance(solved.factor),
            parts,
        )

    def _complexity(self, network):
        """Gradients of the complexities that have a tangent each."""
        if self.layer_tangents:
            return network.penalised_layers
        return network.penalised_parameters[:, None]

    @staticmethod
    def _as_array(weights):
        return None if weights is None else to_numpy(weights).astype(float)

    def _sum(self, weights, y):
        return len(y) if weights is None else self._as_array(weights).sum()

    def _keep_carried(self, dataset):
        """Take the average of the tangent that was carried."""
        carried = self._carried
        x, y, weights = tensors_of(dataset)
        every = max(len(x) // CHECKED, 1)
        some, relative = x[::every], 1.0
        if weights is not None:
            relative = self._relative_weights(weights[::every])
        network = self._network()
        diagonal = self._mean_diagonal(network.layout)
        carried.measure_residual(
            carried.network.as_input(some), diagonal, 1 / self._total_weight, relative
        )
        self.tangent_solver_ = "carried"
        self.tangent_n_iter_ = carried.n_steps
        self.tangent_residual_ = carried.residual
        if not carried.residual < LARGEST_RESIDUAL:
            warn(
                "The tangent that was carried along is far off (relative residual "
                f"{carried.residual:.1e}): minibatches differ too much. Use larger "
                "ones, scale X, or solve with fit_tangent.",
                ConvergenceWarning,
            )
        network.measure(network.as_input(x[:2]))
        error, size = self._squared_error
        why = NoCovariance(
            ValueError,
            "After tangent='carried' there is no covariance, which standard "
            "deviations, influences, greedy batches of several rows and strategies "
            "that weigh variances need: it would take all rows. Take "
            'curiosity_sampling with batch="sample" or for one row at a time, or call '
            "fit_tangent.",
        )
        tangent = carried.mean[:, None].clone()
        noise = for_each_target(to_numpy(error) / size)
        units = target_units(to_numpy(y), self._as_array(weights))
        self._linearise(network, network, None, tangent, noise, units, why)

    def _linearise(
        self, network, precise, factor, tangent, noise_variance, units, why, parts=None
    ):
        self.noise_variance_ = noise_variance
        self.linearised_ = TorchModel(
            network=network,
            precise=precise,
            factor=factor,
            checkpoints=self._run,
            n_outputs=network.measured[0],
            flat=self._flat,
            tangent=tangent,
            parts=parts,
            noise_variance=noise_variance,
            units=units,
            no_covariance=why,
        )

    def _report(self, solution):
        residual = self.tangent_residual_
        if solution.n_iter is None:
            if not residual < 1:
                raise np.linalg.LinAlgError(
                    "The curvature of the module is too ill-conditioned for a tangent "
                    f"(relative residual {residual:.1e}). Scale X and y, or raise "
                    "alpha or damping."
                )
            if residual > 1e-5:
                warn(
                    "The curvature is ill-conditioned: relative residual "
                    f"{residual:.1e} of the tangent. Scale X, use "
                    "solve_dtype='float64', or raise damping or alpha.",
                    LinAlgWarning,
                )
        elif not solution.converged:
            warn(
                "Conjugate gradients did not converge: relative residual "
                f"{residual:.1e} after {self.tangent_n_iter_} iterations. Scale X, "
                "raise tangent_max_iter, tangent_tol, damping or alpha, or use "
                "solve_dtype='float64'.",
                ConvergenceWarning,
            )
