"""What all displays ask of matplotlib, which need not be installed."""

import numpy as np


def check_matplotlib(caller):
    """Raise an ImportError with the command that installs matplotlib."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f'{caller} needs matplotlib: pip install "skcurious[plot]"'
        ) from error


def styled(artist, user, **defaults):
    """Keywords of an artist: the defaults, and over them the user's.

    Both may use aliases, ``lw`` and ``linewidth``, that are the same to
    matplotlib.
    """
    from matplotlib.cbook import normalize_kwargs

    return {**normalize_kwargs(defaults, artist), **normalize_kwargs(user, artist)}


def cycled(index):
    """Colour and line style of one of many curves: all colours, then dashes."""
    from matplotlib import rcParams

    # A cycle of line styles and colours has each colour several times, or none.
    colors = rcParams["axes.prop_cycle"].by_key().get("color", ["C0"])
    colors = list(dict.fromkeys(colors))
    turn, place = divmod(index, len(colors))
    return {"color": colors[place], "linestyle": ("-", "--", ":", "-.")[turn % 4]}


def new_axes(ax):
    """`ax`, or the axes of a new figure when it is None."""
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1] if ax is None else ax


def two_axes(ax):
    """Axes for predictions and, below, curiosity; `ax` is None, one or two."""
    from matplotlib.axes import Axes
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    if ax is not None and not isinstance(ax, Axes):
        if np.shape(ax) != (2,):
            raise ValueError(
                "ax must be an Axes, or a pair of them for predictions and curiosity, "
                f"got {ax!r}."
            )
        return ax
    bounds = new_axes(ax)
    if not bounds.axison or bounds.get_subplotspec() is None:
        raise ValueError(
            "ax cannot be divided in two: it was divided before, or not made by "
            "subplots. Give two: ax=(display.prediction_ax_, display.ax_) draws over "
            "another display."
        )
    bounds.set_axis_off()
    grid = GridSpecFromSubplotSpec(
        2, 1, bounds.get_subplotspec(), height_ratios=[3, 2], hspace=0.15
    )
    upper = bounds.figure.add_subplot(grid[0])
    lower = bounds.figure.add_subplot(grid[1], sharex=upper)
    upper.tick_params(labelbottom=False)
    return upper, lower


def label_axes(ax, xlabel="", ylabel="", title=""):
    """Label the axes, where nobody has before."""
    if not ax.get_xlabel():
        ax.set_xlabel(xlabel)
    if not ax.get_ylabel():
        ax.set_ylabel(ylabel)
    if not ax.get_title():
        ax.set_title(title, fontsize="medium")


def name_curves(ax, n_curves, heights=None):
    """A legend: inside for a few curves, beside the axes for many.

    There the names stand in the order of the heights, a dict from lines to numbers:
    ten colours are more than many eyes can tell apart.
    """
    if n_curves <= 5:
        ax.legend(fontsize="small")
        return
    handles, _ = ax.get_legend_handles_labels()
    if heights is not None:
        handles.sort(key=lambda line: heights.get(line, -np.inf), reverse=True)
    ax.legend(
        handles=handles, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1)
    )
