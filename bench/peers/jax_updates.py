"""Bare JAX on the CPU: each whole update one jitted function, optax for the optimisers, no library on top.

Twin critics are two plain networks in one jitted function, which XLA's CPU backend runs quicker than a batched product.
"""

import math
from functools import partial

import worker

THREADS = worker.threads()

import jax
import jax.numpy as jnp
import optax
from jax.nn import softplus

import workloads as w
from jax_deterministic import Ddpg, Td3
from jax_parts import HALF_LN_TAU, FromBatches, both, follow, forward, network, regress, step
from jax_rollouts import Ppo, Vmpo


class Sac(FromBatches):
    def __init__(self):
        super().__init__()
        policy = network(self.random, w.OBS, (w.HIDDEN, w.HIDDEN), 2 * w.ACTION)
        self.alpha_adam, log_alpha = optax.adam(w.LEARNING_RATE), jnp.zeros(())
        adams = [optax.adam(w.LEARNING_RATE)] * 2
        self.start(policy, self.twin_critics(), adams, log_alpha=log_alpha, alpha_adam=self.alpha_adam.init(log_alpha))

    @staticmethod
    def sample(policy, obs, key):
        mean, log_std = jnp.split(forward(policy, obs), 2, -1)
        log_std = log_std.clip(w.LOG_STD_MIN, w.LOG_STD_MAX)
        noise = jax.random.normal(key, mean.shape)
        u = mean + jnp.exp(log_std) * noise
        jacobian = 2 * (math.log(2) - u - softplus(-2 * u))
        return jnp.tanh(u), (-0.5 * noise**2 - log_std - HALF_LN_TAU - jacobian).sum(-1)

    def learn(self, s, obs, act, reward, next_obs, discount):
        key, first, second = jax.random.split(s["key"], 3)
        alpha = jnp.exp(s["log_alpha"])
        next_act, next_log_prob = self.sample(s["policy"], next_obs, first)
        value = jnp.minimum(*both(s["target_critic"], next_obs, next_act)) - alpha * next_log_prob
        critic_loss, gradients = jax.value_and_grad(regress)(s["critic"], obs, act, reward + discount * value)
        critic, critic_adam = step(self.critic_adam, gradients, s["critic_adam"], s["critic"])

        def ascent(policy):
            action, log_prob = self.sample(policy, obs, second)
            return (alpha * log_prob - jnp.minimum(*both(critic, obs, action))).mean(), log_prob.mean()

        (policy_loss, log_prob), gradients = jax.value_and_grad(ascent, has_aux=True)(s["policy"])
        policy, policy_adam = step(self.policy_adam, gradients, s["policy_adam"], s["policy"])
        dual = lambda log_alpha: -jnp.exp(log_alpha) * (log_prob + w.TARGET_ENTROPY)
        alpha_loss, gradient = jax.value_and_grad(dual)(s["log_alpha"])
        log_alpha, alpha_adam = step(self.alpha_adam, gradient, s["alpha_adam"], s["log_alpha"])
        nets = {"policy": policy, "critic": critic, "target_critic": follow(s["target_critic"], critic)}
        moments = {"policy_adam": policy_adam, "critic_adam": critic_adam, "alpha_adam": alpha_adam}
        return {**nets, **moments, "log_alpha": log_alpha, "key": key}, (critic_loss, policy_loss, alpha_loss)


class Awac(FromBatches):
    def __init__(self):
        super().__init__()
        mean = network(self.random, w.OBS, (w.HIDDEN, w.HIDDEN), w.ACTION)
        adam = optax.chain(optax.add_decayed_weights(w.WEIGHT_DECAY), optax.adam(w.LEARNING_RATE))
        self.start({"mean": mean, "raw_variance": jnp.zeros(w.ACTION)}, self.twin_critics(), [adam, adam])

    @staticmethod
    def gaussian(policy, obs):
        return jnp.tanh(forward(policy["mean"], obs)), jnp.sqrt(softplus(policy["raw_variance"]))

    def learn(self, s, obs, act, reward, next_obs, discount):
        key, first, second = jax.random.split(s["key"], 3)
        mean, std = self.gaussian(s["policy"], obs)
        value = jnp.minimum(*both(s["critic"], obs, mean + std * jax.random.normal(first, mean.shape)))
        advantage = jnp.minimum(*both(s["critic"], obs, act)) - value
        raised = jnp.exp(advantage - advantage.max())
        weights = jnp.minimum(raised / raised.mean(), w.WEIGHT_CLIP)
        next_mean, next_std = self.gaussian(s["policy"], next_obs)
        next_act = next_mean + next_std * jax.random.normal(second, next_mean.shape)
        target = reward + discount * jnp.minimum(*both(s["target_critic"], next_obs, next_act))

        def fit(policy):
            mean, std = self.gaussian(policy, obs)
            log_prob = (-0.5 * ((act - mean) / std) ** 2 - jnp.log(std) - HALF_LN_TAU).sum(-1)
            return -(weights * log_prob).mean()

        policy_loss, policy_gradients = jax.value_and_grad(fit)(s["policy"])
        critic_loss, gradients = jax.value_and_grad(regress)(s["critic"], obs, act, target)
        critic, critic_adam = step(self.critic_adam, gradients, s["critic_adam"], s["critic"])
        policy, policy_adam = step(self.policy_adam, policy_gradients, s["policy_adam"], s["policy"])
        nets = {"policy": policy, "critic": critic, "target_critic": follow(s["target_critic"], critic)}
        return {**nets, "policy_adam": policy_adam, "critic_adam": critic_adam, "key": key}, (critic_loss, policy_loss)


