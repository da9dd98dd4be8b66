"""Verdicts: is an answer right, explained by rounding, warned of, or refused?

An answer is ``equal`` to the exact one up to 1e-5 of it; ``explained`` when changes of
the inputs by one unit in their last place move the exact answer as far; ``warned``
when the package said so; ``refused`` by a sentence of the package or of scikit-learn's
validation. All else is ``failed``: a wrong number in silence, or somebody's traceback.
"""

import linecache
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import sklearn
from fuzz.exact import Undetermined

import skcurious
from skcurious.gaussian_process._learning import NOT_DEFINITE

TOLERANCE = 1e-5
# How often inputs are moved, and how many roundings an entry may see on its way.
NUDGES, ROUNDINGS = 4, 40
# From the worst.
VERDICTS = "failed", "refused", "warned", "explained", "equal"
WRITERS = tuple(str(Path(m.__file__).parent) for m in (skcurious, sklearn))
HERE = str(Path(__file__).parent)


@dataclass
class Case:
    """One input: what is asked, and what is true.

    Attributes
    ----------
    fit : callable
        Gives what is asked: ``fit()``.
    asked : dict of callables
        ``asked[name](fitted)`` is an answer; None where there is nothing to tell.
    truth : callable
        ``truth(inputs)`` gives the exact answers by name.
    inputs : dict of ndarrays
        Numbers that may move by a unit in the last place, in their own dtype.
    squares : tuple of str
        Answers that are squares, and have twice the relative error.
    each : tuple of str
        Answers whose every entry counts by itself: those that are positive. Others
        count in units of the largest of their column.
    known_to : dict
        Errors of answers that a unit in the last place explains in any case.
    zero_to : dict
        The same where all true values of a column are zero.
    must_answer : bool
        Whether a refusal is a failure.
    """

    fit: object
    asked: dict
    truth: object
    inputs: dict
    squares: tuple = ("score", "scores", "best", "std")
    each: tuple = ()
    known_to: dict = field(default_factory=dict)
    zero_to: dict = field(default_factory=dict)
    must_answer: bool = False

    def measure(self, name):
        """How the error of an answer is measured."""
        tolerance = TOLERANCE * (2 if name in self.squares else 1)
        return {"each": name in self.each, "tolerance": tolerance}


@dataclass
class Verdict:
    """The worst that was found, and what it was."""

    name: str = "equal"
    why: list = field(default_factory=list)
    stray: list = field(default_factory=list)

    def add(self, name, why=""):
        """Keep the worse."""
        if VERDICTS.index(name) < VERDICTS.index(self.name):
            self.name = name
        if name == "failed":
            self.why.append(why)


