"""What ``fit`` of a wrapper calls the parameters of the estimator in it."""

from sklearn import get_config
from sklearn.model_selection._search import BaseSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline


def routing_enabled():
    """Whether parameters of ``fit`` are routed by what estimators ask for."""
    return get_config()["enable_metadata_routing"]


def named_for(estimator, name):
    """Give the name by which ``fit`` passes a parameter on to the regressor in it.

    Parameters
    ----------
    estimator : estimator
    A regressor, or Pipelines, searches and EachTargetRegressor around one; not
    fitted. Other wrappers pass parameters on under their own names.
    name : str
    Of the parameter of the regressor's ``fit``.

    Returns
    -------
    name : str
    The same, behind the names of the last steps.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcurious import CuriousRidge
    >>> from skcurious._fit_parameters import named_for
    >>> named_for(make_pipeline(StandardScaler(), CuriousRidge()), "sample_weight")
    'curiousridge__sample_weight'
    """
    prefix = ""
    while isinstance(estimator, (Pipeline, BaseSearchCV, MultiOutputRegressor)):
        if isinstance(estimator, Pipeline):
            last, estimator = estimator.steps[-1]
            prefix += f"{last}__"
        else:
            estimator = estimator.estimator
    return prefix + name