class Mpo(FromBatches):
    def __init__(self, shared):
        super().__init__()
        self.shared = shared
        policy = network(self.random, w.OBS, w.POLICY_SIZES, 2 * w.ACTION, normed=True)
        critic = network(self.random, w.OBS + w.ACTION, w.CRITIC_SIZES, 1, normed=True)
        adam = optax.chain(optax.clip_by_global_norm(w.CLIP_NORM), optax.adam(w.MPO_LEARNING_RATE))
        width = {"temperature": (), "penalty": (), "mean": w.ACTION, "std": w.ACTION}
        raw = {name: jnp.full(width[name], value) for name, value in w.RAW_DUALS.items()}
        self.dual_adam = optax.adam(w.DUAL_LEARNING_RATE)
        more = {"raw": raw, "dual_adam": self.dual_adam.init(raw), "count": jnp.zeros((), jnp.int32)}
        self.start(policy, critic, [adam, adam], target_policy=jax.tree.map(jnp.copy, policy), **more)

    @staticmethod
    def gaussian(policy, obs):
        mean, raw = jnp.split(forward(policy, obs, jax.nn.elu), 2, -1)
        return mean, softplus(raw) * (w.INITIAL_STD / math.log(2)) + w.STD_FLOOR

    @staticmethod
    def q(critic, obs, act):
        return forward(critic, jnp.concatenate((obs, act), -1), jax.nn.elu)[..., 0]

    def scored(self, critic, obs, mean, std, key):
        actions = mean + std * jax.random.normal(key, (w.SAMPLES, *mean.shape))
        flat = lambda array: array.reshape(-1, array.shape[-1])
        repeated = jnp.broadcast_to(obs, (w.SAMPLES, *obs.shape))
        return actions, self.q(critic, flat(repeated), flat(actions)).reshape(w.SAMPLES, -1)

    @staticmethod
    def excess(scores, temperature):
        return jax.nn.logsumexp(scores / temperature, 0).mean() - math.log(w.SAMPLES)

    @staticmethod
    def fit(weights, actions, mean, std):
        log_prob = (-0.5 * ((actions - mean) / std) ** 2 - jnp.log(std) - HALF_LN_TAU).sum(-1)
        return -(weights * log_prob).sum(0).mean()

    def learn(self, s, obs, act, reward, next_obs, discount):
        key, first, second = jax.random.split(s["key"], 3)
        old_mean, old_std = self.gaussian(s["target_policy"], next_obs)
        actions, scores = self.scored(s["target_critic"], next_obs, old_mean, old_std, first)
        target = reward + discount * scores.mean(0)
        if not self.shared:
            actions, scores = self.scored(s["target_critic"], next_obs, old_mean, old_std, second)
        costs = -jnp.sqrt(((actions - actions.clip(-1, 1)) ** 2).sum(-1))
        squared = lambda critic: 0.5 * ((self.q(critic, obs, act) - target) ** 2).mean()
        critic_loss, gradients = jax.value_and_grad(squared)(s["critic"])
        critic, critic_adam = step(self.critic_adam, gradients, s["critic_adam"], s["critic"])
        positive = lambda raw: jax.tree.map(lambda x: softplus(x) + w.DUAL_OFFSET, raw)
        dual = positive(s["raw"])
        weights = jax.nn.softmax(scores / dual["temperature"], 0) + jax.nn.softmax(costs / dual["penalty"], 0)

        def m_step(policy):
            mean, std = self.gaussian(policy, next_obs)
            kl_mean = (0.5 * ((mean - old_mean) / old_std) ** 2).mean(0)
            kl_std = (jnp.log(std / old_std) + 0.5 * (old_std / std) ** 2 - 0.5).mean(0)
            fit = self.fit(weights, actions, mean, old_std) + self.fit(weights, actions, old_mean, std)
            return fit + (dual["mean"] * kl_mean + dual["std"] * kl_std).sum(), (kl_mean, kl_std)

        (policy_loss, (kl_mean, kl_std)), gradients = jax.value_and_grad(m_step, has_aux=True)(s["policy"])
        policy, policy_adam = step(self.policy_adam, gradients, s["policy_adam"], s["policy"])

        def dual_loss(raw):
            dual = positive(raw)
            temperature = dual["temperature"] * (w.EPSILON + self.excess(scores, dual["temperature"]))
            penalty = dual["penalty"] * (w.EPSILON_PENALTY + self.excess(costs, dual["penalty"]))
            bounds = dual["mean"] * (w.EPSILON_MEAN - kl_mean) + dual["std"] * (w.EPSILON_STD - kl_std)
            return temperature + penalty + bounds.sum(), temperature

        (_, temperature_loss), gradients = jax.value_and_grad(dual_loss, has_aux=True)(s["raw"])
        raw, dual_adam = step(self.dual_adam, gradients, s["dual_adam"], s["raw"])
        raw = jax.tree.map(lambda x: jnp.maximum(x, w.DUAL_FLOOR), raw)
        count = s["count"] + 1
        pairs = ((policy, critic), (s["target_policy"], s["target_critic"]))
        copied = jax.lax.cond(count % w.COPY_PERIOD == 0, lambda new, old: new, lambda new, old: old, *pairs)
        nets = {"policy": policy, "critic": critic, "target_policy": copied[0], "target_critic": copied[1]}
        moments = {"policy_adam": policy_adam, "critic_adam": critic_adam, "dual_adam": dual_adam}
        return {**nets, **moments, "raw": raw, "count": count, "key": key}, (critic_loss, policy_loss, temperature_loss)


