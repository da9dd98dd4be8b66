"""Options that several commands share."""

import argparse

MODEL_HELP = (
    "what learns: a surface with a length for each column (gaussian-process), a smooth "
    "one with the same length for all (kernel-ridge), a plane (ridge), a neural "
    "network (mlp), or the first of these that takes seconds (auto, the default)"
)
MODELS = ["auto", "gaussian-process", "kernel-ridge", "ridge", "mlp"]


def add_columns(group):
    """What the columns of the tables mean."""
    group.add_argument(
        "--target",
        required=True,
        action="append",
        metavar="COLUMN",
        help="column to predict; of several (--target yield=2 --target purity) the "
        "first counts twice as much",
    )
    group.add_argument(
        "--ignore",
        nargs="+",
        action="extend",
        default=[],
        metavar="COLUMN",
        help="columns not to learn from",
    )
    group.add_argument(
        "--category",
        nargs="+",
        action="extend",
        default=[],
        metavar="COLUMN",
        help="columns whose numbers are names",
    )
    group.add_argument(
        "--cost",
        metavar="COLUMN",
        help="column of the pool with the price of measuring each row; "
        "suggests what teaches most for its price, and does not learn from it",
    )
    group.add_argument(
        "--same",
        metavar="COLUMN",
        help="column whose value the suggested rows share, as the wells of a plate "
        "share a temperature",
    )
    group.add_argument(
        "--noise",
        action="append",
        default=[],
        metavar="COLUMN",
        help="column with the standard deviation of each label (of several targets "
        "--noise yield=COLUMN)",
    )


def add_tables(group, of="every table"):
    """How tables are read."""
    group.add_argument(
        "--missing",
        nargs="+",
        action="extend",
        default=[],
        metavar="WORD",
        help="words that stand for a blank cell, such as -999 or ?",
    )
    group.add_argument(
        "--header-row",
        type=at_least_one,
        metavar="LINE",
        help=f"line with the names of the columns, in {of}",
    )
    group.add_argument(
        "--sheet", metavar="NAME", help=f"sheet of the workbook, in {of}"
    )


def add_model(group):
    """What learns, and by which random numbers."""
    group.add_argument(
        "--model",
        choices=MODELS,
        default="auto",
        help=MODEL_HELP,
    )
    group.add_argument(
        "--seed",
        type=seed,
        default=0,
        metavar="NUMBER",
        help="another number shuffles differently (default: 0)",
    )


def at_least_one(text):
    """The type of an argument."""
    return _integer(text, 1, None, "a whole number of at least 1")


def seed(text):
    """The type of an argument."""
    return _integer(text, 0, 2**32 - 1, "a whole number from 0 to 4294967295")


def _integer(text, smallest, largest, what):
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or value < smallest or (largest is not None and value > largest):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}.")
    return value
