from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True)
def _figures():
    """Draw without a screen, and leave no figure open."""
    if find_spec("matplotlib") is None:
        yield
        return
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    yield
    plt.close("all")
