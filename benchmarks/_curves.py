"""Learning curves, kept in small files: one for each setting, a line for each curve.

``MODEL-STEP.csv.gz`` holds the columns of ``COLUMNS``: the number of first labels, the
root mean squared errors after them and after each further STEP labels, separated by
blanks, and mean seconds of a query and of a fit. Curves are appended as they come, as
further members of the gzip file, so that a run that is stopped loses none.
"""

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

COLUMNS = ("table", "seed", "strategy", "first", "rmse", "query_seconds", "fit_seconds")


@dataclass
class Curve:
    """Errors over labels; seconds are means, NaN where not measured."""

    model: str
    step: int
    table: str
    seed: int
    strategy: str
    first: int
    rmse: list = field(default_factory=list)
    query_seconds: float = np.nan
    fit_seconds: float = np.nan

    def key(self):
        return self.model, self.step, self.table, self.seed, self.strategy

    def rows(self):
        """Rows of labels, log RMSE, seconds of a query and of a fit."""
        n = len(self.rmse)
        return np.column_stack(
            [
                self.first + self.step * np.arange(n),
                np.log(self.rmse),
                np.full(n, self.query_seconds),
                np.full(n, self.fit_seconds),
            ]
        )


def load(directory):
    """All curves of a directory, in the order of their keys."""
    curves = {}
    for path in sorted(directory.glob("*-*.csv.gz")):
        model, step = path.name.removesuffix(".csv.gz").rsplit("-", 1)
        with gzip.open(path, "rt", newline="") as file:
            for row in csv.DictReader(file, COLUMNS):
                curve = _parsed(model, int(step), row)
                curves[curve.key()] = curve
    return [curves[key] for key in sorted(curves)]


def _parsed(model, step, row):
    return Curve(
        model,
        step,
        row["table"],
        int(row["seed"]),
        row["strategy"],
        int(row["first"]),
        [float(value) for value in row["rmse"].split()],
        float(row["query_seconds"]),
        float(row["fit_seconds"]),
    )


def finished(directory):
    """Keys of the curves that need not be run again."""
    return {curve.key() for curve in load(directory)}


def append(directory, curve):
    """Add a curve to the file of its setting."""
    with gzip.open(_path(directory, curve), "at", newline="") as file:
        csv.writer(file).writerow(_line(curve))


def pack(directory):
    """Write the files anew: sorted, each curve once, as small as they get.

    Not while a run appends to them.
    """
    settings = defaultdict(list)
    for curve in load(directory):
        settings[_path(directory, curve)].append(_line(curve))
    for path, lines in settings.items():
        whole = path.with_suffix(".new")
        # Neither name nor time, so that the same curves are the same bytes.
        with (
            whole.open("wb") as raw,
            gzip.GzipFile("", "wb", 9, raw, mtime=0) as file,
        ):
            text = [",".join(_quoted(cell) for cell in line) for line in lines]
            file.write("".join(f"{line}\n" for line in text).encode())
        whole.replace(path)


def add_table(directory, path, last):
    """Add the curves of a CSV file with a row for each point that are not there yet.

    Its columns: model, step, table, seed, strategy, labels, rmse, seconds (of a query).
    Points beyond ``last(model)`` labels are left out.
    """
    done = finished(directory)
    curves, seconds = {}, defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            key = (
                row["model"],
                int(row["step"]),
                row["table"],
                int(row["seed"]),
                row["strategy"],
            )
            if key in done or int(row["labels"]) > last(row["model"]):
                continue
            curve = curves.setdefault(key, Curve(*key, int(row["labels"])))
            if int(row["labels"]) != curve.first + curve.step * len(curve.rmse):
                raise SystemExit(f"{path}: labels of {key} are not evenly spaced.")
            curve.rmse.append(float(row["rmse"]))
            seconds[key].append(float(row["seconds"]))
    for key, curve in curves.items():
        curve.query_seconds = float(np.mean(seconds[key][1:] or [np.nan]))
        append(directory, curve)
    return len(curves)


def _path(directory, curve):
    return directory / f"{curve.model}-{curve.step}.csv.gz"


def _line(curve):
    return (
        curve.table,
        str(curve.seed),
        curve.strategy,
        str(curve.first),
        " ".join(f"{value:.5g}" for value in curve.rmse),
        f"{curve.query_seconds:.3g}",
        f"{curve.fit_seconds:.3g}",
    )


def _quoted(cell):
    return f'"{cell}"' if "," in cell else cell
