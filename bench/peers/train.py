"""Whole training runs of SAC and PPO: coadapt, Stable-Baselines3, SBX and PFRL at the same settings, one thread a run.

    bench/peers/.venv/bin/python bench/peers/train.py
    bench/peers/.venv/bin/python bench/peers/train.py HalfCheetah-v4 --algo ppo

Everything that a run does is in the time but evaluations, of which there are none. SAC: environment, policy, replay, one
update a step, logging; random actions for the first WARM_UP steps. PPO: environment, policy, iterations over each rollout,
logging. The clock runs from a step of FROM to the end, of PPO from the end of the first rollout to that of the last: as many
rollouts as iterations. Two seeds at once are two processes. The peak of memory is that of the whole process; what a stored
transition takes is told by two longer runs without updates. Medians over rounds taken in turns. Needs what updates.py needs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import worker

HERE = Path(__file__).parent
WARM_UP = 1000
ROLLOUT, MINIBATCH, EPOCHS = 2048, 64, 10  # of PPO
FROM = {"sac": 1500, "ppo": ROLLOUT}
NEVER = 100_000_000
STORED = (1_000, 51_000)  # steps of the runs that tell what a transition takes

# Hidden sizes, batch, and steps of a run; the learning rate is 3e-4 and the replay holds a million.
SAC = {"Pendulum-v1": (64, 64, 5000), "HalfCheetah-v4": (256, 256, 3000), "Humanoid-v4": (256, 256, 3000)}
TASKS = {"sac": SAC, "ppo": {"HalfCheetah-v4": (64, MINIBATCH, 10 * ROLLOUT)}}
RECIPES = {"sac": "sac", "ppo": "ppo_clip"}
PEERS = {"sac": ["Stable-Baselines3", "SBX", "PFRL"], "ppo": ["Stable-Baselines3", "SBX"]}
REPLAY = 1_000_000


class Clock:
    """Steps a second from step `first` to step `last`."""

    def __init__(self, first, last):
        self.first, self.last, self.began = first, last, None

    def tick(self, step):
        if step == self.first:
            self.began = time.perf_counter()
        if step == self.last and self.began is not None:
            return (step - self.first) / (time.perf_counter() - self.began)
        return None


def with_interface_of_sb3(library, algorithm, task, seed, steps, warm_up):
    import torch
    from stable_baselines3.common.callbacks import BaseCallback

    class Ticks(BaseCallback):
        rate, clock = None, Clock(FROM[algorithm], steps)

        def _on_step(self):
            # Called before the update of its step, also where the clock begins.
            self.rate = self.clock.tick(self.num_timesteps)
            return True

    torch.set_num_threads(1)
    hidden, batch, _ = TASKS[algorithm][task]
    settings = {"batch_size": batch, "learning_rate": 3e-4, "device": "cpu", "seed": seed}
    settings["policy_kwargs"] = {"net_arch": [hidden, hidden]}
    if algorithm == "sac":
        settings |= {"buffer_size": REPLAY, "learning_starts": warm_up}
    else:
        # The recipe's; what else its class does (a clipped gradient, standardised minibatches) is left as it is.
        settings |= {"n_steps": ROLLOUT, "n_epochs": EPOCHS, "gamma": 0.995, "gae_lambda": 0.97}
    ticks = Ticks()
    getattr(library, algorithm.upper())("MlpPolicy", task, **settings).learn(steps, callback=ticks)
    return ticks.rate


def of_sb3(*run):
    import stable_baselines3

    return with_interface_of_sb3(stable_baselines3, *run)


def of_sbx(*run):
    import sbx

    return with_interface_of_sb3(sbx, *run)


def of_pfrl(algorithm, task, seed, steps, warm_up):
    import gymnasium
    import numpy
    import pfrl
    import torch

    sys.argv = sys.argv[:1]
    import pfrl_updates

    torch.set_num_threads(1)
    pfrl.utils.set_random_seed(seed)
    env = gymnasium.make(task)
    hidden, batch, _ = TASKS[algorithm][task]
    sizes = env.observation_space.shape[0], env.action_space.shape[0]
    scale, clock = env.action_space.high, Clock(FROM[algorithm], steps)
    settings = {"replay_start_size": warm_up, "minibatch_size": batch}
    settings["burnin_action_func"] = lambda: numpy.random.uniform(-1, 1, sizes[1]).astype(numpy.float32)
    agent = pfrl_updates.make(*sizes, hidden, pfrl.replay_buffers.ReplayBuffer(REPLAY), **settings)
    obs, _ = env.reset(seed=seed)
    for step in range(1, steps + 1):
        action = agent.act(obs.astype(numpy.float32))
        obs, reward, terminated, truncated, _ = env.step(scale * action)
        agent.observe(obs.astype(numpy.float32), float(reward), terminated, terminated or truncated)
        if terminated or truncated:
            obs, _ = env.reset()
        rate = clock.tick(step)
    return rate


def of_coadapt(program, algorithm, task, seed, steps, warm_up, folder):
    """The command of a run, which leaves its times in `folder`."""
    hidden, batch, _ = TASKS[algorithm][task]
    sets = {"schedule.eval_every": NEVER, "schedule.eval_episodes": 1, "schedule.bias_episodes": 0}
    sets |= {"code.policy_sizes": f"[{hidden}, {hidden}]", "code.critic_sizes": f"[{hidden}, {hidden}]"}
    sets |= {"collect.batch": batch, "code.policy_lr": 3e-4, "code.critic_lr": 3e-4}
    if algorithm == "sac":
        sets |= {"collect.warmup": warm_up, "collect.learn_after": warm_up, "schedule.log_every": FROM["sac"] - WARM_UP}
    else:
        sets |= {"collect.steps": ROLLOUT, "collect.epochs": EPOCHS, "schedule.log_every": ROLLOUT}
    command = [program, "train", "--algo", RECIPES[algorithm], "--env", task, "--seed", str(seed), "--steps", str(steps)]
    default = recipe(program, algorithm, task)
    for path, value in sets.items():
        # The program refuses an override that changes nothing.
        if json.loads(str(value)) != default(path):
            command += ["--set", f"{path}={value}"]
    return [*command, "--quiet", "--checkpoint-every", str(NEVER), "--out", str(folder)]


def recipe(program, algorithm, task):
    """The value at a path of the recipe for `task`."""
    import tomllib

    command = [program, "explain", "--algo", RECIPES[algorithm], "--env", task]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tree = tomllib.loads(text[text.index("family = ") :])

    def at(path):
        value = tree
        for key in path.split("."):
            value = value[key]
        return value

    return at


def rate_of(folder, step):
    """Steps a second from step `step` to the last that was logged, of a run of coadapt."""
    lines = [json.loads(line) for line in (folder / "timing.jsonl").read_text().splitlines()]
    first, last = next(line for line in lines if line["step"] == step), lines[-1]
    return (last["step"] - first["step"]) / (last["wall_seconds"] - first["wall_seconds"])


class Run:
    """A process that trains."""

    def __init__(self, program, peer, algorithm, task, seed, steps, warm_up):
        self.folder = tempfile.TemporaryDirectory()
        out = Path(self.folder.name) / "run"
        if peer == "coadapt":
            command = of_coadapt(program, algorithm, task, seed, steps, warm_up, out)
        else:
            command = [sys.executable, __file__, "--one", peer, algorithm, task, str(seed), str(steps), str(warm_up)]
        self.said = open(Path(self.folder.name) / "said", "w+")
        options = {"cwd": self.folder.name, "text": True}
        self.process = subprocess.Popen(command, stdout=self.said, stderr=subprocess.STDOUT, **options)
        self.out, self.timed, self.peak = out if peer == "coadapt" else None, warm_up < steps, 0
        self.first = FROM[algorithm]

    def running(self):
        """Whether it still runs; looks at the peak of its memory on the way."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            mark = next((line for line in status.splitlines() if line.startswith("VmHWM")), None)
            # Not what waiting for it would tell: that counts this process too, of which it began as a copy.
            self.peak = max(self.peak, int(mark.split()[1]) * 1024 / 1e6 if mark else 0)
        except FileNotFoundError:
            pass
        return self.process.poll() is None

    def rate(self):
        """Steps a second, of a run that has ended."""
        self.said.seek(0)
        lines = self.said.read().splitlines()
        if self.process.returncode != 0:
            last = lines[-1] if lines else ""
            raise RuntimeError(f"{' '.join(map(str, self.process.args))} ended with {self.process.returncode}: {last}")
        rate = None
        if self.timed:
            rate = rate_of(self.out, self.first) if self.out else json.loads(lines[-1])["steps_per_second"]
        self.said.close()
        self.folder.cleanup()
        return rate


