"""Several fitted models put together.

================  =======================================================
module            room
================  =======================================================
``_merge``        the public function
``_merged``       models of one kind, through wrappers
``_exact``        models whose merger is exact: ridge, kernels, processes
================  =======================================================
"""

from skcurious.merging import _exact as _exact
from skcurious.merging._merge import merge
from skcurious.merging._merged import merged

__all__ = ["merge", "merged"]
