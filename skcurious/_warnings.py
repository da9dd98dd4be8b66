"""Warnings that point at the user's line."""

import sys
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Packages between the user's line and ours: fit is called through decorators of
# scikit-learn, searches, learners and schedulers; functions go by the kind of a model.
BETWEEN = (
    "sklearn",
    "modAL",
    "skactiveml",
    "skorch",
    "joblib",
    "dask",
    "contextlib",
    "functools",
)


def warn(message, category=UserWarning):
    """Warn, at the first line outside of skcurious and the packages around it.

    Parameters
    ----------
    message : str
        What is wrong, and what to do.
    category : type, default=UserWarning
        A class of warnings.
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_between(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


@cache
def _is_between(filename):
    return filename.startswith(_places())


@cache
def _places():
    places = [str(Path(__file__).parent)]
    for name in BETWEEN:
        spec = find_spec(name)
        if spec is not None and spec.origin:
            origin = Path(spec.origin)
            places.append(str(origin.parent if origin.stem == "__init__" else origin))
    return tuple(places)