def together(program, peer, algorithm, task, seeds, steps, warm_up):
    """Steps a second of each of `seeds` runs at once, and the largest peak of memory in MB (1e6 bytes)."""
    runs = [Run(program, peer, algorithm, task, seed, steps, warm_up) for seed in range(seeds)]
    while any([run.running() for run in runs]):
        time.sleep(0.02)
    return [run.rate() for run in runs], max(run.peak for run in runs)


def one(peer, algorithm, task, seed, steps, warm_up):
    """A peer's run in this process."""
    train = {"Stable-Baselines3": of_sb3, "SBX": of_sbx, "PFRL": of_pfrl}[peer]
    rate = train(algorithm, task, int(seed), int(steps), int(warm_up))
    print(json.dumps({"steps_per_second": rate}))


def bytes_of_transition(program, peer, task):
    short, long = (together(program, peer, "sac", task, 1, steps, NEVER)[1] for steps in STORED)
    return (long - short) * 1e6 / (STORED[1] - STORED[0])


def cell(values):
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def described(algorithm, task):
    hidden, batch, steps = TASKS[algorithm][task]
    how = "one update a step" if algorithm == "sac" else f"{EPOCHS} times through each rollout of {ROLLOUT:,} steps"
    return f"{task}: networks {hidden}-{hidden}, batch {batch}, {how}, steps {FROM[algorithm]:,} to {steps:,}."


