"""Coefficients over alpha, and the tangent that says how they move."""

from numbers import Integral

import numpy as np
from sklearn.base import clone

from skcurious._calls import estimator_first
from skcurious._leave_one_out import check_alphas
from skcurious._reach import reach
from skcurious._units import coefficient_names
from skcurious.inspection._features import positions_of
from skcurious.inspection._matplotlib import (
    check_matplotlib,
    cycled,
    label_axes,
    name_curves,
    new_axes,
    styled,
)
from skcurious.linear_model import CuriousRidge, CuriousRidgeCV


class TangentDisplay:
    """Regularisation path of a ridge model, with its regularity tangent.

    The curves are refits over a range of alpha, the arrows ``coef_tangent_``
    of the one model that was fitted: each arrow touches its curve.  Made by
    :meth:`from_estimator`; all parameters are kept as attributes.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,)
        Regularisation strengths of the path, rising.
    path : ndarray of shape (n_features, n_alphas)
        Coefficients refitted with each.
    alpha : float
        Regularisation strength of the fitted model.
    coef, coef_tangent : ndarray of shape (n_features,)
        Its coefficients, and their derivatives with respect to alpha.
    names : list of str
        Names of the features.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the path, over alpha on a logarithmic scale.
    figure_ : matplotlib Figure
        Figure that holds it.
    lines_ : list of matplotlib Line2D
        Path of each coefficient.
    arrows_ : list of matplotlib Annotation
        Arrows from ``(alpha, coef)``, where ``xyann`` is, to ``xy``.
    alpha_line_ : matplotlib Line2D
        Vertical line at `alpha`.

    See Also
    --------
    skcurious.predict_tangent : The same derivative, of predictions.

    Notes
    -----
    On the logarithmic scale an arrow has the slope ``alpha * coef_tangent_`` for
    each e-fold of alpha, ``d coef / d log(alpha)``.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.inspection import TangentDisplay
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X, y)
    >>> display = TangentDisplay.from_estimator(model, X, y, features=["bmi", "s5"])
    >>> [line.get_label() for line in display.lines_]
    ['bmi', 's5']
    """

    def __init__(self, *, alphas, path, alpha, coef, coef_tangent, names):
        self.alphas = alphas
        self.path = path
        self.alpha = alpha
        self.coef = coef
        self.coef_tangent = coef_tangent
        self.names = names

    @classmethod
    @estimator_first
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        sample_weight=None,
        alphas=None,
        features=None,
        target=None,
        ax=None,
        line_kw=None,
        arrow_kw=None,
    ):
        """Refit a ridge model over a range of alpha, and draw its coefficients.

        Parameters
        ----------
        estimator : estimator
            A fitted :class:`~skcurious.linear_model.CuriousRidge` or
            :class:`~skcurious.linear_model.CuriousRidgeCV`, or a Pipeline,
            search, TransformedTargetRegressor or modAL learner around one.  It
            is not fitted again: clones of the regressor are, on rows that
            are transformed once by what is fitted.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows that it was fitted on.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights, needed if it was fitted with weights.
        alphas : array-like of shape (n_alphas,), default=None
            Regularisation strengths of the path, positive; by default ten in
            each of the three decades below the fitted one and above.
        features : int, str or list of such, default=None
            Features, by position or by name, whose coefficients are drawn: as
            the regressor sees them, behind the steps of a pipeline.  By
            default all.
        target : int, default=None
            Which target, when there are several.
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure.
        line_kw, arrow_kw : dict, default=None
            As for :meth:`plot`.

        Returns
        -------
        display : TangentDisplay
            What was computed and drawn.

        Raises
        ------
        ImportError
            Without matplotlib.
        TypeError
            When `estimator` holds no ridge regressor with a tangent.
        ValueError
            When an argument does not fit, the model was fitted with
            ``alpha=0``, which has no place on a logarithmic scale, or on other
            rows, labels or weights than these.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        reached = reach(estimator)
        model = reached.estimator
        if not isinstance(model, (CuriousRidge, CuriousRidgeCV)):
            raise TypeError(
                f"{cls.__name__} draws the coefficients of CuriousRidge and "
                f"CuriousRidgeCV, got a {type(model).__name__}."
            )
        target = _check_target(target, reached.model.n_outputs)
        alpha = _fitted_alpha(model, target)
        if alphas is None:
            alphas = alpha * np.logspace(-3, 3, 61)
        else:
            alphas = np.sort(check_alphas(alphas))
        names = coefficient_names(estimator, model)
        chosen = list(range(len(names)))
        if features is not None:
            chosen = positions_of(features, names)
        rows = reached.rows(X)
        labels = reached.labels(y, rows)[:, target]
        coef = np.atleast_2d(model.coef_)[target]
        refit = _refit(model)

        def refitted(alpha):
            return refit.set_params(alpha=alpha).fit(rows, labels, sample_weight).coef_

        _check_fitted_on(rows, labels, coef, refitted(alpha))
        path = [refitted(each)[chosen] for each in alphas]
        display = cls(
            alphas=alphas,
            path=np.column_stack(path),
            alpha=alpha,
            coef=coef[chosen],
            coef_tangent=np.atleast_2d(model.coef_tangent_)[target, chosen],
            names=[names[position] for position in chosen],
        )
        return display.plot(ax, line_kw=line_kw, arrow_kw=arrow_kw)

    def plot(self, ax=None, *, line_kw=None, arrow_kw=None):
        """Draw the path and the arrows.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; by default of a new figure. Up to ten features
            are named, more than five beside the axes, in the order of their
            coefficients: make figures of your own with ``layout="constrained"``.
        line_kw : dict, default=None
            Keywords of ``Axes.plot`` for the path.
        arrow_kw : dict, default=None
            Keywords of :class:`matplotlib.patches.FancyArrowPatch` for the
            arrows.

        Returns
        -------
        display : TangentDisplay
            This display.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        from matplotlib.lines import Line2D
        from matplotlib.patches import FancyArrowPatch

        arrow_kw = arrow_kw or {}
        ax = new_axes(ax)
        ax.set_xscale("log")
        self.alpha_line_ = ax.axvline(self.alpha, color="0.6", linestyle=":", zorder=1)
        self.lines_ = []
        for index, (name, coefs) in enumerate(zip(self.names, self.path, strict=True)):
            style = styled(
                Line2D, line_kw or {}, label=name, linewidth=1, **cycled(index)
            )
            self.lines_ += ax.plot(self.alphas, coefs, **style)
        # An eighth of the axis, in e-folds.
        length = np.log(self.alphas[-1] / self.alphas[0]) / 8 or 1.0
        tips = self.coef + length * self.alpha * self.coef_tangent
        self.arrows_ = []
        for line, start, tip in zip(self.lines_, self.coef, tips, strict=True):
            color = line.get_color()
            # "color" is no alias of these two, and cannot stand beside them.
            colors = {"edgecolor": color, "facecolor": color}
            style = styled(
                FancyArrowPatch,
                arrow_kw,
                arrowstyle="-|>",
                mutation_scale=12,
                linewidth=2,
                shrinkA=0,
                shrinkB=0,
                **({} if "color" in arrow_kw else colors),
            )
            self.arrows_.append(
                ax.annotate(
                    "",
                    xy=(self.alpha * np.exp(length), tip),
                    xytext=(self.alpha, start),
                    arrowprops=style,
                )
            )
        ax.update_datalim([(self.alpha * np.exp(length), tip) for tip in tips])
        ax.autoscale_view()
        if len(self.names) <= 10:
            heights = dict(zip(self.lines_, self.coef, strict=True))
            name_curves(ax, len(self.names), heights)
        title = f"Curves: refits. Arrows: tangent at alpha = {self.alpha:.3g}"
        label_axes(ax, "alpha", "coefficient", title)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _check_target(target, n_targets):
    if target is None:
        if n_targets > 1:
            raise ValueError(
                f"The estimator has {n_targets} targets: choose one with target=0 to "
                f"target={n_targets - 1}."
            )
        return 0
    if not isinstance(target, Integral) or not 0 <= target < n_targets:
        raise ValueError(
            f"target must be an integer from 0 to {n_targets - 1}, got {target!r}."
        )
    return int(target)


