"""Where each parameter lies in a flat vector, and which are penalised."""

import torch


class Layout:
    """Where each parameter lies in a flat vector.

    Parameters
    ----------
    named : list of (str, Tensor)
        Parameters in their order.
    penalised : callable
        ``penalised(name, parameter)`` says whether the penalty is on it.
    """

    def __init__(self, named, penalised):
        self.names = [name for name, _ in named]
        self.shapes = [tuple(p.shape) for _, p in named]
        self.sizes = [p.numel() for _, p in named]
        self.penalised = [bool(penalised(name, p)) for name, p in named]
        self.n_params = sum(self.sizes)

    def pack(self, tensors):
        """Flatten tensors shaped like the parameters, into a new one."""
        return torch.cat([tensor.reshape(-1) for tensor in tensors])

    def unpack(self, vector):
        """Views into a flat vector, shaped like the parameters."""
        parts = torch.split(vector, self.sizes)
        return [p.reshape(s) for p, s in zip(parts, self.shapes, strict=True)]

    def spread(self, on_penalised, on_others, like):
        """One value for penalised parameters, another for the rest; flat."""
        vector = torch.empty(self.n_params, dtype=like.dtype, device=like.device)
        for part, is_penalised in zip(self.unpack(vector), self.penalised, strict=True):
            part.fill_(on_penalised if is_penalised else on_others)
        return vector


def two_dimensions(name, parameter):
    """The default of what is penalised: weights, not biases and not norms."""
    return parameter.ndim >= 2
