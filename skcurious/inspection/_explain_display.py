"""A picture of why rows are worth a label."""

import numpy as np

from skcurious._calls import estimator_first
from skcurious.inspection._explain import explain, largest
from skcurious.inspection._matplotlib import check_matplotlib, label_axes, styled

# Letters of a name beside a row, and of one under a column.
LONGEST, LONGEST_FEATURE = 16, 14
# How many features have a column.
FEATURES = 8


class QueryExplanationDisplay:
    """Why rows are worth a label: a line for each query, the first on top.

    Made by :meth:`from_estimator`; all parameters are kept as attributes. From left to
    right: the prediction and two standard deviations, over the range that holds nine
    of ten predictions for the pool; how far the label brings the expected error of the
    pool down; how much of the pool it informs; and how far it is from the nearest
    labelled row, feature by feature. Several targets have no unit in common: each is
    drawn in standard deviations of its predictions for the pool, from their mean, and
    gains as a share of the error before the label.

    Parameters
    ----------
    queries : list of str
        Names of the queries, in their order.
    prediction : ndarray of shape (n_queries, n_targets)
        Predictions, in units of y.
    std : ndarray of shape (n_queries, n_targets), default=None
        Their standard deviations; None without a covariance.
    gain : ndarray of shape (n_queries, n_targets), default=None
        How far each label brings down the standard deviation of the predictions, root
        mean square over the pool, those before it being known.
    pool_std : ndarray of shape (n_queries, n_targets), default=None
        That standard deviation, before the label.
    informs : ndarray of shape (n_queries,), default=None
        What share of the pool each label informs.
    pool : ndarray of shape (n_pool, n_targets), default=None
        Predictions for the pool.
    features : list of str, default=()
        Names of the features.
    differences : ndarray of shape (n_queries, n_features), default=None
        How far each feature moves a query from the nearest labelled row; None without
        labelled rows.
    nearest : list of str, default=None
        Names of these rows.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        The panels, from left to right.
    figure_ : matplotlib Figure
        Figure that holds them.
    bars_ : list of matplotlib ErrorbarContainer
        Predictions, for each target.
    gains_ : list of matplotlib BarContainer or None
        Gains, for each target.
    informs_ : matplotlib BarContainer or None
        Shares of the pool.
    differences_ : matplotlib QuadMesh or None
        Map of the differences.

    See Also
    --------
    explain_queries : The numbers, in a table.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import default_regressor
    >>> from skcurious.inspection import QueryExplanationDisplay
    >>> from skcurious.query import expected_curiosity_reduction
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> pool, labelled = X[30:], X[:30]
    >>> model = default_regressor(X).fit(labelled, y[:30])
    >>> indices, _ = expected_curiosity_reduction(model, pool, 5, random_state=0)
    >>> display = QueryExplanationDisplay.from_estimator(
    ...     model, pool, indices, X_labelled=labelled
    ... )
    >>> [ax.get_title() for ax in display.axes_]
    ['prediction ± 2 std', 'gain', 'informs', 'differs from the nearest label']
    """

    def __init__(
        self,
        *,
        queries,
        prediction,
        std=None,
        gain=None,
        pool_std=None,
        informs=None,
        pool=None,
        features=(),
        differences=None,
        nearest=None,
    ):
        self.queries = queries
        self.prediction = prediction
        self.std = std
        self.gain = gain
        self.pool_std = pool_std
        self.informs = informs
        self.pool = pool
        self.features = features
        self.differences = differences
        self.nearest = nearest

    @classmethod
    @estimator_first
    def from_estimator(
        cls,
        estimator,
        X_pool,
        indices,
        *,
        X_labelled=None,
        share=0.1,
        axes=None,
        errorbar_kw=None,
        bar_kw=None,
        pcolormesh_kw=None,
    ):
        """Explain queries, and draw it.

        Parameters
        ----------
        estimator : estimator
            As for :func:`explain_queries`.
        X_pool : {array-like, sparse matrix, DataFrame} of shape (n_pool, n_features)
            The candidates, as `estimator` takes them.
        indices : array-like of int of shape (n_queries,)
            Positions of the queries in `X_pool`, in the order of their labels.
        X_labelled : {array-like, sparse matrix, DataFrame} of shape \
                (n_labelled, n_features), default=None
            The labelled rows.
        share : float, default=0.1
            A query informs a row if its label takes this share of the variance there.
        axes : array of matplotlib Axes, default=None
            One for each panel; None makes a figure.
        errorbar_kw, bar_kw, pcolormesh_kw : dict, default=None
            As for :meth:`plot`.

        Returns
        -------
        display : QueryExplanationDisplay
            With what was drawn.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        explained = explain(estimator, X_pool, indices, X_labelled, share)
        before = explained.pool_std
        display = cls(
            queries=[str(name) for name in explained.queries],
            prediction=explained.prediction,
            std=explained.std,
            gain=None if before is None else -np.diff(before, axis=0),
            pool_std=None if before is None else before[:-1],
            informs=None
            if explained.informed is None
            else explained.informed.mean(axis=1),
            pool=np.reshape(
                estimator.predict(X_pool), (-1, explained.prediction.shape[1])
            ),
            features=explained.names,
            differences=explained.differences,
            nearest=None
            if explained.nearest is None
            else [str(name) for name in explained.nearest],
        )
        return display.plot(
            axes,
            errorbar_kw=errorbar_kw,
            bar_kw=bar_kw,
            pcolormesh_kw=pcolormesh_kw,
        )

    def plot(self, axes=None, *, errorbar_kw=None, bar_kw=None, pcolormesh_kw=None):
        """Draw it.

        Parameters
        ----------
        axes : array of matplotlib Axes, default=None
            One for each panel; None makes a figure.
        errorbar_kw : dict, default=None
            Keywords of ``Axes.errorbar`` for the predictions.
        bar_kw : dict, default=None
            Keywords of ``Axes.barh`` for gains and shares of the pool.
        pcolormesh_kw : dict, default=None
            Keywords of ``Axes.pcolormesh`` for the differences.

        Returns
        -------
        display : QueryExplanationDisplay
            This display.

        Raises
        ------
        ValueError
            When `axes` are not as many as panels.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        panels = [lambda ax: self._draw_predictions(ax, errorbar_kw or {})]
        widths = [3.0]
        self.gains_ = self.informs_ = self.differences_ = None
        if self.gain is not None:
            panels.append(lambda ax: self._draw_gains(ax, bar_kw or {}))
            widths.append(1.5)
        if self.informs is not None:
            panels.append(lambda ax: self._draw_informs(ax, bar_kw or {}))
            widths.append(1.5)
        if self.differences is not None:
            self._shown = self._shown_features()
            panels.append(lambda ax: self._draw_differences(ax, pcolormesh_kw or {}))
            widths.append(1.2 + 0.45 * max(len(self._shown), 3))
        self.axes_ = self._axes(axes, widths)
        for draw, ax in zip(panels, self.axes_, strict=True):
            draw(ax)
        first = self.axes_[0]
        numbers = np.arange(len(self.queries))
        first.set_yticks(numbers, [_short(name, LONGEST) for name in self.queries])
        # The first on top; the same lines in all panels.
        for ax in self.axes_:
            ax.set_ylim(len(numbers) - 0.5, -0.5)
        label_axes(first, ylabel="query")
        self.figure_ = first.figure
        return self

    def _axes(self, axes, widths):
        import matplotlib.pyplot as plt

        if axes is None:
            height = 1.2 + 0.32 * len(self.queries)
            _, axes = plt.subplots(
                1,
                len(widths),
                sharey=True,
                squeeze=False,
                layout="constrained",
                figsize=(1 + sum(widths), max(height, 2.4)),
                width_ratios=widths,
            )
        axes = list(np.ravel(axes))
        if len(axes) != len(widths):
            raise ValueError(
                f"axes must be {len(widths)}, one for each panel, got {len(axes)}."
            )
        return axes

    def _draw_predictions(self, ax, user):
        from matplotlib.lines import Line2D

        n_targets = self.prediction.shape[1]
        several = n_targets > 1
        prediction, std, pool = self.prediction, self.std, self.pool
        if several:
            mean, unit = pool.mean(axis=0), pool.std(axis=0)
            unit = np.where(unit > 0, unit, 1.0)
            prediction, pool = (prediction - mean) / unit, (pool - mean) / unit
            std = None if std is None else std / unit
        self.bars_ = []
        for target, offset in enumerate(_offsets(n_targets)):
            style = styled(
                Line2D,
                user,
                color=f"C{target}",
                marker="o",
                markersize=4,
                linestyle="none",
                label=f"target {target}" if several else None,
            )
            self.bars_.append(
                ax.errorbar(
                    prediction[:, target],
                    np.arange(len(prediction)) + offset,
                    xerr=None if std is None else 2 * std[:, target],
                    **style,
                )
            )
        if pool is not None:
            low, high = np.quantile(pool, [0.05, 0.95], axis=0)
            ax.axvspan(low.min(), high.max(), color="0.5", alpha=0.15, linewidth=0)
        label_axes(
            ax,
            "in std of the pool" if several else "grey: nine of ten of the pool",
            "",
            "prediction" if std is None else "prediction ± 2 std",
        )

    def _draw_gains(self, ax, user):
        from matplotlib.patches import Rectangle
        from matplotlib.ticker import PercentFormatter

        n_targets = self.gain.shape[1]
        several = n_targets > 1
        gains = self.gain / self.pool_std if several else self.gain
        self.gains_ = []
        for target, offset in enumerate(_offsets(n_targets)):
            name = f"target {target}" if several else None
            style = styled(Rectangle, user, color=f"C{target}", label=name)
            numbers = np.arange(len(gains)) + offset
            height = 0.7 / n_targets
            self.gains_.append(ax.barh(numbers, gains[:, target], height, **style))
        if several:
            ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            ax.legend(fontsize="small", loc="lower right")
        _few_ticks(ax)
        label_axes(ax, "of the pool's std", "", "gain")

    def _draw_informs(self, ax, user):
        from matplotlib.patches import Rectangle
        from matplotlib.ticker import PercentFormatter

        style = styled(Rectangle, user, color="C4")
        numbers = np.arange(len(self.informs))
        self.informs_ = ax.barh(numbers, self.informs, 0.7, **style)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        _few_ticks(ax)
        label_axes(ax, "of the pool", "", "informs")

    def _shown_features(self):
        """The features that make most of the differences, in their own order."""
        named = {j for row in self.differences for j in largest(row)}
        order = sorted(named, key=lambda j: -self.differences[:, j].max())
        return sorted(order[:FEATURES])

    def _draw_differences(self, ax, user):
        from matplotlib.collections import QuadMesh

        shown = self._shown
        values = self.differences[:, shown]
        style = styled(QuadMesh, user, cmap="Purples", vmin=0)
        x, y = np.arange(len(shown) + 1) - 0.5, np.arange(len(values) + 1) - 0.5
        if not shown:
            ax.set_xticks([])
            label_axes(ax, "in nothing", "", "differs from the nearest label")
            return
        self.differences_ = ax.pcolormesh(x, y, values, **style)
        for (i, j), value in np.ndenumerate(values):
            if value >= 0.05:
                colour = self.differences_.to_rgba(value)
                dark = np.mean(colour[:3]) < 0.55
                ax.text(
                    j,
                    i,
                    f"{value:.1f}",
                    ha="center",
                    va="center",
                    fontsize="small",
                    color="white" if dark else "black",
                )
        names = [_short(self.features[j], LONGEST_FEATURE) for j in shown]
        ax.set_xticks(np.arange(len(shown)), names, rotation=45, ha="right")
        label_axes(ax, "", "", "differs from the nearest label")
        if self.nearest is not None:
            right = ax.secondary_yaxis("right")
            right.set_yticks(
                np.arange(len(values)), [_short(name, LONGEST) for name in self.nearest]
            )
            right.tick_params(length=0, labelsize="small")
            right.set_ylabel("nearest label")


def _few_ticks(ax):
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(3, prune="upper"))


def _offsets(n_targets):
    return (np.arange(n_targets) - (n_targets - 1) / 2) * 0.7 / n_targets


def _short(name, longest):
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
