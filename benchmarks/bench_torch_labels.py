"""Label efficiency of a torch network of 3 x 128 units: 100 to 1,000 labels.

Each strategy on the network of the package that it comes from, beside random labels on
the same network:

    curiosity    the default, skcurious.query.expected_curiosity_reduction, on
                 skcurious.torch.CuriousNetRegressor
    LCMD, BAIT   of bmdal-reg (Holzmueller et al. 2023) with its paper's options, on its
                 own network, which keeps a tenth of the labels for validation

Run with ``python benchmarks/bench_torch_labels.py run DIRECTORY results.csv`` for the
tables ``NAME.csv.gz`` of a directory (the last column the target), and ``show
results.csv`` for what came out. Rows are appended; curves that are whole are kept.
"""

import argparse
import contextlib
import csv
import io
import multiprocessing
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

TABLES = ("sml", "protein", "kin40k")
STRATEGIES = ("random", "curiosity", "random (bmdal)", "LCMD", "BAIT")
FIELDS = ("table", "seed", "strategy", "n_labels", "rmse", "device", "seconds")
STEP, END = 100, 1_000
LARGEST_POOL, LARGEST_TEST = 10_000, 4_000
UNITS = [128, 128, 128]
N_STEPS, BATCH_SIZE = 2_000, 64


def problem(directory, table, seed):
    """Pool and test rows, standardised by the pool."""
    data = np.loadtxt(Path(directory) / f"{table}.csv.gz", delimiter=",")
    order = np.random.default_rng(seed).permutation(len(data))
    n_pool = min(LARGEST_POOL, int(0.8 * len(data)))
    pool = data[order[:n_pool]]
    test = data[order[n_pool : n_pool + LARGEST_TEST]]
    mean, spread = pool.mean(axis=0), pool.std(axis=0)
    spread[spread == 0] = 1
    pool, test = (np.clip((part - mean) / spread, -5, 5) for part in (pool, test))
    pool, test = pool.astype(np.float32), test.astype(np.float32)
    return pool[:, :-1], pool[:, -1], test[:, :-1], test[:, -1]


def curious_network(n_features, n_labels, seed, device):
    import torch
    from skorch.callbacks import LRScheduler
    from torch import nn

    from skcurious.torch import CuriousNetRegressor

    torch.manual_seed(seed)
    layers, size = [], n_features
    for width in UNITS:
        layers += [nn.Linear(size, width), nn.SiLU()]
        size = width
    epochs = N_STEPS // -(-n_labels // BATCH_SIZE)
    decay = LRScheduler(
        torch.optim.lr_scheduler.LinearLR,
        start_factor=1.0,
        end_factor=0.0,
        total_iters=epochs,
    )
    return CuriousNetRegressor(
        nn.Sequential(*layers, nn.Linear(size, 1)),
        alpha=0.1,
        optimizer=torch.optim.Adam,
        lr=3e-3,
        max_epochs=epochs,
        batch_size=BATCH_SIZE,
        iterator_train__shuffle=True,
        callbacks=[decay],
        train_split=None,
        verbose=0,
        device=device,
    )


def bmdal_network(seed, device):
    vars(np).setdefault("Inf", np.inf)  # bmdal-reg 3.0.2 needs the old name
    from bmdal_reg.nn_interface import NNRegressor

    return NNRegressor(hidden_sizes=UNITS, seed=seed, device=device)


def query(strategy, model, X, y, labelled, pool, seed, device):
    """Positions in the pool."""
    if strategy.startswith("random"):
        return np.random.default_rng(seed).choice(len(pool), STEP, replace=False)
    if strategy == "curiosity":
        from skcurious.query import expected_curiosity_reduction

        return expected_curiosity_reduction(model, X[pool], STEP, random_state=seed)[0]
    import torch
    from bmdal_reg.bmdal.algorithms import select_batch
    from bmdal_reg.bmdal.feature_data import TensorFeatureData

    options = {
        "LCMD": {
            "selection_method": "lcmd",
            "sel_with_train": True,
            "kernel_transforms": [("rp", [512])],
        },
        "BAIT": {
            "selection_method": "bait",
            "overselection_factor": 2.0,
            "bait_sigma": 0.1,
            "allow_float64": True,
            "kernel_transforms": [("rp", [512]), ("train", [0.1, None])],
        },
    }
    torch.manual_seed(seed)
    rows = torch.as_tensor(X, device=device)
    rows = 5 * torch.tanh(0.2 * (rows - model.means_) / (model.stds_ + 1e-30))
    labels = torch.as_tensor(y[labelled], device=device)[:, None]
    indices, _ = select_batch(
        batch_size=STEP,
        models=[model.model_.get_single_model(0)],
        data={
            "train": TensorFeatureData(rows[labelled]),
            "pool": TensorFeatureData(rows[pool]),
        },
        y_train=labels,
        base_kernel="grad",
        **options[strategy],
    )
    return indices.cpu().numpy()


