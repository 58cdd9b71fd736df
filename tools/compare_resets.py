#!/usr/bin/env python3
"""Compare where episodes start with gymnasium, by distribution; prints a table (docs/fidelity.md).

    .venv/bin/python tools/compare_resets.py [--count 10000] [TASK ...]

For every coordinate of qpos and qvel, and for the distance of a drawn target from the middle, the
two-sample Kolmogorov-Smirnov test of as many resets on either side. Coordinates that are one and the
same number on both sides are counted apart. With so many tests small p-values must appear: the
threshold is 0.01 divided by the number of tests in the whole table (Bonferroni). Needs
tools/requirements.txt and cargo.
"""

import argparse
import contextlib
import pathlib
import subprocess
import sys
import tempfile

import gym_runs
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEVEL = 0.01


def seed_of(task):
    """Another one for each task, so that the tests are independent."""
    return sum(place * ord(letter) for place, letter in enumerate(task))


def of_gymnasium(task, count):
    env = gym_runs.make(task)
    env.reset(seed=seed_of(task))
    rows = []
    for _ in range(count):
        env.reset()
        rows.append(gym_runs.state_of(env))
    return np.array(rows), env.unwrapped.model


def of_coadapt(task, count, width):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder, "out")
        command = ["cargo", "run", "--quiet", "-p", "coadapt-envs", "--example", "resets", "--"]
        subprocess.run([*command, task, str(count), str(seed_of(task)), target], check=True, cwd=ROOT)
        return np.frombuffer(target.read_bytes(), dtype="<f8").reshape(count, width)


def with_distances(task, states, nq):
    """The states, and beside them how far a drawn target or object lies from the middle."""
    first = {"Reacher": nq - 2, "Pusher": nq - 4}.get(task.split("-")[0])
    if first is None:
        return states
    return np.column_stack([states, np.hypot(states[:, first], states[:, first + 1])])


def kolmogorov_smirnov(a, b):
    """The greatest difference of the empirical distributions, and its p-value (Stephens' form)."""
    everything = np.sort(np.concatenate([a, b]))
    below = [np.searchsorted(np.sort(x), everything, side="right") / x.size for x in (a, b)]
    distance = np.abs(below[0] - below[1]).max()
    root = np.sqrt(a.size * b.size / (a.size + b.size))
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.2:
        return distance, 1.0  # The series below needs ever more terms, and the sum is 1 to 12 digits.
    k = np.arange(1, 101)
    p = 2.0 * np.sum((-1.0) ** (k - 1) * np.exp(-2.0 * (k * x) ** 2))
    return distance, float(np.clip(p, 0.0, 1.0))


def compare(task, count):
    """Distance and p-value of each coordinate that varies, and how many do not."""
    theirs, model = of_gymnasium(task, count)
    ours = of_coadapt(task, count, theirs.shape[1])
    theirs, ours = (with_distances(task, states, model.nq) for states in (theirs, ours))
    results, fixed = [], 0
    for a, b in zip(theirs.T, ours.T):
        if np.ptp(a) == 0 and np.ptp(b) == 0 and a[0] == b[0]:
            fixed += 1
        else:
            results.append(kolmogorov_smirnov(a, b))
    return results, fixed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    given = parser.parse_args()
    # The test must tell apart what differs, or the table means nothing.
    rng = np.random.default_rng(0)
    x, same, other = (rng.uniform(-end, end, 10_000) for end in (1.0, 1.0, 1.1))
    assert kolmogorov_smirnov(x, other)[1] < 1e-6 < kolmogorov_smirnov(x, same)[1]
    print("| task | resets | coordinates tested | equal and fixed | greatest distance | least p |")
    print("|---|---|---|---|---|---|")
    tests, least = 0, 1.0
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for task in given.tasks or gym_runs.tasks():
            results, fixed = compare(task, given.count)
            distance = max(distance for distance, _ in results)
            p = min(p for _, p in results)
            print(f"| {task} | {given.count} | {len(results)} | {fixed} | {distance:.4f} | {p:.2g} |", flush=True)
            tests, least = tests + len(results), min(least, p)
    threshold = LEVEL / tests
    print(f"\n{tests} tests; the least p is {least:.2g}, the threshold {LEVEL} / {tests} = {threshold:.2g}.")
    if least < threshold:
        sys.exit("a distribution differs")


if __name__ == "__main__":
    main()
