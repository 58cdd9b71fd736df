"""Milliseconds of an update: coadapt, PyTorch, JAX, Stable-Baselines3, SBX and PFRL, in turns within the same minute.

    just bench-peers

or, step by step (any Python 3.11 or later; about 6 GB of disk):

    python3.11 -m venv bench/peers/.venv
    bench/peers/.venv/bin/pip install -r bench/peers/requirements-updates.txt
    cargo build --release
    bench/peers/.venv/bin/python bench/peers/updates.py

Prints Markdown: for each workload a table of milliseconds (median, and smallest to largest round), updates a second of
two processes at once, what of the f32 floor that is, and how many times as long as coadapt a peer takes. The floor is the
time that the multiply-adds of the update's matrix products take at the peak measured beside each round, with registers
alone. A ratio is the median over rounds of that round's ratio. A round before or after which the peak was far below
its best is set aside: something else was running.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 0.4  # of one measurement
WORTH = 0.75  # of the best peak, below which a round is set aside
GREED = 1.25  # processor time over time and threads, above which a limit on threads was not obeyed

WORKLOADS = {
    "sac": "SAC: networks 256-256, twin critics",
    "mpo": "MPO: policy 256-256-256, critic 512-512-256, 20 actions a state for the target and 20 for the E-step",
    "mpo-shared": "MPO, the same 20 actions for both, as the paper's own code has it",
    "awac": "AWAC: networks 256-256, twin critics",
    "awr": "AWR: networks 128-64; a minibatch, over whole iterations of 293 and 1,465 on 50,000 transitions",
    "ddpg": "DDPG: networks 256-256, one critic",
    "td3": "TD3: networks 256-256, twin critics; a policy stepped in every second update: the mean of both kinds",
    "ppo": "PPO: clipped, networks 64-64; a minibatch of 64, over whole iterations of 320 on 2,048 transitions",
    "vmpo": "V-MPO: networks 64-64; a minibatch of 256, over whole iterations of 64 on 2,048 transitions",
    "trpo": "TRPO: networks 64-64; a whole iteration on 5,000 transitions: gradient, 20 conjugate gradients, line search, "
            "five times through them for the critic, 64 at a time",
}
PEERS = ["torch", "jax", "sb3", "sbx", "pfrl"]
WAYS = {"1 thread": [1], "2 threads": [2], "two processes": [1, 1]}


class Coadapt:
    """Our own program, started anew for each measurement; it warms up for itself."""

    def __init__(self, program, precision="f32", isa=None):
        self.program, self.precision, self.isa = program, precision, isa
        self.name = "coadapt" if precision == "f32" else f"coadapt, {precision}"
        self.version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()

    def bench(self, *arguments):
        command = [self.program, "bench", *arguments, "--json", *(["--isa", self.isa] if self.isa else [])]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def describe(self, workload):
        return self.answer(self.update(workload, 1))

    def update(self, workload, threads):
        how = ["--threads", str(threads), "--precision", self.precision, "--rounds", "1"]
        return self.bench("update", "--workload", workload, *how)

    def peak(self, threads):
        return self.answer(self.bench("peak", "--threads", str(threads), "--rounds", "3"))["flops_per_second"]["median"]

    def time(self, workload, way):
        """Milliseconds of an update, of each process at once."""
        running = [self.update(workload, threads) for threads in WAYS[way]]
        return [self.answer(process)["ms_per_update"]["median"] for process in running]

    @staticmethod
    def answer(process):
        text, _ = process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, process.args))} ended with {process.returncode}")
        return json.loads(text)


class Worker:
    """One process of a peer."""

    def __init__(self, script, threads, isa=None):
        command = [sys.executable, str(HERE / f"{script}_updates.py"), "--threads", str(threads)]
        command += ["--isa", isa] if isa else []
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, **pipes | {"stderr": subprocess.DEVNULL})
        self.hello = self.read()

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)

    def read(self):
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"it ended with {self.process.wait()}"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


class Peer:
    """A peer's processes: two with one thread, one with two."""

    def __init__(self, script, isa=None):
        self.workers = {1: [Worker(script, 1, isa), Worker(script, 1, isa)], 2: [Worker(script, 2, isa)]}
        hello, self.greed = self.workers[1][0].hello, 0.0
        self.name, self.version, self.workloads = hello["peer"], hello["version"], hello["workloads"]

    def describe(self, workload):
        answers = []
        for worker in self.workers[1] + self.workers[2]:
            worker.ask("describe", workload)
            answers.append(worker.read())
        return answers[0]

    def time(self, workload, way):
        """Milliseconds of an update, of each process at once."""
        spare = {threads: iter(workers) for threads, workers in self.workers.items()}
        chosen = [next(spare[threads]) for threads in WAYS[way]]
        for worker in chosen:
            worker.ask("time", workload, SECONDS)
        answers = [worker.read() for worker in chosen]
        self.greed = max(self.greed, *(found["cores"] / threads for found, threads in zip(answers, WAYS[way])))
        return [answer["ms"] for answer in answers]


def started(scripts, isa):
    peers = []
    for script in scripts:
        try:
            peers.append(Peer(script, isa))
        except RuntimeError as error:
            print(f"not measured: {script}: {error}")
    return peers


