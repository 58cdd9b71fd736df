"""What the tools that run gymnasium's MuJoCo tasks share: the tasks, start states, actions, one step.

Actions come from a generator that a few lines of any language can repeat (SplitMix64), so that a
recording needs none of them.
"""

import contextlib
import importlib

import gymnasium
import mujoco
import numpy as np

# How far a thrown start lies from a drawn one: standard deviations of positions and velocities.
# They are wide enough for rewards and ends that a run from a drawn start does not see.
THROWN = {
    "HalfCheetah": (0.5, 3.0),
    "Hopper": (0.08, 1.0),
    "Walker2d": (0.3, 2.0),
    "Ant": (0.15, 2.0),
    "Humanoid": (0.15, 1.0),
    "Swimmer": (0.8, 2.0),
    "Reacher": (1.5, 5.0),
    "Pusher": (0.4, 1.0),
    "InvertedPendulum": (0.06, 0.5),
    "InvertedDoublePendulum": (0.2, 1.0),
}
# It calls every -v4 out of date, once each.
gymnasium.logger.min_level = gymnasium.logger.ERROR

VERSIONS = ("v4", "v5")
# The coordinate that is the height of the body, which is thrown upwards only.
HEIGHT = {"HalfCheetah": 1, "Hopper": 1, "Walker2d": 1, "Ant": 2, "Humanoid": 2}


def tasks():
    return [f"{name}-{version}" for name in THROWN for version in VERSIONS]


@contextlib.contextmanager
def as_if_older(task):
    """gymnasium refuses Pusher-v4 on MuJoCo 3, whose light object moves otherwise than it did.

    Here its code is compared, not its past, so the check is told another version.
    """
    if task != "Pusher-v4":
        yield
        return
    module = importlib.import_module("gymnasium.envs.mujoco.pusher_v4").mujoco
    version, module.__version__ = module.__version__, "2.3.7"
    try:
        yield
    finally:
        module.__version__ = version


def make(task):
    with as_if_older(task):
        return gymnasium.make(task, disable_env_checker=True)


def state_of(env):
    data = env.unwrapped.data
    return np.concatenate([data.qpos, data.qvel])


def thrown(env, task, rng):
    """A start state far from those of a reset."""
    name = task.split("-")[0]
    position, velocity = THROWN[name]
    env.reset(seed=int(rng.integers(2**31)))
    model, start = env.unwrapped.model, state_of(env)
    nq = model.nq
    noise = rng.normal(size=start.size)
    if name in HEIGHT:
        noise[HEIGHT[name]] = abs(noise[HEIGHT[name]])
    if name in ("Reacher", "Pusher"):
        noise[nq - (2 if name == "Reacher" else 4) : nq] *= 0.05
        noise[model.nv + nq - 4 :] = 0
    start[:nq] += position * noise[:nq]
    start[nq:] += velocity * noise[nq:]
    return start


def begin(env, start):
    """Starts an episode there, as a reset would; the first observation."""
    task = env.unwrapped
    env.reset(seed=0)
    mujoco.mj_resetData(task.model, task.data)
    task.set_state(start[: task.model.nq].copy(), start[task.model.nq :].copy())
    return task._get_obs()


def warned(env):
    """Whether MuJoCo lost faith in the simulation, where coadapt ends the episode."""
    return any(warning.number > 0 for warning in env.unwrapped.data.warning)


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def unit(self):
        """A draw from [0, 1)."""
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53


class Actions:
    """Smooth enough to move the body, and up to half as large again as the box."""

    def __init__(self, seed, high):
        self.random, self.high, self.last = Random(seed), [float(h) for h in high], None

    def next(self):
        fresh = [(3.0 * self.random.unit() - 1.5) * high for high in self.high]
        if self.last is None:
            self.last = fresh
        self.last = [0.6 * last + 0.4 * new for last, new in zip(self.last, fresh)]
        return np.array(fresh if self.random.unit() < 0.3 else self.last)
