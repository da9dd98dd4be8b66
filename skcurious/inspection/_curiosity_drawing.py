"""How curiosity is drawn: curves of one feature, a map of two."""

import numpy as np

from skcurious.inspection._matplotlib import label_axes, styled


class CuriosityDrawing:
    """The private half of :class:`skcurious.inspection.CuriosityDisplay`."""

    def _draw_predictions(self, line_kw, fill_between_kw):
        from matplotlib.collections import PolyCollection
        from matplotlib.lines import Line2D

        ax, x = self.prediction_ax_, self.values[0]
        columns = self.prediction.reshape(len(x), -1)
        n_targets = columns.shape[1]
        self.lines_ = []
        for target in range(n_targets):
            label = f"target {target}" if n_targets > 1 else "prediction"
            style = styled(Line2D, line_kw, color=f"C{target}", label=label)
            self.lines_ += ax.plot(x, columns[:, target], **style)
        if self.band is not None:
            low, high = (edge.reshape(len(x), -1) for edge in self.band)
            self.bands_ = []
            for target, line in enumerate(self.lines_):
                style = styled(
                    PolyCollection,
                    fill_between_kw,
                    facecolor=line.get_color(),
                    alpha=0.2,
                    linewidth=0,
                )
                self.bands_.append(
                    ax.fill_between(x, low[:, target], high[:, target], **style)
                )
        spread = "" if self.band is None else " ± 2 std"
        label_axes(ax, ylabel=f"prediction{spread}")

    def _draw_labels(self, labelled_kw):
        from matplotlib import rcParams
        from matplotlib.lines import Line2D

        n_targets = self.labels.shape[1]
        self.labelled_ = []
        for target, y in enumerate(self.labels.T):
            style = styled(
                Line2D,
                labelled_kw,
                color=f"C{target}" if n_targets > 1 else rcParams["text.color"],
                linestyle="none",
                marker=".",
                label="labels" if n_targets == 1 else None,
            )
            self.labelled_ += self.prediction_ax_.plot(self.labelled, y, **style)

    def _draw_curve(self, curiosity_kw, query_kw):
        from matplotlib.lines import Line2D

        ax, x = self.ax_, self.values[0]
        style = styled(Line2D, curiosity_kw, color="C4")
        (self.curiosity_,) = ax.plot(x, self.curiosity, **style)
        color = self.curiosity_.get_color()
        ax.fill_between(x, 0, self.curiosity, facecolor=color, alpha=0.2, linewidth=0)
        self.curiosity_.sticky_edges.y.append(0)
        if self.queries is not None:
            style = styled(
                Line2D,
                query_kw,
                color="C3",
                linestyle=":",
                label="query" if len(self.queries) == 1 else "queries",
            )
            # One line for all: up, down, and a gap.
            at = np.repeat(self.queries[:, 0], 3)
            height = np.tile([0.0, 1.0, np.nan], len(self.queries))
            self.queries_ = [
                each.plot(at, height, transform=each.get_xaxis_transform(), **style)[0]
                for each in (self.prediction_ax_, ax)
            ]
            ax.legend(handles=self.queries_[1:], fontsize="small")
        ax.autoscale_view()
        label_axes(ax, self.names[0], "curiosity")

    def _draw_map(self, curiosity_kw, query_kw, labelled_kw):
        from matplotlib import rcParams
        from matplotlib.collections import QuadMesh
        from matplotlib.lines import Line2D

        ax = self.ax_
        style = styled(QuadMesh, curiosity_kw, shading="gouraud", rasterized=True)
        self.curiosity_ = ax.pcolormesh(*self.values, self.curiosity, **style)
        self.colorbar_ = ax.figure.colorbar(self.curiosity_, ax=ax, label="curiosity")
        marks = {
            "linestyle": "none",
            "markeredgecolor": ax.get_facecolor(),
            "markeredgewidth": 1,  # some styles have no edges
            # At the edge of the range a mark is whole, and above the frame.
            "clip_on": False,
            "zorder": 3,
        }
        if self.labelled is not None:
            style = styled(
                Line2D,
                labelled_kw,
                marker="o",
                color=rcParams["text.color"],
                label="labelled",
                **marks,
            )
            self.labelled_ = ax.plot(*self.labelled.T, **style)
        if self.queries is not None:
            style = styled(
                Line2D,
                query_kw,
                marker="D",
                color="C3",
                label="query" if len(self.queries) == 1 else "queries",
                **marks,
            )
            self.queries_ = ax.plot(*self.queries.T, **style)
        if self.queries is not None or self.labelled is not None:
            ax.legend(fontsize="small")
        label_axes(ax, *self.names)
