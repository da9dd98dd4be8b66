import numpy as np
import pytest

pytest.importorskip("pandas")

import pandas as pd


@pytest.fixture
def candidates():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((40, 2)), columns=["time", "heat"])
    frame["solvent"] = np.array(["THF", "water", "DMF"])[rng.integers(0, 3, 40)]
    return frame.set_index(pd.Index([f"e{i}" for i in range(40)], name="run"))


def measured(rows):
    """What the experiment gives."""
    return 3 * rows["time"] - rows["heat"] + (rows["solvent"] == "THF")


@pytest.fixture
def lab():
    return lambda rows: rows.assign(result=measured(rows))


@pytest.fixture
def campaign(candidates):
    from skcurious.campaign import Campaign

    return Campaign(candidates, "result", model="ridge")
