"""Steps a second of tasks: coadapt, gymnasium, dm_control and EnvPool, in turns within the same minute.

    python3 -m venv bench/peers/.venv-envs
    bench/peers/.venv-envs/bin/pip install -r bench/peers/requirements-envs.txt
    cargo build --release
    bench/peers/.venv-envs/bin/python bench/peers/envs.py

Random actions drawn beforehand, resets included. coadapt steps 8 copies on one thread and on two; gymnasium and
dm_control one environment (they have no threads); EnvPool, where it can be installed, 8 copies on one thread and on two.
A number is the median over rounds; the table says how many times as fast coadapt is as each peer. Run it on an otherwise
idle machine.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

import numpy

ROUND_SECONDS = 0.5
COPIES = 8
ACTION_SETS = 64
# What has to be the same task on both sides: ids of gymnasium, or a domain and a task of the suite.
TASKS = ["Pendulum-v1", "CartPole-v1", "HalfCheetah-v4", "Hopper-v4", "Ant-v4", "Humanoid-v4",
         "dm_control/cartpole-swingup-v0", "dm_control/cheetah-run-v0", "dm_control/humanoid-run-v0"]


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
    """A walk of EnvPool's copies of a gymnasium task; they reset themselves."""
    import envpool

    env = envpool.make_gymnasium(task, num_envs=COPIES, num_threads=threads, seed=0)
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
        wanted = {"dm_control": lambda: of_dm_control(task)}
    else:
        wanted = {"gymnasium": lambda: of_gymnasium(task)}
        for threads in (1, 2):
            wanted[f"envpool, {threads} thread(s)"] = lambda threads=threads: of_envpool(task, threads)
    made, missing = {}, {}
    for name, make in wanted.items():
        try:
            made[name] = make()
        except Exception as error:  # whatever a peer lacks here, the others can still be measured
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return made, missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=TASKS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=Path, default=Path(__file__).parents[2] / "target/release/coadapt")
    arguments = parser.parse_args()
    print("| task | coadapt 1 thread | 2 threads | peer | steps/s | coadapt 1 / peer | coadapt 2 / peer |")
    print("|---|---|---|---|---|---|---|")
    for task in arguments.tasks:
        made, missing = peers(task)
        ours, theirs = {1: [], 2: []}, {name: [] for name in made}
        for _ in range(arguments.rounds):
            for threads, rates in ours.items():
                rates.append(of_coadapt(arguments.program, task, threads))
            for name, step_some in made.items():
                theirs[name].append(rate(step_some))
        one, two = (statistics.median(ours[threads]) for threads in (1, 2))
        for name, rates in theirs.items():
            peer = statistics.median(rates)
            print(f"| {task} | {one:,.0f} | {two:,.0f} | {name} | {peer:,.0f} | {one / peer:.2f} | {two / peer:.2f} |")
        for name, why in missing.items():
            print(f"| {task} | {one:,.0f} | {two:,.0f} | {name} | not measured: {why} | | |")


if __name__ == "__main__":
    main()
