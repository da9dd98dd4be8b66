"""Queries where predictions are in demand."""

from functools import partial

from sklearn.utils import check_random_state

from skcurious.query import Pool, VarianceCriterion, greedy, utilities


class DemandCriterion(VarianceCriterion):
    """Variance of the prediction, times how often it is asked for.

    Parameters
    ----------
    own, pool, unit
        As for VarianceCriterion.
    demand : ndarray of shape (n,)
        Of each row of the pool.
    """

    per_row = ("own", "_demand")

    def __init__(self, own, pool, unit, demand):
        super().__init__(own, pool, unit)
        self._demand = demand

    def utility(self):
        """Score of every row, with the labels imagined so far."""
        return self._demand * super().utility()


def in_demand(member, X_pool, imagine, demand):
    """The criterion of one model; ``demand(X)`` is that of each row."""
    pool = Pool(member, X_pool, covariance=True, keep=imagine)
    return DemandCriterion(
        pool.variances(), pool, pool.model.posterior_variance, demand(X_pool)
    )


def demand_sampling(
    estimator, X_pool, n_instances=1, *, demand, cost=None, random_state=None
):
    """Query the rows whose predictions vary most where they are in demand."""
    rng = check_random_state(random_state)
    criterion = utilities(estimator, X_pool, partial(in_demand, demand=demand))
    indices, scores = greedy(criterion, n_instances, rng, 1.0 if cost is None else cost)
    return indices, criterion.unit * scores
