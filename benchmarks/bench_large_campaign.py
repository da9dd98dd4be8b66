"""What a campaign of many candidates costs.

Of 50,000 candidates in 30 columns (26 numbers, one with a unit, three of categories)
200 have a label.

    ratio    a folder opened, its model fitted and ten rows chosen, over the fit of the
             same regressor and the same query on a matrix of floats, in turns; median
    seconds  each step of a day's work: a table made a folder, opened, asked for rows,
             for its status, for a page, given results, and asked again
    memory   the largest of the process after each step

Run with ``python benchmarks/bench_large_campaign.py [--rows 50000] [--repeats 3]``.
"""

import argparse
import contextlib
import io
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _timing import report
from threadpoolctl import threadpool_limits

from skcurious import default_regressor
from skcurious.__main__ import main
from skcurious.campaign import Campaign
from skcurious.campaign._picks import reference_rows
from skcurious.query import expected_curiosity_reduction

N_NUMBERS, CATEGORIES = 26, {"solvent": 8, "base": 4, "ligand": 20}
N_LABELS, N_NEXT = 200, 10
# How much longer a campaign may take than the same on a matrix.
GOAL = 1.5


def made(n_rows):
    """Candidates as a spreadsheet has them, some with a label."""
    rng = np.random.default_rng(0)
    columns = {
        f"x{j}": (rng.normal(size=n_rows) * (j + 1)).round(4) for j in range(N_NUMBERS)
    }
    heat = rng.uniform(20, 200, n_rows)
    columns["heat"] = [f"{value:.1f} °C" for value in heat]
    for name, n_values in CATEGORIES.items():
        codes = rng.integers(n_values, size=n_rows)
        columns[name] = np.array([f"{name}-{k}" for k in range(n_values)])[codes]
    table = pd.DataFrame(columns)
    y = np.sin(table["x0"]) + (heat - 100) / 50 * (table["solvent"] == "solvent-1")
    y = (y + 0.1 * rng.normal(size=n_rows)).round(3)
    return table, y, rng.choice(n_rows, N_LABELS, replace=False)


def bare(table):
    """The same as floats."""
    numbers = table.assign(heat=table["heat"].str.removesuffix(" °C").astype(float))
    return pd.get_dummies(numbers, columns=list(CATEGORIES)).to_numpy(np.float64)


def on_a_matrix(X, y, labelled):
    """Fit, and choose rows."""
    reference = reference_rows(pd.DataFrame(X), 0).to_numpy()
    rest = np.setdiff1d(np.arange(len(X)), labelled)
    with threadpool_limits(1):  # as campaigns do
        model = default_regressor(X, random_state=0).fit(X[labelled], y[labelled])
        expected_curiosity_reduction(
            model, X[rest], N_NEXT, X_reference=reference, unique=True, random_state=0
        )


def quietly(*arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        main(list(map(str, arguments)))


def day(folder, path, labels):
    """Every step with its seconds, and the memory so far."""
    start = time.perf_counter()

    def done(what):
        nonlocal start
        seconds = time.perf_counter() - start
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size /= 2**30 if sys.platform == "darwin" else 2**20
        print(f"{what:40s} {seconds:8.2f} s   {size:5.2f} GiB", flush=True)
        start = time.perf_counter()

    quietly("init", folder, "--candidates", path, "--target", "y")
    done("a table read, a folder made")
    campaign = Campaign.load(folder)
    done("opened")
    rows = campaign.suggest(N_NEXT)
    done(f"{N_NEXT} rows, with the fit")
    campaign.status()
    done("status, after that")
    campaign.report(Path(folder) / "next.html", rows=rows)
    done("page, after that")
    lines = rows.index
    frame = pd.DataFrame({"y": labels.to_numpy()[lines - 2]}, index=lines)
    campaign.add(frame).save(folder)
    done("results taken, and saved")
    Campaign.load(folder).status()
    done("opened again, and its status")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    table, labels, labelled = made(options.rows)
    with tempfile.TemporaryDirectory() as place:
        path, folder = Path(place) / "candidates.csv", Path(place) / "folder"
        table.assign(y=labels.where(labels.index.isin(labelled))).to_csv(
            path, index=False
        )
        day(folder, path, labels)
        X, y = bare(table), labels.to_numpy()
        report(
            "open, fit, choose / the same on a matrix",
            GOAL,
            lambda: Campaign.load(folder).suggest(N_NEXT),
            lambda: on_a_matrix(X, y, labelled),
            options.repeats,
        )
