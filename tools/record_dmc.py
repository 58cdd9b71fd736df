#!/usr/bin/env python3
"""Record dm_control trajectories for the tests of crates/envs (developer time only).

    python3 -m venv .venv && .venv/bin/pip install -r tools/requirements-dmc.txt
    .venv/bin/python tools/record_dmc.py crates/envs/tests/data/dmc

The format is described in tools/dmc_episodes.py. For each of the 28 tasks: two whole episodes, one
from a start the task drew and one from a placed start, sampled every hundredth step; and ten short
ones from placed starts, where the reward is not zero. `RECORDED.txt` says what made the files.
"""

import pathlib
import platform
import sys
from importlib.metadata import version

import numpy as np

import dmc_episodes

PLAN = [("drawn", 1000, 100, 1.0, 1), ("placed", 1000, 100, 1.0, 10)]
PLAN += [("placed", 20, 10, amplitude, 5) for amplitude in (0.0, 0.1, 0.1, 0.3, 0.3, 0.5, 0.5, 1.0, 1.0, 1.0)]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: record_dmc.py FOLDER")
    folder = pathlib.Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for index, task in enumerate(dmc_episodes.TASKS):
        path = folder / f"{task}.f64"
        rewards = dmc_episodes.write(path, task, PLAN, 300 + index)
        print(f"{task:26} {path.stat().st_size:7} bytes, {np.mean(rewards > 0):.0%} of the steps rewarded,"
              f" reward from {rewards.min():.3g} to {rewards.max():.3g}")
    (folder / "RECORDED.txt").write_text(
        "Recorded by tools/record_dmc.py (tools/dmc_episodes.py describes the format) with\n"
        f"dm_control {version('dm_control')}, mujoco {version('mujoco')}, numpy {np.__version__}, "
        f"Python {platform.python_version()}, {' '.join(platform.libc_ver())}, {platform.machine()}.\n")


if __name__ == "__main__":
    main()
