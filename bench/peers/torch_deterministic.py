"""DDPG and TD3 in bare PyTorch eager."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

import workloads as w
from torch_parts import FromBatches, TwinCritic, mlp, numbers, step


class SingleCritic(nn.Module):
    """One critic, with what a batched pair offers."""

    def __init__(self):
        super().__init__()
        self.layers = mlp((w.OBS + w.ACTION, w.HIDDEN, w.HIDDEN, 1))

    def forward(self, obs, act):
        return (self.first(obs, act),)

    def first(self, obs, act):
        return self.layers(torch.cat((obs, act), -1)).squeeze(-1)

    def weights(self):
        return list(self.parameters())


class PairedCritic(TwinCritic):
    def first(self, obs, act):
        """Of the first critic alone, which is the one that the policy climbs."""
        w1, b1, w2, b2, w3, b3 = (parameter[0] for parameter in self.parameters)
        x = torch.addmm(b1, torch.cat((obs, act), -1), w1).relu_()
        return torch.addmm(b3, torch.addmm(b2, x, w2).relu_(), w3).squeeze(-1)

    def weights(self):
        return self.parameters


class Ddpg(FromBatches):
    critics, smoothed, delay = SingleCritic, False, 1

    def __init__(self):
        super().__init__()
        self.policy = nn.Sequential(mlp((w.OBS, w.HIDDEN, w.HIDDEN, w.ACTION)), nn.Tanh())
        self.target_policy = copy.deepcopy(self.policy).requires_grad_(False)
        self.critic, self.target_critic = self.critics(), self.critics()
        self.target_critic.requires_grad_(False)
        online = [*self.policy.parameters(), *self.critic.weights()]
        self.online_weights = [p.detach() for p in online]
        targets = [*self.target_policy.parameters(), *self.target_critic.weights()]
        self.target_weights = [p.detach() for p in targets]
        torch._foreach_copy_(self.target_weights, self.online_weights)
        self.policy_adam = torch.optim.Adam(self.policy.parameters(), lr=w.LEARNING_RATE, fused=True)
        self.critic_adam = torch.optim.Adam(self.critic.weights(), lr=w.LEARNING_RATE, fused=True)
        self.policy_loss = torch.zeros(())

    def parameters(self):
        return numbers(self.policy.parameters()), numbers(self.critic.weights())

    def learn(self, obs, act, reward, next_obs, discount):
        with torch.no_grad():
            next_act = self.target_policy(next_obs)
            if self.smoothed:
                noise = (w.TARGET_NOISE * torch.randn_like(next_act)).clamp_(-w.NOISE_CLIP, w.NOISE_CLIP)
                next_act = (next_act + noise).clamp_(-1, 1)
            values = self.target_critic(next_obs, next_act)
            target = reward + discount * (torch.minimum(*values) if len(values) == 2 else values[0])
        critic_loss = 0.5 * sum(F.mse_loss(q, target) for q in self.critic(obs, act))
        step(self.critic_adam, critic_loss)
        if (self.count + 1) % self.delay == 0:
            # The gradient passes through the critic; without this it would also be taken for its weights.
            self.critic.requires_grad_(False)
            loss = -self.critic.first(obs, self.policy(obs)).mean()
            step(self.policy_adam, loss)
            self.critic.requires_grad_(True)
            self.policy_loss = loss.detach()
            torch._foreach_lerp_(self.target_weights, self.online_weights, w.TAU)
        return critic_loss.detach(), self.policy_loss


class Td3(Ddpg):
    critics, smoothed, delay = PairedCritic, True, w.POLICY_DELAY
