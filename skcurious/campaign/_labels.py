"""What there is to learn: means of replicates, and how well they are known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skcurious.campaign._state import ROW
from skcurious.campaign._table import Columns

# Replicates beyond the first of their rows, from which on their scatter is the noise.
ENOUGH_REPLICATES = 5


@dataclass
class Training:
    """What a model is fitted to.

    Attributes
    ----------
    columns : Columns
        What rows are described by.
    rows : ndarray of shape (n,)
        Numbers of the rows with a result.
    X : DataFrame
        These rows, as models take them.
    Y : DataFrame
        Means of their labels, one column for each target, NaN where not measured.
    noise : DataFrame
        Variance of each mean, NaN where it is not known.
    scatter : dict of str to float
        Standard deviation of replicates of a target, pooled; NaN where there are too
        few.
    pool : DataFrame
        All candidates, from which the views of the columns are learned.
    """

    columns: Columns
    rows: np.ndarray
    X: pd.DataFrame
    Y: pd.DataFrame
    noise: pd.DataFrame
    scatter: dict
    pool: pd.DataFrame

    @property
    def y(self):
        """Labels of the only target, or of all."""
        return self.Y.iloc[:, 0].to_numpy() if self.Y.shape[1] == 1 else self.Y

    def counts(self):
        """Rows with a label of each target."""
        return self.Y.notna().sum()


def training(table, columns, state, targets, noise, known):
    """Pool what was measured of each row.

    Parameters
    ----------
    table : DataFrame
        Candidates, as models take them.
    columns : Columns
    state : State
    targets : list of str
    noise : dict of str to str
        Columns of ``state.log`` with the standard deviation of labels.
    known : DataFrame
        The same of the candidates, for labels that come without.

    Returns
    -------
    training : Training
    """
    log = state.log
    rows = np.array(sorted(state.measured), dtype=int)
    Y = pd.DataFrame(index=rows, columns=targets, dtype=float)
    variances = Y.copy()
    scatter = {}
    for target in targets:
        some = log[log[target].notna()]
        deviation = pd.Series(np.nan, index=some.index)
        if target in noise:
            column = noise[target]
            deviation = some[column]
            if column in known:
                usual = known[column].reindex(some[ROW]).to_numpy()
                deviation = deviation.fillna(pd.Series(usual, index=some.index))
        means, own = _means(some[ROW], some[target], deviation)
        scatter[target] = _scatter(some[ROW], some[target])
        size = some.groupby(ROW).size()
        if not np.isnan(scatter[target]):
            own = own.fillna(scatter[target] ** 2 / size)
        Y.loc[means.index, target] = means
        variances.loc[own.index, target] = own
    X = pd.concat([table, state.others]).iloc[rows]
    return Training(columns, rows, X, Y, variances, scatter, table)


def _means(rows, values, deviation):
    """Mean of each row, and its variance where all deviations are known.

    Of labels y_i with variances v_i the mean of the least variance::

        sum(y_i / v_i) / sum(1 / v_i),   variance 1 / sum(1 / v_i)

    where a label is exact, that of the exact ones; where one is not known, the
    plain mean.
    """
    means, variances = {}, {}
    for row, some in values.groupby(rows):
        v = deviation[some.index].to_numpy() ** 2
        y = some.to_numpy()
        if np.isnan(v).any():
            means[row], variances[row] = y.mean(), np.nan
        elif (v == 0).any():
            means[row], variances[row] = y[v == 0].mean(), 0.0
        else:
            smallest = v.min()  # lest 1 / v overflows
            weights = smallest / v
            means[row] = weights @ y / weights.sum()
            variances[row] = smallest / weights.sum()
    return pd.Series(means, dtype=float), pd.Series(variances, dtype=float)


def _scatter(rows, values):
    """Standard deviation within rows, pooled: sum of squares over sum of (k - 1)."""
    groups = values.groupby(rows)
    free = len(values) - groups.ngroups
    if free < ENOUGH_REPLICATES:
        return np.nan
    return float(np.sqrt(((values - groups.transform("mean")) ** 2).sum() / free))
