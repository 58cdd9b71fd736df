#!/usr/bin/env python3
"""Compare every -v4 and -v5 MuJoCo task with gymnasium, step by step; prints a table (docs/fidelity.md).

    .venv/bin/python tools/compare_gym.py [--starts 20] [--steps 1000] [TASK ...]

Half of the starts are those of resets, half are far from them; each is run past every end, with the
same float64 actions on both sides, some outside the box. A run in which MuJoCo warned on gymnasium's
side is left out and counted: there coadapt ends the episode. Needs tools/requirements.txt and cargo.
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
COLUMNS = ["qpos", "qvel", "observation", "reward"]


def run_gymnasium(env, start, actions):
    """First observation; observations, rewards, endings, states of a run; whether MuJoCo warned."""
    first, rows = gym_runs.begin(env, start), []
    for action in actions:
        obs, reward, terminated, truncated, _ = env.step(action)
        rows.append((obs, reward, terminated + 2 * truncated, gym_runs.state_of(env)))
    return first, rows, gym_runs.warned(env)


def run_coadapt(task, starts, actions):
    """What the example prints for these runs, as one array."""
    parts = [np.array([len(starts), len(actions[0])], dtype=float)]
    for start, sequence in zip(starts, actions):
        parts += [start, np.ravel(sequence)]
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in"), pathlib.Path(folder, "out")
        source.write_bytes(np.concatenate(parts).astype("<f8").tobytes())
        command = ["cargo", "run", "--quiet", "-p", "coadapt-envs", "--example", "rollout", "--"]
        subprocess.run([*command, task, source, target], check=True, cwd=ROOT)
        return np.frombuffer(target.read_bytes(), dtype="<f8")


def compare(task, count, steps):
    """Greatest differences, endings that differ, runs left out."""
    env = gym_runs.make(task)
    rng = np.random.default_rng(sum(map(ord, task)))
    starts, actions, runs, left_out = [], [], [], 0
    while len(starts) < count:
        start = gym_runs.thrown(env, task, rng)
        if len(starts) % 2 == 0:
            env.reset(seed=int(rng.integers(2**31)))
            start = gym_runs.state_of(env)
        source = gym_runs.Actions(int(rng.integers(2**31)), env.action_space.high)
        sequence = [source.next() for _ in range(steps)]
        first, rows, warned = run_gymnasium(env, start, sequence)
        if warned:
            left_out += 1
            continue
        starts.append(start)
        actions.append(sequence)
        runs.append((first, rows))
    return *differences(env, runs, run_coadapt(task, starts, actions)), left_out


def differences(env, runs, found):
    nq, greatest, endings, at = env.unwrapped.model.nq, np.zeros(4), 0, 0

    def take(n):
        nonlocal at
        at += n
        return found[at - n : at]

    def gap(expected):
        return np.abs(take(expected.size) - expected).max()

    for first, rows in runs:
        greatest[2] = max(greatest[2], gap(first))
        for obs, reward, ending, state in rows:
            of_obs, of_reward = gap(obs), gap(np.array([reward]))
            endings += int(take(1)[0] != ending)
            gaps = [gap(state[:nq]), gap(state[nq:]), of_obs, of_reward]
            greatest = np.maximum(greatest, gaps)
    assert at == found.size, "the two sides took other numbers of steps"
    return greatest, endings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    given = parser.parse_args()
    print(f"| task | runs x steps | {' | '.join(COLUMNS)} | endings that differ | runs left out |")
    print("|---|---|" + "---|" * (len(COLUMNS) + 2))
    worst = 0.0
    # The Python bindings leave a MUJOCO_LOG.TXT in the current folder; let it be a passing one.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for task in given.tasks or gym_runs.tasks():
            greatest, endings, left_out = compare(task, given.starts, given.steps)
            numbers = " | ".join("0" if gap == 0 else f"{gap:.1e}" for gap in greatest)
            print(f"| {task} | {given.starts} x {given.steps} | {numbers} | {endings} | {left_out} |", flush=True)
            worst = max(worst, *greatest[:3] / 1e-9, greatest[3] / 1e-12, endings * 2.0)
    if worst > 1:
        sys.exit("more than 1e-9 (rewards 1e-12) or an ending differs")


if __name__ == "__main__":
    main()
