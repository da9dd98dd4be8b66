"""Query strategies for bench_active_learning: ours, and those of the peers.

Each takes a :class:`State` and the number of rows, and returns positions in
``state.pool``.  Peers are called through their own packages, imported where
they are used, with the options their documentation starts from.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone

from skcurious import CuriousKernelRidge, CuriousKernelRidgeCV, CuriousRidge
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    random_sampling,
    trajectory_sampling,
    variance_sampling,
)


@dataclass
class State:
    """What a strategy may look at."""

    make: object  # make(seed) is a fresh model
    model: object  # fitted to the labelled rows
    X: np.ndarray
    y: np.ndarray  # labels of the pool are not for strategies
    inputs: np.ndarray  # X before a feature map
    labelled: list
    pool: np.ndarray
    seed: int
    rng: np.random.RandomState

    def known(self, rows):
        """`rows` of the labelled part, and the labels."""
        return rows[self.labelled], self.y[self.labelled]


# -- ours ------------------------------------------------------------------------


def ours(strategy, state, k):
    indices, _ = strategy(state.model, state.X[state.pool], k, random_state=state.rng)
    return indices


def committee(strategy, size, options, state, k):
    """The same with a few networks that start from other weights."""
    X, y = state.known(state.X)
    members = [
        state.make(state.seed + 1000 * i).set_params(**options).fit(X, y)
        for i in range(size)
    ]
    indices, _ = strategy(members, state.X[state.pool], k, random_state=state.rng)
    return indices


def influence(state, k):
    """A third of the labels is for validation: none is free."""
    held = state.rng.permutation(len(state.labelled)) < len(state.labelled) // 3
    X, y = state.known(state.X)
    model = state.make(state.seed).fit(X[~held], y[~held])
    indices, _ = influence_sampling(
        model,
        state.X[state.pool],
        k,
        X_validation=X[held],
        y_validation=y[held],
        random_state=state.rng,
    )
    return indices


def influence_for_free(state, k):
    """As if there were 100 more labels, for validation: not a fair one."""
    rows = np.random.RandomState(state.seed).permutation(len(state.y))[:100]
    indices, _ = influence_sampling(
        state.model,
        state.X[state.pool],
        k,
        X_validation=state.X[rows],
        y_validation=state.y[rows],
        random_state=state.rng,
    )
    return indices


def in_epochs(state, **options):
    """The same network for a solver that trains in epochs."""
    options = {"solver": "adam", "learning_rate_init": 0.01, **options}
    return state.make(state.seed).set_params(**options)


def trajectory(batch, state, k):
    """DISAL's trajectory influence, on a network trained for it."""
    model = in_epochs(state, checkpoints=10, max_iter=500, store_covariance=False)
    model.fit(*state.known(state.X))
    indices, _ = trajectory_sampling(
        model, state.X[state.pool], k, batch=batch, random_state=state.rng
    )
    return indices


def carried(state, k):
    """Curiosity with the tangent that was carried along with training."""
    model = in_epochs(state, batch_size=10)
    X, y = state.known(state.X)
    for _ in range(300):
        model.partial_fit(X, y)
    indices, _ = curiosity_sampling(
        model, state.X[state.pool], k, batch="sample", random_state=state.rng
    )
    return indices


# -- peers -----------------------------------------------------------------------


def with_missing_labels(state):
    """All rows, and their labels with NaN for those in the pool."""
    y = np.full(len(state.y), np.nan)
    y[state.labelled] = state.y[state.labelled]
    return state.inputs, y


def positions(state, queried):
    return np.searchsorted(state.pool, np.ravel(queried))


def greedy_sampling(method, state, k):
    """GSx, GSy and iGS of scikit-activeml (Wu, Lin and Huang 2019)."""
    from skactiveml.pool import GreedySamplingTarget, GreedySamplingX
    from skactiveml.regressor import SklearnRegressor

    X, y = with_missing_labels(state)
    if method == "GSx":
        queried = GreedySamplingX(random_state=state.seed).query(X, y, batch_size=k)
        return positions(state, queried)
    # Distances are of the inputs, predictions of the model under test.
    strategy = GreedySamplingTarget(method=method, random_state=state.seed)
    regressor = SklearnRegressor(_Given(state.inputs, state.model.predict(state.X)))
    regressor.fit(X, y)
    queried = strategy.query(X, y, reg=regressor, fit_reg=False, batch_size=k)
    return positions(state, queried)


