"""SBX's own SAC class, Stable-Baselines3 on JAX: `train` as `learn` calls it, its replay's sampling included."""

import worker

THREADS = worker.threads()

import jax
import sbx
import torch

import sb3_updates


class Sac(sb3_updates.Sac):
    def __init__(self):
        self.model = sb3_updates.make(sbx.SAC)

    def parameters(self):
        of = lambda state: sum(leaf.size for leaf in jax.tree.leaves(state.params))
        return of(self.model.policy.actor_state), of(self.model.policy.qf_state)


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    worker.serve("SBX", sbx.__version__, {"sac": Sac})
