"""PPO and V-MPO in bare JAX: a whole iteration over a rollout one jitted function, its minibatches a scan."""

import math

import jax
import jax.numpy as jnp
import numpy
import optax
from jax.nn import softplus

import workloads as w
from jax_parts import HALF_LN_TAU, forward, network, numbers, step


class OnRollout:
    """Iterations over one rollout; a subclass has `settings`, `per_call`, `state` and `learn(state, minibatches)`."""

    def __init__(self, outputs):
        self.random = numpy.random.default_rng(0)
        rollout = w.rollout(self.settings["steps"])
        self.obs, self.actions, self.rewards, self.ends, self.last_obs = map(jnp.asarray, rollout)
        mean, critic = (network(self.random, w.OBS, w.ROLLOUT_SIZES, width) for width in (outputs, 1))
        self.nets = {"policy": mean, "critic": critic}
        # One for both: no number of it goes from the one network to the other.
        self.adam = optax.adam(w.ROLLOUT_RATE, eps=w.ROLLOUT_ADAM_EPS)
        self.compiled = jax.jit(self.learn, donate_argnums=0)

    def update(self):
        rows = w.minibatches(self.random, self.per_call, self.settings["steps"], self.settings["size"])
        self.state, self.last = self.compiled(self.state, rows)

    def losses(self):
        return [float(loss) for loss in self.last]

    def wait(self):
        jax.block_until_ready((self.state, self.last))

    def parameters(self):
        return numbers(self.state["nets"]["policy"]), numbers(self.state["nets"]["critic"])

    @staticmethod
    def value(nets, obs):
        return forward(nets["critic"], obs, jnp.tanh)[:, 0]

    def regress(self, nets, rows, returns):
        return 0.5 * ((self.value(nets, self.obs[rows]) - returns[rows]) ** 2).mean()

    @staticmethod
    def log_prob(action, mean, log_std):
        return (-0.5 * ((action - mean) * jnp.exp(-log_std)) ** 2 - log_std - HALF_LN_TAU).sum(-1)

    def advantages(self, nets):
        """Values, and GAE along the episodes; a time limit goes on with the value of where it is."""
        values, last_values = self.value(nets, self.obs), self.value(nets, self.last_obs)
        beyond = jnp.zeros_like(values).at[jnp.nonzero(self.ends, size=len(last_values))].set(last_values)
        after = jnp.where(self.ends, beyond, jnp.roll(values, -1))
        discount = self.settings["discount"]
        errors = self.rewards + discount * after - values
        decays = discount * self.settings["lambda_"] * (1 - self.ends)

        def back(advantage, now):
            error, decay = now
            advantage = error + decay * advantage
            return advantage, advantage

        return values, jax.lax.scan(back, jnp.zeros(()), (errors, decays), reverse=True)[1]


class Ppo(OnRollout):
    settings = w.PPO
    per_call = w.minibatch_count(**w.PPO)

    def __init__(self):
        super().__init__(w.ACTION)
        nets = {**self.nets, "policy": {"mean": self.nets["policy"], "log_std": jnp.zeros(w.ACTION)}}
        self.state = {"nets": nets, "adam": self.adam.init(nets)}

    def seen(self, nets, obs, action):
        policy = nets["policy"]
        return self.log_prob(action, forward(policy["mean"], obs, jnp.tanh), policy["log_std"])

    def learn(self, s, minibatches):
        before = self.seen(s["nets"], self.obs, self.actions)
        values, advantages = self.advantages(s["nets"])
        returns = advantages + values
        scores = (advantages - advantages.mean()) / (advantages.std() + w.ADVANTAGE_FLOOR)

        def minibatch(s, rows):
            def loss(nets):
                ratio = jnp.exp(self.seen(nets, self.obs[rows], self.actions[rows]) - before[rows])
                clipped = ratio.clip(1 - w.PPO_CLIP, 1 + w.PPO_CLIP)
                policy_loss = -jnp.minimum(ratio * scores[rows], clipped * scores[rows]).mean()
                critic_loss = self.regress(nets, rows, returns)
                return policy_loss + critic_loss, (critic_loss, policy_loss)

            gradients, losses = jax.grad(loss, has_aux=True)(s["nets"])
            nets, adam = step(self.adam, gradients, s["adam"], s["nets"])
            return {"nets": nets, "adam": adam}, losses

        s, losses = jax.lax.scan(minibatch, s, minibatches)
        return s, [each[-1] for each in losses]


