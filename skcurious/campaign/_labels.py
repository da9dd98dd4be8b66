"""What there is to learn: means of replicates, and how well they are known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skcurious.campaign._state import ROW
from skcurious.campaign._table import Columns
from skcurious.replicates import pool_replicates

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
    all_rows : DataFrame
        All rows there are, from which views of the columns are learned.
    """

    columns: Columns
    rows: np.ndarray
    X: pd.DataFrame
    Y: pd.DataFrame
    noise: pd.DataFrame
    scatter: dict
    all_rows: pd.DataFrame

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
    rows = np.array(sorted(state.measured), dtype=int)
    all_rows = pd.concat([table, state.others])
    X = all_rows.iloc[rows]
    if not len(rows):
        empty = pd.DataFrame(columns=targets, dtype=float)
        unknown = dict.fromkeys(targets, np.nan)
        return Training(columns, rows, X, empty, empty, unknown, all_rows)
    log = state.log
    pooled = pool_replicates(log[[ROW]], log[targets], groups=log[ROW])
    means = pd.DataFrame(pooled.y, index=pooled.X[ROW], columns=targets).loc[rows]
    own = pd.DataFrame(pooled.label_noise, index=pooled.X[ROW], columns=targets)
    enough = pooled.degrees_of_freedom >= ENOUGH_REPLICATES
    own = own.loc[rows]
    own.loc[:, ~enough] = np.nan
    scatter = np.where(enough, np.sqrt(pooled.noise_variance), np.nan)
    for target, column in noise.items():
        _weigh(means, own, target, _variances(log, target, column, known))
    scatter = dict(zip(targets, scatter.tolist(), strict=True))
    return Training(columns, rows, X, means, own, scatter, all_rows)


def _variances(log, target, column, known):
    """Labels of a target, and their variances: their own, or those of candidates."""
    some = log[log[target].notna()]
    deviation = some[column]
    if column in known:
        usual = known[column].reindex(some[ROW]).to_numpy()
        deviation = deviation.fillna(pd.Series(usual, index=some.index))
    return pd.DataFrame({ROW: some[ROW], "y": some[target], "v": deviation**2})


def _weigh(means, own, target, labels):
    """Put in the mean of the least variance where all variances are known.

    Of labels y_i with variances v_i::

        sum(y_i / v_i) / sum(1 / v_i),   variance 1 / sum(1 / v_i)

    where some are exact, the mean of these.
    """
    for row, some in labels.groupby(ROW):
        y, v = some["y"].to_numpy(), some["v"].to_numpy()
        if np.isnan(v).any():
            continue
        smallest = v.min()
        weights = smallest / v if smallest > 0 else (v == 0).astype(float)
        means.loc[row, target] = weights @ y / weights.sum()
        own.loc[row, target] = smallest / weights.sum()
