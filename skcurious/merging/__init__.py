"""Several fitted models put together.

================  ==========================================================
module            room
================  ==========================================================
``_merge``        the public function
``_merged``       models of one kind, through wrappers
``_exact``        models whose merger is exact: ridge, kernels, processes
``_network``      networks, averaged by their curvatures
``_task_vectors`` what networks learned, as much of each layer as few labels say
================  ==========================================================
"""

from skcurious.merging import _exact as _exact
from skcurious.merging import _network as _network
from skcurious.merging._merge import merge
from skcurious.merging._merged import merged
from skcurious.merging._task_vectors import merge_task_vectors

__all__ = ["merge", "merge_task_vectors", "merged"]
