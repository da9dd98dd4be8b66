"""Learning curves of active learning, strategy by strategy."""

import numpy as np

from skcurious._frames import is_frame
from skcurious.inspection._matplotlib import (
    check_matplotlib,
    cycled,
    label_axes,
    name_curves,
    new_axes,
    styled,
)
from skcurious.inspection._results import curves_of_frame, curves_of_mapping


class ActiveLearningCurveDisplay:
    """Test error over the number of labels, for query strategies.

    The mean over the runs with its standard error, as it is or against one of
    the strategies. Made by :meth:`from_results`; all parameters are kept as
    attributes.

    Parameters
    ----------
    n_labels : ndarray of shape (n_points,)
        Labels at each point.
    scores : dict
        Strategy to ndarray of shape (n_runs, n_points).  Runs of the same
        position are pairs: the same table, first labels and seed.
    score_name : str, default="test error"
        What the scores are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds it.
    lines_ : list of matplotlib Line2D or None
        Mean of each strategy; None with ``std_display_style="errorbar"``.
    fill_between_ : list of matplotlib PolyCollection or None
        Standard errors, with ``std_display_style="fill_between"``; None for
        single runs.
    errorbar_ : list of matplotlib ErrorbarContainer or None
        Means and standard errors, with ``std_display_style="errorbar"``.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : The same for random labels.

    Notes
    -----
    The standard error is the standard deviation over the runs, with n - 1,
    over the root of their number.  It takes runs for independent: where they
    are seeds of several tables, average each table's seeds first, or read it
    as the spread over seeds.

    Examples
    --------
    >>> from skcurious.inspection import ActiveLearningCurveDisplay
    >>> errors = {
    ...     "random": [[1.0, 0.8, 0.7], [1.2, 0.9, 0.8]],
    ...     "curiosity": [[1.0, 0.6, 0.5], [1.2, 0.8, 0.6]],
    ... }
    >>> display = ActiveLearningCurveDisplay.from_results(
    ...     errors, n_labels=[10, 20, 30], relative_to="random"
    ... )
    >>> display.lines_[1].get_ydata().round(2)
    array([ 0.  , -0.2 , -0.31])
    """

    def __init__(self, *, n_labels, scores, score_name="test error"):
        self.n_labels = n_labels
        self.scores = scores
        self.score_name = score_name

    @classmethod
    def from_results(
        cls,
        results,
        *,
        n_labels=None,
        strategy="strategy",
        run="run",
        score="score",
        relative_to=None,
        negate_score=False,
        score_name=None,
        std_display_style="fill_between",
        ax=None,
        line_kw=None,
        fill_between_kw=None,
        errorbar_kw=None,
    ):
        """Draw learning curves from what runs of active learning gave.

        Parameters
        ----------
        results : dict or DataFrame
            ``{strategy: array-like of shape (n_runs, n_points)}``, test errors
            of each run; or a tidy table with one row for each point of each
            curve. In a table, all strategies must have the same runs.
        n_labels : array-like of shape (n_points,) or str, default=None
            For a dict, the number of labels at each point; for a table, the
            name of the column that has it, by default "n_labels".
        strategy : str, default="strategy"
            Column of the table with the names of the strategies.
        run : str or list of str, default="run"
            Column that tells the runs of a strategy apart, or columns that do
            so together, like ``["table", "seed"]``.
        score : str, default="score"
            Column with the errors.
        relative_to : str or int, default=None
            As for :meth:`plot`.
        negate_score : bool, default=False
            As for :meth:`plot`.
        score_name : str, default=None
            What the errors are; by default "test error", or the name of the
            column.
        std_display_style : {'errorbar', 'fill_between'} or None, \
                default='fill_between'
            As for :meth:`plot`.
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure.
        line_kw, fill_between_kw, errorbar_kw : dict, default=None
            As for :meth:`plot`.

        Returns
        -------
        display : ActiveLearningCurveDisplay
            What was computed and drawn.

        Raises
        ------
        ImportError
            Without matplotlib.
        ValueError
            When curves have different lengths or runs, columns are missing,
            or `relative_to` names no strategy.
        """
        check_matplotlib(f"{cls.__name__}.from_results")
        if is_frame(results) and len(results.shape) == 2:
            labels = "n_labels" if n_labels is None else n_labels
            n_labels, scores = curves_of_frame(results, strategy, run, labels, score)
            default_name = score
        else:
            n_labels, scores = curves_of_mapping(results, n_labels)
            default_name = "test error"
        display = cls(
            n_labels=n_labels,
            scores=scores,
            score_name=default_name if score_name is None else score_name,
        )
        return display.plot(
            ax,
            relative_to=relative_to,
            negate_score=negate_score,
            std_display_style=std_display_style,
            line_kw=line_kw,
            fill_between_kw=fill_between_kw,
            errorbar_kw=errorbar_kw,
        )

    def plot(
        self,
        ax=None,
        *,
        relative_to=None,
        negate_score=False,
        score_name=None,
        std_display_style="fill_between",
        line_kw=None,
        fill_between_kw=None,
        errorbar_kw=None,
    ):
        """Draw the learning curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure. More than five names
            stand beside the axes: make figures of your own with
            ``layout="constrained"``.
        relative_to : str or int, default=None
            Draw the log of each error over that of this strategy in the same
            run: 0 is as good, -0.1 an error smaller by a tenth. Differences
            between runs, which are shared by all strategies, drop out.
            Strategies may be numbers: 1 and "1" are the same.
        negate_score : bool, default=False
            Whether the scores are errors with a minus, like those of
            scikit-learn's ``neg_root_mean_squared_error``.
        score_name : str, default=None
            What the errors are; by default the attribute.
        std_display_style : {'errorbar', 'fill_between'} or None, \
                default='fill_between'
            How one standard error of the mean is drawn, if there are two runs
            or more.
        line_kw : dict, default=None
            Keywords of ``Axes.plot`` for the means.
        fill_between_kw : dict, default=None
            Keywords of ``Axes.fill_between``.
        errorbar_kw : dict, default=None
            Keywords of ``Axes.errorbar``.

        Returns
        -------
        display : ActiveLearningCurveDisplay
            This display.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        if std_display_style not in ("errorbar", "fill_between", None):
            raise ValueError(
                "std_display_style must be 'errorbar', 'fill_between' or None, got "
                f"{std_display_style!r}."
            )
        curves = {
            str(name): -scores if negate_score else scores
            for name, scores in self.scores.items()
        }
        if relative_to is not None:
            curves = _log_ratios(curves, str(relative_to))
        ax = new_axes(ax)
        self.lines_ = self.fill_between_ = self.errorbar_ = None
        means = {name: scores.mean(axis=0) for name, scores in curves.items()}
        errors = {name: _standard_error(scores) for name, scores in curves.items()}
        if std_display_style == "errorbar":
            self._draw_errorbars(ax, means, errors, errorbar_kw or {})
        else:
            self._draw_lines(ax, means, line_kw or {})
        if std_display_style == "fill_between":
            self._draw_bands(ax, means, errors, fill_between_kw or {})
        name_curves(ax, len(curves))
        name = self.score_name if score_name is None else score_name
        if relative_to is not None:
            name = f"log {name} against {relative_to}"
        title = _title(curves, with_errors=std_display_style is not None)
        label_axes(ax, "labels", name, title)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_lines(self, ax, means, line_kw):
        from matplotlib.lines import Line2D

        self.lines_ = []
        for index, (name, mean) in enumerate(means.items()):
            style = styled(Line2D, line_kw, label=name, **cycled(index))
            self.lines_ += ax.plot(self.n_labels, mean, **style)

    def _draw_bands(self, ax, means, errors, fill_between_kw):
        from matplotlib.collections import PolyCollection

        self.fill_between_ = []
        for line, (name, mean) in zip(self.lines_, means.items(), strict=True):
            error = errors[name]
            if error is None:
                continue
            style = styled(
                PolyCollection,
                fill_between_kw,
                facecolor=line.get_color(),
                alpha=0.2,
                linewidth=0,
            )
            self.fill_between_.append(
                ax.fill_between(self.n_labels, mean - error, mean + error, **style)
            )

    def _draw_errorbars(self, ax, means, errors, errorbar_kw):
        from matplotlib.lines import Line2D

        self.errorbar_ = []
        for index, (name, mean) in enumerate(means.items()):
            style = styled(Line2D, errorbar_kw, label=name, capsize=2, **cycled(index))
            self.errorbar_.append(
                ax.errorbar(self.n_labels, mean, errors[name], **style)
            )


def _log_ratios(curves, baseline):
    if baseline not in curves:
        raise ValueError(
            f"relative_to={baseline!r} is none of the strategies: they are "
            f"{', '.join(curves)}."
        )
    shape = curves[baseline].shape
    for name, scores in curves.items():
        if scores.shape != shape:
            raise ValueError(
                f"{name!r} has {len(scores)} runs and {baseline!r} {shape[0]}, but "
                "relative_to pairs them run by run: both need the same runs in the "
                "same order."
            )
        if not (scores > 0).all():
            raise ValueError(
                f"{name!r} has an error of {scores.min()}, which has no logarithm: "
                "relative_to needs positive errors. For errors with a minus use "
                "negate_score=True."
            )
    return {name: np.log(scores / curves[baseline]) for name, scores in curves.items()}


def _standard_error(scores):
    """Of the mean over the runs; None for one run, which does not tell."""
    n_runs = len(scores)
    return scores.std(axis=0, ddof=1) / np.sqrt(n_runs) if n_runs > 1 else None


def _title(curves, with_errors):
    n_runs = {len(scores) for scores in curves.values()}
    if n_runs == {1}:
        return ""
    count = f" of {n_runs.pop()} runs" if len(n_runs) == 1 else ""
    return f"Mean{count}{' ± standard error' if with_errors else ''}"
