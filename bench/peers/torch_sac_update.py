"""Times one whole SAC update in bare PyTorch eager on the CPU: the peer our own update is held against."""

import argparse
import json
import math
import platform
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

OBS_DIM, ACT_DIM, BATCH_SIZE, HIDDEN = 17, 6, 256, 256
LEARNING_RATE, DISCOUNT, POLYAK_TAU = 3e-4, 0.99, 5e-3
LOG_STD_MIN, LOG_STD_MAX, TARGET_ENTROPY = -20.0, 2.0, -float(ACT_DIM)
BATCHES = 16  # taken in turn: a replay buffer does not hand out the same, still cached rows twice running

# Per dimension: log N(u) = -noise^2/2 - log_std - log(2 pi)/2, and log|da/du| = 2 (log 2 - u - softplus(-2u)).
# What does not depend on the sample is summed here once, which spares the update a few small operations.
LOG_PROB_CONSTANT = -ACT_DIM * (0.5 * math.log(2 * math.pi) + 2 * math.log(2))


class TwinCritic:
    """Both critics as one batched MLP: as quick as two modules on one thread, about a tenth quicker on two."""

    def __init__(self):
        self.parameters = []
        for fan_in, fan_out in ((OBS_DIM + ACT_DIM, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)):
            bound = fan_in**-0.5  # nn.Linear's default, so that policy and critics start alike
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


class Sac:
    def __init__(self, adam_form):
        torch.manual_seed(0)
        layers = [nn.Linear(OBS_DIM, HIDDEN), nn.ReLU(inplace=True), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(inplace=True)]
        self.policy = nn.Sequential(*layers, nn.Linear(HIDDEN, 2 * ACT_DIM))
        self.critic, self.target_critic = TwinCritic(), TwinCritic()
        self.target_critic.requires_grad_(False)
        # Views outside autograd, so that Polyak averaging needs no guard of its own.
        self.online_weights = [p.detach() for p in self.critic.parameters]
        self.target_weights = [p.detach() for p in self.target_critic.parameters]
        torch._foreach_copy_(self.target_weights, self.online_weights)
        self.log_alpha = nn.Parameter(torch.zeros(()))
        options = {"lr": LEARNING_RATE, adam_form: True}
        self.policy_adam = torch.optim.Adam(self.policy.parameters(), **options)
        self.critic_adam = torch.optim.Adam(self.critic.parameters, **options)
        self.alpha_adam = torch.optim.Adam([self.log_alpha], **options)

    def sample(self, obs):
        mean, log_std = self.policy(obs).chunk(2, -1)
        log_std = log_std.clamp(LOG_STD_MIN, LOG_STD_MAX)
        noise = torch.randn_like(mean)
        u = mean + log_std.exp() * noise
        log_prob = (2 * (u + F.softplus(-2 * u)) - log_std - 0.5 * noise.square()).sum(-1) + LOG_PROB_CONSTANT
        return u.tanh(), log_prob

    def update(self, obs, act, reward, next_obs, continues):
        alpha = self.log_alpha.detach().exp()
        with torch.no_grad():
            next_act, next_log_prob = self.sample(next_obs)
            soft_value = torch.minimum(*self.target_critic(next_obs, next_act)) - alpha * next_log_prob
            target = reward + DISCOUNT * continues * soft_value
        q1, q2 = self.critic(obs, act)
        critic_loss = 0.5 * (F.mse_loss(q1, target) + F.mse_loss(q2, target))
        step(self.critic_adam, critic_loss)
        # The policy's gradient passes through the critics; without this it would also be taken for their weights.
        self.critic.requires_grad_(False)
        new_act, log_prob = self.sample(obs)
        policy_loss = (alpha * log_prob - torch.minimum(*self.critic(obs, new_act))).mean()
        step(self.policy_adam, policy_loss)
        self.critic.requires_grad_(True)
        alpha_loss = -self.log_alpha.exp() * (log_prob.detach().mean() + TARGET_ENTROPY)
        step(self.alpha_adam, alpha_loss)
        torch._foreach_lerp_(self.target_weights, self.online_weights, POLYAK_TAU)
        return critic_loss.detach(), policy_loss.detach(), alpha_loss.detach()


def step(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def random_batch():
    obs, next_obs = torch.randn(2, BATCH_SIZE, OBS_DIM)
    act = torch.rand(BATCH_SIZE, ACT_DIM) * 2 - 1
    return obs, act, torch.randn(BATCH_SIZE), next_obs, (torch.rand(BATCH_SIZE) > 0.01).float()


def ms_per_update(learner, batches, updates):
    start = time.perf_counter()
    for i in range(updates):
        losses = learner.update(*batches[i % len(batches)])
    elapsed_s = time.perf_counter() - start
    if not torch.stack(losses).isfinite().all():  # a diverged learner is no measurement
        raise SystemExit(f"critic, policy, temperature loss {losses} must be finite; the timing is void")
    return elapsed_s * 1e3 / updates


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default, text in (
        ("--threads", 1, "threads PyTorch may use inside an operation"),
        ("--updates", 700, "timed updates of each Adam form, over all rounds"),
        ("--rounds", 7, "rounds the timed updates are split into"),
        ("--warmup", 30, "untimed updates before the first round"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{text} (default {default})")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    args = parser.parse_args()
    if min(args.threads, args.rounds, args.warmup) < 1 or args.updates < args.rounds:
        parser.error("--threads, --rounds and --warmup must be at least 1, --updates at least --rounds")
    torch.set_num_threads(args.threads)
    per_round = args.updates // args.rounds
    learners = {form: Sac(form) for form in ("fused", "foreach")}
    batches = [random_batch() for _ in range(BATCHES)]
    for learner in learners.values():
        ms_per_update(learner, batches, args.warmup)
    rounds = {form: [] for form in learners}
    for _ in range(args.rounds):
        for form, learner in learners.items():  # in turn, so that a slow spell of the machine falls on both
            rounds[form].append(ms_per_update(learner, batches, per_round))
    ms = {form: {"min": min(r), "median": statistics.median(r), "max": max(r)} for form, r in rounds.items()}
    best = min(ms, key=lambda form: ms[form]["min"])  # of the three, other load on the machine moves it least
    report = {"peer": "torch-eager", "torch": torch.__version__, "python": platform.python_version()}
    report |= {"threads": torch.get_num_threads(), "rounds": args.rounds, "updates_per_round": per_round}
    if args.json:
        return print(json.dumps(report | {"adam": best, "ms_per_update": ms[best], "ms_per_update_by_adam": ms}))
    print(*(f"{key} {value}" for key, value in report.items()), sep=", ")
    for form in sorted(ms, key=lambda form: ms[form]["min"]):
        print("Adam {:8} {min:6.2f} min {median:6.2f} median {max:6.2f} max ms/update".format(form, **ms[form]))


if __name__ == "__main__":
    main()
