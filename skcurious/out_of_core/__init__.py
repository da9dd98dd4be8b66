"""Pools and training rows that do not fit into memory, without a cluster.

A pool is anything that has its rows in chunks: a memory map, a CSV or Parquet
file, an iterator of arrays or frames.  It is read once, and never held as a
whole.  :mod:`skcurious.dask` does the same on Dask collections.
"""

from skcurious.out_of_core._ridge import fit_ridge
from skcurious.out_of_core._scores import curiosity_score, top_k
from skcurious.out_of_core._sources import read_chunks

__all__ = ["curiosity_score", "fit_ridge", "read_chunks", "top_k"]
