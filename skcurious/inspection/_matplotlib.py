"""What all displays ask of matplotlib, which need not be installed."""


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
    """Colour and line style of one of many curves: ten colours, then dashes."""
    return {"color": f"C{index}", "linestyle": ("-", "--", ":", "-.")[index // 10 % 4]}


def new_axes(ax):
    """`ax`, or the axes of a new figure when it is None."""
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1] if ax is None else ax


def label_axes(ax, xlabel="", ylabel="", title=""):
    """Label the axes, where nobody has before."""
    if not ax.get_xlabel():
        ax.set_xlabel(xlabel)
    if not ax.get_ylabel():
        ax.set_ylabel(ylabel)
    if not ax.get_title():
        ax.set_title(title, fontsize="medium")


def name_curves(ax, n_curves):
    """A legend: inside for a few curves, beside the axes for many."""
    beside = {"loc": "upper left", "bbox_to_anchor": (1, 1)} if n_curves > 5 else {}
    ax.legend(fontsize="small", **beside)
