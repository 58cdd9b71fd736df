"""Stable-Baselines3's own SAC class: `train` as `learn` calls it after each step, its replay's sampling included."""

import worker

THREADS = worker.threads()

import gymnasium
import numpy
import stable_baselines3
import torch
from stable_baselines3.common.logger import Logger

import workloads as w


class Spaces(gymnasium.Env):
    """The spaces of the workload; nothing is stepped."""

    observation_space = gymnasium.spaces.Box(-numpy.inf, numpy.inf, (w.OBS,), numpy.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (w.ACTION,), numpy.float32)


def make(algorithm):
    """A model of the class `algorithm` (SBX has the same interface) with a filled replay."""
    settings = {"batch_size": w.BATCH, "learning_rate": w.LEARNING_RATE, "gamma": w.DISCOUNT, "tau": w.TAU}
    settings |= {"buffer_size": w.REPLAY_ROWS, "seed": 0, "device": "cpu"}
    model = algorithm("MlpPolicy", Spaces(), policy_kwargs={"net_arch": [w.HIDDEN, w.HIDDEN]}, **settings)
    model.set_logger(Logger(folder=None, output_formats=[]))
    replay = model.replay_buffer
    obs, action, reward, next_obs, discount = w.transitions(w.REPLAY_ROWS)
    replay.observations[:, 0], replay.actions[:, 0], replay.next_observations[:, 0] = obs, action, next_obs
    replay.rewards[:, 0], replay.dones[:, 0], replay.full = reward, discount == 0, True
    return model


class Sac:
    per_call = 1

    def __init__(self):
        self.model = make(stable_baselines3.SAC)

    def update(self):
        self.model.train(gradient_steps=1, batch_size=w.BATCH)

    def wait(self):
        pass

    def losses(self):
        names = ("critic_loss", "actor_loss", "ent_coef_loss")
        return [self.model.logger.name_to_value[f"train/{name}"] for name in names]

    def parameters(self):
        of = lambda net: sum(parameter.numel() for parameter in net.parameters())
        return of(self.model.actor), of(self.model.critic)


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    worker.serve("Stable-Baselines3", stable_baselines3.__version__, {"sac": Sac})
