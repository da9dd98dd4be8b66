"""What the weight of a row does to a fitted model.

More weight on a row (x, y) moves the parameters of the model along ``-H^-1
grad L(x, y)``, and with them everything else [1]_:

==========================  ================================================
function                    what moves
==========================  ================================================
`influence_on_parameters`   coefficients and intercepts
`influence_on_predictions`  predictions at other rows
`influence_on_loss`         squared error on validation rows; for candidates
                            without a label, what to expect of it
`self_influence`            the error of a training row that is taken out:
                            large for wrong labels
`hypergradient`             squared error on validation rows, by alpha
==========================  ================================================

They take what :func:`skcurious.curiosity_score` takes; all but the hypergradient
need a model with a covariance, which ``CuriousRegressor`` and precomputed kernels
do not have.  For ridge and kernel
ridge regression influences are exact, also of whole rows that are added or
taken out (`weight`); for networks they are first-order, at the point where
training ended and with the `curvature` that the network was given.

References
----------
.. [1] P. W. Koh and P. Liang, "Understanding black-box predictions via
   influence functions", ICML 2017.
"""

from skcurious.influence._hypergradient import hypergradient
from skcurious.influence._loss import influence_on_loss
from skcurious.influence._parameters import influence_on_parameters
from skcurious.influence._predictions import influence_on_predictions
from skcurious.influence._self_influence import self_influence

__all__ = [
    "hypergradient",
    "influence_on_loss",
    "influence_on_parameters",
    "influence_on_predictions",
    "self_influence",
]
