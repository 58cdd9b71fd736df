"""Steps a second of tasks: coadapt, gymnasium, dm_control and EnvPool, in turns within the same minute.

    python3.11 -m venv bench/peers/.venv-envs
    bench/peers/.venv-envs/bin/pip install -r bench/peers/requirements-envs.txt
    cargo build --release
    bench/peers/.venv-envs/bin/python bench/peers/envs.py

Random actions drawn beforehand, resets included. coadapt steps 8 copies on one thread and on two; gymnasium and
dm_control one environment (they have no threads); EnvPool 8 copies on one worker thread and on two (its caller is one
more thread, which only waits). A number is the median over rounds. The table says how many times as fast coadapt is as
each peer with as many threads; its last lines count the ratios below 1, by name. Run it on an otherwise idle machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy

ROUND_SECONDS = 0.5
COPIES = 8
ACTION_SETS = 64


def listed(program):
    """The tasks that some peer has too: all but the -v2 of Gym, Striker, and our own."""
    lines = subprocess.run([str(program), "tasks"], check=True, capture_output=True, text=True).stdout.splitlines()
    ids = [line.split()[0] for line in lines if line.strip()]
    of_peers = [task for task in ids if task.startswith("dm_control/") or task.endswith(("-v4", "-v5"))]
    return [task for task in ids if task in BUILT_IN] + of_peers


BUILT_IN = ["Pendulum-v1", "CartPole-v1", "MountainCarContinuous-v0", "Acrobot-v1"]


def rate(step_some):
    """Steps a second of `step_some`, which steps and says how many steps it took."""
    started, steps = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < ROUND_SECONDS:
        steps += step_some()
    return steps / elapsed


def of_coadapt(program, task, threads):
    """A measurement of our own program, in a process of its own."""
    command = [str(program), "bench", "envs", task, "--threads", str(threads), "--rounds", "3", "--json"]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(line)["steps_per_second"]["median"]


def of_gymnasium(task):
    """A walk of gymnasium's own task, with its time limit and without its checks of every step."""
    import gymnasium

    env = gymnasium.make(task, disable_env_checker=True)
    env.action_space.seed(0)
    env.reset(seed=0)
    actions = [env.action_space.sample() for _ in range(ACTION_SETS)]

    def step_some():
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions)

    return step_some


def of_dm_control(task):
    """A walk of a task of the suite."""
    from dm_control import suite

    domain, name = task.removeprefix("dm_control/").removesuffix("-v0").split("-", 1)
    env = suite.load(domain, name.replace("-", "_"), task_kwargs={"random": 0})
    spec, random = env.action_spec(), numpy.random.RandomState(0)
    env.reset()
    actions = [random.uniform(spec.minimum, spec.maximum) for _ in range(ACTION_SETS)]

    def step_some():
        for action in actions:
            if env.step(action).last():
                env.reset()
        return len(actions)

    return step_some


def of_envpool(task, threads):
    """A walk of EnvPool's copies of a task; they reset themselves."""
    import envpool

    if task.startswith("dm_control/"):
        words = task.removeprefix("dm_control/").removesuffix("-v0").replace("-", "_").split("_")
        name = "".join(word.capitalize() for word in words) + "-v1"
    else:
        name = task
    env = envpool.make_gymnasium(name, num_envs=COPIES, num_threads=threads, seed=0)
    env.action_space.seed(0)
    env.reset()
    actions = [numpy.stack([env.action_space.sample() for _ in range(COPIES)]) for _ in range(ACTION_SETS)]

    def step_some():
        for action in actions:
            env.step(action)
        return len(actions) * COPIES

    return step_some


def peers(task):
    """What can be measured of `task` besides coadapt, and why the rest cannot."""
    if task.startswith("dm_control/"):
        wanted = {("dm_control", 1): lambda: of_dm_control(task)}
    else:
        wanted = {("gymnasium", 1): lambda: of_gymnasium(task)}
    for threads in (1, 2):
        wanted["envpool", threads] = lambda threads=threads: of_envpool(task, threads)
    made, missing = {}, {}
    for name, make in wanted.items():
        try:
            made[name] = make()
        except Exception as error:  # whatever a peer lacks here, the others can still be measured
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return made, missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="ids [default: every task that a peer has]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=Path, default=Path(__file__).parents[2] / "target/release/coadapt")
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    os.chdir(tempfile.gettempdir())  # peers leave MuJoCo's log where they run
    tasks = arguments.tasks or listed(arguments.program)
    print("| task | coadapt, 1 thread | 2 threads | peer 1 thread | EnvPool 1 | EnvPool 2 | ratio to peer | to EnvPool 1 | to EnvPool 2 |")
    print("|---|---|---|---|---|---|---|---|---|")
    slower, notes, count = [], [], 0
    for task in tasks:
        made, missing = peers(task)
        ours, theirs = {1: [], 2: []}, {name: [] for name in made}
        for _ in range(arguments.rounds):
            for threads, rates in ours.items():
                rates.append(of_coadapt(arguments.program, task, threads))
            for name, step_some in made.items():
                theirs[name].append(rate(step_some))
        ours = {threads: statistics.median(rates) for threads, rates in ours.items()}
        theirs = {name: statistics.median(rates) for name, rates in theirs.items()}
        columns = [("dm_control" if task.startswith("dm_control/") else "gymnasium", 1), ("envpool", 1), ("envpool", 2)]
        ratios = [(name, ours[name[1]] / theirs[name]) for name in columns if name in theirs]
        count += len(ratios)
        slower += [f"{task} against {name[0]} on {name[1]}: {ratio:.2f}" for name, ratio in ratios if ratio < 1]
        notes += [f"{task}, {name[0]}: {why}" for name, why in missing.items() if name[1] == 1]
        shown = [f"{theirs[name]:,.0f}" if name in theirs else "-" for name in columns]
        shown += [f"{dict(ratios)[name]:.2f}" if name in theirs else "-" for name in columns]
        print(f"| {task} | {ours[1]:,.0f} | {ours[2]:,.0f} | {' | '.join(shown)} |", flush=True)
    print(f"\n{count} ratios, {len(slower)} of them below 1{': ' if slower else ''}{'; '.join(slower)}")
    for note in notes:
        print(f"not measured: {note}")


if __name__ == "__main__":
    main()
