#!/usr/bin/env python3
"""Runs what docs/results.md reports, two at a time, and prints its tables.

    python3 bench/results.py [--out runs/results] [--jobs 2] [--only Pendulum-v1] [--algo sac]

Runs that are finished are not run again; interrupted ones are resumed. Needs `cargo` and nothing else.
"""

import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess

PROGRAM = "target/release/coadapt"

# algorithm, task, steps, seeds, further arguments
STUDIES = [
    ("sac", "Pendulum-v1", 20_000, 5, []),
    ("mpo", "Pendulum-v1", 20_000, 3, []),
    ("awac", "Pendulum-v1", 20_000, 3, []),
    ("awr", "Pendulum-v1", 100_000, 3, []),
    ("awr_xbp", "Pendulum-v1", 100_000, 3, []),
    ("ddpg", "Pendulum-v1", 20_000, 3, []),
    ("td3", "Pendulum-v1", 20_000, 3, []),
    ("ddpg", "MountainCarContinuous-v0", 20_000, 3, []),
    ("td3", "MountainCarContinuous-v0", 20_000, 3, []),
    ("sac", "CartPoleContinuous-v0", 6_000, 3, []),
    ("mpo", "CartPoleContinuous-v0", 8_000, 3, []),
    ("awac", "CartPoleContinuous-v0", 8_000, 3, []),
    ("awr", "CartPoleContinuous-v0", 60_000, 3, []),
    ("awr_xbp", "CartPoleContinuous-v0", 60_000, 3, []),
    ("ddpg", "CartPoleContinuous-v0", 8_000, 3, []),
    ("td3", "CartPoleContinuous-v0", 8_000, 3, []),
    ("mpo", "CartPole-v1", 60_000, 3, []),
    ("awr", "CartPole-v1", 60_000, 3, []),
    ("mpo", "Acrobot-v1", 60_000, 3, []),
    ("awr", "Acrobot-v1", 60_000, 3, []),
    ("ppo", "Pendulum-v1", 100_000, 3, []),
    ("ppo_clip", "Pendulum-v1", 100_000, 3, []),
    ("trpo", "Pendulum-v1", 100_000, 3, []),
    ("vmpo", "Pendulum-v1", 100_000, 3, []),
    ("ppo", "CartPole-v1", 100_000, 3, []),
    ("ppo_clip", "CartPole-v1", 100_000, 3, []),
    ("trpo", "CartPole-v1", 100_000, 3, []),
    ("vmpo", "CartPole-v1", 100_000, 3, []),
    ("ppo", "Acrobot-v1", 100_000, 3, []),
    ("ppo_clip", "Acrobot-v1", 100_000, 3, []),
    ("trpo", "Acrobot-v1", 100_000, 3, []),
    ("vmpo", "Acrobot-v1", 100_000, 3, []),
    ("sac", "HalfCheetah-v4", 100_000, 3, ["--set", "schedule.eval_every=5000"]),
    ("sac", "Hopper-v4", 100_000, 3, ["--set", "schedule.eval_every=5000"]),
    ("ddpg", "HalfCheetah-v4", 100_000, 1, ["--set", "schedule.eval_every=5000"]),
    ("td3", "HalfCheetah-v4", 100_000, 1, ["--set", "schedule.eval_every=5000"]),
    ("awr_xbp", "HalfCheetah-v2", 500_000, 3, []),
    ("mpo", "HalfCheetah-v4", 100_000, 3, ["--set", "schedule.eval_every=5000"]),
    ("awac", "HalfCheetah-v4", 100_000, 3, ["--set", "schedule.eval_every=5000"]),
    ("awr_xbp", "Hopper-v2", 500_000, 3, []),
    ("awr", "HalfCheetah-v2", 500_000, 3, []),
]

# Steps on the way at which the returns are printed too.
ON_THE_WAY = {
    ("awr_xbp", "HalfCheetah-v2", 500_000): [300_000],
    ("awr", "HalfCheetah-v2", 500_000): [300_000],
    ("awr_xbp", "Hopper-v2", 500_000): [300_000],
}


def command(study, seed, place):
    algo, env, steps, _, further = study
    if (place / "checkpoint").exists():
        return [PROGRAM, "train", "--resume", str(place), "--quiet"]
    start = [PROGRAM, "train", "--algo", algo, "--env", env, "--seed", str(seed), "--steps", str(steps)]
    return start + further + ["--out", str(place), "--quiet"]


def place_of(study, seed, out):
    return out / study[1] / f"{study[0]}-s{seed}"


def run(study, seed, out):
    place = place_of(study, seed, out)
    result = place / "result.json"
    if not result.exists() or json.loads(result.read_text())["outcome"] == "interrupted":
        subprocess.run(command(study, seed, place), check=True)
    return json.loads(result.read_text())


def returns(place, step):
    """The mean return of the evaluation at `step`."""
    lines = (json.loads(line) for line in (place / "metrics.jsonl").open())
    return next(x["return_mean"] for x in lines if x["kind"] == "evaluation" and x["step"] == step)


def lines(study, results, out):
    algo, env, steps, seeds, _ = study
    places = [place_of(study, seed, out) for seed in range(seeds)]
    rows = [(f"{step:,} of {steps:,}", [returns(place, step) for place in places]) for step in ON_THE_WAY.get(study[:3], [])]
    rows.append((f"{steps:,}", [r["final_return_mean"] for r in results]))
    minutes = statistics.mean(r["wall_seconds"] for r in results) / 60
    commits = ", ".join(sorted({r["commit"][:12] for r in results}))
    mujoco = ", ".join(sorted({r["mujoco"] or "none" for r in results}))
    for reached, means in rows:
        spread = f"{statistics.mean(means):,.0f} ± {statistics.pstdev(means):,.0f}"
        each = ", ".join(f"{m:,.0f}" for m in means)
        yield f"| {algo.upper()} | {env} | {reached} | {len(means)} | {spread} | {each} | {minutes:.1f} | {mujoco} | {commits} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/results"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="one task")
    parser.add_argument("--algo", help="one algorithm")
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release"], check=True)
    studies = [s for s in STUDIES if options.only in (None, s[1]) and options.algo in (None, s[0])]
    jobs = [(study, seed) for study in studies for seed in range(study[3])]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        done = list(pool.map(lambda job: run(*job, options.out), jobs))
    print("| algorithm | task | steps | seeds | final return, mean ± std over seeds | each seed | minutes a run | MuJoCo | commit |")
    print("|---|---|---|---|---|---|---|---|---|")
    for study in studies:
        for row in lines(study, [r for (s, _), r in zip(jobs, done) if s is study], options.out):
            print(row)


if __name__ == "__main__":
    main()
