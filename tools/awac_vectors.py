#!/usr/bin/env python3
"""Compute whole AWAC updates for crates/agent/tests/golden_awac.rs (developer time only).

    python3 -m venv .venv && .venv/bin/pip install torch
    .venv/bin/python tools/awac_vectors.py > crates/agent/tests/data/own_awac_update.json

Four consecutive updates in float64, written from the formulas with torch's modules, optimisers and
automatic differentiation. What they pin down:

    advantages  min_j Q_j(s, a) - min_j Q_j(s, a~), a~ one draw of the policy, by the critics as they
                were before the update
    weights     B softmax(advantage / eta) over the batch, at most `clip`; some are at the clip
    targets     r + gamma (1 - terminal) min_j Qbar_j(s', a'), a' one draw of the policy before its step
    losses      half the mean squared error of each critic; -mean of weight times log probability
    steps       critics, then policy, by Adam with coupled weight decay, on biases and on the parameter of
                the standard deviation too; then every target goes `tau` of the way

The policy's mean is the tanh of its network, its standard deviation the root of softplus(p), p one
parameter a dimension. Decay, tau and learning rate are larger than the paper's, so that each shows.

Inputs are rounded to four decimals, results to eight significant digits.
"""

import copy
import json
import math

import torch

torch.set_default_dtype(torch.float64)

CFG = {
    "gamma": 0.99,
    "eta": 0.5,
    "clip": 1.6,
    "lr": 3e-3,
    "weight_decay": 0.05,
    "tau": 0.1,
}
BATCH, OBS, ACTION, HIDDEN = 6, 3, 2, 6
UPDATES = 4


def rounded(tensor):
    return torch.round(tensor * 1e4) / 1e4


def numbers(value):
    """A tensor as nested lists of short numbers."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, list):
        return [numbers(x) for x in value]
    return float(f"{value:.8g}")


def network(inputs, outputs):
    layers = torch.nn.Sequential(
        torch.nn.Linear(inputs, HIDDEN),
        torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, HIDDEN),
        torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, outputs),
    )
    with torch.no_grad():
        for p in layers.parameters():
            p.copy_(rounded(0.8 * torch.randn_like(p)))
    return layers


class Policy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = network(OBS, ACTION)
        self.p = torch.nn.Parameter(torch.zeros(ACTION))

    def at(self, obs):
        std = torch.nn.functional.softplus(self.p).sqrt()
        normal = torch.distributions.Normal(torch.tanh(self.net(obs)), std)
        return torch.distributions.Independent(normal, 1)

    def draw(self, obs, noise):
        base = self.at(obs).base_dist
        return base.loc + base.scale * noise


def smaller(critics, obs, action):
    return torch.minimum(*(q(torch.cat([obs, action], dim=1)) for q in critics)).squeeze(1)


def update(nets, optimizers, batch, noise):
    policy, critics, targets = nets
    with torch.no_grad():
        baseline = smaller(critics, batch["state"], policy.draw(batch["state"], noise["policy"]))
        advantage = smaller(critics, batch["state"], batch["action"]) - baseline
        weight = BATCH * torch.softmax(advantage / CFG["eta"], dim=0)
        clipped = weight.clamp(max=CFG["clip"])
        next_q = smaller(targets, batch["next_state"], policy.draw(batch["next_state"], noise["next"]))
        y = batch["reward"] + CFG["gamma"] * (1 - batch["terminal"]) * next_q
    pairs = torch.cat([batch["state"], batch["action"]], dim=1)
    critic_loss = sum(0.5 * (q(pairs).squeeze(1) - y).square().mean() for q in critics)
    policy_loss = -(clipped * policy.at(batch["state"]).log_prob(batch["action"])).mean()
    for optimizer, loss in zip(optimizers, (critic_loss, policy_loss)):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        for q, target in zip(critics, targets):
            for p, t in zip(q.parameters(), target.parameters()):
                t += CFG["tau"] * (p - t)
    return {
        "advantage": numbers(advantage),
        "weight": numbers(clipped),
        "clipped": numbers((weight >= CFG["clip"]).double().mean()),
        "critic_loss": numbers(critic_loss.detach()),
        "policy_loss": numbers(policy_loss.detach()),
    }


def state(nets):
    def arrays(module):
        return {name: numbers(p.detach()) for name, p in module.named_parameters()}

    policy, critics, targets = nets
    return {
        "policy": {**arrays(policy.net), "p": numbers(policy.p.detach())},
        "critics": [arrays(q) for q in critics],
        "targets": [arrays(q) for q in targets],
    }


def main():
    torch.manual_seed(20)
    policy = Policy()
    critics = [network(OBS + ACTION, 1) for _ in range(2)]
    targets = [network(OBS + ACTION, 1) for _ in range(2)]
    nets = (policy, critics, targets)
    # One optimiser for both critics is the same as one each: nothing in a step is shared.
    both = [p for q in critics for p in q.parameters()]
    rates = {"lr": CFG["lr"], "weight_decay": CFG["weight_decay"]}
    adam = [torch.optim.Adam(p, **rates) for p in (both, policy.parameters())]
    case = {"cfg": CFG, "init": copy.deepcopy(state(nets)), "steps": []}
    for _ in range(UPDATES):
        batch = {
            "state": rounded(torch.randn(BATCH, OBS)),
            "action": rounded(torch.randn(BATCH, ACTION).tanh()),
            "reward": rounded(torch.randn(BATCH)),
            "next_state": rounded(torch.randn(BATCH, OBS)),
            "terminal": (torch.rand(BATCH) < 0.3).double(),
        }
        noise = {key: rounded(torch.randn(BATCH, ACTION)) for key in ("next", "policy")}
        step = update(nets, adam, batch, noise)
        assert 0 < step["clipped"] < 1 and math.isfinite(step["policy_loss"])
        given = {key: numbers(value) for key, value in batch.items()}
        drawn = {key: numbers(value) for key, value in noise.items()}
        case["steps"].append({"batch": given, "noise": drawn, **step, "after": copy.deepcopy(state(nets))})
    note = f"Four AWAC updates from the formulas in torch {torch.__version__}, f64; made by tools/awac_vectors.py."
    print(json.dumps({"note": note, "cases": [case]}))


if __name__ == "__main__":
    main()
