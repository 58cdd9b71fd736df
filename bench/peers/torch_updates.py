"""Bare PyTorch eager on the CPU: each update written as one would who wants it quick, without a library on top."""

import copy
import math

import worker

THREADS = worker.threads()

import numpy
import torch
import torch.nn.functional as F
from torch import nn

import workloads as w
from torch_deterministic import Ddpg, Td3
from torch_parts import HALF_LN_TAU, FromBatches, mlp, normed_mlp, numbers, step
from torch_rollouts import Ppo

# Per dimension: log N(u) = -noise^2/2 - log_std - log(2 pi)/2, and log|da/du| = 2 (log 2 - u - softplus(-2u)).
# What does not depend on the sample is summed here once, which spares the update a few small operations.
SAC_CONSTANT = -w.ACTION * (HALF_LN_TAU + 2 * math.log(2))


class Sac(FromBatches):
    def __init__(self):
        super().__init__()
        self.policy = mlp((w.OBS, w.HIDDEN, w.HIDDEN, 2 * w.ACTION))
        self.make_twin_critics()
        self.log_alpha = nn.Parameter(torch.zeros(()))
        self.policy_adam = torch.optim.Adam(self.policy.parameters(), lr=w.LEARNING_RATE, fused=True)
        self.alpha_adam = torch.optim.Adam([self.log_alpha], lr=w.LEARNING_RATE, fused=True)

    def parameters(self):
        return numbers(self.policy.parameters()), numbers(self.critic.parameters)

    def sample(self, obs):
        mean, log_std = self.policy(obs).chunk(2, -1)
        log_std = log_std.clamp(w.LOG_STD_MIN, w.LOG_STD_MAX)
        noise = torch.randn_like(mean)
        u = mean + log_std.exp() * noise
        log_prob = (2 * (u + F.softplus(-2 * u)) - log_std - 0.5 * noise.square()).sum(-1) + SAC_CONSTANT
        return u.tanh(), log_prob

    def learn(self, obs, act, reward, next_obs, discount):
        alpha = self.log_alpha.detach().exp()
        with torch.no_grad():
            next_act, next_log_prob = self.sample(next_obs)
            soft_value = torch.minimum(*self.target_critic(next_obs, next_act)) - alpha * next_log_prob
            target = reward + discount * soft_value
        q1, q2 = self.critic(obs, act)
        critic_loss = 0.5 * (F.mse_loss(q1, target) + F.mse_loss(q2, target))
        step(self.critic_adam, critic_loss)
        # The policy's gradient passes through the critics; without this it would also be taken for their weights.
        self.critic.requires_grad_(False)
        new_act, log_prob = self.sample(obs)
        policy_loss = (alpha * log_prob - torch.minimum(*self.critic(obs, new_act))).mean()
        step(self.policy_adam, policy_loss)
        self.critic.requires_grad_(True)
        alpha_loss = -self.log_alpha.exp() * (log_prob.detach().mean() + w.TARGET_ENTROPY)
        step(self.alpha_adam, alpha_loss)
        self.follow()
        return critic_loss.detach(), policy_loss.detach(), alpha_loss.detach()


class Awac(FromBatches):
    def __init__(self):
        super().__init__()
        self.policy = mlp((w.OBS, w.HIDDEN, w.HIDDEN, w.ACTION))
        self.raw_variance = nn.Parameter(torch.zeros(w.ACTION))
        self.policy_weights = [*self.policy.parameters(), self.raw_variance]
        self.make_twin_critics(weight_decay=w.WEIGHT_DECAY)
        options = {"lr": w.LEARNING_RATE, "weight_decay": w.WEIGHT_DECAY, "fused": True}
        self.policy_adam = torch.optim.Adam(self.policy_weights, **options)

    def parameters(self):
        return numbers(self.policy_weights), numbers(self.critic.parameters)

    def learn(self, obs, act, reward, next_obs, discount):
        mean, std = self.policy(obs).tanh(), F.softplus(self.raw_variance).sqrt()
        q1, q2 = self.critic(obs, act)
        with torch.no_grad():
            value = torch.minimum(*self.critic(obs, mean + std * torch.randn_like(mean)))
            advantage = torch.minimum(q1, q2) - value
            raised = (advantage - advantage.max()).exp()
            weights = (raised / raised.mean()).clamp(max=w.WEIGHT_CLIP)
            next_mean = self.policy(next_obs).tanh()
            next_act = next_mean + std * torch.randn_like(next_mean)
            target = reward + discount * torch.minimum(*self.target_critic(next_obs, next_act))
        log_prob = (-0.5 * ((act - mean) / std).square() - std.log() - HALF_LN_TAU).sum(-1)
        policy_loss = -(weights * log_prob).mean()
        critic_loss = 0.5 * (F.mse_loss(q1, target) + F.mse_loss(q2, target))
        step(self.critic_adam, critic_loss)
        step(self.policy_adam, policy_loss)
        self.follow()
        return critic_loss.detach(), policy_loss.detach()


