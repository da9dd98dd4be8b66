"""What is being done just now, for whoever shows it."""

from contextlib import contextmanager
from contextvars import ContextVar

_listener = ContextVar("listener", default=None)


@contextmanager
def told(listener):
    """Within this, and in this thread, a listener hears of each step that takes long.

    Parameters
    ----------
    listener : object
        Its method ``at`` is called with a few words, such as 'Choosing rows'.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def at(what):
    """Say what comes now."""
    listener = _listener.get()
    if listener is not None:
        listener.at(what)
