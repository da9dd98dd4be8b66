"""A progress bar, for those who want one."""


def with_progress(chunks, n_rows, progress):
    """Pass `chunks` on, and show how many rows have gone by.

    Parameters
    ----------
    chunks : iterable
        Arrays or frames.
    n_rows : int or None
        How many rows there will be, if that is known.
    progress : bool
        Whether to show anything.
    """
    return _shown(chunks, n_rows) if progress else chunks


def _shown(chunks, n_rows):
    try:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError as error:
        raise ImportError("progress=True needs rich: pip install rich.") from error
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns) as bar:
        task = bar.add_task("Reading the pool", total=n_rows)
        for chunk in chunks:
            yield chunk
            bar.advance(task, chunk.shape[0])