def table(program, algorithm, task, peers, rounds):
    alone, both, peaks, missing = {}, {}, {}, {}
    run = lambda peer, seeds: together(program, peer, algorithm, task, seeds, TASKS[algorithm][task][2], WARM_UP)
    for _ in range(rounds):
        for peer in [peer for peer in peers if peer not in missing]:
            try:
                rates, peak = run(peer, 1)
                alone.setdefault(peer, []).append(rates[0])
                peaks.setdefault(peer, []).append(peak)
                both.setdefault(peer, []).append(sum(run(peer, 2)[0]))
            except RuntimeError as error:
                missing[peer] = error
    # A rollout is forgotten: nothing is stored whose size would count.
    stored = algorithm == "sac"
    columns = [algorithm.upper(), "steps/s", "two seeds at once, together", "two over one", "peak MB"]
    columns += [*(["bytes a stored transition"] if stored else []), "coadapt is times as fast", "two seeds"]
    print(f"\n{described(algorithm, task)}\n\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for peer in [peer for peer in peers if peer not in missing]:
        scaling = statistics.median(two / one for one, two in zip(alone[peer], both[peer]))
        ratio = lambda rates: statistics.median(our / their for our, their in zip(rates["coadapt"], rates[peer]))
        cells = [peer, cell(alone[peer]), cell(both[peer]), f"{scaling:.2f}", f"{statistics.median(peaks[peer]):,.0f}"]
        cells += [f"{bytes_of_transition(program, peer, task):,.0f}"] if stored else []
        print(f"| {' | '.join([*cells, f'{ratio(alone):.2f}', f'{ratio(both):.2f}'])} |", flush=True)
    for peer, error in missing.items():
        print(f"\nnot measured: {peer}: {error}")


def main():
    if sys.argv[1:2] == ["--one"]:
        return one(*sys.argv[2:])
    every = list(dict.fromkeys(task for tasks in TASKS.values() for task in tasks))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=every, help="some of " + ", ".join(every))
    parser.add_argument("--algo", nargs="*", default=list(TASKS), choices=list(TASKS), help="those that have the task")
    parser.add_argument("--peers", nargs="*", default=PEERS["sac"], choices=PEERS["sac"])
    parser.add_argument("--isa", choices=worker.ISAS, help="hold ourselves and the peers to this instruction set")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=Path, default=HERE.parents[1] / "target/release/coadapt")
    arguments = parser.parse_args()
    if unknown := [task for task in arguments.tasks if task not in every]:
        parser.error(f"there are no settings for {', '.join(unknown)}; there are for {', '.join(every)}")
    # Runs inherit both.
    worker.limit(1, arguments.isa)
    if arguments.isa:
        os.environ["COADAPT_ISA"] = arguments.isa
    for algorithm in arguments.algo:
        peers = ["coadapt", *(peer for peer in arguments.peers if peer in PEERS[algorithm])]
        for task in (task for task in arguments.tasks if task in TASKS[algorithm]):
            table(arguments.program.resolve(), algorithm, task, peers, arguments.rounds)


if __name__ == "__main__":
    main()