def curve(directory, table, seed, strategy, device, end=END):
    """Yield a row for each number of labels."""
    X, y, X_test, y_test = problem(directory, table, seed)
    labelled = np.random.default_rng(1_000 + seed).permutation(len(X))[:STEP]
    while True:
        start = time.perf_counter()
        ours = strategy in ("random", "curiosity")
        if ours:
            model = curious_network(X.shape[1], len(labelled), seed, device)
        else:
            model = bmdal_network(seed, device)
        with contextlib.redirect_stdout(io.StringIO()):  # a dot for each epoch
            model.fit(X[labelled], y[labelled])
        error = np.ravel(model.predict(X_test)) - y_test
        rmse = float(np.sqrt(np.mean(np.square(error))))
        n_labels = len(labelled)
        if n_labels < end:
            pool = np.setdiff1d(np.arange(len(X)), labelled)
            arguments = (X, y, labelled, pool, 100 * seed + n_labels // STEP, device)
            picked = query(strategy, model, *arguments)
            labelled = np.concatenate([labelled, pool[picked]])
        spent = f"{time.perf_counter() - start:.2f}"
        yield (table, seed, strategy, n_labels, f"{rmse:.5f}", device, spent)
        if n_labels >= end:
            return


def set_up(path, lock):
    work.path, work.lock = path, lock


def work(task):
    """A curve, whose rows are written as they come."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    try:
        for row in curve(*task):
            with work.lock, work.path.open("a", newline="") as file:
                csv.writer(file).writerow(row)
    except Exception as error:  # one that fails must not stop the others
        return f"{task[1:4]}: {type(error).__name__}: {error}"
    return f"{task[1:4]}: {row[4]} at {row[3]} labels"


def run(options):
    path, done = Path(options.results), set()
    if path.exists():
        done = {
            (row["table"], row["seed"], row["strategy"])
            for row in read(path)
            if row["n_labels"] >= options.end
        }
    else:
        path.write_text(",".join(FIELDS) + "\n")
    tasks = [
        (options.directory, table, seed, strategy, options.device, options.end)
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for table in options.tables
        for strategy in options.strategies
        if (table, seed, strategy) not in done
    ]
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    shared = (path, context.Lock())
    with context.Pool(options.jobs, initializer=set_up, initargs=shared) as pool:
        for note in pool.imap_unordered(work, tasks):
            print(f"{time.perf_counter() - START:5.0f} s  {note}", flush=True)


def read(path):
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["seed"], row["n_labels"] = int(row["seed"]), int(row["n_labels"])
        row["rmse"] = float(row["rmse"])
    return rows


def labels_until(ns, errors, goal):
    """Labels, interpolated, until an error is reached for the first time."""
    if errors[0] <= goal:
        return ns[0]
    for i in range(1, len(ns)):
        if errors[i] <= goal:
            share = np.log(errors[i - 1] / goal) / np.log(errors[i - 1] / errors[i])
            return ns[i - 1] + share * (ns[i] - ns[i - 1])
    return np.inf


def show(options):
    curves = {}
    for row in read(options.results):
        key = (row["table"], row["strategy"], row["seed"])
        curves.setdefault(key, {})[row["n_labels"]] = row["rmse"]
    end = max(max(found) for found in curves.values())
    curves = {key: found for key, found in curves.items() if end in found}
    print(
        f"{'table':8s} {'strategy':16s} {'seeds':>5s} {'at 100':>7s} {'at 500':>7s} "
        f"{'at end':>7s} {'log RMSE':>9s} {'std err':>8s} {'labels to its end':>18s}"
    )
    over = {}
    for table in dict.fromkeys(key[0] for key in curves):
        for strategy in STRATEGIES:
            seeds = sorted(k[2] for k in curves if k[:2] == (table, strategy))
            if not seeds:
                continue
            base = "random" if strategy in STRATEGIES[:2] else STRATEGIES[2]
            each, needed, errors = [], [], []
            for seed in seeds:
                found = curves[table, strategy, seed]
                ns = sorted(found)
                errors.append([found[n] for n in ns])
                plain = curves.get((table, base, seed))
                if plain is None or strategy == base:
                    continue
                ratio = [np.log(found[n] / plain[n]) for n in ns[1:] if n in plain]
                each.append(np.mean(ratio))
                needed.append(labels_until(ns, errors[-1], plain[max(plain)]))
            mean = np.mean(errors, axis=0)
            middle = ns.index(500) if 500 in ns else len(ns) // 2
            line = f"{table:8s} {strategy:16s} {len(seeds):5d} "
            line += " ".join(f"{mean[i]:7.3f}" for i in (0, middle, -1))
            if each:
                error = np.std(each, ddof=1) / np.sqrt(len(each)) if each[1:] else 0
                line += f" {np.mean(each):+9.3f} {error:8.3f} {np.median(needed):18.0f}"
                over.setdefault(strategy, []).append(np.mean(each))
            print(line)
    for strategy, means in over.items():
        print(f"all      {strategy:16s} {np.mean(means):+.3f} over {len(means)} tables")
    print(
        "log RMSE: mean over 200 labels and more of the difference from random labels "
        "on the same network, negative is better. Labels to its end: median labels "
        "until the error of random labels at the end is reached."
    )


START = time.perf_counter()

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    parts = commands.add_parser("run")
    parts.add_argument("directory")
    parts.add_argument("results")
    parts.add_argument("--tables", nargs="+", default=TABLES)
    parts.add_argument("--strategies", nargs="+", default=STRATEGIES)
    parts.add_argument("--seeds", type=int, default=3)
    parts.add_argument("--first-seed", type=int, default=0)
    parts.add_argument("--end", type=int, default=END)
    parts.add_argument("--device", default="cpu")
    parts.add_argument("--jobs", type=int, default=1)
    parts.set_defaults(do=run)
    parts = commands.add_parser("show")
    parts.add_argument("results")
    parts.set_defaults(do=show)
    chosen = parser.parse_args()
    chosen.do(chosen)
