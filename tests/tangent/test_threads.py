"""One thread inside, as many as before outside."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skcurious.tangent import CholeskyFactor, _threads
from skcurious.tangent._threads import _Pools, one_thread


class Pool:
    """Stands for a library: only its number of threads."""

    internal_api, threading_layer = "openblas", "pthreads"

    def __init__(self, num_threads=4):
        self.num_threads = num_threads

    def set_num_threads(self, limit):
        self.num_threads = limit


@pytest.fixture
def pools(monkeypatch):
    fresh = _Pools()
    fresh.pools = [Pool(4), Pool(3)]
    monkeypatch.setattr(_threads, "_pools", fresh)
    return fresh.pools


def numbers(pools):
    return [pool.num_threads for pool in pools]


def test_limits_inside_and_restores(pools):
    with one_thread():
        assert numbers(pools) == [1, 1]
    assert numbers(pools) == [4, 3]


def test_not_when_told_not_to(pools):
    with one_thread(False):
        assert numbers(pools) == [4, 3]


def test_restores_after_an_exception(pools):
    with pytest.raises(ZeroDivisionError), one_thread():
        1 / 0
    assert numbers(pools) == [4, 3]


def test_nested(pools):
    with one_thread():
        with one_thread():
            pass
        with one_thread(False):
            assert numbers(pools) == [1, 1]
    assert numbers(pools) == [4, 3]


def test_threads_that_overlap(pools):
    """The first to come is not the last to leave."""
    entered, left = threading.Event(), threading.Event()

    def second():
        with one_thread():
            entered.set()
            assert left.wait(10)

    thread = threading.Thread(target=second)
    with one_thread():
        thread.start()
        assert entered.wait(10)
    assert numbers(pools) == [1, 1]  # the second is still inside
    left.set()
    thread.join()
    assert numbers(pools) == [4, 3]


def test_the_limits_of_the_caller_come_back(pools):
    pools[0].num_threads = 2
    with one_thread():
        pass
    assert numbers(pools) == [2, 3]


def test_nothing_found(monkeypatch):
    import threadpoolctl

    class Nothing:
        lib_controllers = ()

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Nothing)
    monkeypatch.setattr(_threads, "_pools", _Pools())
    with one_thread():
        assert np.ones((2, 2)).sum() == 4


def test_only_openblas_with_threads_of_its_own(monkeypatch):
    import threadpoolctl

    mine, shared, other = Pool(), Pool(), Pool()
    shared.threading_layer, other.internal_api = "openmp", "mkl"

    class Some:
        lib_controllers = (mine, shared, other)

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Some)
    assert _Pools().find() == [mine]


def openblas():
    return {
        library["filepath"]: library["num_threads"]
        for library in threadpool_info()
        if library["internal_api"] == "openblas"
        and library["threading_layer"] != "openmp"
    }


def test_the_libraries_themselves():
    with threadpool_limits(2):
        before = openblas()
        with one_thread():
            assert set(openblas().values()) <= {1}
        assert openblas() == before


def test_a_failed_factorisation_leaves_the_threads(pools):
    assert CholeskyFactor.try_factorise(-np.eye(3), alpha=0.0) is None
    assert numbers(pools) == [4, 3]


@pytest.mark.parametrize("size", [3, 300])
def test_factors_do_not_depend_on_it(size, monkeypatch):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((size, size))
    A = A @ A.T
    B = rng.standard_normal((size, 2))
    alone = CholeskyFactor.try_factorise(A.copy(), 1.0).solve(B).value
    monkeypatch.setattr("skcurious.tangent._factor.FACTORISATION", 0)
    monkeypatch.setattr("skcurious.tangent._factor.PRODUCT", 0)
    together = CholeskyFactor.try_factorise(A.copy(), 1.0).solve(B).value
    np.testing.assert_allclose(alone, together, rtol=1e-10, atol=1e-12)
