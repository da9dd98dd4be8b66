"""The rows to measure before there is any label."""

import numpy as np
import sklearn
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import TransformerMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import _num_samples

from skcurious._calls import is_estimator
from skcurious._default import learned_views
from skcurious._frames import below, is_frame
from skcurious._validation import check_table
from skcurious.gaussian_process._arguments import warn_of_scale
from skcurious.query._equal import equal_in_all
from skcurious.query._prior import Design, PriorKernel, PriorReduction
from skcurious.query._reduction import draw_reference
from skcurious.query._request import check_request
from skcurious.query._selection import greedy

# Rows at which variances are to fall: some, and as many as fit into memory.
FEWEST, MOST = 64, 512


def initial_design(
    X_pool: ArrayLike,
    n_instances: int,
    *,
    transformer: TransformerMixin | None = None,
    X_labelled: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the rows to measure before there is any label.

    By the criterion of :func:`expected_curiosity_reduction`, under the prior of the
    Gaussian process that will be fitted to them: each row is the one whose label would
    take most of the variance of predictions, on average over the pool, once the rows
    before it are measured. Which labels these have does not matter, so the first rows
    of a longer design are the shorter design. Equal rows are chosen once, as long as
    there are others.

    Parameters
    ----------
    X_pool : {array-like, sparse matrix, DataFrame} of shape (n_pool, n_features)
        Candidates. Text, categories and blanks are taken as
        :func:`skcurious.default_regressor` does.
    n_instances : int
        How many rows to choose.
    transformer : transformer, default=None
        Makes numbers of the rows, for instance a ColumnTransformer: what comes before
        the regressor that will be fitted. A copy is fitted to all rows; in a
        FrozenEstimator it stays as it is. Its columns are meant to be standardised.
        None takes the two views of :func:`skcurious.default_regressor`, standardised
        columns and normal scores; of sparse rows, columns of unit variance.
    X_labelled : {array-like, sparse matrix, DataFrame} of shape \
            (n_labelled, n_features), default=None
        Rows that are measured already, or being measured, to which the new ones are
        added; no labels are needed.
    random_state : int, RandomState instance, default=None
        Draws the rows over which variances are averaged, of a large pool, and breaks
        ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order in which they are worth
        most.
    scores : ndarray of shape (n_instances,)
        By what share of the variance before the first label each takes the variance
        down, on average over the pool.

    Raises
    ------
    TypeError
        For columns of dates.
    ValueError
        When an argument does not fit.

    Warns
    -----
    UserWarning
        When a column of text has another value in every row, and is left out, or a
        column of `transformer` is far from standardised.

    See Also
    --------
    expected_curiosity_reduction : Which rows to label next, once there are some labels.

    Notes
    -----
    Memory is in proportion to n_pool times 512 plus the numbers of rows labelled and
    chosen; variances are averaged over fewer than 512 rows where that is more than
    scikit-learn's ``working_memory``.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcurious.query import initial_design
    >>> pool = pd.DataFrame(
    ...     {
    ...         "temperature": [20.0, 30.0, 50.0, 80.0, 120.0] * 2,
    ...         "solvent": ["water"] * 5 + ["ethanol"] * 5,
    ...     }
    ... )
    >>> indices, scores = initial_design(pool, 4, random_state=0)
    >>> pool.iloc[indices]
       temperature  solvent
    2         50.0    water
    9        120.0  ethanol
    5         20.0  ethanol
    7         50.0  ethanol
    """
    if is_estimator(X_pool):
        raise TypeError(
            f"initial_design takes no estimator, got {type(X_pool).__name__}: before "
            "there is a label there is none. Pass the rows first."
        )
    rng = check_random_state(random_state)
    design = design_of(X_pool, n_instances, transformer, X_labelled, rng)
    return greedy(design, n_instances, rng)


def design_of(X_pool, n_instances, transformer, X_labelled, rng):
    """The criterion of :func:`initial_design`, of the same arguments."""
    n_pool = check_request(X_pool, n_instances)
    views = _views(all_rows(X_pool, X_labelled), transformer, rng)
    groups, _ = equal_in_all(views)
    n_measured = len(groups) - n_pool
    size = _n_reference(n_pool, n_measured + n_instances, len(views))
    reference = draw_reference(size, n_pool, rng)
    criteria = [
        PriorReduction(
            PriorKernel(Z.shape[1]), Z[:n_pool], Z[n_pool:], reference, n_instances - 1
        )
        for Z in views
    ]
    return Design(criteria, groups[:n_pool], groups[n_pool:])


def _n_reference(n_pool, n_columns, n_views):
    bytes_of_column = 8 * n_pool * n_views
    held = 2**20 * sklearn.get_config()["working_memory"] // bytes_of_column
    return int(np.clip(held - n_columns, FEWEST, MOST))


def all_rows(X, others, names=("X_pool", "X_labelled")):
    """Rows of a table, and below them those of another, which may be None."""
    if others is not None:
        check_table(others, names[1])
    if others is None or _num_samples(others) == 0:
        return X
    both = " and ".join(names)
    if is_frame(X) or is_frame(others):
        if type(X) is not type(others):
            raise ValueError(
                f"{both} must be of one kind, got {type(X).__name__} and "
                f"{type(others).__name__}."
            )
        return below([X, others])
    tables = [
        X if hasattr(X, "shape") else np.array(X, dtype=object) for X in (X, others)
    ]
    if tables[0].shape[1:] != tables[1].shape[1:]:
        raise ValueError(
            f"{both} must have the same columns, got shapes {tables[0].shape} and "
            f"{tables[1].shape}."
        )
    if any(map(sparse.issparse, tables)):
        return sparse.vstack([sparse.csr_matrix(X) for X in tables], format="csr")
    kinds = {X.dtype.kind for X in tables}
    if len(kinds) > 1 and kinds & set("OUS"):  # text would make text of numbers
        tables = [X.astype(object) for X in tables]
    return np.concatenate(tables)


def _views(X, transformer, rng):
    """Rows in all the ways that the regressor will see them."""
    if transformer is not None:
        if not (
            hasattr(transformer, "get_params") and hasattr(transformer, "transform")
        ):
            raise TypeError(
                f"transformer must be a transformer such as StandardScaler(), got "
                f"{transformer!r}."
            )
        Z = clone(transformer).fit(X, None).transform(X)
        Z = _checked(Z, f"what {type(transformer).__name__} makes of X_pool")
        if not sparse.issparse(Z):
            warn_of_scale(Z, range(Z.shape[1]), range(Z.shape[1]))
        return [Z]
    if sparse.issparse(X):
        return [StandardScaler(with_mean=False).fit_transform(_checked(X, "X_pool"))]
    views = learned_views(X, "X_pool", rng).values()
    return [_checked(view.transform(X), "X_pool") for view in views] or [
        np.zeros((_num_samples(X), 1))
    ]


def _checked(Z, name):
    return check_array(Z, accept_sparse="csr", dtype=np.float64, input_name=name)
