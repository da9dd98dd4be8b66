"""A fitted model as one object.

``fit`` of a curious regressor makes a :class:`LinearisedModel` and keeps it as
``linearised_``. Scores, queries, influences and hypergradients ask it, and never the
estimator. A model of one's own is a subclass, most shortly of
:class:`ExplicitModel`; the guide ("How to extend") shows one. Knows no estimator.

======================  =======================================================
module                  room
======================  =======================================================
``_tangent_model``      the contract of a model without a covariance
``_model``              that of one with it, and what follows
``_influences``         what the weights of rows move
``_explicit``           models whose gradients can be formed
``_separate``           models whose outputs do not meet each other
``_linear``             ridge regression
``_kernel``             kernel ridge regression
``_gaussian_process``   Gaussian processes: the same, with noise for each label
``_network``            networks
``_right_hand_sides``   what pulls on the parameters when something moves
``_blocks``             leverages of several outputs
``_chunks``             rows in chunks of bounded memory
======================  =======================================================
"""

from skcurious.linearised._chunks import RowChunks, sum_of_squares
from skcurious.linearised._explicit import ExplicitModel
from skcurious.linearised._gaussian_process import GaussianProcessModel
from skcurious.linearised._kernel import KernelModel
from skcurious.linearised._linear import LinearModel
from skcurious.linearised._model import LinearisedModel
from skcurious.linearised._network import NetworkModel
from skcurious.linearised._separate import SeparateOutputs
from skcurious.linearised._tangent_model import NoCovariance, TangentModel

__all__ = [
    "ExplicitModel",
    "GaussianProcessModel",
    "KernelModel",
    "LinearModel",
    "LinearisedModel",
    "NetworkModel",
    "NoCovariance",
    "RowChunks",
    "SeparateOutputs",
    "TangentModel",
    "sum_of_squares",
]
