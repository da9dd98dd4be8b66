"""A process that is killed at any moment loses nothing that it said was saved.

SKCURIOUS_CRASHES sets how many times, 6 by default.
"""

import os
import random
import subprocess
import sys
import time

import pytest

pytest.importorskip("pandas")

from skcurious.campaign import Campaign

N_CRASHES = int(os.environ.get("SKCURIOUS_CRASHES", 6))
# Adds, suggests and saves for ever; says after each save how many results it has.
CHILD = """
import sys
from skcurious.campaign import Campaign

folder = sys.argv[1]
campaign = Campaign.load(folder)
print("ready", flush=True)
while True:
    rows = campaign.suggest(2, mark=True)
    campaign.save(folder)
    results = ["failed", 1.0] if len(campaign.measurements) % 7 == 6 else [2.0, 1.0]
    campaign.add(rows.assign(result=results)).save(folder)
    n = len(campaign.measurements)
    print(n, (campaign.states == "failed").sum(), flush=True)
    if len(campaign._state.log) > 60:
        campaign.remove(range(50))
        campaign.unmark(campaign.states.index[campaign.states != "open"])
        campaign.save(folder)
        print(len(campaign.measurements), 0, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL is of posix")
def test_killed_at_random_moments(campaign, tmp_path):
    campaign.save(tmp_path)
    rng = random.Random(0)
    said = 0
    for _ in range(N_CRASHES):
        child = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.0, 0.3))
        child.kill()
        lines = child.stdout.read().splitlines()
        child.wait()
        child.stdout.close()
        loaded = Campaign.load(tmp_path)
        state = len(loaded.measurements), int((loaded.states == "failed").sum())
        if lines and len(lines[-1].split()) == 2:
            said += len(lines)
            n, failed = map(int, lines[-1].split())
            # What came after may have been saved and not said.
            later = [(n, failed), (n + 2, failed), (n + 1, failed + 1), (n - 50, 0)]
            assert state in later
    assert said or N_CRASHES < 20
