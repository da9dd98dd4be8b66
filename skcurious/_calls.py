"""How functions about an estimator are called: it comes first, and options by name."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable)
_EITHER = Parameter.POSITIONAL_OR_KEYWORD


def estimator_first(function: Function) -> Function:
    """Say in a sentence what a call of `function` has in the wrong place.

    Parameters
    ----------
    function : callable
        With an argument `estimator`, rows after it, and arguments by name.

    Returns
    -------
    function : callable
        The same.
    """
    parameters = signature(function).parameters.values()
    all_by_position = [p.name for p in parameters if p.kind is _EITHER]
    by_name = [f"{p.name}=" for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
    first = all_by_position.index("estimator")  # after cls, if that is there
    by_position, name = all_by_position[first:], function.__qualname__

    @wraps(function)
    def checked(*args, **kwargs):
        given = args[first:]
        if any(map(is_estimator, given[1:])) and not is_estimator(given[0]):
            order = ", ".join(type(value).__name__ for value in given)
            raise TypeError(
                f"{name} takes the fitted estimator first, then {by_position[1]}, got "
                f"{order} in this order."
            )
        if len(given) > len(by_position):
            raise TypeError(
                f"{name} takes {', '.join(by_position)} by position and the rest by "
                f"name ({', '.join(by_name)}), got {len(given)} by position."
            )
        return function(*args, **kwargs)

    return cast(Function, checked)


def is_estimator(value):
    """Whether this, or each of a list, can be fitted."""
    if isinstance(value, (list, tuple)):
        return len(value) > 0 and all(map(is_estimator, value))
    return hasattr(value, "fit")
