"""DeepMind Control episodes for the tests and the comparisons of crates/envs (developer time only).

What record_dmc.py and fidelity_dmc.py share: the tasks, start states, actions, and the file format.

One file a task, little-endian float64 throughout:

    header    nq  nv  nmodel  obs_dim  action_dim  episodes
    episode   steps  stride  action_seed  amplitude  hold
              start: qpos, qvel, model numbers
              first observation
              reward of each step
              after every stride-th step: qpos, qvel, observation, and the sum of the observations
              since the sample before

The model numbers are what a reset draws of the model (DRAWN). Actions are not stored, because both
sides make them from `action_seed`: see `Actions`. A start is put into dm_control as its own resets
put theirs: reset, forward without actuation, write, forward without actuation.
"""

import contextlib

import numpy as np
from dm_control import suite

TASKS = [
    "acrobot-swingup", "acrobot-swingup_sparse", "ball_in_cup-catch", "cartpole-balance",
    "cartpole-balance_sparse", "cartpole-swingup", "cartpole-swingup_sparse", "cheetah-run",
    "finger-spin", "finger-turn_easy", "finger-turn_hard", "fish-swim", "fish-upright", "hopper-hop",
    "hopper-stand", "humanoid-run", "humanoid-stand", "humanoid-walk", "manipulator-bring_ball",
    "pendulum-swingup", "point_mass-easy", "reacher-easy", "reacher-hard", "swimmer-swimmer6",
    "swimmer-swimmer15", "walker-run", "walker-stand", "walker-walk",
]

# What a reset draws of the model: (array, object), in the order crates/envs lists it.
DRAWN = {
    "finger-turn_easy": [("site_pos", "target")],
    "finger-turn_hard": [("site_pos", "target")],
    "fish-swim": [("geom_pos", "target")],
    "manipulator-bring_ball": [("body_pos", "target_ball"), ("body_quat", "target_ball")],
    "reacher-easy": [("geom_pos", "target")],
    "reacher-hard": [("geom_pos", "target")],
    "swimmer-swimmer6": [("geom_pos", "target"), ("light_pos", "target_light")],
    "swimmer-swimmer15": [("geom_pos", "target"), ("light_pos", "target_light")],
}


def load(task, seed):
    domain, name = task.split("-")
    return suite.load(domain, name, task_kwargs={"random": seed})


def drawn_slots(env, task):
    named = env.physics.named.model
    return [getattr(named, array)[name] for array, name in DRAWN.get(task, [])]


def drawn_of_model(env, task):
    return np.concatenate([np.array(slot, dtype=np.float64).ravel() for slot in drawn_slots(env, task)] or [[]])


def put_drawn(env, task, numbers):
    for array, name in DRAWN.get(task, []):
        rows = getattr(env.physics.named.model, array)
        width = np.asarray(rows[name]).size
        rows[name] = numbers[:width]
        numbers = numbers[width:]


def observation(time_step):
    return np.concatenate([np.atleast_1d(part).ravel() for part in time_step.observation.values()])


class Actions:
    """Numbers in [-amplitude, amplitude) from a 64-bit linear congruential generator, kept for `hold` steps.

    Every operation is exact or a single float64 product, so Rust makes the same bits.
    """

    def __init__(self, seed, amplitude, hold, dim):
        self.state, self.amplitude, self.hold, self.dim = seed, amplitude, hold, dim
        self.count, self.action = 0, None

    def next(self):
        if self.count % self.hold == 0:
            self.action = np.array([self.amplitude * self.unit() for _ in range(self.dim)])
        self.count += 1
        return self.action

    def unit(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) / 2.0**30 - 1.0


def start_from(env, task, qpos, qvel, model):
    """Starts an episode from given numbers; its first observation."""
    env.reset()
    physics = env.physics
    with physics.reset_context():
        put_drawn(env, task, model)
        physics.data.qpos[:] = qpos
        physics.data.qvel[:] = qvel
    return np.concatenate(
        [np.atleast_1d(part).ravel() for part in env.task.get_observation(physics).values()])


def drawn_start(env, task):
    """A start as the task draws it."""
    env.reset()
    physics = env.physics
    return physics.data.qpos.copy(), physics.data.qvel.copy(), drawn_of_model(env, task)


