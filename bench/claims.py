#!/usr/bin/env python3
"""Runs the paper's claims that show within minutes, and prints what each arm gave and whether the claim holds.

    python3 bench/claims.py [--out runs/claims] [--jobs 2] [--seeds 3] [--first-seed 0] [--only tanh]

Everything is the mean of the last three evaluations of a run, seed by seed. Runs that are finished are not run
again; interrupted ones are resumed. Needs `cargo` and nothing else.
"""

import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess

import results

CART_POLE, PENDULUM = "CartPoleContinuous-v0", "Pendulum-v1"


def put(*overrides):
    return [word for override in overrides for word in ("--set", override)]


# Table 3: SAC without tanh, with nothing in its place, or with MPO's penalty of samples outside the box.
NO_TANH = put("pi.bounds=none")
PENALTY = put('pi.penalty={ kind = "samples", samples = 20, epsilon = 1e-3, initial_raw = 1.0, lr = 1e-2 }')
# Table 2: the critics must have caught up with the policy before they can overestimate it.
LATE = put("schedule.eval_every=2500", "schedule.bias_episodes=10")


def mix(alpha):
    """Appendix G: E-step samples of which this fraction is drawn uniformly."""
    return put(f'pi_p.actions={{ kind = "uniform_mix", samples = 20, alpha = {alpha} }}')


# claim: arm: algorithm, task, steps, further arguments
ARMS = {
    "tanh": {
        "tanh": ("sac", CART_POLE, 6_000, []),
        "no-tanh": ("sac", CART_POLE, 6_000, NO_TANH),
        "no-tanh-penalty": ("sac", CART_POLE, 6_000, NO_TANH + PENALTY),
        "pendulum-tanh": ("sac", PENDULUM, 8_000, []),
        "pendulum-no-tanh": ("sac", PENDULUM, 8_000, NO_TANH),
        "pendulum-no-tanh-penalty": ("sac", PENDULUM, 8_000, NO_TANH + PENALTY),
    },
    "mix": {
        "pure": ("mpo", CART_POLE, 8_000, []),
        "mix-0.25": ("mpo", CART_POLE, 8_000, mix(0.25)),
        "mix-0.5": ("mpo", CART_POLE, 8_000, mix(0.5)),
        "mix-0.75": ("mpo", CART_POLE, 8_000, mix(0.75)),
    },
    "critics": {
        "twin": ("sac", CART_POLE, 30_000, LATE),
        "single": ("sac", CART_POLE, 30_000, LATE + put("estimate.critics=single")),
    },
}

# claim: what must hold of the arms' means over seeds, of returns and of the critics' bias
CLAIMS = {
    "tanh": (
        "where the cost sees the raw action SAC needs tanh (> 150, < 40 with nothing in its place), on Pendulum not (> -350)",
        lambda returns, _: returns["tanh"] > 150 and returns["no-tanh"] < 40 and returns["pendulum-no-tanh"] > -350,
    ),
    "mix": (
        "mixing uniform actions into MPO's prior costs return (25 or more at 0.75)",
        lambda returns, _: returns["mix-0.75"] < returns["pure"] - 25,
    ),
    "critics": (
        "a single critic overestimates (by more than 10), the smaller of two does not, and the return suffers (by 10)",
        lambda returns, bias: bias["single"] > 10 > bias["twin"] and returns["single"] < returns["twin"] - 10,
    ),
}


def last_three(place, name):
    """The mean of `name` over the last three evaluations that have it; not a number if none has, or one diverged."""
    lines = map(json.loads, (place / "metrics.jsonl").read_text().splitlines())
    values = [float(line[name]) for line in lines if line["kind"] == "evaluation" and name in line]
    return statistics.mean(values[-3:]) if values else float("nan")


def run(claim, arm, seed, out):
    """Return and bias of one run."""
    algo, task, steps, further = ARMS[claim][arm]
    # Arms of one name differ from claim to claim.
    out = out / claim / arm
    outcome = results.run((algo, task, steps, None, further), seed, out)["outcome"]
    place = out / task / f"{algo}-s{seed}"
    if outcome == "diverged":
        return float("-inf"), float("nan")
    return last_three(place, "return_mean"), last_three(place, "q_bias")


def show(claim, found, seeds):
    """Prints the arms of a claim, and whether it holds."""
    sentence, holds = CLAIMS[claim]
    means = [{}, {}]
    for arm, (algo, task, steps, _) in ARMS[claim].items():
        columns = [[found[claim, arm, seed][i] for seed in seeds] for i in range(2)]
        for mean, values in zip(means, columns):
            mean[arm] = statistics.mean(values)
        returns, biases = (", ".join(f"{x:.1f}" for x in values) for values in columns)
        print(
            f"| {claim} | {arm} | {algo} | {task} | {steps:,} | {means[0][arm]:.1f} | {returns} "
            f"| {means[1][arm]:.1f} | {biases} |"
        )
    return f"{'holds' if holds(*means) else 'DOES NOT HOLD'}: {sentence}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/claims"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0, help="seeds 0 to 4 had a part in choosing arms and bounds")
    parser.add_argument("--only", choices=ARMS, help="one claim")
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release"], check=True)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    claims = [claim for claim in ARMS if options.only in (None, claim)]
    jobs = [(claim, arm, seed) for claim in claims for arm in ARMS[claim] for seed in seeds]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        found = dict(zip(jobs, pool.map(lambda job: run(*job, options.out), jobs)))
    print("| claim | arm | algorithm | task | steps | return | each seed | bias of Q | each seed |")
    print("|---|---|---|---|---|---|---|---|---|")
    verdicts = [show(claim, found, seeds) for claim in claims]
    print()
    print("\n".join(verdicts))


if __name__ == "__main__":
    main()
