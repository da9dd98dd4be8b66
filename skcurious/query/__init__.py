"""Query strategies: which rows of a pool to label next.

Each is a plain function ``strategy(estimator, X_pool, n_instances=1, *, ...,
cost=None, random_state=None)`` that returns ``(indices, scores)``, both of
length `n_instances`, and changes nothing.  All share the options `cost`, `X_pending`
(rows that are being measured), `unique`, `same` (rows of one batch share a value),
`label_noise` and `target_weights`.  They take what
:func:`skcurious.curiosity_score` takes, among it a modAL learner, and
ensembles of such: scikit-learn's ``BaggingRegressor`` and
``VotingRegressor``, modAL's ``CommitteeRegressor``, or a list.  They are
modAL query strategies as they stand; :func:`functools.partial` presets their
options.

:func:`initial_design` picks rows before there is any label, and :func:`pool_status`
says how much there is left to learn.

Strategies of one's own stand on :func:`utilities`: a :class:`Criterion` of the pool,
with a score for every row, that answers to imagined labels; :func:`greedy`,
:func:`sample` and :func:`top_k` pick.
"""

from skcurious.query._criteria import CuriosityCriterion, VarianceCriterion
from skcurious.query._criterion import Criterion
from skcurious.query._curiosity import curiosity_sampling
from skcurious.query._design import initial_design
from skcurious.query._ensemble import Ensemble
from skcurious.query._influence import influence_sampling
from skcurious.query._pool import Pool
from skcurious.query._random import random_sampling
from skcurious.query._reduction import Reference, expected_curiosity_reduction
from skcurious.query._reduction_criterion import ReductionCriterion
from skcurious.query._selection import greedy, greedy_picks, sample, top_k
from skcurious.query._status import PoolStatus, pool_status
from skcurious.query._trajectory import trajectory_sampling
from skcurious.query._utilities import utilities
from skcurious.query._variance import variance_sampling

__all__ = [
    "Criterion",
    "CuriosityCriterion",
    "Ensemble",
    "Pool",
    "PoolStatus",
    "ReductionCriterion",
    "Reference",
    "VarianceCriterion",
    "curiosity_sampling",
    "expected_curiosity_reduction",
    "greedy",
    "greedy_picks",
    "influence_sampling",
    "initial_design",
    "pool_status",
    "random_sampling",
    "sample",
    "top_k",
    "trajectory_sampling",
    "utilities",
    "variance_sampling",
]
