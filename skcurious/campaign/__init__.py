"""Campaigns of experiments, from no label at all to the last.

A :class:`Campaign` holds a table of candidates and everything that happens to them:
results, runs that are under way, runs that failed, prices.  Needs pandas, which need
not be installed for anything else in skcurious.
"""

try:
    import pandas  # noqa: F401
except ImportError as error:
    raise ImportError(
        'skcurious.campaign needs pandas: pip install "skcurious[suggest]".'
    ) from error

from skcurious.campaign._campaign import Campaign
from skcurious.campaign._status import CampaignStatus

__all__ = ["Campaign", "CampaignStatus"]
