"""Two pipelines on the same tables and seeds."""

from collections import defaultdict

import numpy as np
from _summary import interval
from _tables import group


class Difference:
    """Paired differences of two pipelines, of a value of the curves of both.

    Pairs are tables with seeds that both have. The mean is over the seeds of a table,
    then over tables.

    Parameters
    ----------
    curves, others : dict of (table, seed) to array
    value : callable
        Of both curves, at the numbers of labels that both have.
    """

    def __init__(self, curves, others, value):
        tables = defaultdict(list)
        for key in sorted(curves.keys() & others.keys()):
            _, i, j = np.intersect1d(
                curves[key][:, 0], others[key][:, 0], return_indices=True
            )
            tables[key[0]].append(value(curves[key][i], others[key][j]))
        self.pairs = np.array([v for values in tables.values() for v in values])
        self.tables = {table: float(np.mean(v)) for table, v in tables.items()}
        self.values = np.array(list(self.tables.values()))

    def mean(self, groups=None):
        """Over tables, all or those of some groups; NaN for none."""
        some = [
            value
            for table, value in self.tables.items()
            if groups is None or group(table) in groups
        ]
        return np.mean(some) if some else np.nan

    def over_pairs(self):
        """Half the 95% interval with tables x seeds as units."""
        return interval(self.pairs) if len(self.pairs) > 1 else np.nan

    def over_tables(self):
        """Half the 95% interval with tables as units, each the mean of its seeds."""
        return interval(self.values) if len(self.values) > 1 else np.nan

    def worst(self):
        table = max(self.tables, key=self.tables.get)
        return f"{self.tables[table]:+.2f} {table}"


def over_the_curve(a, b):
    """Mean difference of log RMSE."""
    return np.mean(a[:, 1] - b[:, 1])


def labels_needed(curves, baseline):
    """Labels after which the baseline's last error is not exceeded again.

    For each table, from the means of the curves over the seeds that both have; None
    where it is exceeded to the end.
    """
    ours, theirs = defaultdict(list), defaultdict(list)
    for key in curves.keys() & baseline.keys():
        ours[key[0]].append(curves[key])
        theirs[key[0]].append(baseline[key])
    needed = {}
    for table in sorted(ours):
        curve = np.mean(ours[table], axis=0)
        goal = np.mean(theirs[table], axis=0)[-1, 1]
        above = np.flatnonzero(curve[:, 1] > goal)
        enough = above[-1] + 1 if above.size else 0
        needed[table] = curve[enough, 0] if enough < len(curve) else None
    return needed
