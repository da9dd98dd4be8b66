"""What is being done, said on a terminal to whom waits for it."""

from threading import Timer

# Seconds from which on it is worth saying.
PATIENCE = 2.0


class Progress:
    """A line at the bottom of the terminal, by standard error; nothing in files.

    It is shown from two seconds on, and gone when the work is done. Campaigns tell it
    of their steps, too.
    """

    def __init__(self):
        from rich.console import Console

        from skcurious.campaign._progress import told

        self._told = told(self)
        self._console = Console(stderr=True, markup=False, highlight=False)
        self._status = self._console.status("")
        self._timer = Timer(PATIENCE, self._status.start)
        self._timer.daemon = True

    def __enter__(self):
        if self._console.is_terminal:
            self._timer.start()
        self._told.__enter__()
        return self

    def __exit__(self, *error):
        self._told.__exit__(*error)
        self._timer.cancel()
        if self._timer.ident is not None:
            self._timer.join()
        self._status.stop()

    def at(self, what):
        """Say what comes now."""
        self._status.update(f"{what} …")
