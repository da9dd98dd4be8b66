"""Query strategies for scikit-activeml.

The strategies of :mod:`skcurious.query` as scikit-activeml calls them, for
curious regressors that stand alone, in a Pipeline or a search, or inside a
``SklearnRegressor``, and for ensembles of them; and a design of the first
rows.  Needs scikit-activeml, which need not be installed for anything else in
skcurious.
"""

try:
    import skactiveml  # noqa: F401
except ImportError as error:
    raise ImportError(
        "skcurious.activeml needs scikit-activeml: pip install scikit-activeml."
    ) from error

from skcurious.activeml._criterion import CriterionSampling
from skcurious.activeml._curiosity import CuriositySampling
from skcurious.activeml._design import InitialDesign
from skcurious.activeml._reduction import ExpectedCuriosityReduction
from skcurious.activeml._variance import VarianceSampling

__all__ = [
    "CriterionSampling",
    "CuriositySampling",
    "ExpectedCuriosityReduction",
    "InitialDesign",
    "VarianceSampling",
]
