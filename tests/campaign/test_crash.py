"""A process that is killed at any moment loses nothing that it said was saved.

SKCURIOUS_CRASHES sets how many times, 10 by default.
"""

import os
import subprocess
import sys

import pytest

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign import Campaign

# A copy of a process that has imported everything suggests, adds and saves. Before
# each save it says what the folder should hold, and after it that it does. Then it is
# killed, and the folder has to hold what was said last, or what was to come.
DRIVER = """
import hashlib, os, random, signal, sys, time
from skcurious.campaign import Campaign

folder, n_crashes = sys.argv[1], int(sys.argv[2])
rng = random.Random(0)

def digest(campaign):
    state = campaign._state
    held = state.log.to_csv(), sorted(state.pending), sorted(state.failed)
    return hashlib.sha256(repr(held).encode()).hexdigest()

def cycle(campaign, save):
    rows = campaign.suggest(2, mark=True)
    save(campaign)
    n = len(campaign._state.log)
    campaign.add(rows.assign(y=["failed" if n % 7 == 6 else n, n + 1.5]))
    save(campaign)
    if n > 100:
        tried = campaign.states.index[campaign.states != "open"]
        save(campaign.remove(range(80)).unmark(tried))

def work(pipe):
    def save(campaign):
        os.write(pipe, f"will {digest(campaign)}\\n".encode())
        campaign.save(folder)
        os.write(pipe, f"did {digest(campaign)}\\n".encode())
    campaign = Campaign.load(folder)
    while True:
        cycle(campaign, save)

campaign, start = Campaign.load(folder), time.perf_counter()
cycle(campaign, lambda campaign: campaign.save(folder))
seconds = time.perf_counter() - start
held, n_saves, n_between = digest(campaign), 0, 0
for _ in range(n_crashes):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        work(writer)
    os.close(writer)
    time.sleep(rng.uniform(0.0, 2.0 * seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        said = [line.split() for line in pipe]
    done = [value for what, value in said if what == "did"]
    n_saves += len(done)
    allowed = {done[-1] if done else held}
    if said and said[-1][0] == "will":
        allowed.add(said[-1][1])
        n_between += 1
    held = digest(Campaign.load(folder))
    assert held in allowed, (held, allowed)
    assert len(os.listdir(folder)) < 12, os.listdir(folder)
print(n_saves, n_between)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="copies are of posix")
def test_killed_at_random_moments(tmp_path):
    n_crashes = int(os.environ.get("SKCURIOUS_CRASHES", 10))
    rows = [(i, j) for i in range(15) for j in range(20)]
    table = pd.DataFrame(rows, columns=["a", "b"]).assign(y=[*range(20), *[None] * 280])
    Campaign(table, "y", model="ridge").save(tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, tmp_path, str(n_crashes)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    n_saves, n_between = map(int, done.stdout.split())
    print(f"{n_crashes} crashes, {n_saves} saves, {n_between} between will and did")
    assert n_saves > 0
