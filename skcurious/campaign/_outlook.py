"""What follows from a state: the model, the next rows, the errors."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from skcurious._words import count
from skcurious.campaign._fit import Model, ready
from skcurious.campaign._labels import training
from skcurious.campaign._picks import (
    by_design,
    by_model,
    chance_of_success,
    reference_rows,
)
from skcurious.campaign._progress import at
from skcurious.campaign._runs import MEASURED
from skcurious.campaign._settings import Settings
from skcurious.campaign._state import OPEN, State
from skcurious.campaign._table import Columns
from skcurious.query import pool_status
from skcurious.tangent._threads import one_thread


@dataclass(frozen=True)
class Outlook:
    """A state of a campaign, and all that is asked about it.

    Attributes
    ----------
    X : DataFrame
        Candidates, as models take them.
    first : ndarray of shape (n,)
        Position of the first candidate that equals each.
    columns : Columns
    settings : Settings
    cost : ndarray of shape (n,) or None
        Prices, NaN where blank.
    known : DataFrame
        Standard deviations of labels of the candidates.
    same : Series or None
        Values that the rows of a suggestion share.
    model_name : str or estimator
    state : State
    strategy : str
        Key of ``STRATEGIES``, what chooses once there is a model.
    unique : bool
        Whether candidates that equal each other are suggested once.
    """

    X: pd.DataFrame
    first: np.ndarray
    columns: Columns
    settings: Settings
    cost: np.ndarray | None
    known: pd.DataFrame
    same: pd.Series | None
    model_name: object
    state: State
    strategy: str = "reduction"
    unique: bool = True

    def until(self, n_rounds):
        """The same after so many rounds."""
        return replace(self, state=self.state.until(n_rounds))

    @cached_property
    def training(self):
        """What there is to learn."""
        targets, noise = self.settings.targets, self.settings.noise
        return training(self.X, self.columns, self.state, targets, noise, self.known)

    @cached_property
    def model(self):
        """What was learned, None while there are too few labels."""
        if not ready(self.training):
            return None
        at("Fitting the model")
        with one_thread():
            return Model(self.training, self.model_name, self.settings.random_state)

    @cached_property
    def states(self):
        """State of each candidate."""
        return self.state.states(len(self.X))[self.first]

    @cached_property
    def open(self):
        """Positions of the candidates that can be suggested."""
        return np.flatnonzero(self.states == OPEN)

    @cached_property
    def reference(self):
        """Candidates where predictions matter: some of all."""
        return reference_rows(self.X, self.settings.random_state)

    def predict(self, positions):
        """Predictions and standard deviations of candidates, a column for each target.

        Returns
        -------
        mean, std : ndarrays of shape (n, n_targets)
            NaN of targets that are not learned yet.
        """
        return self.predict_rows(self.X.iloc[positions])

    def predict_rows(self, X):
        """The same of rows that need not be candidates."""
        targets = self.settings.targets
        mean, std = np.full((2, len(X), len(targets)), np.nan)
        if self.model is not None:
            learned = [targets.index(target) for target in self.model.targets]
            with one_thread():
                mean[:, learned], std[:, learned] = self.model.predict(X)
        return mean, std

    def suggest(self, n, repeats=False):
        """Positions of the candidates to measure next, and their scores.

        Parameters
        ----------
        n : int
            How many.
        repeats : bool, default=False
            Whether rows that have a result may be among them, once there is a model.

        Returns
        -------
        positions, scores : ndarrays of shape (n,)
        """
        offered = self._offered(n, repeats and self.model is not None)
        X = self.X.iloc[offered]
        same = None if self.same is None else self.same.iloc[offered].to_numpy()
        seed = self.settings.random_state
        has_model = self.model is not None
        at("Choosing rows")
        with one_thread():
            if not has_model:
                indices, scores = by_design(
                    X, n, known=self._tried, same=same, seed=seed
                )
            else:
                indices, scores, status = by_model(
                    self.model,
                    X,
                    n,
                    strategy=self.strategy,
                    unique=self.unique,
                    reference=self.reference,
                    pending=self._row(self.state.pending),
                    seed=seed,
                    cost=self._price(offered),
                    same=same,
                    label_noise=self._label_noise(offered),
                    target_weights=self._weights,
                )
                if status is not None and len(offered) == len(self.open):
                    self._statuses[self.model.targets[0]] = status
        return offered[indices], scores

    def _offered(self, n, repeats):
        offered = self.open
        if repeats:
            measured = self.states == MEASURED
            measured &= ~np.isin(self.first, list(self.state.failed))
            offered = np.flatnonzero((self.states == OPEN) | measured)
        if self.cost is not None:
            blank = np.isnan(self.cost[offered])
            if blank.any():
                label = self.X.index[offered[blank][0]]
                raise ValueError(
                    f"cost is blank for the candidate {label!r}, which could be "
                    "suggested: give its price."
                )
        n_different = len(np.unique(self.first[offered]))
        if n > n_different:
            raise ValueError(
                f"n is {n}, but {count(n_different, 'candidate')} can be suggested: "
                "the others are measured, pending, failed, or equal to one of these."
            )
        if self.same is not None:
            known = pd.Series(self.first[offered]).groupby(
                self.same.iloc[offered].to_numpy()
            )
            sizes = known.nunique()
            if not len(sizes) or sizes.max() < n:
                most = sizes.max() if len(sizes) else 0
                raise ValueError(
                    f"n is {n}, but no value of {self.settings.same!r} has more than "
                    f"{count(most, 'candidate')} left: ask for that many at most."
                )
        return offered

    @property
    def _tried(self):
        state = self.state
        return self._row(state.measured | state.pending | state.failed)

    def _row(self, rows):
        together = pd.concat([self.X, self.state.others])
        return together.iloc[np.array(sorted(rows), dtype=int)]

    def _price(self, offered):
        """Prices over the chances of success: the utility per price is multiplied."""
        if not self.settings.avoid_failures:
            return None if self.cost is None else self.cost[offered]
        state = self.state
        failed = state.failed - state.measured
        rows = sorted(failed | state.measured)
        chance = chance_of_success(
            self.columns,
            self._row(rows),
            np.isin(rows, sorted(failed)),
            self.X.iloc[offered],
        )
        price = np.ones(len(offered)) if self.cost is None else self.cost[offered]
        return price if chance is None else price / chance

    def _label_noise(self, offered):
        """Known variance of the label of each candidate; of others that on average."""
        columns = [self.settings.noise.get(target) for target in self.model.targets]
        variances = self.known.reindex(columns=columns).iloc[offered] ** 2
        if not variances.notna().any(axis=None):
            return None
        # Of a target without any, the noise that the model learned.
        rest = np.where(variances.isna().all(), self.model.unknown_noise(self.X), 0.0)
        variances = variances.fillna(variances.mean()).to_numpy()
        variances = np.where(np.isnan(variances), rest, variances)
        return variances if len(columns) > 1 else variances[:, 0]

    @property
    def _weights(self):
        if len(self.model.targets) == 1:
            return None
        return np.array([self.settings.weights[t] for t in self.model.targets])

    @cached_property
    def _statuses(self):
        """What gives that of the open candidates, where a suggestion passed it."""
        return {}

    # -- errors --------------------------------------------------------------------

    @cached_property
    def cv_error(self):
        """Error by cross-validation of each target that is learned."""
        if self.model is None:
            return {}
        misses = self.cross_validated - self.training.Y[self.model.targets].to_numpy()
        errors = np.sqrt(np.nanmean(misses**2, axis=0))
        return dict(zip(self.model.targets, errors.tolist(), strict=True))

    @cached_property
    def cross_validated(self):
        """Predictions of rows with a label that were left out, (n, learned targets)."""
        with one_thread():
            return self.model.cross_validated()

    @cached_property
    def expected_error(self):
        """Root mean square of the standard deviations at the reference rows."""
        if self.model is None:
            return {}
        with one_thread():
            _, std = self.model.predict(self.reference)
        errors = np.sqrt((std**2).mean(axis=0))
        return dict(zip(self.model.targets, errors.tolist(), strict=True))

    @cached_property
    def gain(self):
        """How far one more label is expected to bring the expected error down."""
        if self.model is None or not len(self.open):
            return dict.fromkeys(self.expected_error, 0.0)
        offered = self.X.iloc[self.open]
        found = {}
        with one_thread():
            for target, estimator in self.model.by_target():
                if target in self._statuses:
                    status = self._statuses[target]()
                else:
                    at("Reckoning what one more label buys")
                    status = pool_status(estimator, offered, X_reference=self.reference)
                # Of deviations in the units of the model; the part has none.
                part = status.gain / status.std if status.std > 0 else 0.0
                found[target] = part * self.expected_error[target]
        return found
