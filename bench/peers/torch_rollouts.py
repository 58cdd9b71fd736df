"""PPO in bare PyTorch eager: iterations over a rollout, their minibatches one after another."""

import numpy
import torch
import torch.nn.functional as F
from torch import nn

import workloads as w
from torch_parts import HALF_LN_TAU, numbers, step


class Ppo:
    per_call = w.minibatch_count(**w.PPO)

    def __init__(self):
        torch.manual_seed(0)
        self.random = numpy.random.default_rng(0)
        obs, actions, self.rewards, self.ends, last_obs = w.rollout(w.PPO["steps"])
        self.obs, self.actions, self.last_obs = map(torch.from_numpy, (obs, actions, last_obs))
        self.policy = tanh_mlp((w.OBS, *w.ROLLOUT_SIZES, w.ACTION))
        self.log_std = nn.Parameter(torch.zeros(w.ACTION))
        self.critic = tanh_mlp((w.OBS, *w.ROLLOUT_SIZES, 1))
        self.policy_weights = [*self.policy.parameters(), self.log_std]
        # One for both: no number of it goes from the one network to the other.
        every = [*self.policy_weights, *self.critic.parameters()]
        self.adam = torch.optim.Adam(every, lr=w.ROLLOUT_RATE, eps=w.ROLLOUT_ADAM_EPS, fused=True)

    def parameters(self):
        return numbers(self.policy_weights), numbers(self.critic.parameters())

    def losses(self):
        return [loss.item() for loss in self.last]

    def wait(self):
        pass

    def value(self, obs):
        return self.critic(obs).squeeze(-1)

    def log_prob(self, obs, action):
        scaled = (action - self.policy(obs)) * (-self.log_std).exp()
        return -0.5 * scaled.square().sum(-1) - self.log_std.sum() - w.ACTION * HALF_LN_TAU

    def advantages(self, values, last_values):
        """GAE along the episodes; a time limit goes on with the value of where it is."""
        after = numpy.append(values[1:], numpy.float32(0))
        after[self.ends] = last_values
        errors = (self.rewards + w.PPO["discount"] * after - values).tolist()
        decays = (w.PPO["discount"] * w.PPO["lambda_"] * (1 - self.ends)).tolist()
        advantage = 0.0
        # Lists of plain numbers, which Python goes through quicker than through arrays.
        for t in reversed(range(len(errors))):
            errors[t] = advantage = errors[t] + decays[t] * advantage
        return torch.tensor(errors, dtype=torch.float32)

    def update(self):
        with torch.no_grad():
            values, before = self.value(self.obs), self.log_prob(self.obs, self.actions)
            advantages = self.advantages(values.numpy(), self.value(self.last_obs).numpy())
            returns = advantages + values
            scores = (advantages - advantages.mean()) / (advantages.std(correction=0) + w.ADVANTAGE_FLOOR)
        minibatches = w.minibatches(self.random, self.per_call, w.PPO["steps"], w.PPO["size"])
        for rows in torch.from_numpy(minibatches):
            obs, score = self.obs[rows], scores[rows]
            ratio = (self.log_prob(obs, self.actions[rows]) - before[rows]).exp()
            clipped = ratio.clamp(1 - w.PPO_CLIP, 1 + w.PPO_CLIP)
            policy_loss = -torch.minimum(ratio * score, clipped * score).mean()
            critic_loss = 0.5 * F.mse_loss(self.value(obs), returns[rows])
            step(self.adam, policy_loss + critic_loss)
        self.last = critic_loss.detach(), policy_loss.detach()


def tanh_mlp(sizes):
    layers = []
    for fan_in, fan_out in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(fan_in, fan_out), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))
