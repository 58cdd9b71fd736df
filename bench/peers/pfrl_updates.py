"""PFRL's own SoftActorCritic: the update its replay asks for after each step, sampling included."""

import worker

THREADS = worker.threads()

import warnings

warnings.filterwarnings("ignore")

import pfrl
import torch
from torch import distributions, nn

import workloads as w


def squashed(output):
    """The policy head of PFRL's own reproduction of SAC."""
    mean, log_scale = torch.chunk(output, 2, dim=1)
    scale = torch.clamp(log_scale, w.LOG_STD_MIN, w.LOG_STD_MAX).exp()
    base = distributions.Independent(distributions.Normal(loc=mean, scale=scale), 1)
    # With its cache an action's log probability needs no inverse of tanh.
    tanh = [distributions.transforms.TanhTransform(cache_size=1)]
    return distributions.transformed_distribution.TransformedDistribution(base, tanh)


def make(obs, action, hidden, replay, **settings):
    """An agent as PFRL's reproduction of SAC makes it."""
    layers = lambda inputs, outputs: [
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
    ]
    policy = nn.Sequential(*layers(obs, 2 * action), pfrl.nn.Lambda(squashed))
    critics = [nn.Sequential(pfrl.nn.ConcatObsAndAction(), *layers(obs + action, 1)) for _ in range(2)]
    adams = [torch.optim.Adam(net.parameters(), lr=w.LEARNING_RATE) for net in (policy, *critics)]
    settings |= {"gamma": w.DISCOUNT, "soft_update_tau": w.TAU, "entropy_target": -float(action)}
    settings |= {"temperature_optimizer_lr": w.LEARNING_RATE}
    return pfrl.agents.SoftActorCritic(policy, *critics, *adams, replay, **settings)


class Sac:
    per_call = 1

    def __init__(self):
        pfrl.utils.set_random_seed(0)
        replay = pfrl.replay_buffers.ReplayBuffer(w.REPLAY_ROWS)
        for obs, action, reward, next_obs, discount in zip(*w.transitions(w.REPLAY_ROWS)):
            replay.append(obs, action, reward, next_obs, is_state_terminal=bool(discount == 0))
        self.agent = make(w.OBS, w.ACTION, w.HIDDEN, replay, replay_start_size=w.BATCH, minibatch_size=w.BATCH)

    def update(self):
        self.agent.replay_updater.update_if_necessary(1)

    def wait(self):
        pass

    def losses(self):
        return [self.agent.q_func1_loss_record[-1], self.agent.q_func2_loss_record[-1], self.agent.temperature]

    def parameters(self):
        of = lambda *nets: sum(parameter.numel() for net in nets for parameter in net.parameters())
        return of(self.agent.policy), of(self.agent.q_func1, self.agent.q_func2)


if __name__ == "__main__":
    import importlib.metadata

    torch.set_num_threads(THREADS)
    worker.serve("PFRL", importlib.metadata.version("pfrl"), {"sac": Sac})