class Mpo(FromBatches):
    def __init__(self, shared):
        super().__init__()
        self.shared = shared
        self.policy = normed_mlp(w.OBS, w.POLICY_SIZES, 2 * w.ACTION)
        self.critic = normed_mlp(w.OBS + w.ACTION, w.CRITIC_SIZES, 1)
        nets = [self.policy, self.critic]
        self.target_policy, self.target_critic = (copy.deepcopy(net).requires_grad_(False) for net in nets)
        self.online = [p.detach() for net in nets for p in net.parameters()]
        self.targets = [p for net in (self.target_policy, self.target_critic) for p in net.parameters()]
        width = {"temperature": 1, "penalty": 1, "mean": w.ACTION, "std": w.ACTION}
        raw = {name: torch.full((width[name],), value) for name, value in w.RAW_DUALS.items()}
        self.raw = {name: nn.Parameter(value) for name, value in raw.items()}
        adam = lambda of, rate: torch.optim.Adam(of, lr=rate, fused=True)
        self.policy_weights, self.critic_weights = map(list, (self.policy.parameters(), self.critic.parameters()))
        self.policy_adam = adam(self.policy_weights, w.MPO_LEARNING_RATE)
        self.critic_adam = adam(self.critic_weights, w.MPO_LEARNING_RATE)
        self.dual_adam = adam(self.raw.values(), w.DUAL_LEARNING_RATE)

    def parameters(self):
        return numbers(self.policy_weights), numbers(self.critic_weights)

    def gaussian(self, policy, obs):
        mean, raw = policy(obs).chunk(2, -1)
        return mean, F.softplus(raw) * (w.INITIAL_STD / math.log(2)) + w.STD_FLOOR

    def scored(self, obs, mean, std):
        actions = mean + std * torch.randn(w.SAMPLES, *mean.shape)
        joined = torch.cat((obs.expand(w.SAMPLES, -1, -1), actions), -1).flatten(0, 1)
        return actions, self.target_critic(joined).view(w.SAMPLES, -1)

    @staticmethod
    def estep(scores, temperature, epsilon):
        """Weights [N, B], and the loss of the temperature."""
        scaled = scores / temperature
        excess = scaled.logsumexp(0).mean() - math.log(w.SAMPLES)
        return scaled.detach().softmax(0), temperature * (epsilon + excess)

    @staticmethod
    def fit(weights, actions, mean, std):
        log_prob = (-0.5 * ((actions - mean) / std).square() - std.log() - HALF_LN_TAU).sum(-1)
        return -(weights * log_prob).sum(0).mean()

    def learn(self, obs, act, reward, next_obs, discount):
        with torch.no_grad():
            old_mean, old_std = self.gaussian(self.target_policy, next_obs)
            actions, scores = self.scored(next_obs, old_mean, old_std)
            target = reward + discount * scores.mean(0)
            if not self.shared:
                actions, scores = self.scored(next_obs, old_mean, old_std)
            costs = -(actions - actions.clamp(-1, 1)).norm(dim=-1)
        critic_loss = 0.5 * F.mse_loss(self.critic(torch.cat((obs, act), -1)).squeeze(-1), target)
        step(self.critic_adam, critic_loss, self.critic_weights)
        dual = {name: F.softplus(raw) + w.DUAL_OFFSET for name, raw in self.raw.items()}
        weights, temperature_loss = self.estep(scores, dual["temperature"], w.EPSILON)
        penalty_weights, penalty_loss = self.estep(costs, dual["penalty"], w.EPSILON_PENALTY)
        weights = weights + penalty_weights
        mean, std = self.gaussian(self.policy, next_obs)
        kl_mean = (0.5 * ((mean - old_mean) / old_std).square()).mean(0)
        kl_std = ((std / old_std).log() + 0.5 * (old_std / std).square() - 0.5).mean(0)
        fit = self.fit(weights, actions, mean, old_std) + self.fit(weights, actions, old_mean, std)
        region = (dual["mean"].detach() * kl_mean + dual["std"].detach() * kl_std).sum()
        policy_loss = fit + region
        step(self.policy_adam, policy_loss, self.policy_weights)
        bounds = dual["mean"] * (w.EPSILON_MEAN - kl_mean.detach()) + dual["std"] * (w.EPSILON_STD - kl_std.detach())
        step(self.dual_adam, temperature_loss.sum() + penalty_loss.sum() + bounds.sum())
        with torch.no_grad():
            for raw in self.raw.values():
                raw.clamp_(min=w.DUAL_FLOOR)
        if (self.count + 1) % w.COPY_PERIOD == 0:
            torch._foreach_copy_(self.targets, self.online)
        return critic_loss.detach(), policy_loss.detach(), temperature_loss.detach()[0]


