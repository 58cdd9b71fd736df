"""SBX's own classes, Stable-Baselines3 on JAX: `train` as `learn` calls it, its replay's sampling included."""

import worker

THREADS = worker.threads()

import jax
import numpy
import sbx
import torch

import sb3_updates
import workloads as w


def numbers(*states):
    return [sum(leaf.size for leaf in jax.tree.leaves(state.params)) for state in states]


class OnReplay(sb3_updates.OnReplay):
    def parameters(self):
        return numbers(self.model.policy.actor_state, self.model.policy.qf_state)


class OnRollout(sb3_updates.OnRollout):
    @staticmethod
    @jax.jit
    def compiled(actor, critic, obs, actions, last_obs):
        value = lambda obs: critic.apply_fn(critic.params, obs).flatten()
        return value(obs), actor.apply_fn(actor.params, obs).log_prob(actions), value(last_obs)

    def judged(self):
        states = self.model.policy.actor_state, self.model.policy.vf_state
        found = self.compiled(*states, self.obs, self.actions, self.last_obs)
        return [torch.from_numpy(numpy.array(each)) for each in found]

    def parameters(self):
        return numbers(self.model.policy.actor_state, self.model.policy.vf_state)


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    # Its DDPG has a rate of its own for the critic.
    worker.serve("SBX", sbx.__version__, sb3_updates.makers(sbx, OnReplay, OnRollout, qf_learning_rate=w.LEARNING_RATE))
