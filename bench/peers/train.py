"""Whole training runs of SAC: coadapt, Stable-Baselines3, SBX and PFRL at the same settings, one thread a run.

    bench/peers/.venv/bin/python bench/peers/train.py

Everything that a run does is in the time: environment, policy, replay, one update a step, logging. Random actions for the
first WARM_UP steps; the clock runs from step FROM to the end. Two seeds at once are two processes. The peak of memory is
that of the whole process; what a stored transition takes is told by two longer runs without updates. Medians over rounds
taken in turns. Needs what updates.py needs.
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
WARM_UP, FROM = 1000, 1500
NEVER = 100_000_000
STORED = (1_000, 51_000)  # steps of the runs that tell what a transition takes

# Hidden sizes, batch, and steps of a run; the learning rate is 3e-4 and the replay holds a million.
TASKS = {"Pendulum-v1": (64, 64, 5000), "HalfCheetah-v4": (256, 256, 3000), "Humanoid-v4": (256, 256, 3000)}
PEERS = ["coadapt", "Stable-Baselines3", "SBX", "PFRL"]
REPLAY = 1_000_000


class Clock:
    """Steps a second from step FROM on."""

    def __init__(self, steps):
        self.steps, self.began = steps, None

    def tick(self, step):
        if step == FROM:
            self.began = time.perf_counter()
        if step == self.steps and self.began is not None:
            return (step - FROM) / (time.perf_counter() - self.began)
        return None


def with_interface_of_sb3(algorithm, task, seed, steps, warm_up):
    import torch
    from stable_baselines3.common.callbacks import BaseCallback

    class Ticks(BaseCallback):
        rate, clock = None, Clock(steps)

        def _on_step(self):
            # Called before the update of its step; one update of thousands is not missed.
            self.rate = self.clock.tick(self.num_timesteps)
            return True

    torch.set_num_threads(1)
    hidden, batch, _ = TASKS[task]
    settings = {"batch_size": batch, "buffer_size": REPLAY, "learning_starts": warm_up, "learning_rate": 3e-4}
    settings |= {"policy_kwargs": {"net_arch": [hidden, hidden]}, "device": "cpu", "seed": seed}
    ticks = Ticks()
    algorithm("MlpPolicy", task, **settings).learn(steps, callback=ticks)
    return ticks.rate


def of_sb3(*run):
    from stable_baselines3 import SAC

    return with_interface_of_sb3(SAC, *run)


def of_sbx(*run):
    from sbx import SAC

    return with_interface_of_sb3(SAC, *run)


def of_pfrl(task, seed, steps, warm_up):
    import gymnasium
    import numpy
    import pfrl
    import torch

    sys.argv = sys.argv[:1]
    import pfrl_updates

    torch.set_num_threads(1)
    pfrl.utils.set_random_seed(seed)
    env = gymnasium.make(task)
    hidden, batch, _ = TASKS[task]
    sizes = env.observation_space.shape[0], env.action_space.shape[0]
    scale, clock = env.action_space.high, Clock(steps)
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


def of_coadapt(program, task, seed, steps, warm_up, folder):
    """The command of a run, which leaves its times in `folder`."""
    hidden, batch, _ = TASKS[task]
    sets = {"collect.warmup": warm_up, "collect.learn_after": warm_up, "schedule.log_every": FROM - WARM_UP}
    sets |= {"schedule.eval_every": NEVER, "schedule.eval_episodes": 1, "schedule.bias_episodes": 0}
    sets |= {"code.policy_sizes": f"[{hidden}, {hidden}]", "code.critic_sizes": f"[{hidden}, {hidden}]"}
    sets |= {"collect.batch": batch, "code.policy_lr": 3e-4, "code.critic_lr": 3e-4}
    command = [program, "train", "--algo", "sac", "--env", task, "--seed", str(seed), "--steps", str(steps), "--quiet"]
    default = recipe(program, task)
    for path, value in sets.items():
        # The program refuses an override that changes nothing.
        if json.loads(str(value)) != default(path):
            command += ["--set", f"{path}={value}"]
    return [*command, "--checkpoint-every", str(NEVER), "--out", str(folder)]


def recipe(program, task):
    """The value at a path of SAC's recipe for `task`."""
    import tomllib

    command = [program, "explain", "--algo", "sac", "--env", task]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tree = tomllib.loads(text[text.index("family = ") :])

    def at(path):
        value = tree
        for key in path.split("."):
            value = value[key]
        return value

    return at


def rate_of(folder):
    """Steps a second from step FROM to the last that was logged, of a run of coadapt."""
    lines = [json.loads(line) for line in (folder / "timing.jsonl").read_text().splitlines()]
    first, last = next(line for line in lines if line["step"] == FROM), lines[-1]
    return (last["step"] - first["step"]) / (last["wall_seconds"] - first["wall_seconds"])


