"""DDPG and TD3 in bare JAX: an update with and one without a step of the policy, each one jitted function."""

from functools import partial

import jax
import jax.numpy as jnp
import optax

import workloads as w
from jax_parts import FromBatches, both, follow, forward, network, regress, step


class Ddpg(FromBatches):
    critics, smoothed, delay = 1, False, 1

    def __init__(self):
        super().__init__()
        hidden = (w.HIDDEN, w.HIDDEN)
        policy = network(self.random, w.OBS, hidden, w.ACTION)
        critics = [network(self.random, w.OBS + w.ACTION, hidden, 1) for _ in range(self.critics)]
        adams = [optax.adam(w.LEARNING_RATE)] * 2
        # The first policy loss there is comes with the first step of the policy.
        more = {"target_policy": jax.tree.map(jnp.copy, policy), "policy_loss": jnp.zeros(())}
        self.start(policy, critics, adams, **more)
        self.forms = [jax.jit(partial(self.learn, stepped), donate_argnums=0) for stepped in (False, True)]

    def update(self):
        learn = self.forms[(self.count + 1) % self.delay == 0]
        self.state, self.last = learn(self.state, *self.batches[self.count % w.BATCHES])
        self.count += 1

    @staticmethod
    def act(policy, obs):
        return jnp.tanh(forward(policy, obs))

    def next_action(self, policy, obs, key):
        action = self.act(policy, obs)
        if not self.smoothed:
            return action
        noise = w.TARGET_NOISE * jax.random.normal(key, action.shape)
        return (action + noise.clip(-w.NOISE_CLIP, w.NOISE_CLIP)).clip(-1, 1)

    def learn(self, stepped, s, obs, act, reward, next_obs, discount):
        key, drawn = jax.random.split(s["key"])
        next_act = self.next_action(s["target_policy"], next_obs, drawn)
        value = jnp.stack(both(s["target_critic"], next_obs, next_act)).min(0)
        critic_loss, gradients = jax.value_and_grad(regress)(s["critic"], obs, act, reward + discount * value)
        critic, critic_adam = step(self.critic_adam, gradients, s["critic_adam"], s["critic"])
        s = {**s, "critic": critic, "critic_adam": critic_adam, "key": key}
        if stepped:
            ascent = lambda policy: -both(critic[:1], obs, self.act(policy, obs))[0].mean()
            s["policy_loss"], gradients = jax.value_and_grad(ascent)(s["policy"])
            s["policy"], s["policy_adam"] = step(self.policy_adam, gradients, s["policy_adam"], s["policy"])
            for name in ("policy", "critic"):
                s[f"target_{name}"] = follow(s[f"target_{name}"], s[name])
        # A copy: what is in the state is given away to the next update.
        return s, (critic_loss, s["policy_loss"] + 0.0)


class Td3(Ddpg):
    critics, smoothed, delay = 2, True, w.POLICY_DELAY