def place(env, task, rng):
    """A start where the reward is not trivially zero; of sparse rewards, on both sides of the edge."""
    qpos, qvel, model = drawn_start(env, task)
    physics = env.physics
    domain = task.split("-")[0]
    near = lambda size, scale: rng.uniform(-scale, scale, size)
    default = physics.model.key_qpos[0] if physics.model.nkey else physics.model.qpos0.copy()

    def forward():
        with physics.reset_context():
            physics.data.qpos[:] = qpos
        return physics.named.data

    if domain == "cartpole":
        qpos[:], qvel[:] = [rng.uniform(-0.4, 0.4), rng.uniform(-0.15, 0.15)], near(2, 0.5)
    elif domain == "acrobot":
        qpos[:], qvel[:] = near(2, 0.15), near(2, 0.5)
    elif domain == "pendulum":
        qpos[:], qvel[:] = near(1, 0.3), near(1, 0.5)
    elif domain == "point_mass":
        qpos[:], qvel[:] = near(2, 0.03), near(2, 0.05)
    elif domain == "ball_in_cup":
        cup = near(2, 0.1)
        qpos[:] = [cup[0], cup[1], cup[0] + near(1, 0.04)[0], 0.35 + cup[1] + near(1, 0.04)[0]]
    elif domain == "reacher":
        model[:2] = forward().geom_xpos["finger"][:2] + near(2, 0.06 if task.endswith("easy") else 0.03)
    elif domain == "cheetah":
        qpos[:], qvel[:] = default, near(9, 0.5)
        qvel[0] = rng.uniform(-1, 13)
    elif domain == "hopper":
        qpos[:], qvel[:] = default + near(7, 0.1), near(7, 0.5)
        qpos[1] += rng.uniform(-0.2, 0.3)
        qvel[0] = rng.uniform(-0.5, 3)
    elif domain == "walker":
        qpos[:], qvel[:] = default + near(9, 0.1), near(9, 0.5)
        qvel[1] = rng.uniform(-0.5, 9 if task.endswith("run") else 1.5)
    elif task == "finger-spin":
        qvel[2] = -rng.uniform(10, 40)
    elif domain == "finger":
        x, _, z = forward().site_xpos["tip"]
        reach = 0.1 if task.endswith("easy") else 0.05
        model[0], model[2] = x + near(1, reach)[0], z + near(1, reach)[0]
    elif domain == "fish":
        quaternion = np.array([1.0, 0, 0, 0]) + near(4, 0.4)
        qpos[3:7] = quaternion / np.linalg.norm(quaternion)
        if task == "fish-swim":
            model[:] = forward().geom_xpos["mouth"] + near(3, 0.08)
    elif domain == "swimmer":
        model[:2] = forward().geom_xpos["nose"][:2] + near(2, 0.3)
        model[3:5] = model[:2]
    elif domain == "humanoid":
        qpos[:] = default
        qpos[7:] += near(21, 0.1)
        qpos[2] -= rng.uniform(0.0, 0.25)
        qvel[:] = near(27, 0.3)
        fastest = {"humanoid-stand": 1, "humanoid-walk": 2, "humanoid-run": 12}[task]
        qvel[:2] = rng.uniform(-fastest, fastest, 2)
    elif domain == "manipulator":
        adr = {name: physics.named.model.jnt_qposadr[name] for name in ("ball_x", "ball_z")}
        qpos[adr["ball_x"]] = model[0] + near(1, 0.03)[0]
        qpos[adr["ball_z"]] = model[2] + near(1, 0.03)[0]
        qvel[:] = 0
    else:
        raise ValueError(task)
    return qpos, qvel, model


def episode(env, task, start, steps, stride, actions):
    """The numbers of one episode, and its rewards."""
    qpos, qvel, model = start
    first = start_from(env, task, qpos, qvel, model)
    physics, rewards, samples = env.physics, [], []
    total = np.zeros_like(first)
    seed, amplitude, hold = actions.state, actions.amplitude, actions.hold
    for step in range(1, steps + 1):
        time_step = env.step(actions.next())
        obs = observation(time_step)
        total += obs
        rewards.append(time_step.reward)
        if step % stride == 0:
            samples += [physics.data.qpos.copy(), physics.data.qvel.copy(), obs, total]
            total = np.zeros_like(first)
        # The limit is part of what is recorded: every task ends at 1000 and not before.
        assert time_step.last() == (step == 1000), (task, step)
        assert time_step.discount == 1.0
    head = [steps, stride, float(seed), amplitude, hold]
    return [head, qpos, qvel, model, first, rewards] + samples, rewards


def write(path, task, plan, seed):
    """Runs the episodes of `plan` and writes them to `path`; all their rewards.

    The plan is a list of (how the start is made, steps, stride, amplitude, hold).
    """
    env = load(task, seed)
    rng = np.random.default_rng(seed)
    physics = env.physics
    dims = [physics.model.nq, physics.model.nv, drawn_of_model(env, task).size]
    dims += [observation(env.reset()).size, physics.model.nu, len(plan)]
    parts, rewards = [dims], []
    for index, (kind, steps, stride, amplitude, hold) in enumerate(plan):
        start = drawn_start(env, task) if kind == "drawn" else place(env, task, rng)
        actions = Actions(1000 * seed + index, amplitude, hold, physics.model.nu)
        numbers, earned = episode(env, task, start, steps, stride, actions)
        parts += numbers
        rewards += earned
    flat = np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.write_bytes(flat.astype("<f8").tobytes())
    return np.array(rewards)
