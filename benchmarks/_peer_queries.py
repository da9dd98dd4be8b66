"""Queries of other packages, and of papers without one.

Each takes a :class:`State` and the number of rows, and returns positions in
``state.pool``.  Packages are imported where they are used, with the options their
documentation starts from.
"""

import numpy as np
from _peer_models import one_thread
from sklearn.base import BaseEstimator, RegressorMixin, clone

from skcurious import CuriousKernelRidge, CuriousKernelRidgeCV, CuriousRidge


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
    return _indices(result)


def max_std(state, k):
    """modAL's max_std_sampling with the process under test."""
    from modAL.disagreement import max_std_sampling

    result = max_std_sampling(state.model, state.X[state.pool], n_instances=k)
    return _indices(result)


def _indices(result):
    """modAL 0.4.2 returns indices and values; before, it was indices alone."""
    indices = result[0] if isinstance(result, tuple) else result
    return np.asarray(indices).ravel()


def expected_model_variance(state, k):
    """ExpectedModelVarianceReduction of scikit-activeml, of 100 candidates.

    Each of them is a refit: its SubSamplingWrapper draws them, and the kernel is the
    one that was learned.
    """
    from skactiveml.pool import ExpectedModelVarianceReduction, SubSamplingWrapper
    from skactiveml.regressor import SklearnNormalRegressor
    from sklearn.gaussian_process import GaussianProcessRegressor

    process = GaussianProcessRegressor(
        state.model.kernel_, optimizer=None, normalize_y=True
    )
    X, y = with_missing_labels(state)
    strategy = SubSamplingWrapper(
        ExpectedModelVarianceReduction(random_state=state.seed),
        max_candidates=100,
        random_state=state.rng.randint(2**31),
    )
    regressor = SklearnNormalRegressor(process)
    return positions(state, strategy.query(X, y, reg=regressor, batch_size=k))


def integrated_variance(state, k):
    """BoTorch's qNegIntegratedPosteriorVariance over 128 rows of the pool.

    Greedily, one row after the other, as optimize_acqf_discrete does it.
    """
    torch = one_thread()
    from botorch.acquisition.active_learning import qNegIntegratedPosteriorVariance
    from botorch.optim import optimize_acqf_discrete

    pool = torch.tensor(state.X[state.pool])
    some = state.rng.permutation(len(pool))[:128]
    torch.manual_seed(state.seed)
    criterion = qNegIntegratedPosteriorVariance(state.model.model_, pool[some])
    chosen, _ = optimize_acqf_discrete(criterion, k, pool, max_batch_size=256)
    return _rows_of(chosen.numpy(), pool.numpy())


def _rows_of(chosen, pool):
    """Positions of the chosen rows; equal rows are taken one after the other."""
    picks = []
    for row in chosen:
        same = np.flatnonzero((pool == row).all(axis=1))
        picks.append(next(i for i in same if i not in picks))
    return picks


def black_box_lcmd(state, k):
    """LCMD on the covariance of the trees' predictions (Kirsch 2023), of bmdal-reg."""
    trees = state.model.estimators_
    features = np.stack([tree.predict(state.X) for tree in trees], axis=1)
    features -= features.mean(axis=1, keepdims=True)
    features /= np.sqrt(len(trees) - 1)
    return _select(state, features, k, base_kernel="linear", selection_method="lcmd")


def lcmd_of_network(state, k):
    """LCMD-TP of bmdal-reg on its own network, as its paper recommends."""
    return _select_by_network(state, k, selection_method="lcmd", sel_with_train=True)


def bait_of_network(state, k):
    """BAIT-FB-P of bmdal-reg on its own network, with its paper's options."""
    return _select_by_network(
        state,
        k,
        [("train", [0.1, None])],
        selection_method="bait",
        overselection_factor=2.0,
        bait_sigma=0.1,
        allow_float64=True,
    )


def _select_by_network(state, k, transforms=(), **options):
    return _select(
        state,
        state.model.inputs(state.X).numpy(),
        k,
        state.model.network_.model_.get_single_model(0),
        base_kernel="grad",
        kernel_transforms=[("rp", [512]), *transforms],
        **options,
    )


def _select(state, rows, k, network=None, kernel_transforms=(), **options):
    """bmdal-reg's select_batch, for rows that are tensors to a network or features."""
    torch = one_thread()
    vars(np).setdefault("Inf", np.inf)  # bmdal-reg 3.0.2 needs the old name
    from bmdal_reg.bmdal.algorithms import select_batch
    from bmdal_reg.bmdal.feature_data import TensorFeatureData

    torch.manual_seed(state.seed + len(state.labelled))
    if network is None:  # it asks for one in any case
        network = torch.nn.Sequential(torch.nn.Linear(1, 1))
    data = {
        "train": TensorFeatureData(torch.tensor(rows[state.labelled]).float()),
        "pool": TensorFeatureData(torch.tensor(rows[state.pool]).float()),
    }
    indices, _ = select_batch(
        batch_size=k,
        models=[network],
        data=data,
        y_train=torch.tensor(state.y[state.labelled]).float()[:, None],
        kernel_transforms=list(kernel_transforms),
        **options,
    )
    return indices.numpy()


def lcmd(state, k):
    """LCMD-TP of bmdal-reg (Holzmueller et al. 2023).

    For networks on sketched gradients, 512 random features, as its paper
    recommends; for the others on the features whose inner products are the
    model's kernel.
    """
    options = {"selection_method": "lcmd", "sel_with_train": True}
    if not hasattr(state.model, "coefs_"):
        return _select(
            state, _kernel_features(state), k, base_kernel="linear", **options
        )
    return _select(
        state,
        state.X,
        k,
        _torch_network(state.model),
        base_kernel="grad",
        kernel_transforms=[("rp", [512])],
        **options,
    )


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