def judge(case):
    """Ask, and compare."""
    verdict, answers = Verdict(), {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted = case.fit()
        except Exception as error:
            fitted = None
            verdict.add(*refusal(error, "fit", case.must_answer))
        for name, ask in case.asked.items() if fitted is not None else ():
            try:
                answers[name] = ask(fitted)
            except Exception as error:
                verdict.add(*refusal(error, name, case.must_answer))
    said = [str(w.message) for w in caught if is_ours(w)]
    verdict.stray = [
        f"{w.category.__name__}: {w.message} ({Path(w.filename).name}:{w.lineno})"
        for w in caught
        if w.category is RuntimeWarning
    ]
    answers = {name: told for name, told in answers.items() if told is not None}
    if answers:
        for name, why in wrong(case, answers, verdict).items():
            if said:
                verdict.add("warned")
            else:
                verdict.add("failed", f"{name}: {why}")
    return verdict


def refusal(error, where, must_answer=False):
    """Whether an exception is a sentence written for the user."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    line = linecache.getline(frame.filename, frame.lineno).strip()
    written = line.startswith("raise") and frame.filename.startswith(WRITERS)
    kind = isinstance(error, (ValueError, TypeError))
    if isinstance(error, np.linalg.LinAlgError):
        written = NOT_DEFINITE in str(error)  # scikit-learn's sentence
    if written and kind and not must_answer:
        return "refused", ""
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    said = str(error).split("\n")[0]  # of an assertion what it asserts
    return "failed", f"{where}: {type(error).__name__}: {said} ({place}: {line})"


def is_ours(warning):
    """Whether a warning was given by the package, at the line of the caller."""
    return warning.filename.startswith(HERE) and warning.category is not RuntimeWarning


def wrong(case, answers, verdict):
    """Answers that are wrong by more than rounding explains; reasons by name."""
    try:
        truth = case.truth(case.inputs)
    except Undetermined:
        return dict.fromkeys(answers, "an answer where none is unique")
    errors = {}
    for name, answer in answers.items():
        if name not in truth:
            continue
        expected = truth[name]
        if np.shape(answer) != np.shape(expected):
            errors[name] = f"shape {np.shape(answer)} for {np.shape(expected)}"
            continue
        if beyond(answer, expected, 0.0, **case.measure(name)).any():
            errors[name] = None
    unequal = [name for name, why in errors.items() if why is None]
    if not unequal:
        return errors
    spread = spreads(case, truth, unequal)
    for name in unequal:
        allowed = np.inf if spread is None else spread[name]
        args, how = (answers[name], truth[name], allowed), case.measure(name)
        if not beyond(*args, **how).any():
            del errors[name]
            verdict.add("explained")
        else:
            errors[name] = shown(*args, **how)
    return errors


def shown(answer, expected, allowed, **how):
    """The worst entry."""
    error = beyond(answer, expected, allowed, **how)
    worst = np.unravel_index(error.argmax(), error.shape)
    return (
        f"{answer[worst]:.6g} for {expected[worst]:.6g}, {error[worst]:.1e} off where "
        f"rounding explains {allowed[worst] if np.ndim(allowed) else allowed:.1e}"
    )


def beyond(answer, expected, spread, each, tolerance):
    """Relative errors where they are beyond the tolerance; elsewhere 0."""
    answer, expected = np.asarray(answer), np.asarray(expected)
    info = np.finfo(answer.dtype if answer.dtype.kind == "f" else float)
    answer = answer.astype(float)
    size = np.abs(expected)
    if not each:
        size = np.broadcast_to(size.max(axis=0, initial=0), size.shape)
        if np.ndim(spread):
            spread = spread.max(axis=0)
    # Beyond the range of the dtype: infinite, or lost among the subnormal numbers.
    over = size >= info.max
    same = (answer == expected) | (over & ~(np.abs(answer) < info.max / 1e3))
    with np.errstate(all="ignore"):
        error = np.abs(answer - expected)
        # Anything at all, infinity among it.
        same |= np.broadcast_to(ROUNDINGS * spread > size, size.shape) & np.isinf(error)
        limit = tolerance * size + ROUNDINGS * spread + info.tiny / info.eps
        relative = np.where(error <= limit, 0.0, error / size)
    relative = np.where(np.isnan(error) | np.isnan(relative), np.inf, relative)
    return np.where(same, 0.0, relative)


def spreads(case, truth, names):
    """How far the truth moves with the last place of the inputs; None: any far."""
    rng = np.random.default_rng(0)
    spread = {name: known_to(case, name, truth[name]) for name in names}
    for _ in range(NUDGES):
        moved = {key: nudged(value, rng) for key, value in case.inputs.items()}
        try:
            other = case.truth(moved)
        except Undetermined:
            return None
        for name in names:
            with np.errstate(all="ignore"):
                change = np.abs(other[name] - truth[name])
            spread[name] = np.fmax(spread[name], change)
    return spread


def known_to(case, name, expected):
    """What rounding explains in any case."""
    known = np.full(np.shape(expected), case.known_to.get(name, 0.0))
    if name in case.each:
        return known
    nothing = np.abs(expected).max(axis=0, initial=0) <= np.finfo(float).tiny
    return np.where(nothing, np.fmax(known, case.zero_to.get(name, 0.0)), known)


def nudged(values, rng):
    """One unit in the last place up, down, or none; what is 0 stays."""
    values = np.asarray(values)
    if values.dtype.kind != "f":
        return values
    towards = rng.choice(np.array([-np.inf, np.inf], values.dtype), values.shape)
    with np.errstate(all="ignore"):
        moved = np.nextafter(values, towards)
    return np.where((values == 0) | ~np.isfinite(moved), values, moved)
