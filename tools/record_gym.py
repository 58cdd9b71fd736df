#!/usr/bin/env python3
"""Record gymnasium trajectories for the tests of crates/envs (developer time only).

    python3 -m venv .venv && .venv/bin/pip install -r tools/requirements.txt
    .venv/bin/python tools/record_gym.py crates/envs/tests/data

One file a task, in words of eight bytes, little-endian; float64 but for the hashes. Classic control:

    header    obs_dim  action_dim  state_dim  episodes
    episode   steps, start state (state_dim), first observation (obs_dim), then a row a step
    row       action (action_dim), observation (obs_dim), reward, ending, state (state_dim)
    ending    0 neither, 1 terminated, 2 truncated, 3 both

The MuJoCo tasks see up to 376 numbers a step, so most of them are kept as checks only:

    header    obs_dim  action_dim  nq  nv  sample_every  episodes
    episode   steps, seed of the actions (gym_runs.Actions), start qpos and qvel,
              first observation (obs_dim), then a row a step
    row       reward, ending, hash of qpos and qvel, weighted sum of the observation,
              and after every sample_every-th step the observation, qpos and qvel
    hash      64-bit FNV-1a, a word at a time
    sum       of x[i] * (1 + i / 64), one after another

Actions are float64, so that gymnasium computes rewards in float64 too. Some lie outside the
action box, because a task takes them unclipped. `RECORDED.txt` says what the files were made with.

There is no recording of a -v2 task: those need mujoco-py, which no longer runs.
"""

import contextlib
import pathlib
import platform
import sys
import tempfile

import gymnasium
import gym_runs
import mujoco
import numpy as np

SEED = 20260

# task: (episodes that run to the time limit whatever happens, episodes that stop at their end)
CLASSIC = {
    "Pendulum-v1": (2, 0),
    "CartPole-v1": (0, 6),
    "MountainCarContinuous-v0": (1, 1),
    "Acrobot-v1": (1, 1),
}


# The episodes of a MuJoCo task: (how it starts, steps, whether it goes on past an end).
EPISODES = [
    ("drawn", 1000, True),
    ("thrown", 150, True),
    ("thrown", 150, False),
    ("thrown", 150, False),
    ("drawn", 300, False),
]
SAMPLE_EVERY = 50


def state_of(env):
    return np.asarray(env.unwrapped.state, dtype=np.float64)


class Actions:
    """Deterministic actions: smooth enough to move the body, some outside the box."""

    def __init__(self, env, task, rng, episode):
        self.space, self.task, self.rng, self.episode = env.action_space, task, rng, episode
        self.last = None

    def next(self, env):
        state = env.unwrapped.state
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
    while True:
        action = actions.next(env)
        obs_next, reward, terminated, truncated, _ = env.step(action)
        steps += 1
        rows += [np.atleast_1d(action), obs_next, [reward, terminated + 2 * truncated], state_of(env)]
        if truncated or (terminated and not to_the_limit):
            break
    return [[steps], start, obs] + rows


def record(task, episodes, folder):
    env = gymnasium.make(task, disable_env_checker=True)
    rng = np.random.default_rng(SEED + sum(map(ord, task)))
    to_limit, natural = episodes
    obs, _ = env.reset(seed=0)
    discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
    action_dim = 1 if discrete else env.action_space.shape[0]
    parts = [[obs.size, action_dim, state_of(env).size, to_limit + natural]]
    for index in range(to_limit + natural):
        parts += episode(env, task, rng, index, index < to_limit)
    write(folder / f"{task}.f64", b"".join(map(words, parts)))


def words(numbers):
    return np.asarray(numbers, dtype="<f8").ravel().tobytes()


def write(path, content):
    path.write_bytes(content)
    print(path, path.stat().st_size)


def fnv(numbers):
    """The hash of some numbers."""
    state = 0xCBF29CE484222325
    for word in np.asarray(numbers, dtype="<f8").view("<u8").tolist():
        state = (state ^ word) * 0x100000001B3 % 2**64
    return state.to_bytes(8, "little")


def weighted_sum(obs):
    total = 0.0
    for index, value in enumerate(obs.tolist()):
        total += value * (1.0 + index / 64.0)
    return total


def mujoco_episode(env, start, seed, steps, past_ends):
    """The bytes of one episode from a given state."""
    first = gym_runs.begin(env, start)
    actions = gym_runs.Actions(seed, env.action_space.high)
    rows = []
    for step in range(1, steps + 1):
        obs, reward, terminated, truncated, _ = env.step(actions.next())
        state = gym_runs.state_of(env)
        rows.append(words([reward, terminated + 2 * truncated]) + fnv(state) + words(weighted_sum(obs)))
        if step % SAMPLE_EVERY == 0:
            rows.append(words(obs) + words(state))
        if terminated and not past_ends:
            break
    if gym_runs.warned(env):
        sys.exit(f"{env.spec.id}: MuJoCo warned, so this is no recording")
    return words([step, seed]) + words(start) + words(first) + b"".join(rows)


def record_mujoco(task, folder):
    env = gym_runs.make(task)
    rng = np.random.default_rng(SEED + sum(map(ord, task)))
    model = env.unwrapped.model
    obs, _ = env.reset(seed=0)
    parts = [words([obs.size, model.nu, model.nq, model.nv, SAMPLE_EVERY, len(EPISODES)])]
    for how, steps, past_ends in EPISODES:
        start = gym_runs.thrown(env, task, rng)
        if how == "drawn":
            env.reset(seed=int(rng.integers(2**31)))
            start = gym_runs.state_of(env)
        parts.append(mujoco_episode(env, start, int(rng.integers(2**31)), steps, past_ends))
    write(folder / f"{task}.f64", b"".join(parts))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: record_gym.py FOLDER")
    folder = pathlib.Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # The Python bindings leave a MUJOCO_LOG.TXT in the current folder; let it be a passing one.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        write_all(folder)


def write_all(folder):
    for task, episodes in CLASSIC.items():
        record(task, episodes, folder)
    for task in gym_runs.tasks():
        record_mujoco(task, folder)
    (folder / "RECORDED.txt").write_text(
        "Recorded by tools/record_gym.py (which describes the format) with\n"
        f"gymnasium {gymnasium.__version__}, mujoco {mujoco.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}, {' '.join(platform.libc_ver())}, {platform.machine()}.\n"
        "There is no -v2 recording: those tasks need mujoco-py, which no longer runs. Pusher-v4 was made\n"
        "by telling gymnasium's check of MuJoCo's version another one.\n"
    )


if __name__ == "__main__":
    main()
