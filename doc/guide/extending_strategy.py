"""Queries where predictions are in demand."""

import numpy as np
from skcurious.fantasies import VarianceFantasies
from skcurious.selection import greedy
from sklearn.utils import check_random_state

from skcurious import predict_covariance


class DemandFantasies(VarianceFantasies):
    """Variance of the prediction, times how often it is asked for.

    Parameters
    ----------
    own : ndarray of shape (n, 1, 1)
        h(x, x) of the pool.
    leverage_column : callable
        ``leverage_column(i)`` returns h(pool, row i), of shape (n, 1, 1).
    demand : ndarray of shape (n,)
        Of each row of the pool.
    """

    def __init__(self, own, leverage_column, demand):
        super().__init__(own, leverage_column)
        self._demand = demand

    def utility(self):
        """Score of every row, with the labels imagined so far."""
        return self._demand * super().utility()


def demand_sampling(
    estimator, X_pool, n_instances=1, *, demand, cost=None, random_state=None
):
    """Query the rows whose predictions vary most where they are in demand."""
    rng = check_random_state(random_state)
    covariance = predict_covariance(estimator, X_pool, noise_variance=1.0)

    def column(index):
        return covariance[:, [index], None]

    fantasies = DemandFantasies(
        covariance.diagonal()[:, None, None], column, np.asarray(demand)
    )
    cost = 1.0 if cost is None else np.asarray(cost)
    return greedy(fantasies, n_instances, rng, cost)
