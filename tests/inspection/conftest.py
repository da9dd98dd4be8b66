import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def _figures():
    """Draw without a screen, and leave no figure open."""
    plt.switch_backend("agg")
    yield
    plt.close("all")
