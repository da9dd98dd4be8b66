"""Rows taken back out of a fitted model.

================  =======================================================
module            room
================  =======================================================
``_forget``       the public function
``_without``      one model after the other, through wrappers
``_exact``        models that forget exactly: ridge, kernels, processes
``_members``      models of several models
``_network``      networks, by one of four methods:
``_newton``       steps on the objective of the rows that remain
``_certificate``  what is proved of the last layer, and noise
``_dampening``    parameters that matter to the forgotten rows, made smaller
``_projected``    ascent on the loss of the forgotten rows
``_learner``      learners of modAL, and what they were taught
``_rows``         where given rows are among the training rows
================  =======================================================
"""

from skcurious.unlearning import _exact as _exact
from skcurious.unlearning import _members as _members
from skcurious.unlearning import _network as _network
from skcurious.unlearning._certificate import Unlearning
from skcurious.unlearning._forget import forget
from skcurious.unlearning._without import without_rows

__all__ = ["Unlearning", "forget", "without_rows"]
