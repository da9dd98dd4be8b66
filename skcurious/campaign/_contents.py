"""A campaign as tables and facts, and back."""

import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from skcurious._frames import is_polars
from skcurious.campaign import _storage
from skcurious.campaign._files import kind_of, restored, restored_polars
from skcurious.campaign._fit import check_model
from skcurious.campaign._runs import FAILED, PENDING
from skcurious.campaign._settings import Settings, prices
from skcurious.campaign._state import ROUND, ROW, State
from skcurious.campaign._table import Columns, to_pandas

# Columns that say which row a line is about.
WHICH = ("table", "position", "label")


def save(campaign, folder, saved):
    """Write a campaign; returns where it is, and its generation there."""
    place = str(Path(folder).resolve())
    generation = saved[1] if saved is not None and saved[0] == place else None
    return place, _storage.save(*_taken_apart(campaign), folder, generation)


def _taken_apart(campaign):
    table, state = campaign._table, campaign._state
    header = table.index.name if isinstance(table.index.name, str) else "row"
    while header in table:
        header = f"{header}_"
    tables = {
        "candidates": _put_before(table, {header: table.index}),
        "measurements": _log(campaign),
    }
    if len(state.others):
        tables["others"] = state.others
    if state.pending or state.failed:
        tables["marks"] = _marks(campaign)
    if campaign._cost is not None and campaign._settings.cost is None:
        tables["prices"] = pd.DataFrame({"price": campaign._cost})
    given = campaign._given
    facts = {
        "package": "polars" if is_polars(given) else "pandas",
        "index": {"name": table.index.name, **kind_of(table.index)},
        "types": [[name, kind_of(given[name])] for name in given.columns],
        "model": campaign._model if isinstance(campaign._model, str) else None,
        "settings": asdict(campaign._settings),
        "columns": asdict(campaign._columns),
        "history": [
            [n, *(None if math.isnan(e) else e for e in errors)]
            for n, errors in sorted(campaign._history.items())
        ],
    }
    return tables, facts


def _put_before(frame, columns):
    """A frame with columns of ours before those of the user, whatever their names."""
    ours = pd.DataFrame({name: list(cells) for name, cells in columns.items()})
    return pd.concat([ours, frame.reset_index(drop=True)], axis=1)


def _which(campaign, rows):
    index, n = campaign._X.index, len(campaign._X)
    return {
        "table": ["candidates" if row < n else "others" for row in rows],
        "position": [row if row < n else row - n for row in rows],
        "label": [index[row] if row < n else None for row in rows],
    }


def _log(campaign):
    state = campaign._state
    rows = state.log[ROW].tolist()
    X = pd.concat([campaign._X, state.others]).iloc[rows]
    rest = state.log.drop(columns=[ROUND, ROW]).set_axis(X.index)
    ours = {"round": state.log[ROUND], **_which(campaign, rows)}
    return _put_before(pd.concat([X, rest], axis=1), ours)


def _marks(campaign):
    state = campaign._state
    rows = [*sorted(state.pending), *sorted(state.failed)]
    words = [PENDING] * len(state.pending) + [FAILED] * len(state.failed)
    X = pd.concat([campaign._X, state.others]).iloc[rows]
    return _put_before(X, {"state": words, **_which(campaign, rows)})


def load(cls, folder, model):
    """Read a campaign.

    Parameters
    ----------
    cls : type
        Of the campaign.
    folder : path
    model : str, estimator or None
        None for that of the folder.
    """
    if model is not None:
        check_model(model)
    tables, facts = _storage.load(folder)
    candidates = tables.pop("candidates")
    tables = {stem: cells.astype(object) for stem, cells in tables.items()}
    if model is None:
        model = facts["model"]
    if model is None:
        raise ValueError(
            f"the model of the campaign in {str(folder)!r} was an estimator, which no "
            "plain file holds: pass it again as model=."
        )
    settings = Settings(**facts["settings"])
    columns = Columns(**facts["columns"])
    candidates, table = _candidates(candidates, facts)
    cost = prices(settings.cost, table)
    if "prices" in tables:
        cost = _floats(tables["prices"]["price"]).to_numpy()
    campaign = cls.__new__(cls)
    campaign._set(candidates, table, settings, columns, cost, model)
    campaign._replace(_state(tables, campaign._state, columns, len(table)))
    campaign._history = {
        n: [np.nan if e is None else e for e in errors]
        for n, *errors in facts["history"]
    }
    place = str(Path(folder).resolve())
    campaign._saved = place, facts["generation"]
    return campaign


def _candidates(cells, facts):
    index = restored(cells.iloc[:, 0], facts["index"])
    index = pd.Index(index).rename(facts["index"]["name"])
    strings = cells.iloc[:, 1:]
    types = facts["types"]
    if facts["package"] == "polars":
        import polars as pl

        frame = pl.DataFrame(
            {
                name: restored_polars(strings.iloc[:, place], kind)
                for place, (name, kind) in enumerate(types)
            }
        )
        return frame, to_pandas(frame, "candidates")
    frame = pd.DataFrame(
        {
            name: restored(strings.iloc[:, place], kind).set_axis(index)
            for place, (name, kind) in enumerate(types)
        },
        index=index,
    )
    return frame, frame


def _state(tables, empty, columns, n_candidates):
    others = empty.others
    if "others" in tables:
        others = tables["others"].copy()
        for name in columns.numbers:
            others[name] = _floats(others[name])
    cells = tables["measurements"]
    log = pd.DataFrame(
        {
            ROUND: cells.iloc[:, 0].astype(int),
            ROW: _rows(cells.iloc[:, 1:3], n_candidates),
        }
    )
    ours = len(WHICH) + 1 + len(columns.used)
    for place, name in enumerate(list(empty.log)[2:]):
        log[name] = _floats(cells.iloc[:, ours + place])
    marks = {PENDING: frozenset(), FAILED: frozenset()}
    if "marks" in tables:
        cells = tables["marks"]
        rows = _rows(cells.iloc[:, 1:3], n_candidates)
        words = cells.iloc[:, 0].to_numpy()
        marks = {word: frozenset(rows[words == word].tolist()) for word in marks}
    return State(others, log, marks[PENDING], marks[FAILED])


def _rows(which, n_candidates):
    position = which.iloc[:, 1].to_numpy(dtype=str).astype(int)
    return position + n_candidates * (which.iloc[:, 0] == "others").to_numpy()


def _floats(cells):
    return restored(cells, {"dtype": "float64"})
