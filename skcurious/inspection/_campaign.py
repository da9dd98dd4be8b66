"""How good the model of a campaign was, round by round."""

import numpy as np

from skcurious.inspection._matplotlib import check_matplotlib, label_axes, new_axes

KINDS = {"cv_error": "cross-validated", "expected_error": "expected"}


class CampaignHistoryDisplay:
    """Errors of a campaign over its number of labels.

    Made by :meth:`from_campaign`; all parameters are kept as attributes.

    Parameters
    ----------
    n_labels : ndarray of shape (n_rounds,)
        Labels after each round.
    errors : dict of str to ndarray of shape (n_rounds,)
        Errors by the name of their curve, NaN before there was a model.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds it.
    lines_ : list of matplotlib Line2D
        One for each of `errors`.

    See Also
    --------
    ActiveLearningCurveDisplay : Test errors of several strategies.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.inspection import CampaignHistoryDisplay
    >>> display = CampaignHistoryDisplay(
    ...     n_labels=np.array([6, 9, 12]),
    ...     errors={"cross-validated": np.array([2.0, 1.5, 1.0])},
    ... )
    >>> display.plot().lines_[0].get_ydata()
    array([2. , 1.5, 1. ])
    """

    def __init__(self, *, n_labels, errors):
        self.n_labels = n_labels
        self.errors = errors

    @classmethod
    def from_campaign(cls, campaign, *, ax=None):
        """Draw the history of a campaign.

        Parameters
        ----------
        campaign : Campaign
            Of which ``history()`` is drawn.
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure.

        Returns
        -------
        display : CampaignHistoryDisplay
            What was computed and drawn.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        check_matplotlib(f"{cls.__name__}.from_campaign")
        history = campaign.history()
        errors = {}
        for target in campaign.targets:
            several = len(campaign.targets) > 1
            for kind, name in KINDS.items():
                column = f"{kind}_{target}" if several else kind
                label = f"{target}, {name}" if several else name
                errors[label] = np.asarray(history[column], dtype=float)
        display = cls(n_labels=np.asarray(history["n_labels"]), errors=errors)
        return display.plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure.

        Returns
        -------
        display : CampaignHistoryDisplay
            With the attributes that this sets.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        ax = new_axes(ax)
        self.lines_ = []
        for place, (name, values) in enumerate(self.errors.items()):
            style = "-o" if place % 2 == 0 else "--s"  # each target has two
            (line,) = ax.plot(
                self.n_labels,
                values,
                style,
                color=f"C{place // 2}",
                markersize=4,
                label=name,
            )
            self.lines_.append(line)
        label_axes(ax, "labels", "error, in units of the target")
        ax.set_ylim(bottom=0)
        if self.errors:
            ax.legend(fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self
