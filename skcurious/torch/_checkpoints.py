"""Checkpoints of a training run on disk."""

from pathlib import Path

import torch


class OnDisk:
    """Parameters in a file, which stays.

    Parameters
    ----------
    parameters : Tensor
        Flat.
    path : path
        Where to write them.
    """

    def __init__(self, parameters, path):
        self.path = Path(path).resolve()
        torch.save(parameters, self.path)

    def load(self):
        """The parameters, on the CPU."""
        return torch.load(self.path, map_location="cpu", weights_only=True)


def keep(network, folder, epoch):
    """The parameters of a network, in the memory of the CPU or in a folder."""
    parameters = network.parameters.cpu()
    if folder is None:
        return parameters
    return OnDisk(parameters, Path(folder) / f"epoch-{epoch:06d}.pt")
