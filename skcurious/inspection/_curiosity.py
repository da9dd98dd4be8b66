"""Where a model is curious, along one feature or two."""

import numpy as np
from sklearn.utils import check_array, check_consistent_length

from skcurious._calls import estimator_first
from skcurious._reach import reach_curious
from skcurious._units import predictions
from skcurious.inspection._curiosity_drawing import CuriosityDrawing
from skcurious.inspection._matplotlib import (
    check_matplotlib,
    label_axes,
    new_axes,
    two_axes,
)
from skcurious.inspection._slice import Slice


class CuriosityDisplay(CuriosityDrawing):
    """Curiosity of a model along one feature, or over the plane of two.

    Made by :meth:`from_estimator`; all parameters are kept as attributes.

    Parameters
    ----------
    values : list of one or two ndarrays
        Where each varying feature was evaluated.
    curiosity : ndarray of shape (n_values,) or (n_second, n_first)
        Curiosity there, in squared units of ``y**2 / alpha``.
    names : list of str
        Names of the varying features.
    prediction : ndarray of shape (n_values,) or (n_values, n_targets), \
            default=None
        Predictions, in units of y; with one feature only.
    band : pair of such ndarrays, default=None
        Predictions two standard deviations lower and higher; None without a
        covariance.
    queries : ndarray of shape (n_queries, 1) or (n_queries, 2), default=None
        Where the queries lie along the features.
    labelled : ndarray of shape (n_labelled, 1) or (n_labelled, 2), default=None
        Where the labelled rows lie.
    labels : ndarray of shape (n_labelled, n_targets), default=None
        Their labels; with one feature only.
    title : str, default=""
        Says what the other features are held at.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curiosity.
    prediction_ax_ : matplotlib Axes or None
        Axes with the predictions; None with two features.
    figure_ : matplotlib Figure
        Figure that holds them.
    curiosity_ : matplotlib Line2D or QuadMesh
        Curve or map of the curiosity.
    colorbar_ : matplotlib Colorbar or None
        Its scale; None with one feature.
    lines_ : list of matplotlib Line2D or None
        The predictions, one line for each target; None with two features.
    bands_ : list of matplotlib PolyCollection or None
        Bands of two standard deviations around them; None where there are none.
    queries_ : list of matplotlib Line2D or None
        Marks of the queries, in each of the axes.
    labelled_ : list of matplotlib Line2D or None
        Marks of the labelled rows, for each target.

    See Also
    --------
    skcurious.curiosity_score : The numbers.
    skcurious.query : Strategies, which return the indices of queries.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousKernelRidge
    >>> from skcurious.inspection import CuriosityDisplay
    >>> from skcurious.query import curiosity_sampling
    >>> X = np.array([[0.0], [1.0], [2.0], [5.0]])
    >>> model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, np.sin(X[:, 0]))
    >>> pool = np.linspace(0, 6, 50)[:, None]
    >>> queries, _ = curiosity_sampling(model, pool)
    >>> display = CuriosityDisplay.from_estimator(model, pool, queries=queries)
    >>> display.ax_.get_ylabel()
    'curiosity'
    """

    def __init__(
        self,
        *,
        values,
        curiosity,
        names,
        prediction=None,
        band=None,
        queries=None,
        labelled=None,
        labels=None,
        title="",
    ):
        self.values = values
        self.curiosity = curiosity
        self.names = names
        self.prediction = prediction
        self.band = band
        self.queries = queries
        self.labelled = labelled
        self.labels = labels
        self.title = title

    @classmethod
    @estimator_first
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        features=None,
        queries=None,
        X_labelled=None,
        y_labelled=None,
        noise_variance=None,
        grid_resolution=100,
        ax=None,
        line_kw=None,
        fill_between_kw=None,
        curiosity_kw=None,
        query_kw=None,
        labelled_kw=None,
    ):
        """Evaluate a model along one feature or two, and draw its curiosity.

        Features that do not vary are held at their median in `X`, or at the
        most frequent value when they are not numbers: the picture is of that
        line or plane through the table, and the title says so, with the values
        when there are three or fewer.  Queries that were chosen by another
        strategy than curiosity, or that lie in other categories than those
        held, need not lie where the curiosity is largest.

        Parameters
        ----------
        estimator : estimator
            What :func:`skcurious.curiosity_score` takes.
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows that give the range of the features, as `estimator` takes
            them; the pool of candidates, for instance.
        features : int, str or list of one or two such, default=None
            The features that vary, by position or name; arrays have the names
            x0, x1, ....  May be None when X has no more than two columns.
        queries : array-like of shape (n_queries,), default=None
            Rows of `X` to mark, as query strategies return their indices; an
            empty list marks none.
        X_labelled : {array-like, DataFrame} of shape (n_labelled, n_features), \
                default=None
            Labelled rows to mark, with the columns of `X`.
        y_labelled : array-like of shape (n_labelled,) or \
                (n_labelled, n_targets), default=None
            Their labels, in units of y; needed with one varying feature, and
            not drawn with two.
        noise_variance : float, default=None
            Expected squared error of a label around the prediction; by default
            the regressor's ``noise_variance_``.
        grid_resolution : int, default=100
            Points along each feature.  In a column of a DataFrame that holds
            whole numbers these are rounded, and those that repeat left out.
        ax : matplotlib Axes or pair of such, default=None
            As for :meth:`plot`.
        line_kw, fill_between_kw, curiosity_kw, query_kw, labelled_kw : dict, \
                default=None
            As for :meth:`plot`.

        Returns
        -------
        display : CuriosityDisplay
            What was computed and drawn.

        Raises
        ------
        ImportError
            Without matplotlib.
        TypeError
            When `estimator` holds no curious regressor, or rows are a table of
            another kind than pandas.
        ValueError
            When an argument does not fit, or X has more than two columns and
            `features` is None.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        section = Slice(X, features, grid_resolution)
        queries = section.places_of_queries(queries)
        if X_labelled is None and y_labelled is not None:
            raise ValueError("y_labelled was given without X_labelled: give both.")
        labelled = labels = None
        if X_labelled is not None:
            labelled = section.places(X_labelled, "X_labelled")
        model, given, _ = reach_curious(estimator)
        rows = given(section.rows())
        curiosity = model.curiosity_score(rows, noise_variance=noise_variance)
        prediction = band = None
        if len(section.values) == 1:
            prediction, band = predictions(estimator, model, rows)
            if labelled is not None:
                labels = _check_labels(y_labelled, labelled, prediction)
        display = cls(
            values=section.values,
            curiosity=curiosity.reshape([len(v) for v in reversed(section.values)]),
            names=section.names,
            prediction=prediction,
            band=band,
            queries=queries,
            labelled=labelled,
            labels=labels,
            title=section.title,
        )
        return display.plot(
            ax,
            line_kw=line_kw,
            fill_between_kw=fill_between_kw,
            curiosity_kw=curiosity_kw,
            query_kw=query_kw,
            labelled_kw=labelled_kw,
        )

    def plot(
        self,
        ax=None,
        *,
        line_kw=None,
        fill_between_kw=None,
        curiosity_kw=None,
        query_kw=None,
        labelled_kw=None,
    ):
        """Draw the curiosity.

        With one feature the predictions are drawn above, with a band of two
        standard deviations of the mean for models that have a covariance, and
        the curiosity below, with a dotted line at each query.  With two features
        a map of the curiosity is drawn, with a mark at each query.

        Parameters
        ----------
        ax : matplotlib Axes or pair of such, default=None
            Where to draw. With one feature an Axes is divided in two, and a
            pair is for predictions and curiosity: ``ax=(display.prediction_ax_,
            display.ax_)`` draws over another display.  By default a new
            figure.
        line_kw : dict, default=None
            Keywords of ``Axes.plot`` for the predictions.
        fill_between_kw : dict, default=None
            Keywords of ``Axes.fill_between`` for the band.
        curiosity_kw : dict, default=None
            Keywords for the curiosity, of ``Axes.plot`` with one feature and of
            ``Axes.pcolormesh`` with two: ``{"norm": "log"}`` shows what is small.
        query_kw : dict, default=None
            Keywords of ``Axes.plot`` for the queries.
        labelled_kw : dict, default=None
            Keywords of ``Axes.plot`` for the labelled rows.

        Returns
        -------
        display : CuriosityDisplay
            This display.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        self.prediction_ax_ = self.colorbar_ = self.lines_ = self.bands_ = None
        self.queries_ = self.labelled_ = None
        if len(self.values) == 1:
            self.prediction_ax_, self.ax_ = two_axes(ax)
            self._draw_predictions(line_kw or {}, fill_between_kw or {})
            if self.labelled is not None:
                self._draw_labels(labelled_kw or {})
            self.prediction_ax_.legend(fontsize="small")
            self._draw_curve(curiosity_kw or {}, query_kw or {})
            top = self.prediction_ax_
        else:
            self.ax_ = top = new_axes(ax)
            self._draw_map(curiosity_kw or {}, query_kw or {}, labelled_kw or {})
        label_axes(top, title=self.title)
        self.figure_ = self.ax_.figure
        return self


def _check_labels(y, places, prediction):
    """Labels of shape (n_labelled, n_targets), with the targets of y itself."""
    if y is None:
        raise ValueError(
            "y_labelled is None, but with one varying feature the labels of "
            "X_labelled are drawn: give both."
        )
    y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y_labelled")
    check_consistent_length(places, y)
    y, targets = y.reshape(len(y), -1), prediction.reshape(len(prediction), -1)
    if y.shape[1] != targets.shape[1]:
        raise ValueError(
            f"y_labelled has {y.shape[1]} targets, but the estimator predicts "
            f"{targets.shape[1]}."
        )
    return y
