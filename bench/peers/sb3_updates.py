"""Stable-Baselines3's own classes, and TRPO of its contrib package: `train` as `learn` calls it after a step, its replay's
sampling included, or after a rollout."""

import worker

THREADS = worker.threads()

import gymnasium
import numpy
import sb3_contrib
import stable_baselines3
import torch
from stable_baselines3.common.logger import Logger

import workloads as w


class Spaces(gymnasium.Env):
    """The spaces of the workload; nothing is stepped."""

    observation_space = gymnasium.spaces.Box(-numpy.inf, numpy.inf, (w.OBS,), numpy.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (w.ACTION,), numpy.float32)


def make(algorithm, sizes, **settings):
    """A model of the class `algorithm`; SBX has the same interface."""
    policy = {"net_arch": list(sizes)}
    model = algorithm("MlpPolicy", Spaces(), policy_kwargs=policy, seed=0, device="cpu", **settings)
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def make_with_replay(algorithm, **settings):
    """One with a filled replay."""
    settings |= {"batch_size": w.BATCH, "learning_rate": w.LEARNING_RATE, "gamma": w.DISCOUNT, "tau": w.TAU}
    model = make(algorithm, (w.HIDDEN, w.HIDDEN), buffer_size=w.REPLAY_ROWS, **settings)
    replay = model.replay_buffer
    obs, action, reward, next_obs, discount = w.transitions(w.REPLAY_ROWS)
    replay.observations[:, 0], replay.actions[:, 0], replay.next_observations[:, 0] = obs, action, next_obs
    replay.rewards[:, 0], replay.dones[:, 0], replay.full = reward, discount == 0, True
    return model


# What the class PPO is given; what it does beside (a clipped gradient, minibatches standardised) is left as it is.
PPO = {"n_steps": w.PPO["steps"], "batch_size": w.PPO["size"], "n_epochs": w.PPO["epochs"], "gamma": w.PPO["discount"]}
PPO |= {"gae_lambda": w.PPO["lambda_"], "clip_range": w.PPO_CLIP, "learning_rate": w.ROLLOUT_RATE}
TRPO = {"n_steps": w.TRPO["steps"], "batch_size": w.TRPO["size"], "n_critic_updates": w.TRPO["epochs"]}
TRPO |= {"gamma": w.TRPO["discount"], "gae_lambda": w.TRPO["lambda_"], "learning_rate": w.TRPO_RATE}
TRPO |= {"target_kl": w.TRPO_KL, "cg_max_steps": w.TRPO_GRADIENTS, "cg_damping": w.TRPO_DAMPING}
TRPO |= {"line_search_max_iter": w.TRPO_TRIALS, "line_search_shrinking_factor": w.TRPO_SHRINK}


class Trained:
    """A model, and what is asked of it; a subclass has `model`, `logged` and `update()`."""

    per_call = 1

    def wait(self):
        pass

    def losses(self):
        return [self.model.logger.name_to_value[f"train/{name}"] for name in self.logged]


class OnReplay(Trained):
    def __init__(self, algorithm, *more_logged, **settings):
        self.model, self.logged = make_with_replay(algorithm, **settings), ("critic_loss", "actor_loss", *more_logged)

    def update(self):
        self.model.train(gradient_steps=1, batch_size=w.BATCH)

    def parameters(self):
        of = lambda net: sum(parameter.numel() for parameter in net.parameters())
        return of(self.model.actor), of(self.model.critic)


class OnRollout(Trained):
    """Iterations: first what `learn` leaves behind in the buffer when a rollout is collected, then `train`.

    Values and log probabilities are computed for all steps at once, which `learn` does as it goes."""

    def __init__(self, algorithm, rollout, per_call, logged, **settings):
        self.model, self.per_call = make(algorithm, w.ROLLOUT_SIZES, **settings), per_call
        self.logged, self.discount = logged, rollout["discount"]
        self.obs, self.actions, self.rewards, self.ends, self.last_obs = w.rollout(rollout["steps"])

    def judged(self):
        """Values of the observations, log probabilities of the actions, and values of what episodes ended in."""
        obs, actions, last_obs = map(torch.from_numpy, (self.obs, self.actions, self.last_obs))
        with torch.no_grad():
            values, log_probs, _ = self.model.policy.evaluate_actions(obs, actions)
            return values.flatten(), log_probs, self.model.policy.predict_values(last_obs).flatten()

    def update(self):
        buffer = self.model.rollout_buffer
        values, log_probs, last_values = self.judged()
        buffer.reset()
        buffer.full = True
        buffer.observations[:, 0], buffer.actions[:, 0], buffer.rewards[:, 0] = self.obs, self.actions, self.rewards
        buffer.values[:, 0], buffer.log_probs[:, 0] = values, log_probs
        # As in its own collection: a time limit's value is in the reward, but for the last, which is cut and not ended.
        buffer.episode_starts[1:, 0] = self.ends[:-1]
        buffer.rewards[self.ends.nonzero()[0][:-1], 0] += self.discount * last_values[:-1].numpy()
        buffer.compute_returns_and_advantage(last_values[-1:], numpy.zeros(1))
        self.model.train()

    def parameters(self):
        policy = self.model.policy
        of = lambda *nets: sum(parameter.numel() for net in nets for parameter in net.parameters())
        actor = of(policy.mlp_extractor.policy_net, policy.action_net) + policy.log_std.numel()
        return actor, of(policy.mlp_extractor.value_net, policy.value_net)


def makers(library, on_replay, on_rollout, **of_ddpg):
    """The workloads of `library`, which is this one or SBX."""
    of_ppo = (w.PPO, w.minibatch_count(**w.PPO), ("value_loss", "policy_gradient_loss"))
    return {
        "sac": lambda: on_replay(library.SAC, "ent_coef_loss"),
        "ddpg": lambda: on_replay(library.DDPG, **of_ddpg),
        "td3": lambda: on_replay(library.TD3),
        "ppo": lambda: on_rollout(library.PPO, *of_ppo, **PPO),
    }


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    of_trpo = ("value_loss", "policy_objective")
    trpo = lambda: OnRollout(sb3_contrib.TRPO, w.TRPO, 1, of_trpo, **TRPO)
    workloads = makers(stable_baselines3, OnReplay, OnRollout) | {"trpo": trpo}
    worker.serve("Stable-Baselines3", stable_baselines3.__version__, workloads)