def checked(peer, workload, ours):
    """Whether `peer` computes what it should: networks of our size, finite losses that change."""
    found = peer.describe(workload)
    for key in ("policy_parameters", "critic_parameters"):
        if found[key] != ours[key]:
            raise RuntimeError(f"{key} are {found[key]}, ours {ours[key]}")
    losses = [tuple(each) for each in found["losses"]]
    if len(set(losses)) != len(losses):
        raise RuntimeError(f"its losses stand still: {losses}")


def measured(workload, coadapt, peers, rounds):
    """Of each round: the peaks before and after, and {(name, way): [ms of each process]}."""
    found = []
    for _ in range(rounds):
        peaks, times = [{threads: coadapt.peak(threads) for threads in (1, 2)}], {}
        for way in WAYS:
            for peer in (coadapt, *peers):
                times[peer.name, way] = peer.time(workload, way)
        peaks.append({threads: coadapt.peak(threads) for threads in (1, 2)})
        found.append((peaks, times))
    return found


def undisturbed(rounds):
    """The rounds whose peaks were near their best."""
    best = {threads: max(peak[threads] for peaks, _ in rounds for peak in peaks) for threads in (1, 2)}
    return [r for r in rounds if all(peak[t] >= WORTH * best[t] for peak in r[0] for t in best)]


def cell(values, digits):
    shown = [f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values))]
    return "{} ({} to {})".format(*shown)


def table(workload, names, rounds, flops):
    """The lines of a workload's table."""
    rate = lambda times: sum(1e3 / ms for ms in times)
    median = lambda of: statistics.median(of(peaks, times) for peaks, times in rounds)
    mean_peak = lambda peaks, threads: statistics.mean(peak[threads] for peak in peaks)
    yield f"| {WORKLOADS[workload].split(':')[0].split(',')[0]} | ms, 1 thread | ms, 2 threads | two processes, updates/s " \
        "| of the floor, 1 thread | 2 threads | times coadapt's, 1 thread | 2 threads | two processes |"
    yield "|---|---|---|---|---|---|---|---|---|"
    ours = rounds[0][1]["coadapt", "1 thread"][0]
    digits = 1 if ours > 20 else 2 if ours > 1 else 3
    for name in names:
        ms = {way: [times[name, way][0] for _, times in rounds] for way in ("1 thread", "2 threads")}
        cells = [name, *(cell(values, digits) for values in ms.values())]
        cells.append(cell([rate(times[name, "two processes"]) for _, times in rounds], 0))
        for threads, way in ((1, "1 thread"), (2, "2 threads")):
            floor = lambda peaks: flops / mean_peak(peaks, threads) * 1e3
            cells.append(f"{median(lambda peaks, times: floor(peaks) / times[name, way][0]):.0%}")
        for way in WAYS:
            ratio = lambda _, times: rate(times["coadapt", way]) / rate(times[name, way])
            cells.append(f"{median(ratio):.2f}")
        yield f"| {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS), help="some of " + ", ".join(WORKLOADS))
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--precision", nargs="*", default=[], choices=["f32x6", "bf16x3", "bf16"],
                        help="rows for ourselves with products in bf16 parts (worth it on processors with AMX)")
    parser.add_argument("--isa", choices=["avx2", "avx512"],
                        help="hold ourselves, the floor and the peers to this instruction set")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--program", type=Path, default=HERE.parents[1] / "target/release/coadapt")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.workloads if name not in WORKLOADS]:
        parser.error(f"there is no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    coadapt = Coadapt(arguments.program.resolve(), isa=arguments.isa)
    ourselves = [Coadapt(coadapt.program, precision, arguments.isa) for precision in arguments.precision]
    peers = started(arguments.peers, arguments.isa)
    print("; ".join([coadapt.version, *(f"{peer.name} {peer.version}" for peer in peers)]), flush=True)
    for workload in arguments.workloads:
        ours = coadapt.describe(workload)
        there = []
        for peer in (peer for peer in peers if workload in peer.workloads):
            try:
                checked(peer, workload, ours)
                there.append(peer)
            except RuntimeError as error:
                print(f"\nnot measured: {workload}, {peer.name}: {error}")
        rounds = measured(workload, coadapt, [*ourselves, *there], arguments.rounds)
        kept, flops = undisturbed(rounds), ours["flops_per_update"]
        print(f"\n{WORKLOADS[workload]}. {flops / 1e6:,.1f} MFLOP in matrix products.\n")
        if not kept:
            print("**No round was undisturbed: these numbers are worth nothing.**\n")
            kept = rounds
        print("\n".join(table(workload, [each.name for each in (coadapt, *ourselves, *there)], kept, flops)))
        for threads in (1, 2):
            peaks = [peak[threads] / 1e9 for round_peaks, _ in kept for peak in round_peaks]
            print(f"\nPeak of f32 multiply-adds, {threads} thread{'s' * (threads > 1)}: {cell(peaks, 0)} GFLOP/s.", end="")
        print(f" {len(kept)} of {len(rounds)} rounds.", flush=True)
    for peer in peers:
        if peer.greed > GREED:
            print(f"\n{peer.name} kept {peer.greed:.2f} times as many cores busy as it was given threads.")


if __name__ == "__main__":
    main()
