"""A campaign of experiments as one object."""

from numbers import Integral

import numpy as np
import pandas as pd

from skcurious._frames import is_polars
from skcurious._warnings import warn
from skcurious.campaign._contents import load, save
from skcurious.campaign._files import check_path
from skcurious.campaign._fit import FEWEST_LABELS, check_model
from skcurious.campaign._outlook import Outlook
from skcurious.campaign._progress import at
from skcurious.campaign._results import Rows, deviations, record
from skcurious.campaign._runs import FAILED, MEASURED, PENDING
from skcurious.campaign._settings import check_flag, check_settings, prices
from skcurious.campaign._state import OPEN, ROUND, ROW, State
from skcurious.campaign._status import CampaignStatus, advice
from skcurious.campaign._table import as_given, as_series, describe, encode, to_pandas


class Campaign:
    """What was measured, what is under way, and what to measure next.

    The aim is a model that is right for all candidates, not the candidate with the
    best value of a target: to look for that, use an optimiser.

    Parameters
    ----------
    candidates : DataFrame of pandas or polars of shape (n_candidates, n_columns)
        What could be measured. Columns of numbers are numbers, all others categories;
        blanks are allowed. Rows are named by the index of pandas, which has to be
        unique, or by their position. If it has columns for targets, what is in them
        counts as the first results.
    targets : str or list of str
        Columns to predict.
    weights : dict or array-like of shape (n_targets,), default=None
        What each of several targets counts, in units of its own variance; None for 1.
    cost : str or array-like of shape (n_candidates,), default=None
        Column with the price of each candidate, not learnt from, or the prices.
        Candidates that teach most for their price are suggested, once there is a
        model.
    same : str, default=None
        Column whose value the rows of one suggestion share, as the wells of a plate
        share a temperature. It is learnt from, unless it is ignored.
    noise : str or dict of str to str, default=None
        Column with the standard deviation of the label of each row, in units of the
        target; for several targets one for each of some. It is looked for in the
        results first, and then in the candidates.
    ignore : sequence of str, default=()
        Columns not to learn from.
    categories : sequence of str, default=()
        Columns whose numbers are names.
    model : {'auto', 'gaussian-process', 'kernel-ridge', 'ridge', 'mlp'} or estimator, \
            default='auto'
        What learns. 'auto' is :func:`~skcurious.default_regressor`, which did best in
        the package's benchmark, and with more than 1,000 labels kernel ridge, with
        more than 2,000 ridge regression. An estimator is given a DataFrame of
        floats and strings; known noise is for Gaussian processes only.
    avoid_failures : bool, default=False
        Whether the utility of a candidate is multiplied by its probability not to
        fail, of a logistic regression, once five rows failed and five others did not.
    random_state : int, default=0
        Of the folds, and of all that is drawn.

    Attributes
    ----------
    left_out : dict of str to str
        Columns of the candidates that tell nothing, and why.

    See Also
    --------
    skcurious.query.expected_curiosity_reduction : What chooses, once there is a model.
    skcurious.query.initial_design : What chooses before.

    Notes
    -----
    A candidate is *open*, *pending* (being measured), *measured*, or *failed*; only
    open ones are suggested. Rows that are equal to 12 digits in all columns that are
    learnt from are one row. Labels of one row are averaged, each with the inverse of
    its variance where these are known. Where at least five replicates are there beyond
    the first of their rows, their pooled scatter stands for what is not known.

    A model takes five rows with labels that differ; before, the suggestions are a
    design that covers the candidates. The same campaign gives the same suggestion in
    every process, up to the rounding of other processors.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcurious.campaign import Campaign
    >>> candidates = pd.DataFrame({"time": range(20), "solvent": ["THF", "water"] * 10})
    >>> campaign = Campaign(candidates, "yield")
    >>> rows = campaign.suggest(6, mark=True)
    >>> campaign = campaign.add(rows.assign(**{"yield": rows["time"] ** 0.5}))
    >>> status = campaign.status()
    >>> status.n_measured, status.n_open
    (6, 14)
    >>> list(campaign.suggest(2))
    ['time', 'solvent', 'prediction', 'std', 'score']
    """

    def __init__(
        self,
        candidates,
        targets,
        *,
        weights=None,
        cost=None,
        same=None,
        noise=None,
        ignore=(),
        categories=(),
        model="auto",
        avoid_failures=False,
        random_state=0,
    ):
        table = to_pandas(candidates, "candidates")
        settings = check_settings(
            table,
            targets,
            weights,
            cost,
            same,
            noise,
            ignore,
            categories,
            avoid_failures,
            random_state,
        )
        check_model(model)
        columns = describe(table, settings.features(table), settings.categories)
        self._set(candidates, table, settings, columns, prices(cost, table), model)
        if any(target in table for target in settings.targets):
            self._take_labels(table)

    def _set(self, candidates, table, settings, columns, cost, model):
        """Everything that does not change later."""
        drop = [target for target in settings.targets if target in table]
        polars = is_polars(candidates)
        self._given = candidates.drop(drop) if polars else table.drop(columns=drop)
        self._table = table.drop(columns=drop)
        self._settings = settings
        self._columns = columns
        self._cost = cost
        self._model = model
        self._X = encode(table, columns, "candidates")
        self._rows = Rows(self._X, columns)
        self._rows.check_blank(self._X, "candidates")
        noise = set(settings.noise.values())
        self._known = pd.DataFrame(
            {
                name: deviations(table[name], name, "candidates")
                for name in sorted(noise)
                if name in table
            },
            index=range(len(table)),
        )
        log = [ROUND, ROW, *settings.targets, *sorted(noise)]
        self._state = State(
            self._X.iloc[:0].reset_index(drop=True), pd.DataFrame(columns=log)
        )
        self._history = {}
        self._saved = None
        self._outlook = self._look()

    def _look(self):
        settings = self._settings
        return Outlook(
            self._X,
            self._rows.first,
            self._columns,
            settings,
            self._cost,
            self._known,
            None if settings.same is None else self._table[settings.same],
            self._model,
            self._state,
        )

    def _take_labels(self, table):
        some = [target for target in self._settings.targets if target in table]
        rows = table[table[some].notna().any(axis=1)]
        if len(rows):
            self._take(rows)

    @property
    def _labelled(self):
        settings = self._settings
        known = list(self._known)
        return {"targets": settings.targets, "noise": settings.noise, "known": known}

    def _replace(self, state):
        self._state = state
        self._outlook = self._look()

    def __repr__(self):
        states = self.states
        counts = [f"{(states == s).sum():,} {s}" for s in ("open", "measured")]
        return f"<Campaign for {', '.join(self.targets)}: {', '.join(counts)}>"

    # -- what happened -----------------------------------------------------------

    @property
    def left_out(self):
        """Columns that tell nothing, and why."""
        return dict(self._columns.left_out)

    @property
    def targets(self):
        """Columns to predict."""
        return list(self._settings.targets)

    @property
    def states(self):
        """State of each candidate: 'open', 'pending', 'measured' or 'failed'."""
        found = self._outlook.states
        return pd.Series(found, index=self._X.index, name="state", dtype=object)

    @property
    def measurements(self):
        """All results, one line each; see :meth:`remove` for their numbers."""
        log = self._state.log
        rows = log[ROW].to_numpy(dtype=int)
        labels = [*self._X.index, *[None] * len(self._state.others)]
        X = pd.concat([self._X, self._state.others]).iloc[rows].reset_index(drop=True)
        frame = pd.concat([X, log.drop(columns=[ROUND, ROW])], axis=1)
        own = {
            "round": log[ROUND],
            "row": pd.Series([labels[row] for row in rows], dtype=object),
        }
        for place, (name, cells) in enumerate(own.items()):
            while name in frame:  # a column of the user
                name = f"{name}_"
            frame.insert(place, name, cells)
        return as_given(self._given, frame)

    def add(self, measurements):
        """Take results.

        A row is pending or failed no more when it has a result. Several results of
        one row are replicates; rows that are no candidates are learnt from, too.

        Parameters
        ----------
        measurements : DataFrame of pandas or polars
            Targets (some of them, or all), with all columns that are learnt from, or
            with the index of candidates and none of them; others are not looked at.
            In place of a number "failed" (or any other word) and "pending" mark a row
            without a result; a blank cell says nothing.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        TypeError
            When it is no DataFrame.
        ValueError
            When it cannot be understood; then nothing is taken.

        Warns
        -----
        UserWarning
            When all results were there already, the same labels of the same rows.
        """
        frame = to_pandas(measurements, "measurements")
        self._check_named(measurements, "measurements")
        n_before = len(self._state.log)
        self._take(frame)
        if self._state.repeats(n_before, self.targets):
            n = len(self._state.log)
            warn(
                f"all results of this call ({n - n_before}) were there already, the "
                "same labels for the same rows: they count as replicates now, whose "
                "scatter is zero. If nothing was measured again, "
                f"campaign.remove(range({n_before}, {n})) takes them back."
            )
        return self

    def _take(self, frame):
        self._replace(record(self._state, self._rows, frame, **self._labelled))

    def remove(self, lines):
        """Take results back, by their lines in :attr:`measurements`.

        Parameters
        ----------
        lines : int or sequence of int
            Positions in :attr:`measurements`, from 0, as its index has them, and no
            labels of candidates. Lines after them move up.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        ValueError
            When there is no such line.

        Examples
        --------
        >>> import pandas as pd
        >>> from skcurious.campaign import Campaign
        >>> table = pd.DataFrame({"time": range(9)}, index=[f"r{i}" for i in range(9)])
        >>> campaign = Campaign(table, "yield")
        >>> campaign = campaign.add(table[:3].assign(**{"yield": [1.0, 913.0, 3.0]}))
        >>> results = campaign.measurements
        >>> wrong = results.index[results["row"] == "r1"]
        >>> list(wrong)
        [1]
        >>> list(campaign.remove(wrong).measurements["row"])
        ['r0', 'r2']
        """
        n = len(self._state.log)
        given = list(lines) if np.iterable(lines) else [lines]
        if any(
            not isinstance(line, Integral)
            or isinstance(line, (bool, np.bool_))
            or not 0 <= line < n
            for line in given
        ):
            known = f"from 0 to {n - 1}" if n else "of which there are none yet"
            raise ValueError(
                f"lines must be whole numbers of measurements, {known}, got {lines!r}."
            )
        self._forget([(line, target) for line in given for target in self.targets])
        return self

    def _forget(self, labels):
        """Take labels back, each told by its line of the log and its target."""
        lines = sorted({line for line, _ in labels})
        first = self._state.log[ROUND].iloc[lines].min() if lines else np.inf
        self._history = {r: v for r, v in self._history.items() if r < first}
        self._replace(self._state.without(labels, self.targets))

    def mark_pending(self, rows):
        """Say that rows are being measured.

        Parameters
        ----------
        rows : DataFrame, index label or sequence of labels
            Candidates, as :meth:`suggest` returned them or by their index.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        ValueError
            When a row is no candidate.
        """
        return self._mark(rows, PENDING)

    def mark_failed(self, rows):
        """Say that rows gave no result; they are not suggested again.

        A row with a result stays measured: see :meth:`remove`.

        Parameters
        ----------
        rows : DataFrame, index label or sequence of labels
            As for :meth:`mark_pending`.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        ValueError
            When a row is no candidate.
        """
        return self._mark(rows, FAILED)

    def unmark(self, rows):
        """Say that rows are neither pending nor failed.

        Parameters
        ----------
        rows : DataFrame, index label or sequence of labels
            As for :meth:`mark_pending`.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        ValueError
            When a row is no candidate.
        """
        return self._mark(rows, OPEN)

    def _mark(self, rows, what):
        self._check_named(rows, "rows")
        found = self._rows.given(rows, "rows")
        self._replace(self._state.marked(found.tolist(), what))
        return self

    def _check_named(self, frame, name):
        used = self._columns.used
        if is_polars(frame) and not any(column in frame.columns for column in used):
            raise ValueError(
                f"{name} has none of the columns that are learnt from, and rows of "
                "polars have no index: give these columns, too."
            )

    # -- what to do next -----------------------------------------------------------

    def suggest(self, n=1, *, mark=False, repeats=False):
        """Choose the candidates to measure next, the most useful first.

        Parameters
        ----------
        n : int, default=1
            How many.
        mark : bool, default=False
            Whether to mark them as pending, so that the next suggestion reckons with
            their results.
        repeats : bool, default=False
            Whether rows that have a result are measured again where that teaches more
            than a new row, as with noisy labels it may; once there is a model.

        Returns
        -------
        rows : DataFrame of the kind of the candidates
            Their rows, with the columns ``prediction`` and ``std`` (of several
            targets ``prediction_NAME`` and ``std_NAME``), NaN before there is a
            model, and ``score``: what the label is worth once those before it are
            known, 100 for the first; a later one has more where those before it make
            it worth more.

        Raises
        ------
        ValueError
            When there are not as many to choose from.
        """
        _check_number(n)
        check_flag(mark, "mark")
        positions, scores = self._outlook.suggest(
            int(n), check_flag(repeats, "repeats")
        )
        rows = self._with_predictions(positions, 100 * scores / (scores[0] or 1.0))
        if mark:
            rows_first = self._rows.first[positions]
            self._replace(self._state.marked(rows_first.tolist(), PENDING))
        return rows

    def predictions(self):
        """Predict all candidates.

        Returns
        -------
        rows : DataFrame of the kind of the candidates
            All of them, with the same columns as :meth:`suggest` adds, but ``score``.
        """
        return self._with_predictions(np.arange(len(self._X)))

    def _with_predictions(self, positions, scores=None):
        mean, std = self._outlook.predict(positions)
        values = np.stack([mean, std], axis=2).reshape(len(positions), -1)
        added = dict(zip(self._settings.added, values.T, strict=False))
        if scores is not None:
            added["score"] = scores
        if is_polars(self._given):
            rows = self._given[positions.tolist()]
            return rows.with_columns(**as_series(added))
        return self._given.iloc[positions].assign(**added)

    @property
    def estimator_(self):
        """The fitted model, for whatever asks about one."""
        self._check_model()
        return self._outlook.model.estimator

    @property
    def X_pool_(self):
        """All candidates, as :attr:`estimator_` takes them."""
        return self._X.copy()

    @property
    def X_labelled_(self):
        """Rows with a label, as :attr:`estimator_` was given them."""
        return self._outlook.training.X.copy()

    @property
    def y_(self):
        """Labels of :attr:`X_labelled_`, averaged: one column for each target."""
        return self._outlook.training.Y.set_axis(self.X_labelled_.index)

    def _check_model(self):
        if self._outlook.model is None:
            raise ValueError(
                f"there is no model yet: it takes {FEWEST_LABELS} rows with labels "
                "that differ, so add some first."
            )

    # -- how it stands ---------------------------------------------------------------

    def status(self):
        """How many rows are what, how good the model is, and when to stop.

        Returns
        -------
        status : CampaignStatus
            Counts, errors in units of the targets, and a sentence.
        """
        look, counts = self._outlook, self.states.value_counts()
        return CampaignStatus(
            *(int(counts.get(s, 0)) for s in (OPEN, MEASURED, PENDING, FAILED)),
            n_labels=len(self._state.log),
            n_rounds=self._state.n_rounds,
            cv_error=look.cv_error,
            expected_error=look.expected_error,
            gain=look.gain,
            scatter={t: s for t, s in look.training.scatter.items() if s == s},
            advice=advice(
                len(look.open),
                look.training.counts().to_dict(),
                look.expected_error,
                look.gain,
            ),
        )

    def history(self):
        """How good the model was after each round of results.

        Past rounds are fitted again, once: what is saved has them.

        Returns
        -------
        history : DataFrame of the kind of the candidates
            ``round``, ``n_labels``, and ``cv_error`` and ``expected_error`` as in
            :class:`CampaignStatus` (of several targets ``cv_error_NAME`` and
            ``expected_error_NAME``), NaN before there was a model.
        """
        log, targets = self._state.log, self.targets
        lines = []
        for n in sorted(set(log[ROUND])):
            if n not in self._history:
                at(f"Fitting the model after round {n} of {self._state.n_rounds}")
                self._history[n] = self._errors_after(n)
            lines.append([n, int((log[ROUND] <= n).sum()), *self._history[n]])
        ends = [""] if len(targets) == 1 else [f"_{target}" for target in targets]
        names = [f"{kind}{e}" for e in ends for kind in ("cv_error", "expected_error")]
        frame = pd.DataFrame(lines, columns=["round", "n_labels", *names])
        return as_given(self._given, frame)

    def _errors_after(self, n_rounds):
        look = self._outlook
        if n_rounds < self._state.n_rounds:
            look = look.until(n_rounds)
        return [
            errors.get(target, np.nan)
            for target in self.targets
            for errors in (look.cv_error, look.expected_error)
        ]

    def plot_history(self, ax=None):
        """Draw :meth:`history`.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure.

        Returns
        -------
        display : CampaignHistoryDisplay
            What was drawn.
        """
        from skcurious.inspection import CampaignHistoryDisplay

        return CampaignHistoryDisplay.from_campaign(self, ax=ax)

    # -- files -------------------------------------------------------------------------

    def report(self, path, n=5, *, rows=None):
        """Write how it stands into one file of HTML, for a browser and for paper.

        What to measure next and why, what one more label buys, predictions against
        labels by cross-validation, a map of the candidates, which columns matter, what
        was read as what, and :meth:`history`. The file loads nothing from anywhere.

        Parameters
        ----------
        path : path
            Of the file, in a folder that exists; an old one is replaced.
        n : int, default=5
            How many rows to suggest; fewer where there are no more.
        rows : DataFrame, default=None
            What :meth:`suggest` returned, in place of a new suggestion: needed where
            it has marked them as pending.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        ValueError
            When nothing can be written there, or nothing be suggested, for example
            because of a blank price.
        """
        from skcurious.campaign._report import write_report

        check_path(path, "path")
        write_report(self._subject(n, rows), path)
        return self

    def _subject(self, n, rows):
        """What a report is about."""
        from skcurious.campaign._report import Subject, next_rows

        _check_number(n)
        if rows is None:
            positions, scores = next_rows(self._outlook, int(n))
        else:
            positions = self._rows.given(rows, "rows")
            if "score" not in rows:
                raise ValueError(
                    "rows has no column 'score': pass what suggest() returned."
                )
            scores = np.asarray(rows["score"], dtype=float)
        return Subject(
            self._table, self._outlook, self.status(), self.history(), positions, scores
        )

    def save(self, folder):
        """Write everything into a folder, as CSV and JSON.

        A crash at any moment leaves what was saved before, or all of this: files get
        new names, and the one that names them is replaced last.

        Parameters
        ----------
        folder : path
            Made if need be.

        Returns
        -------
        self : Campaign
            The same campaign.

        Raises
        ------
        ValueError
            When the folder holds another campaign, or one that lost its
            ``campaign.json``, or has been written since this one was loaded from it or
            saved in it.
        """
        if check_path(folder, "folder").is_file():
            raise ValueError(f"folder is the file {str(folder)!r}: name a folder.")
        self._saved = save(self, folder, self._saved)
        return self

    @classmethod
    def load(cls, folder, *, model=None):
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        folder : path
            The same.
        model : str or estimator, default=None
            Another model, and the only way to have an estimator again, which no plain
            file holds.

        Returns
        -------
        campaign : Campaign
            As it was saved.

        Raises
        ------
        FileNotFoundError
            When there is no campaign.
        ValueError
            When it cannot be read, or a file was changed since it was written, or its
            model was an estimator and none is given.
        """
        check_path(folder, "folder")
        return load(cls, folder, model)


def _check_number(n):
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
        raise ValueError(f"n must be a whole number of at least 1, got {n!r}.")