def query_by_committee(state, k):
    """QueryByCommittee of scikit-activeml over four bootstrapped models."""
    from skactiveml.pool import QueryByCommittee
    from skactiveml.regressor import SklearnRegressor
    from sklearn.ensemble import BaggingRegressor

    _, y = with_missing_labels(state)
    bagging = BaggingRegressor(_member(state), n_estimators=4, random_state=state.seed)
    committee = SklearnRegressor(bagging)
    committee.fit(state.X, y)
    strategy = QueryByCommittee(random_state=state.seed)
    queried = strategy.query(
        state.X, y, ensemble=committee, fit_ensemble=False, batch_size=k
    )
    return positions(state, queried)


def _member(state):
    # Leave-one-out errors of a bootstrap sample are those of its repetitions:
    # members take the alpha that was chosen on all labels.
    if hasattr(state.model, "alpha_"):
        kind = CuriousRidge
        options = {}
        if isinstance(state.model, CuriousKernelRidgeCV):
            kind, options = CuriousKernelRidge, {"kernel": "rbf"}
        return kind(state.model.alpha_, **options)
    return clone(state.model)


def expected_model_change(state, k):
    """ExpectedModelChangeMaximization of scikit-activeml, bootstrapped."""
    from skactiveml.pool import ExpectedModelChangeMaximization
    from skactiveml.regressor import SklearnRegressor

    _, y = with_missing_labels(state)
    strategy = ExpectedModelChangeMaximization(random_state=state.seed)
    queried = strategy.query(
        state.X, y, reg=SklearnRegressor(_member(state)), batch_size=k
    )
    return positions(state, queried)


def regression_tree(state, k):
    """RegressionTreeBasedAL of scikit-activeml (Jose et al. 2024)."""
    from skactiveml.pool import RegressionTreeBasedAL
    from skactiveml.regressor import SklearnRegressor
    from sklearn.tree import DecisionTreeRegressor

    X, y = with_missing_labels(state)
    tree = DecisionTreeRegressor(min_samples_leaf=5, random_state=state.seed)
    strategy = RegressionTreeBasedAL(method="diversity", random_state=state.seed)
    queried = strategy.query(X, y, reg=SklearnRegressor(tree), batch_size=k)
    return positions(state, queried)


