#!/usr/bin/env python3
"""Write the reference results for the tests of crates/stats (developer time only).

    python3 -m venv .venv
    .venv/bin/pip install rliable==1.2.0 arch==7.2.0 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 \
        statsmodels==0.15.0
    .venv/bin/python tools/reference_stats.py > crates/stats/tests/data/reference.json

Point estimates come from rliable's own functions where scores are a rectangle, else from NumPy by the formula.
Intervals are rliable's stratified bootstrap with REPS repetitions (NumPy's generator, so they agree with ours in
distribution, not draw by draw). Tests and distributions come from SciPy and statsmodels.
Minus infinity is written as the string "-inf", which JSON lacks as a number.
"""

import json
import math

import numpy as np
import scipy
import scipy.stats
from rliable import library, metrics
from statsmodels.stats.power import TTestIndPower

REPS = 20_000
SEED = 20260
TAUS = [-0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5]


def aggregates(scores):
    return np.array(
        [
            metrics.aggregate_median(scores),
            metrics.aggregate_iqm(scores),
            metrics.aggregate_mean(scores),
            metrics.aggregate_optimality_gap(scores),
        ]
    )


def ragged_aggregates(tasks):
    means = [np.mean(t) for t in tasks]
    gap = 1 - np.mean([np.mean(np.minimum(t, 1)) for t in tasks])
    return [np.median(means), scipy.stats.trim_mean(np.concatenate(tasks), 0.25), np.mean(means), gap]


def intervals(scores, func, reps=REPS):
    np.random.seed(SEED)
    point, interval = library.get_interval_estimates({"x": scores}, func, reps=reps)
    return point["x"], interval["x"]


def scores_of(rng, runs, tasks):
    """Skewed scores of differing spread by task, runs x tasks."""
    centre = rng.uniform(0.1, 1.2, tasks)
    spread = rng.uniform(0.05, 0.5, tasks)
    return np.round(centre + spread * (rng.standard_normal((runs, tasks)) - 0.3 * rng.exponential(size=(runs, tasks))), 6)


def tables(rng):
    shapes = {"six by ten": (10, 6), "one task": (7, 1), "five by five": (5, 5), "two runs": (2, 3)}
    cases = []
    for name, (runs, tasks) in shapes.items():
        scores = scores_of(rng, runs, tasks)
        point, interval = intervals(scores, aggregates)
        cases.append({"name": name, "tasks": scores.T, "points": point, "low": interval[0], "high": interval[1]})
    ragged = [scores_of(rng, n, 1)[:, 0] for n in (3, 9, 1, 6)]
    cases.append({"name": "ragged", "tasks": ragged, "points": ragged_aggregates(ragged)})
    diverged = scores_of(rng, 8, 4).T
    diverged[1, 2] = diverged[3, 0] = diverged[3, 5] = -math.inf
    cases.append({"name": "three diverged", "tasks": diverged, "points": ragged_aggregates(list(diverged))})
    return cases


def comparisons(rng):
    cases = []
    for name, runs_x, runs_y, tasks in (("same", 10, 10, 6), ("fewer", 4, 9, 3)):
        x, y = scores_of(rng, runs_x, tasks), scores_of(rng, runs_y, tasks)
        if name == "fewer":
            x, y = np.round(x, 1), np.round(y, 1)  # ties
        func = lambda x, y: np.array([metrics.probability_of_improvement(x, y)])
        point, interval = intervals([x, y], func, reps=5000)
        cases.append({"name": name, "x": x.T, "y": y.T, "point": point[0], "low": interval[0][0], "high": interval[1][0]})
    return cases


def profile(rng):
    scores = scores_of(rng, 10, 6)
    point, interval = intervals(scores, lambda s: library.score_distributions(s, TAUS), reps=5000)
    return {"tasks": scores.T, "taus": TAUS, "points": point, "low": interval[0], "high": interval[1]}