class Awr(FromBatches):
    """Iterations over all data, each one jitted function with its minibatches as scans."""

    per_call = w.CRITIC_STEPS + w.POLICY_STEPS

    def __init__(self):
        super().__init__()
        self.all_obs, self.actions, self.rewards = map(jnp.asarray, w.episodes())
        self.mean = self.all_obs[:, :-1].mean((0, 1))
        self.scale = 1 / jnp.sqrt(self.all_obs[:, :-1].var((0, 1)) + w.VARIANCE_EPS)
        policy, critic = (network(self.random, w.OBS, w.AWR_SIZES, outputs) for outputs in (w.ACTION, 1))
        sgd = partial(optax.sgd, momentum=w.MOMENTUM)
        self.start(policy, critic, [sgd(w.AWR_POLICY_RATE), sgd(w.AWR_CRITIC_RATE)])
        del self.state["target_critic"], self.state["key"]

    def update(self):
        rows = [w.minibatches(self.random, count) for count in (w.CRITIC_STEPS, w.POLICY_STEPS)]
        self.state, self.last = self.compiled(self.state, *rows)

    def seen(self, obs):
        return ((obs - self.mean) * self.scale).clip(-w.OBS_CLIP, w.OBS_CLIP)

    def returns(self, critic):
        values = forward(critic, self.seen(self.all_obs))[..., 0] / (1 - w.DISCOUNT)
        direct = self.rewards + w.DISCOUNT * (1 - w.LAMBDA) * values[:, 1:]

        def back(after, now):
            after = now + w.DISCOUNT * w.LAMBDA * after
            return after, after

        _, returns = jax.lax.scan(back, values[:, -1], direct.T, reverse=True)
        return values[:, :-1], returns.T

    def learn(self, s, critic_rows, policy_rows):
        obs, actions = self.all_obs[:, :-1].reshape(-1, w.OBS), self.actions.reshape(-1, w.ACTION)
        targets = self.returns(s["critic"])[1].reshape(-1) * (1 - w.DISCOUNT)

        def of_critic(carried, rows):
            critic, state = carried
            error = lambda critic: forward(critic, self.seen(obs[rows]))[:, 0] - targets[rows]
            loss, gradients = jax.value_and_grad(lambda critic: 0.5 * (error(critic) ** 2).mean())(critic)
            return step(self.critic_adam, gradients, state, critic), loss

        (critic, critic_adam), critic_losses = jax.lax.scan(of_critic, (s["critic"], s["critic_adam"]), critic_rows)
        values, returns = self.returns(critic)
        advantage = (returns - values).reshape(-1)
        standard = (advantage - advantage.mean()) / (advantage.std() + w.ADVANTAGE_EPS)
        weights = jnp.minimum(jnp.exp(standard), w.WEIGHT_CLIP)

        def of_policy(carried, rows):
            policy, state = carried

            def fit(policy):
                mean = forward(policy, self.seen(obs[rows]))
                scaled = ((actions[rows] - mean) / w.AWR_STD) ** 2
                log_prob = (-0.5 * scaled - math.log(w.AWR_STD) - HALF_LN_TAU).sum(-1)
                outside = ((mean - mean.clip(-1, 1)) ** 2).sum(-1).mean()
                return 0.5 * w.MEAN_PENALTY * outside - (weights[rows] * log_prob).mean()

            loss, gradients = jax.value_and_grad(fit)(policy)
            return step(self.policy_adam, gradients, state, policy), loss

        (policy, policy_adam), policy_losses = jax.lax.scan(of_policy, (s["policy"], s["policy_adam"]), policy_rows)
        nets = {"policy": policy, "critic": critic}
        moments = {"policy_adam": policy_adam, "critic_adam": critic_adam}
        return {**nets, **moments}, (critic_losses[-1], policy_losses[-1])


if __name__ == "__main__":
    makers = {"sac": Sac, "mpo": lambda: Mpo(False), "mpo-shared": lambda: Mpo(True), "awac": Awac, "awr": Awr}
    makers |= {"ddpg": Ddpg, "td3": Td3, "ppo": Ppo, "vmpo": Vmpo}
    worker.serve("JAX jit", jax.__version__, makers)