def gaussian_process(state, k):
    """modAL's max_std_sampling with scikit-learn's GaussianProcessRegressor."""
    import warnings

    from modAL.disagreement import max_std_sampling
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    scale = np.sqrt(state.inputs.shape[1])
    process = GaussianProcessRegressor(
        ConstantKernel() * RBF(scale) + WhiteKernel(0.1), normalize_y=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        process.fit(*state.known(state.inputs))
    result = max_std_sampling(process, state.inputs[state.pool], n_instances=k)
    indices = result[0] if isinstance(result, tuple) else result
    return np.asarray(indices).ravel()


def lcmd(state, k):
    """LCMD-TP of bmdal-reg (Holzmueller et al. 2023).

    For networks on sketched gradients, 512 random features, as its paper
    recommends; for the others on the features whose inner products are the
    model's kernel.
    """
    import torch

    vars(np).setdefault("Inf", np.inf)  # bmdal-reg 3.0.2 needs the old name
    from bmdal_reg.bmdal.algorithms import select_batch
    from bmdal_reg.bmdal.feature_data import TensorFeatureData

    torch.set_num_threads(1)
    torch.manual_seed(state.seed + len(state.labelled))
    if hasattr(state.model, "coefs_"):
        network = _torch_network(state.model)
        rows, base, transforms = state.X, "grad", [("rp", [512])]
    else:
        network = torch.nn.Sequential(torch.nn.Linear(1, 1))
        rows, base, transforms = _kernel_features(state), "linear", []
    data = {
        "train": TensorFeatureData(torch.tensor(rows[state.labelled]).float()),
        "pool": TensorFeatureData(torch.tensor(rows[state.pool]).float()),
    }
    indices, _ = select_batch(
        batch_size=k,
        models=[network],
        data=data,
        y_train=torch.tensor(state.y[state.labelled]).float()[:, None],
        base_kernel=base,
        kernel_transforms=transforms,
        selection_method="lcmd",
        sel_with_train=True,
    )
    return indices.numpy()


def _torch_network(model):
    import torch

    layers = []
    for coef, intercept in zip(model.coefs_, model.intercepts_, strict=True):
        layer = torch.nn.Linear(*coef.shape)
        layer.weight.data = torch.tensor(coef.T).float()
        layer.bias.data = torch.tensor(intercept).float()
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def _kernel_features(state):
    if not isinstance(state.model, CuriousKernelRidgeCV):
        return state.X
    K = state.model.linearised_.kernel(state.X, state.X)
    values, vectors = np.linalg.eigh(K)
    return vectors * np.sqrt(np.maximum(values, 0))


class _Given(RegressorMixin, BaseEstimator):
    """A regressor whose predictions are known already, by row."""

    def __init__(self, rows, predictions):
        self.rows = rows
        self.predictions = predictions

    def fit(self, X, y, sample_weight=None):
        self.lookup_ = {
            row.tobytes(): value
            for row, value in zip(self.rows, self.predictions, strict=True)
        }
        return self

    def predict(self, X):
        return np.array(
            [self.lookup_[np.ascontiguousarray(row).tobytes()] for row in X]
        )


def epig(state, k):
    """Expected predictive information gain (Bickford Smith et al. 2023), greedy.

    ``-1/2 sum_p log(1 - rho(x, p)^2)`` over the pool, for a Gaussian process.
    """
    S, noise = _posterior(state)
    picks = []
    for _ in range(k):
        own = S.diagonal()
        correlation = S**2 / np.multiply.outer(own + noise, own + noise)
        score = -0.5 * np.log1p(-np.minimum(correlation, 1 - 1e-12)).sum(axis=1)
        score[picks] = -np.inf
        picks.append(int(score.argmax()))
        column = S[:, picks[-1]]
        S = S - np.multiply.outer(column, column) / (own[picks[-1]] + noise)
    return picks


def _posterior(state):
    X = state.X[state.pool]
    noise = state.model.noise_variance_
    return state.model.predict_covariance(X, noise_variance=noise), noise


def lcmd_of_kernel(state, k):
    """LCMD-TP (Holzmueller et al. 2023) with the distances of the prior kernel.

    The largest cluster, by squared distances to its centre; its farthest row. The
    labelled rows are the first centres.
    """
    model = state.model.linearised_
    X = np.vstack([state.X[state.labelled], state.X[state.pool]])
    own = model.kernel.diagonal(X)
    K = model.kernel(X, X)
    squares = np.maximum(own[:, None] + own - 2 * K, 0)
    n = len(state.labelled)
    centres, picks = list(range(n)), []
    for _ in range(k):
        nearest = squares[n:, centres].argmin(axis=1)
        distance = squares[n:, centres].min(axis=1)
        sizes = np.bincount(nearest, weights=distance, minlength=len(centres))
        inside = np.where(nearest == sizes.argmax(), distance, -np.inf)
        inside[picks] = -np.inf
        picks.append(int(inside.argmax()))
        centres.append(n + picks[-1])
    return picks


reduction = expected_curiosity_reduction
STRATEGIES = {
    "random": partial(ours, random_sampling),
    "reduction": partial(ours, reduction),
    "reduction, tangent": partial(ours, partial(reduction, weights="tangent")),
    "reduction, variance": partial(ours, partial(reduction, weights="variance")),
    "reduction, uniform": partial(ours, partial(reduction, weights="uniform")),
    "committee": partial(committee, reduction, 4, {}),
    "committee layers": partial(committee, reduction, 4, {"layer_tangents": True}),
    "curiosity": partial(ours, curiosity_sampling),
    "variance": partial(ours, variance_sampling),
    "influence": influence,
    "influence, 100 free": influence_for_free,
    "trajectory": partial(trajectory, "top"),
    "trajectory, sampled": partial(trajectory, "sample"),
    "curiosity, sampled": partial(ours, partial(curiosity_sampling, batch="sample")),
    "curiosity, carried": carried,
    "iGS": partial(greedy_sampling, "GSi"),
    "GSx": partial(greedy_sampling, "GSx"),
    "GSy": partial(greedy_sampling, "GSy"),
    "QBC": query_by_committee,
    "EMC": expected_model_change,
    "tree": regression_tree,
    "GP std": gaussian_process,
    "LCMD": lcmd,
    "EPIG": epig,
    "LCMD of kernel": lcmd_of_kernel,
}
# Peers of the Gaussian process, on itself.
STRATEGIES_OF_PROCESSES = [
    "random",
    "reduction",
    "reduction, uniform",
    "reduction, variance",
    "curiosity",
    "variance",
    "EPIG",
    "LCMD of kernel",
    "iGS",
]
