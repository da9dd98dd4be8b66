"""One thread where more would wait for each other.

The wheels of numpy and scipy bring an OpenBLAS each, with a pool of threads
that spin: a worker burns its core while it waits for its share, and for some
30 ms afterwards.  The threads of a product meet once or twice, those of a
factorisation hundreds of times.  As soon as there are more running threads
than free cores (the other pool still spins, or somebody else computes) each
meeting may cost a time slice of the scheduler: a Cholesky factor of 1,200 rows
takes 20 ms in one thread, and was seen to take 1,600 ms in two.

So what is done soon anyway is done in one thread.  Large problems keep all of
theirs: there the meetings are few for the work.
"""

import threading
from contextlib import contextmanager

# Floating-point operations that one thread takes on alone: of a factorisation
# (some 0.5 s), of a product (0.05 s), and of one step of a loop of products.
FACTORISATION = 2.5e10
PRODUCT = 2e9
STEP = 2e8


class _Pools:
    """OpenBLAS's pools, how many are inside :func:`one_thread`, and what was.

    The number of threads belongs to the process: whoever comes first lowers it,
    and whoever leaves last puts it back.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.inside = 0
        self.pools = None
        self.before = []

    def find(self):
        """Look for the pools, which takes milliseconds: once, at first use.

        An OpenBLAS on OpenMP is left alone.  numpy and scipy share it then, and
        each thread of the process has a limit of its own.
        """
        from threadpoolctl import ThreadpoolController

        return [
            pool
            for pool in ThreadpoolController().lib_controllers
            if pool.internal_api == "openblas"
            and getattr(pool, "threading_layer", None) != "openmp"
        ]

    def enter(self):
        with self.lock:
            if self.pools is None:
                self.pools = self.find()
            if self.inside == 0:
                self.before = [pool.num_threads for pool in self.pools]
                self._set([1] * len(self.pools))
            self.inside += 1

    def leave(self):
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self._set(self.before)

    def _set(self, limits):
        for pool, limit in zip(self.pools, limits, strict=True):
            pool.set_num_threads(limit)


_pools = _Pools()


@contextmanager
def one_thread(when=True):
    """Keep numpy's and scipy's OpenBLAS to one thread, for the whole process.

    May be nested, and entered by several threads at once.

    Parameters
    ----------
    when : bool, default=True
        Whether to do so at all.
    """
    if not when:
        yield
        return
    _pools.enter()
    try:
        yield
    finally:
        _pools.leave()
