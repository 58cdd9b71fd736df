#!/usr/bin/env python3
"""Compare the DeepMind Control tasks of crates/envs with dm_control, and print both tables of docs/fidelity-dmc.md.

    python3 -m venv .venv && .venv/bin/pip install -r tools/requirements-dmc.txt
    .venv/bin/python tools/fidelity_dmc.py steps        # about 10 minutes
    .venv/bin/python tools/fidelity_dmc.py resets       # about 20 minutes

`steps` runs EPISODES in dm_control, replays them from the same states with the same actions, and prints
the largest difference of every number of every step. `resets` draws 10,000 resets a task on both sides and
compares the distributions, coordinate by coordinate, with a two-sample Kolmogorov-Smirnov test; and in the same way the product of any two coordinates, which shows how they hang
together. Corrected p-values are Bonferroni's: times the number of tests.
"""

import csv
import io
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from scipy import stats

import dmc_episodes

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESETS = 10_000

# (how the start is made, steps, stride, amplitude, hold): 8 whole episodes and 200 short ones.
EPISODES = [("drawn", 1000, 1, amplitude, hold) for amplitude, hold in ((1.0, 1), (1.0, 5), (1.0, 25), (0.5, 10))]
EPISODES += [("placed", 1000, 1, amplitude, hold) for amplitude, hold in ((0.0, 1), (0.2, 5), (1.0, 3), (1.0, 50))]
EPISODES += [("placed", 20, 1, amplitude, 4) for amplitude in np.linspace(0, 1, 200)]


def ours(*arguments):
    """Runs the Rust side; what it printed."""
    command = ["cargo", "run", "--quiet", "-p", "coadapt-envs", "--example", "dmc_fidelity", "--", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def steps(folder):
    for index, task in enumerate(dmc_episodes.TASKS):
        dmc_episodes.write(folder / f"{task}.f64", task, EPISODES, 700 + index)
        print(f"ran {task} in dm_control", file=sys.stderr)
    print("| task | starts | steps | rewarded | qpos | qvel | observation | reward |")
    print("|---|---|---|---|---|---|---|---|")
    for row in csv.DictReader(io.StringIO(ours("replay", str(folder)))):
        gaps = [f"{float(row[key]):.1e}" if float(row[key]) else "0" for key in ("qpos", "qvel", "obs", "reward")]
        share = int(row["rewarded"]) / int(row["steps"])
        print(f"| {row['task']} | {row['starts']} | {int(row['steps']):,} | {share:.0%} | {' | '.join(gaps)} |")


def theirs(task, seed):
    env = dmc_episodes.load(task, seed)
    return np.array([np.concatenate(dmc_episodes.drawn_start(env, task)) for _ in range(RESETS)])


def ks(a, b):
    return stats.ks_2samp(a, b, method="asymp")


def coordinates(a, b, task):
    """The columns that differ from draw to draw and from each other, and how many do not."""
    kept = []
    for column in range(a.shape[1]):
        if np.ptp(b[:, column]) < 1e-12:
            # What a reset leaves alone has one value, and must have the same on both sides to rounding.
            same = np.ptp(a[:, column]) < 1e-12 and abs(a[0, column] - b[0, column]) < 1e-12
            assert same, (task, column)
        elif any(np.array_equal(b[:, column], b[:, other]) for other in kept):
            # A copy of another (the light over a target) must be one on both sides.
            assert any(np.array_equal(a[:, column], a[:, other]) for other in kept), (task, column)
        else:
            kept.append(column)
    return kept, a.shape[1] - len(kept)


def pairs(a, b):
    """Tests of the products of any two standardised coordinates: how they hang together."""
    mean, std = b.mean(axis=0), b.std(axis=0)
    a, b = (a - mean) / std, (b - mean) / std
    return [ks(a[:, i] * a[:, j], b[:, i] * b[:, j]) for i in range(a.shape[1]) for j in range(i)]


def compare(task, found, expected):
    assert found.shape == expected.shape, (task, found.shape, expected.shape)
    kept, fixed = coordinates(found, expected, task)
    found, expected = found[:, kept], expected[:, kept]
    each = [ks(found[:, column], expected[:, column]) for column in range(len(kept))]
    return fixed, each, pairs(found, expected)


def corrected(tests):
    """The smallest p-value, and what is left of it for having looked at so many."""
    smallest = min((test.pvalue for test in tests), default=1.0)
    return smallest, min(1.0, smallest * max(1, len(tests)))


def resets(folder):
    ours("resets", str(folder), str(RESETS), "11")
    print("| task | coordinates: drawn, fixed | largest D | smallest p | corrected "
          "| pairs | largest D | smallest p | corrected |")
    print("|---|---|---|---|---|---|---|---|---|")
    all_each, all_pairs = [], []
    for index, task in enumerate(dmc_episodes.TASKS):
        found = np.fromfile(folder / f"{task}.resets", "<f8").reshape(RESETS, -1)
        fixed, each, both = compare(task, found, theirs(task, 900 + index))
        all_each, all_pairs = all_each + each, all_pairs + both
        cells = [task, f"{len(each)}, {fixed}"]
        for tests in (each, both):
            smallest, left = corrected(tests)
            if tests is both:
                cells.append(str(len(tests)))
            widest = max((test.statistic for test in tests), default=0.0)
            cells += [f"{widest:.4f}", f"{smallest:.2g}", f"{left:.2g}"] if tests else ["-", "-", "-"]
        print(f"| {' | '.join(cells)} |", flush=True)
    for what, tests in (("coordinates", all_each), ("pairs", all_pairs)):
        pvalues = np.array([test.pvalue for test in tests])
        smallest, left = corrected(tests)
        print(f"\n{len(pvalues):,} tests of {what}: smallest p {smallest:.2g}, corrected for their number {left:.2g}; "
              f"{np.mean(pvalues < 0.05):.1%} below 0.05, {np.mean(pvalues < 0.01):.1%} below 0.01.")


def main():
    commands = {"steps": steps, "resets": resets}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: fidelity_dmc.py steps | resets")
    with tempfile.TemporaryDirectory() as folder:
        commands[sys.argv[1]](pathlib.Path(folder))


if __name__ == "__main__":
    main()
