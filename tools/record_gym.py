#!/usr/bin/env python3
"""Record gymnasium trajectories for the tests of crates/envs (developer time only).

    python3 -m venv .venv && .venv/bin/pip install -r tools/requirements.txt
    .venv/bin/python tools/record_gym.py crates/envs/tests/data

One file a task, little-endian float64 throughout:

    header    obs_dim  action_dim  state_dim  state_every  episodes
    episode   steps, start state (state_dim), first observation (obs_dim), then a row a step
    row       action (action_dim), observation (obs_dim), reward, ending,
              and after every state_every-th step of the episode the state (state_dim)
    ending    0 neither, 1 terminated, 2 truncated, 3 both

The state is what the task integrates: qpos and qvel under MuJoCo, `state` in classic control.
Actions are float64, so that gymnasium computes rewards in float64 too. Some lie outside the
action box, because a task takes them unclipped. `RECORDED.txt` says what the files were made with.

There is no recording of a -v2 task: those need mujoco-py, which no longer runs. By reading,
HalfCheetah-v2 and Hopper-v2 equal -v4 in dynamics, observation and reward.
"""

import contextlib
import pathlib
import platform
import sys
import tempfile

import gymnasium
import mujoco
import numpy as np

SEED = 20260

# task: (episodes that run to the time limit whatever happens, episodes that stop at their end)
MUJOCO = {
    "HalfCheetah-v4": (1, 0),
    "HalfCheetah-v5": (1, 0),
    "Hopper-v4": (1, 8),
    "Hopper-v5": (1, 8),
}
CLASSIC = {
    "Pendulum-v1": (2, 0),
    "CartPole-v1": (0, 6),
    "MountainCarContinuous-v0": (1, 1),
    "Acrobot-v1": (1, 1),
}


def state_of(env):
    task = env.unwrapped
    if hasattr(task, "data"):
        return np.concatenate([task.data.qpos, task.data.qvel])
    return np.asarray(task.state, dtype=np.float64)


class Actions:
    """Deterministic actions: smooth enough to move the body, some outside the box."""

    def __init__(self, env, task, rng, episode):
        self.space, self.task, self.rng, self.episode = env.action_space, task, rng, episode
        self.last = None

    def next(self, env):
        state = None if self.task in MUJOCO else env.unwrapped.state
        if self.task == "CartPole-v1" and self.episode == 0:
            # balances to the time limit
            return int(5 * state[2] + state[3] + 0.05 * state[0] + 0.2 * state[1] > 0)
        if self.task == "Acrobot-v1" and self.episode == 1:
            return 2 if state[3] > 0 else 0  # pumps the swing up to the goal
        if isinstance(self.space, gymnasium.spaces.Discrete):
            return int(self.rng.integers(self.space.n))
        if self.task.startswith("MountainCar") and self.episode == 1:
            # pushes along the velocity and reaches the goal
            return np.array([(0.9 if state[1] >= 0 else -0.9) + self.rng.uniform(-0.2, 0.2)])
        high = self.space.high.astype(np.float64)
        fresh = self.rng.uniform(-1.5, 1.5, size=high.shape) * high
        self.last = fresh if self.last is None else 0.6 * self.last + 0.4 * fresh
        return fresh if self.rng.random() < 0.3 else self.last.copy()


def episode(env, task, rng, index, to_the_limit):
    """The numbers of one episode."""
    obs, _ = env.reset(seed=int(rng.integers(2**31)))
    start, rows, steps = state_of(env), [], 0
    actions = Actions(env, task, rng, index)
    every = state_every(task)
    while True:
        action = actions.next(env)
        obs_next, reward, terminated, truncated, _ = env.step(action)
        steps += 1
        rows += [np.atleast_1d(action), obs_next, [reward, terminated + 2 * truncated]]
        if steps % every == 0:
            rows.append(state_of(env))
        if truncated or (terminated and not to_the_limit):
            break
    return [[steps], start, obs] + rows


def state_every(task):
    return 100 if task in MUJOCO else 1


def record(task, episodes, folder):
    env = gymnasium.make(task, disable_env_checker=True)
    rng = np.random.default_rng(SEED + sum(map(ord, task)))
    to_limit, natural = episodes
    obs, _ = env.reset(seed=0)
    discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
    action_dim = 1 if discrete else env.action_space.shape[0]
    parts = [[obs.size, action_dim, state_of(env).size, state_every(task), to_limit + natural]]
    for index in range(to_limit + natural):
        parts += episode(env, task, rng, index, index < to_limit)
    numbers = np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])
    path = folder / f"{task}.f64"
    path.write_bytes(numbers.astype("<f8").tobytes())
    print(path, path.stat().st_size)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: record_gym.py FOLDER")
    folder = pathlib.Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # The Python bindings leave a MUJOCO_LOG.TXT in the current folder; let it be a passing one.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        write_all(folder)


def write_all(folder):
    for task, episodes in {**MUJOCO, **CLASSIC}.items():
        record(task, episodes, folder)
    (folder / "RECORDED.txt").write_text(
        "Recorded by tools/record_gym.py (which describes the format) with\n"
        f"gymnasium {gymnasium.__version__}, mujoco {mujoco.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}, {' '.join(platform.libc_ver())}, {platform.machine()}.\n"
        "There is no -v2 recording: those tasks need mujoco-py, which no longer runs. HalfCheetah-v2\n"
        "and Hopper-v2 are tested against the -v4 files, which they equal in dynamics, observation\n"
        "and reward.\n"
    )


if __name__ == "__main__":
    main()
