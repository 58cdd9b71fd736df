#!/usr/bin/env python3
"""Go through a file of `coadapt collect --physics` again with gymnasium or dm_control, and print how far they part.

    python3 -m pip install "gymnasium[mujoco]==1.4.0" dm_control==1.0.50 mujoco==3.17.0
    coadapt collect --env dm_control/fish-swim-v0 --steps 3000 --physics --out fish.npz
    python3 tools/replay_collected.py fish.npz

Every episode starts from its recorded state and is then stepped with the recorded actions; nothing is put back between.
Files of many copies (--envs) are gone through copy by copy. Exits with 1 when a reward differs by more than 1e-9.
"""

import json
import sys

import numpy


class Gym:
    """A task of gymnasium -v4 or -v5."""

    def __init__(self, task):
        import gymnasium

        self.env = gymnasium.make(task).unwrapped
        self.env.reset()
        self.model, self.data = self.env.model, self.env.data

    def start(self, put):
        put()
        self.env.set_state(self.data.qpos.copy(), self.data.qvel.copy())

    def step(self, action):
        return self.env.step(action)[1]


class Suite:
    """A task of dm_control, as this program names it."""

    def __init__(self, task):
        from dm_control import suite

        domain, name = task.removeprefix("dm_control/").removesuffix("-v0").rsplit("-", 1)
        self.env = suite.load(domain, name.replace("-", "_"))
        self.env.reset()
        self.model, self.data = self.env.physics.model, self.env.physics.data

    def start(self, put):
        self.env.reset()
        with self.env.physics.reset_context():
            put()

    def step(self, action):
        return self.env.step(action).reward


def main(path):
    file = numpy.load(path)
    about = json.loads(file["about"].item())
    if about["action_repeat"] != 1 or about["clip_action"]:
        sys.exit("this script replays actions as they are: collect without --action-repeat and --clip-action")
    if about["env"].endswith("-v2"):
        sys.exit(f"no installable package runs {about['env']}")
    task = (Suite if about["env"].startswith("dm_control/") else Gym)(about["env"])
    starts = list(file["start_rows"])
    worst = numpy.zeros(3)
    for copy in range(about["envs"]):
        for row in range(copy, about["steps"], about["envs"]):
            if file["episode_starts"][row]:
                start = starts.index(row)

                def put():
                    column = 0
                    for array, index, width in about["model_parts"]:
                        getattr(task.model, array)[index] = file["model"][start, column : column + width]
                        column += width
                    task.data.qpos[:] = file["qpos"][row]
                    task.data.qvel[:] = file["qvel"][row]

                task.start(put)
                task.data.qacc_warmstart[:] = file["qacc_warmstart"][row]
            here = (task.data.qpos - file["qpos"][row], task.data.qvel - file["qvel"][row])
            reward = task.step(file["actions"][row]) - file["rewards"][row]
            worst = numpy.maximum(worst, [numpy.abs(x).max() for x in (*here, reward)])
    print(f"{about['env']}: {len(starts)} episodes, {about['steps']} steps; largest difference of qpos {worst[0]:.1e}, "
          f"qvel {worst[1]:.1e}, reward {worst[2]:.1e}")
    return int(worst[2] > 1e-9)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