class Vmpo(OnRollout):
    settings = w.VMPO
    per_call = w.minibatch_count(**w.VMPO)

    def __init__(self):
        super().__init__(2 * w.ACTION)
        raw = {name: jnp.full(width, w.VMPO_RAW_DUAL) for name, width in
               {"temperature": (), "mean": w.ACTION, "std": w.ACTION}.items()}
        self.dual_adam = optax.adam(w.DUAL_LEARNING_RATE, eps=w.ROLLOUT_ADAM_EPS)
        self.state = {"nets": self.nets, "adam": self.adam.init(self.nets)}
        self.state |= {"raw": raw, "dual_adam": self.dual_adam.init(raw)}

    @staticmethod
    def gaussian(policy, obs):
        mean, raw = jnp.split(forward(policy, obs, jnp.tanh), 2, -1)
        return mean, softplus(raw) * (w.INITIAL_STD / math.log(2)) + w.STD_FLOOR

    def learn(self, s, minibatches):
        # The previous policy is that of the rollout's begin, at each of its observations.
        previous = self.gaussian(s["nets"]["policy"], self.obs)
        values, advantages = self.advantages(s["nets"])
        returns = advantages + values

        def minibatch(s, rows):
            best, at = jax.lax.top_k(advantages[rows], self.settings["size"] // 2)
            dual = jax.tree.map(lambda raw: softplus(raw) + w.DUAL_OFFSET, s["raw"])
            weights = jax.nn.softmax(best / dual["temperature"])
            old_mean, old_std = (each[rows] for each in previous)

            def loss(nets):
                mean, std = self.gaussian(nets["policy"], self.obs[rows])
                fit = -(weights * self.log_prob(self.actions[rows[at]], mean[at], jnp.log(std[at]))).sum()
                kl_mean = (0.5 * ((mean - old_mean) / old_std) ** 2).mean(0)
                kl_std = (jnp.log(std / old_std) + 0.5 * (old_std / std) ** 2 - 0.5).mean(0)
                critic_loss = self.regress(nets, rows, returns)
                policy_loss = fit + (dual["mean"] * kl_mean + dual["std"] * kl_std).sum()
                return policy_loss + critic_loss, (critic_loss, policy_loss, kl_mean, kl_std)

            gradients, (*losses, kl_mean, kl_std) = jax.grad(loss, has_aux=True)(s["nets"])
            nets, adam = step(self.adam, gradients, s["adam"], s["nets"])

            def dual_loss(raw):
                dual = jax.tree.map(lambda raw: softplus(raw) + w.DUAL_OFFSET, raw)
                excess = jax.nn.logsumexp(best / dual["temperature"]) - math.log(len(best))
                bounds = dual["mean"] * (w.VMPO_EPSILON_MEAN - kl_mean) + dual["std"] * (w.VMPO_EPSILON_STD - kl_std)
                return dual["temperature"] * (w.VMPO_EPSILON + excess) + bounds.sum()

            raw, dual_adam = step(self.dual_adam, jax.grad(dual_loss)(s["raw"]), s["dual_adam"], s["raw"])
            raw = jax.tree.map(lambda x: jnp.maximum(x, w.DUAL_FLOOR), raw)
            return {"nets": nets, "adam": adam, "raw": raw, "dual_adam": dual_adam}, losses

        s, losses = jax.lax.scan(minibatch, s, minibatches)
        return s, [each[-1] for each in losses]
