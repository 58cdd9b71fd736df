"""What the updates in bare PyTorch are made of: networks, steps, and updates on batches."""

import math

import torch
from torch import nn

import workloads as w

HALF_LN_TAU = 0.5 * math.log(2 * math.pi)


class TwinCritic:
    """Both critics as one batched MLP: as quick as two modules on one thread, about a tenth quicker on two."""

    def __init__(self):
        self.parameters = []
        for fan_in, fan_out in ((w.OBS + w.ACTION, w.HIDDEN), (w.HIDDEN, w.HIDDEN), (w.HIDDEN, 1)):
            bound = fan_in**-0.5
            pair = [torch.empty(2, rows, fan_out).uniform_(-bound, bound) for rows in (fan_in, 1)]
            self.parameters += map(nn.Parameter, pair)

    def __call__(self, obs, act):
        w1, b1, w2, b2, w3, b3 = self.parameters
        x = torch.cat((obs, act), -1).expand(2, -1, -1)
        x = torch.baddbmm(b2, torch.baddbmm(b1, x, w1).relu_(), w2).relu_()
        # unbind: its gradient is one stack, where two selections would each fill a buffer of zeros.
        return torch.baddbmm(b3, x, w3).squeeze(-1).unbind()

    def requires_grad_(self, on):
        for parameter in self.parameters:
            parameter.requires_grad_(on)


def mlp(sizes, activation=nn.ReLU):
    layers = []
    for fan_in, fan_out in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(fan_in, fan_out), activation(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


def normed_mlp(inputs, hidden, outputs):
    rest = mlp((*hidden, outputs), nn.ELU)
    return nn.Sequential(nn.Linear(inputs, hidden[0]), nn.LayerNorm(hidden[0]), nn.Tanh(), *rest)


def numbers(parameters):
    return sum(parameter.numel() for parameter in parameters)


def step(optimizer, loss, clipped=()):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if clipped:
        nn.utils.clip_grad_norm_(clipped, w.CLIP_NORM)
    optimizer.step()


class FromBatches:
    """Updates on batches taken in turn."""

    per_call = 1

    def __init__(self):
        torch.manual_seed(0)
        self.batches = [[torch.from_numpy(array) for array in batch] for batch in w.batches()]
        self.count = 0

    def update(self):
        self.last = self.learn(*self.batches[self.count % w.BATCHES])
        self.count += 1

    def losses(self):
        return [loss.item() for loss in self.last]

    def wait(self):
        pass

    def make_twin_critics(self, **options):
        self.critic, self.target_critic = TwinCritic(), TwinCritic()
        self.target_critic.requires_grad_(False)
        # Views outside autograd, so that Polyak averaging needs no guard of its own.
        self.online_weights = [p.detach() for p in self.critic.parameters]
        self.target_weights = [p.detach() for p in self.target_critic.parameters]
        torch._foreach_copy_(self.target_weights, self.online_weights)
        self.critic_adam = torch.optim.Adam(self.critic.parameters, lr=w.LEARNING_RATE, fused=True, **options)

    def follow(self):
        torch._foreach_lerp_(self.target_weights, self.online_weights, w.TAU)