class Awr:
    """Iterations over all data: values and returns, the critic's minibatches, values again, the policy's."""

    per_call = w.CRITIC_STEPS + w.POLICY_STEPS

    def __init__(self):
        torch.manual_seed(0)
        self.random = numpy.random.default_rng(0)
        obs, actions, self.rewards = w.episodes()
        self.all_obs = torch.from_numpy(obs)
        self.obs = self.all_obs[:, :-1].reshape(-1, w.OBS)
        self.actions = torch.from_numpy(actions).reshape(-1, w.ACTION)
        self.mean = self.obs.mean(0)
        self.scale = 1 / (self.obs.var(0, correction=0) + w.VARIANCE_EPS).sqrt()
        self.policy, self.critic = mlp((w.OBS, *w.AWR_SIZES, w.ACTION)), mlp((w.OBS, *w.AWR_SIZES, 1))
        options = {"momentum": w.MOMENTUM, "fused": True}
        self.policy_sgd = torch.optim.SGD(self.policy.parameters(), lr=w.AWR_POLICY_RATE, **options)
        self.critic_sgd = torch.optim.SGD(self.critic.parameters(), lr=w.AWR_CRITIC_RATE, **options)

    def parameters(self):
        return numbers(self.policy.parameters()), numbers(self.critic.parameters())

    def seen(self, obs):
        return ((obs - self.mean) * self.scale).clamp(-w.OBS_CLIP, w.OBS_CLIP)

    def returns(self):
        """Values [E, T + 1] of all observations, and TD(lambda) returns [E, T]."""
        with torch.no_grad():
            values = (self.critic(self.seen(self.all_obs)).squeeze(-1) / (1 - w.DISCOUNT)).numpy()
        direct = self.rewards + w.DISCOUNT * (1 - w.LAMBDA) * values[:, 1:]
        returns, after = numpy.empty_like(self.rewards), values[:, -1]
        for t in reversed(range(w.EPISODE_STEPS)):
            returns[:, t] = after = direct[:, t] + w.DISCOUNT * w.LAMBDA * after
        return values[:, :-1], returns

    def update(self):
        rows = lambda count: torch.from_numpy(w.minibatches(self.random, count))
        _, returns = self.returns()
        targets = torch.from_numpy(returns.reshape(-1)) * (1 - w.DISCOUNT)
        for index in rows(w.CRITIC_STEPS):
            values = self.critic(self.seen(self.obs[index])).squeeze(-1)
            critic_loss = 0.5 * F.mse_loss(values, targets[index])
            step(self.critic_sgd, critic_loss)
        values, returns = self.returns()
        advantage = returns - values
        standard = (advantage - advantage.mean()) / (advantage.std() + w.ADVANTAGE_EPS)
        weights = torch.from_numpy(numpy.minimum(numpy.exp(standard), w.WEIGHT_CLIP).reshape(-1))
        log_scale = w.ACTION * (math.log(w.AWR_STD) + HALF_LN_TAU)
        for index in rows(w.POLICY_STEPS):
            mean = self.policy(self.seen(self.obs[index]))
            log_prob = -0.5 * ((self.actions[index] - mean) / w.AWR_STD).square().sum(-1) - log_scale
            outside = (mean - mean.clamp(-1, 1)).square().sum(-1).mean()
            policy_loss = 0.5 * w.MEAN_PENALTY * outside - (weights[index] * log_prob).mean()
            step(self.policy_sgd, policy_loss)
        self.last = critic_loss.detach(), policy_loss.detach()

    def losses(self):
        return [loss.item() for loss in self.last]

    def wait(self):
        pass


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    makers = {"sac": Sac, "mpo": lambda: Mpo(False), "mpo-shared": lambda: Mpo(True), "awac": Awac, "awr": Awr}
    makers |= {"ddpg": Ddpg, "td3": Td3, "ppo": Ppo}
    worker.serve("PyTorch eager", torch.__version__, makers)
