"""initial_design against the variances of scikit-learn's Gaussian process."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skcurious import default_regressor
from skcurious.gaussian_process import auto_kernel, dimension_scaled_prior
from skcurious.query import initial_design
from skcurious.query._equal import equal_in_all
from skcurious.query._prior import PriorKernel


def prior(n_columns):
    """The kernel of labels, and that of the function: lengths of 2 sqrt(p)."""
    kernel = auto_kernel(n_columns)
    kernel.theta = dimension_scaled_prior(kernel, n_columns).mean
    for term in (kernel.k1.k1.k1, kernel.k1.k1.k2):
        term.k2.length_scale = np.full(n_columns, 2 * np.sqrt(n_columns))
    return kernel, kernel.k1


def variances(function, noise, measured, rows):
    """Of the function at `rows`, by scikit-learn."""
    process = GaussianProcessRegressor(function, alpha=noise, optimizer=None)
    if len(measured):
        process.fit(measured, np.zeros(len(measured)))
    return process.predict(rows, return_std=True)[1] ** 2


def design_by_refits(views, n_pool, n_instances):
    """Every candidate is tried at every pick."""
    measured = [Z[n_pool:] for Z in views]
    views = [Z[:n_pool] for Z in views]
    indices, scores = [], []
    for _ in range(n_instances):
        shares = np.zeros(n_pool)
        for Z, known in zip(views, measured, strict=True):
            kernel, function = prior(Z.shape[1])
            noise = kernel.k2.noise_level
            before = variances(function, noise, known, Z).sum()
            for i, row in enumerate(Z):
                after = variances(function, noise, [*known, row], Z).sum()
                shares[i] += (before - after) / function.diag(Z).sum() / len(views)
        shares[indices] = -np.inf
        indices.append(int(shares.argmax()))
        scores.append(shares[indices[-1]])
        measured = [
            [*known, Z[indices[-1]]] for Z, known in zip(views, measured, strict=True)
        ]
    return indices, scores


@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_the_kernel_is_the_packages_own_before_it_has_learned(rng, n_columns, form):
    X, Z = rng.standard_normal((2, 7, n_columns))
    kernel, function = prior(n_columns)
    ours = PriorKernel(n_columns)
    assert_allclose(ours(form(X), form(Z)), function(X, Z), rtol=1e-12)
    assert_allclose(ours.diagonal(form(X)), function.diag(X), rtol=1e-12)
    assert_allclose(ours.noise, kernel.k2.noise_level, rtol=1e-12)


@pytest.mark.parametrize("n_labelled", [0, 3])
def test_equals_trying_every_row(rng, n_labelled):
    X = np.exp(rng.standard_normal((14 + n_labelled, 3)))
    views = [
        pipeline[0].transform(X) for _, pipeline in default_regressor(X).estimators
    ]
    expected = design_by_refits(views, 14, 4)
    design = initial_design(X[:14], 4, X_labelled=X[14:], random_state=0)
    assert_array_equal(design[0], expected[0])
    assert_allclose(design[1], expected[1], rtol=1e-8)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_a_transformer_is_fitted_to_all_rows(rng, form):
    X = rng.standard_normal((15, 3)) * [1, 10, 100] * rng.integers(0, 2, (15, 3))
    scaler = StandardScaler(with_mean=False)
    expected = design_by_refits([scaler.fit_transform(X)], 12, 3)
    rows = {"X_pool": form(X[:12]), "X_labelled": form(X[12:])}
    ours = StandardScaler(with_mean=False)
    for transformer in (ours, FrozenEstimator(scaler)):
        design = initial_design(
            n_instances=3, **rows, transformer=transformer, random_state=0
        )
        assert_array_equal(design[0], expected[0])
        assert_allclose(design[1], expected[1], rtol=1e-8)
    if form is sparse.csr_matrix:  # the default for sparse rows
        design = initial_design(n_instances=3, **rows, random_state=0)
        assert_array_equal(design[0], expected[0])
    assert not hasattr(ours, "scale_")


def test_a_shorter_design_is_the_start_of_a_longer_one(rng):
    X = rng.standard_normal((600, 3))
    indices, scores = initial_design(X, 12, random_state=3)
    assert len(set(indices)) == 12
    for n in (1, 5):
        shorter = initial_design(X, n, random_state=3)
        assert_array_equal(shorter[0], indices[:n])
        assert_array_equal(shorter[1], scores[:n])
    # One after the other, the rows before as those that are measured:
    rest = np.setdiff1d(np.arange(100), first := initial_design(X[:100], 5)[0])
    more, _ = initial_design(X[rest], 3, X_labelled=X[first])
    assert set(rest[more]) == set(initial_design(X[:100], 8)[0][5:])


def test_the_last_row_of_a_pool_is_scored_as_well_as_the_first(rng):
    Z = rng.standard_normal((90, 3))
    design = initial_design(Z, 90, transformer=FrozenEstimator(FunctionTransformer()))
    kernel = PriorKernel(3)
    S, total = kernel(Z, Z), kernel.diagonal(Z).sum()
    for index, score in zip(*design, strict=True):
        c = S[index] / np.sqrt(kernel.noise + S[index, index])
        assert_allclose(score, c @ c / total, rtol=1e-6)  # distances of 1e-8
        S -= np.outer(c, c)


def test_equal_rows_are_chosen_once_while_there_are_others(rng):
    few = rng.standard_normal((4, 2))
    X = few[rng.permutation(np.repeat(np.arange(4), [200, 3, 2, 1]))]
    indices, _ = initial_design(X, 7, random_state=0)
    assert len(np.unique(X[indices[:4]], axis=0)) == 4
    assert len(set(indices)) == 7
    indices, _ = initial_design(X, 3, X_labelled=few[:1], random_state=0)
    assert not (X[indices] == few[0]).all(axis=1).any()


def test_equal_rows_are_equal_in_all_views():
    Z = np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, 2.0], [0.0, 1.0]])
    other = np.array([[1.0], [1.0], [1.0], [2.0]])
    assert_array_equal(equal_in_all([Z])[0], [0, 0, 1, 0])
    assert_array_equal(equal_in_all([sparse.csr_matrix(Z)])[0], [0, 0, 1, 0])
    assert_array_equal(equal_in_all([Z, other])[0], [0, 0, 1, 2])


def test_small_and_empty_cases(rng):
    X = rng.standard_normal((6, 2))
    indices, scores = initial_design(X, 6, random_state=0)
    assert sorted(indices) == list(range(6))
    assert (scores > 0).all()
    assert scores.sum() < 1
    assert_array_equal(initial_design(X[:1], 1)[0], [0])
    for rows in (np.ones((5, 2)), np.full((5, 1), "a"), np.full((5, 1), np.nan)):
        indices, scores = initial_design(rows, 5, random_state=0)
        assert sorted(indices) == list(range(5))
        assert (scores > 0).all()
    # A column that does not vary changes nothing, and no row is as good as None.
    constant = np.column_stack([X, np.full(6, 7.0)])
    for labelled in (None, constant[:0]):
        design = initial_design(constant, 6, X_labelled=labelled, random_state=0)
        assert_allclose(design[1], initial_design(X, 6, random_state=0)[1])


def mixed(rng):
    solvent = rng.choice(["water", "ethanol", "none"], 30)
    heat = np.where(rng.uniform(size=30) < 0.2, np.nan, rng.uniform(20, 90, 30))
    return solvent, heat, rng.integers(0, 2, 30).astype(bool)


def test_tables_of_any_kind(rng):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    columns = dict(zip("abc", mixed(rng), strict=True))
    frame = pd.DataFrame(columns).astype({"a": "category"})
    frame.index = frame.index[::-1]
    tables = [
        frame,
        pl.DataFrame(columns),
        frame.astype(object).to_numpy(),
        frame.astype(object).to_numpy().tolist(),
    ]
    designs = [
        initial_design(X[:25], 6, X_labelled=X[25:], random_state=0) for X in tables
    ]
    for design in designs[1:]:
        assert_array_equal(design[0], designs[0][0])
        assert_allclose(design[1], designs[0][1])
    # Columns are matched by their names.
    turned = initial_design(
        frame[:25], 6, X_labelled=frame[25:][["c", "a", "b"]], random_state=0
    )
    assert_array_equal(turned[0], designs[0][0])
    chosen = frame.iloc[designs[0][0]]
    assert set(chosen["a"]) == {"water", "ethanol", "none"}
    ours = make_column_transformer(
        (OneHotEncoder(), ["a"]), (StandardScaler(), ["c"]), remainder="drop"
    )
    indices, _ = initial_design(frame, 6, transformer=ours, random_state=0)
    assert len(frame.iloc[indices][["a", "c"]].drop_duplicates()) == 6


def test_variances_are_averaged_over_as_many_rows_as_fit(rng, monkeypatch):
    import skcurious.query._design as module

    sizes = []

    def spy(size, n_pool, rng):
        sizes.append(size)
        return np.arange(size)

    monkeypatch.setattr(module, "draw_reference", spy)
    X = rng.standard_normal((700, 2))
    initial_design(X, 2)
    with sklearn.config_context(working_memory=2):
        initial_design(X, 2)
    with sklearn.config_context(working_memory=1):
        initial_design(X, 50)
    assert sizes == [512, 2**21 // (700 * 16) - 2, 64]


def test_refusals(rng):
    pd = pytest.importorskip("pandas")
    X = rng.standard_normal((5, 2))
    with pytest.raises(ValueError, match="between 1 and the 5 rows of X_pool, got 6"):
        initial_design(X, 6)
    with pytest.raises(ValueError, match="same columns, got shapes"):
        initial_design(X, 1, X_labelled=X[:, :1])
    with pytest.raises(ValueError, match="of one kind, got DataFrame and ndarray"):
        initial_design(pd.DataFrame(X), 1, X_labelled=X)
    with pytest.raises(TypeError, match="takes no estimator, got Ridge"):
        initial_design(Ridge(), X)
    with pytest.raises(TypeError, match="X_labelled is the path"):
        initial_design(X, 1, X_labelled="done.csv")
    for wrong in ("StandardScaler", Ridge()):
        with pytest.raises(TypeError, match="transformer must be a transformer such"):
            initial_design(X, 1, transformer=wrong)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="what StandardScaler makes of X_pool"):
        initial_design(X, 1, transformer=StandardScaler())
    X[0, 0] = 1e6
    with pytest.warns(UserWarning, match="far from standardised"):
        initial_design(X, 1, transformer=FrozenEstimator(StandardScaler().fit(X[1:])))
