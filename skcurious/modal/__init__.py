"""Active learning with modAL.

The loop of :class:`modAL.models.ActiveLearner`, working with current
scikit-learn, pandas and polars.  Needs modAL, which need not be installed for
anything else in skcurious.
"""

try:
    import modAL  # noqa: F401
except ImportError as error:
    raise ImportError(
        "skcurious.modal needs modAL: pip install modAL-python (the package named "
        "modAL on PyPI is something else)."
    ) from error

from skcurious.modal._learner import CuriousLearner

__all__ = ["CuriousLearner"]
