"""Pictures of what a model is curious about, and of what came of it.

Displays after scikit-learn's conventions: ``from_estimator`` or
``from_results`` computes, ``plot`` draws, on an axis of yours with ``ax=``, and
what was drawn is in attributes that end in an underscore.  They need
matplotlib, ``pip install "skcurious[plot]"``, which is imported when they draw.
"""

from skcurious.inspection._campaign import CampaignHistoryDisplay
from skcurious.inspection._curiosity import CuriosityDisplay
from skcurious.inspection._explain import explain_queries
from skcurious.inspection._explain_display import QueryExplanationDisplay
from skcurious.inspection._learning_curves import ActiveLearningCurveDisplay
from skcurious.inspection._tangent import TangentDisplay

__all__ = [
    "ActiveLearningCurveDisplay",
    "CampaignHistoryDisplay",
    "CuriosityDisplay",
    "QueryExplanationDisplay",
    "TangentDisplay",
    "explain_queries",
]