class Run:
    """A process that trains."""

    def __init__(self, program, peer, task, seed, steps, warm_up):
        self.folder = tempfile.TemporaryDirectory()
        out = Path(self.folder.name) / "run"
        if peer == "coadapt":
            command = of_coadapt(program, task, seed, steps, warm_up, out)
        else:
            command = [sys.executable, __file__, "--one", peer, task, str(seed), str(steps), str(warm_up)]
        self.said = open(Path(self.folder.name) / "said", "w+")
        options = {"cwd": self.folder.name, "text": True}
        self.process = subprocess.Popen(command, stdout=self.said, stderr=subprocess.STDOUT, **options)
        self.out, self.timed, self.peak = out if peer == "coadapt" else None, warm_up < steps, 0

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
            rate = rate_of(self.out) if self.out else json.loads(lines[-1])["steps_per_second"]
        self.said.close()
        self.folder.cleanup()
        return rate


def together(program, peer, task, seeds, steps, warm_up):
    """Steps a second of each of `seeds` runs at once, and the largest peak of memory in MB (1e6 bytes)."""
    runs = [Run(program, peer, task, seed, steps, warm_up) for seed in range(seeds)]
    while any([run.running() for run in runs]):
        time.sleep(0.02)
    return [run.rate() for run in runs], max(run.peak for run in runs)


def one(peer, task, seed, steps, warm_up):
    """A peer's run in this process."""
    train = {"Stable-Baselines3": of_sb3, "SBX": of_sbx, "PFRL": of_pfrl}[peer]
    rate = train(task, int(seed), int(steps), int(warm_up))
    print(json.dumps({"steps_per_second": rate}))


def bytes_of_transition(program, peer, task):
    short, long = (together(program, peer, task, 1, steps, NEVER)[1] for steps in STORED)
    return (long - short) * 1e6 / (STORED[1] - STORED[0])


def cell(values):
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def table(program, task, peers, rounds):
    alone, both, peaks, missing = {}, {}, {}, {}
    for _ in range(rounds):
        for peer in [peer for peer in peers if peer not in missing]:
            try:
                rates, peak = together(program, peer, task, 1, TASKS[task][2], WARM_UP)
                alone.setdefault(peer, []).append(rates[0])
                peaks.setdefault(peer, []).append(peak)
                both.setdefault(peer, []).append(sum(together(program, peer, task, 2, TASKS[task][2], WARM_UP)[0]))
            except RuntimeError as error:
                missing[peer] = error
    hidden, batch, steps = TASKS[task]
    print(f"\n{task}: networks {hidden}-{hidden}, batch {batch}, one update a step, steps {FROM:,} to {steps:,}.\n")
    print("| SAC | steps/s | two seeds at once, together | two over one | peak MB | bytes a stored transition "
          "| coadapt is times as fast | two seeds |")
    print("|---|---|---|---|---|---|---|---|")
    for peer in [peer for peer in peers if peer not in missing]:
        scaling = statistics.median(two / one for one, two in zip(alone[peer], both[peer]))
        ratio = lambda rates: statistics.median(our / their for our, their in zip(rates["coadapt"], rates[peer]))
        cells = [peer, cell(alone[peer]), cell(both[peer]), f"{scaling:.2f}", f"{statistics.median(peaks[peer]):,.0f}"]
        cells.append(f"{bytes_of_transition(program, peer, task):,.0f}")
        print(f"| {' | '.join([*cells, f'{ratio(alone):.2f}', f'{ratio(both):.2f}'])} |", flush=True)
    for peer, error in missing.items():
        print(f"\nnot measured: {peer}: {error}")


def main():
    if sys.argv[1:2] == ["--one"]:
        return one(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=list(TASKS), help="some of " + ", ".join(TASKS))
    parser.add_argument("--peers", nargs="*", default=PEERS[1:], choices=PEERS[1:])
    parser.add_argument("--isa", choices=worker.ISAS, help="hold ourselves and the peers to this instruction set")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=Path, default=HERE.parents[1] / "target/release/coadapt")
    arguments = parser.parse_args()
    if unknown := [task for task in arguments.tasks if task not in TASKS]:
        parser.error(f"there are no settings for {', '.join(unknown)}; there are for {', '.join(TASKS)}")
    # Runs inherit both.
    worker.limit(1, arguments.isa)
    if arguments.isa:
        os.environ["COADAPT_ISA"] = arguments.isa
    for task in arguments.tasks:
        table(arguments.program.resolve(), task, ["coadapt", *arguments.peers], arguments.rounds)


if __name__ == "__main__":
    main()