def _fitted_alpha(model, target):
    alpha = model.alpha_ if isinstance(model, CuriousRidgeCV) else model.alpha
    alpha = float(np.ravel(alpha)[target if np.size(alpha) > 1 else 0])
    if alpha == 0:
        raise ValueError(
            "The estimator was fitted with alpha=0, which has no place on a "
            "logarithmic scale. Fit it with alpha > 0."
        )
    return alpha


def _check_fitted_on(rows, labels, coef, refit):
    """Raise when the model has other coefficients than a refit on these rows."""
    # In units of y: constant labels leave coefficients of rounding errors.
    largest = abs(rows).max()
    scale = max(np.abs(coef).max() * largest, 1e-8 * np.abs(labels).max())
    if np.abs(refit - coef).max() * largest > 1e-3 * scale:
        raise ValueError(
            "A refit on these rows has other coefficients than the estimator, so that "
            "its arrows would not touch the path. Pass the X and y that it was fitted "
            "on, and sample_weight if it was fitted with weights."
        )


def _refit(model):
    """An unfitted ridge model like this one, whose alpha can be set."""
    if isinstance(model, CuriousRidge):
        return clone(model).set_params(store_covariance=False)
    return CuriousRidge(
        fit_intercept=model.fit_intercept,
        solver="svd" if model.gcv_mode == "svd" else "auto",
        store_covariance=False,
    )
