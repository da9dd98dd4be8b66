"""Training of a skorch net with a penalty, dual numbers and checkpoints."""

import torch
from skorch.dataset import unpack_data
from skorch.utils import to_tensor

from skcurious.tangent import Checkpoints
from skcurious.torch._carried import CarriedTangent
from skcurious.torch._checkpoints import keep
from skcurious.torch._curvature import Diagonal
from skcurious.torch._data import total_weight, without_weights
from skcurious.torch._layout import two_dimensions
from skcurious.torch._modes import precision
from skcurious.torch._network import TorchNetwork
from skcurious.torch._tensors import as_outputs


class NetTraining:
    """Mixin of a skorch net: what happens in a step, and after an epoch."""

    _carried = None  # a CarriedTangent while, and after, one is carried
    _run = None  # checkpoints
    _n_train = None  # rows that are trained on
    _total_weight = None  # of these
    _squared_error = None  # of each output over an epoch of carrying, and its weight

    def _penalised(self):
        return two_dimensions if self.penalised is None else self.penalised

    def _network(self):
        return TorchNetwork(self.module_, self._penalised(), self._autocast())

    def _autocast(self):
        name = self.autocast
        return getattr(torch, name) if isinstance(name, str) else name

    def _damping(self):
        """On penalised parameters and on others, for a loss summed over rows."""
        if self.damping == "auto":
            return 0.0, 0.1 * self.alpha + 1e-3
        return float(self.damping), float(self.damping)

    def _mean_diagonal(self, layout):
        """D for a loss that is a mean over the rows that are trained on."""
        on_penalised, on_others = self._damping()
        summed = Diagonal(layout, self.alpha + on_penalised, on_others)
        return summed.times(1 / self._total_weight)

    def _relative_weights(self, weights):
        """Weights over their mean among the rows that are trained on, (n, 1)."""
        if weights is None:
            return 1.0
        like = next(self.module_.parameters())
        weights = torch.as_tensor(weights).to(like.device, like.dtype)
        return weights[:, None] * (self._n_train / self._total_weight)

    def _cast(self, x):
        x = to_tensor(x, device=self.device)
        if not isinstance(x, torch.Tensor):
            raise TypeError(
                "CuriousNetRegressor takes one tensor of rows, got "
                f"{type(x).__name__}. Put what the module needs into one tensor."
            )
        dtype = next(self.module_.parameters()).dtype
        return x.to(dtype) if x.is_floating_point() else x

    # -- what skorch calls -------------------------------------------------------

    def get_split_datasets(self, X, y=None, **fit_params):
        """Split as in skorch, and remember how many rows are trained on.

        Parameters
        ----------
        X, y : array-like, Tensor or Dataset
            Rows and targets.
        **fit_params : dict
            As in skorch.

        Returns
        -------
        train, valid : Dataset
            The second may be None.
        """
        train, valid = super().get_split_datasets(X, y, **fit_params)
        self._n_train, self._train_dataset = len(train), train
        self._total_weight = total_weight(train)
        return train, valid

    def infer(self, x, **fit_params):
        """Evaluate as in skorch, rows and outputs in the precision of the module.

        Parameters
        ----------
        x : Tensor or dict
            Rows; or ``"X"`` and ``"sample_weight"``, which outputs do not depend on.
        **fit_params : dict
            Passed to the module.

        Returns
        -------
        output : Tensor of shape (n, n_outputs)
        """
        x = self._cast(without_weights(x)[0])
        with precision(self._autocast(), x.device):
            output = self.module_(x, **fit_params)
        return as_outputs(output, x).to(next(self.module_.parameters()).dtype)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Mean squared error, over rows and outputs.

        Weights count relative to their mean over the training rows, which a
        minibatch does not change: its gradient is that of all rows on average.

        Parameters
        ----------
        y_pred, y_true : Tensor
            Outputs and targets; targets get the shape of outputs.
        X : Tensor or dict, default=None
            Rows, or ``"X"`` and ``"sample_weight"``.
        training : bool, default=False
            As in skorch.

        Returns
        -------
        loss : Tensor
        """
        dtype = next(self.module_.parameters()).dtype
        y_true = to_tensor(y_true, device=self.device).to(dtype)
        y_pred = as_outputs(y_pred, y_true).to(dtype)
        y_true = y_true.reshape(len(y_true), -1)
        if y_pred.shape != y_true.shape:
            raise ValueError(
                f"y has {y_true.shape[1]} targets, but the module has "
                f"{y_pred.shape[1]} outputs."
            )
        weights = without_weights(X)[1]
        if weights is not None:
            root = self._relative_weights(weights).sqrt()
            y_pred, y_true = root * y_pred, root * y_true
        return super().get_loss(y_pred, y_true, X=X, training=training)

    def train_step_single(self, batch, **fit_params):
        """Evaluate and differentiate a minibatch, the penalty and the tangent included.

        Parameters
        ----------
        batch : tuple
            Rows and targets.
        **fit_params : dict
            As in skorch.

        Returns
        -------
        step : dict
            ``loss``, with the penalty, and ``y_pred``.
        """
        if self.tangent != "carried":
            self._set_training(True)
            Xi, yi = unpack_data(batch)
            y_pred = self.infer(Xi, **fit_params)
            loss = self.get_loss(y_pred, yi, X=Xi, training=True)
            loss.backward()
            return {"loss": self._penalise(loss, y_pred), "y_pred": y_pred}
        return self._carried_step(batch, fit_params)

    def _carried_step(self, batch, fit_params):
        if fit_params:
            raise ValueError(
                "tangent='carried' takes no further arguments of fit, got "
                f"{sorted(fit_params)}. Use tangent='solve'."
            )
        Xi, yi = unpack_data(batch)
        x, weights = without_weights(Xi)
        x, relative = self._cast(x), self._relative_weights(weights)
        carried = self._carried
        diagonal = self._mean_diagonal(carried.network.layout)
        carried.begin(x, diagonal, relative)
        self._set_training(True)
        loss, output, pulled = carried.evaluate(
            carried.network.module,
            x,
            lambda output: self.get_loss(output, yi, X=Xi, training=True),
            lambda: precision(self._autocast(), x.device),
            relative,
        )
        carried.step(pulled, diagonal, 1 / self._total_weight)
        output = output.detach()
        error, size = self._squared_error or (0.0, 0)
        residual = output - yi.to(output).reshape(output.shape)
        error = error + (relative * residual.double().square()).sum(dim=0)
        size += len(output) if weights is None else float(relative.sum())
        self._squared_error = error, size
        output = output.to(next(self.module_.parameters()).dtype)
        return {"loss": self._penalise(loss.detach(), output), "y_pred": output}

    @torch.no_grad()
    def _penalise(self, loss, y_pred):
        """Add ``alpha / (W R) |penalised parameters|^2`` to loss and gradients.

        W is the sum of the weights, the number of rows where there are none.

        That is 2 / R times the penalty of the objective, as the mean squared error is
        2 / R times half the mean of ``|r|^2``.
        """
        if self.alpha == 0:
            return loss
        n_outputs = y_pred.numel() // len(y_pred)
        strength = self.alpha / (self._total_weight * n_outputs)
        is_penalised = self._penalised()
        some = [
            p
            for name, p in self.module_.named_parameters()
            if p.grad is not None and is_penalised(name, p)
        ]
        if not some:
            return loss
        torch._foreach_add_([p.grad for p in some], some, alpha=2 * strength)
        norms = torch.stack(torch._foreach_norm(some))
        return loss.detach() + strength * norms.square().sum()

    def on_epoch_begin(self, net, *args, **kwargs):
        """Start an epoch as in skorch, its squared error at zero.

        Parameters
        ----------
        net : NeuralNet
            Itself.
        *args, **kwargs : objects
            As in skorch.
        """
        super().on_epoch_begin(net, *args, **kwargs)
        self._squared_error = None

    def on_epoch_end(self, net, *args, **kwargs):
        """End an epoch as in skorch, and take a checkpoint.

        Parameters
        ----------
        net : NeuralNet
            Itself.
        *args, **kwargs : objects
            As in skorch.
        """
        super().on_epoch_end(net, *args, **kwargs)
        if self._run is not None:
            run, folder = self._run, self.checkpoint_folder
            network = self._network()
            run.end_epoch(lambda: keep(network, folder, run.n_epochs))

    def _start_run(self):
        self._run = None if self.checkpoints is None else Checkpoints(self.checkpoints)

    def _start_carrying(self):
        network = TorchNetwork(self.module_, self._penalised())
        # A module that was made anew, as after set_params, has a tangent of its own.
        if self._carried is None or self._carried.network.module is not network.module:
            self._carried = CarriedTangent(network)
