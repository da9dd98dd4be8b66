"""Steps of a campaign, told to whoever shows them."""

from threading import Thread

import numpy as np
import pytest

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign import Campaign
from skcurious.campaign._progress import told


class Heard(list):
    def at(self, what):
        self.append(what)


@pytest.fixture
def campaign():
    table = pd.DataFrame({"a": np.arange(12.0), "y": [1.0, 2, 4, 3, 5, 6] + [None] * 6})
    return Campaign(table, "y", model="ridge")


def test_each_long_step_is_told(campaign, tmp_path):
    heard = Heard()
    with told(heard):
        campaign.suggest(1)
        assert heard == ["Choosing rows", "Fitting the model"][::-1]
        campaign.status()
        campaign.report(tmp_path / "page.html")
    assert heard.count("Fitting the model") == 1
    assert "Cross-validation, part 5 of 5" in heard
    assert heard[-1] == "Writing the page"


def test_nobody_else_hears(campaign):
    heard = Heard()
    with told(heard):
        other = Thread(target=campaign.suggest)
        other.start()
        other.join()
    campaign.status()
    assert heard == []


def test_what_a_suggestion_passes_is_not_reckoned_again(campaign):
    heard = Heard()
    with told(heard):
        campaign.suggest(2)
        gain = campaign.status().gain
    assert "Reckoning what one more label buys" not in heard
    again = campaign._outlook.until(1)
    assert again.gain == gain