def interaction(rng):
    """Arms a1b1, a0b1, a1b0, a0b0 with different numbers of seeds."""
    arms = [scores_of(rng, runs, 4) for runs in (8, 5, 6, 10)]
    cases = []
    for name, of in (("mean", metrics.aggregate_mean), ("iqm", metrics.aggregate_iqm)):
        func = lambda a, b, c, d: np.array([of(a) - of(b) - of(c) + of(d)])
        point, interval = intervals(arms, func)
        cases.append({"aggregate": name, "point": point[0], "low": interval[0][0], "high": interval[1][0]})
    return {"arms": [a.T for a in arms], "cases": cases}


def paired(rng):
    x, y = scores_of(rng, 10, 3), scores_of(rng, 10, 3)
    point, interval = intervals(x - y, lambda d: np.array([metrics.aggregate_mean(d)]))
    exact = [
        scipy.stats.permutation_test(
            (d,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
        ).pvalue
        for d in (x - y).T
    ]
    signs = [scipy.stats.binomtest(int((d > 0).sum()), len(d)).pvalue for d in (x - y).T]
    return {
        "x": x.T, "y": y.T, "point": point[0], "low": interval[0][0], "high": interval[1][0],
        "sign_flip": exact, "sign_test": signs,
    }  # fmt: skip


def welch(rng):
    cases = []
    for n, m, scale in ((10, 10, 1.0), (3, 12, 5.0), (2, 2, 0.1), (40, 5, 20.0)):
        x = np.round(rng.normal(3000, 600, n), 3)
        y = np.round(rng.normal(2500, 600 * scale, m), 3)
        test = scipy.stats.ttest_ind(x, y, equal_var=False)
        interval = test.confidence_interval(0.95)
        cases.append({
            "x": x, "y": y, "mean": x.mean(), "std": x.std(), "sample_std": x.std(ddof=1), "t": test.statistic,
            "df": test.df, "p": test.pvalue, "low": interval.low, "high": interval.high,
        })  # fmt: skip
    return cases


def student():
    grid = [(t, df) for t in (1e-3, 0.7, 2.2, 9.0, 40.0) for df in (1.0, 2.37, 9.0, 31.5, 400.0)]
    tails = [{"t": t, "df": df, "p": 2 * scipy.stats.t.sf(t, df)} for t, df in grid]
    levels = [(a, df) for a in (0.001, 0.05, 0.32) for df in (1.0, 2.37, 9.0, 31.5, 400.0)]
    quantiles = [{"alpha": a, "df": df, "t": scipy.stats.t.isf(a / 2, df)} for a, df in levels]
    power = []
    for shift, df, alpha in ((0.5, 1.0, 0.05), (12.0, 1.4, 0.05), (2.8, 9.0, 0.05), (3.5, 18.0, 0.01), (2.8, 5000.0, 0.05)):
        t = scipy.stats.t.isf(alpha / 2, df)
        value = scipy.stats.nct.sf(t, df, shift) + scipy.stats.nct.cdf(-t, df, shift)
        power.append({"shift": shift, "df": df, "alpha": alpha, "power": value})
    return {"tails": tails, "quantiles": quantiles, "power": power}


def seeds():
    solve = lambda d: TTestIndPower().solve_power(effect_size=d, alpha=0.05, power=0.8, ratio=1.0)
    return [{"effect": d, "per_arm": math.ceil(solve(d))} for d in (0.1, 0.5, 0.8, 1.2, 2.0)]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return "-inf" if value == -math.inf else "inf" if value == math.inf else float(value)
    return value


def main():
    rng = np.random.default_rng(SEED)
    reference = {
        "made_by": f"rliable 1.2.0, numpy {np.__version__}, scipy {scipy.__version__}; {REPS} repetitions (5000 of comparisons and profiles)",
        "tables": tables(rng),
        "comparisons": comparisons(rng),
        "profile": profile(rng),
        "interaction": interaction(rng),
        "paired": paired(rng),
        "welch": welch(rng),
        "student": student(),
        "seeds": seeds(),
    }
    print(json.dumps(plain(reference), indent=1))


if __name__ == "__main__":
    main()
