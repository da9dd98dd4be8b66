"""Rows taken back out of a fitted model.

================  =======================================================
module            room
================  =======================================================
``_forget``       the public function
``_without``      one model after the other, through wrappers
``_exact``        models that forget exactly: ridge, kernels, processes
``_members``      models of several models
``_learner``      learners of modAL, and what they were taught
``_rows``         where given rows are among the training rows
================  =======================================================
"""

from skcurious.unlearning import _exact as _exact
from skcurious.unlearning import _members as _members
from skcurious.unlearning._forget import forget
from skcurious.unlearning._without import without_rows

__all__ = ["forget", "without_rows"]
