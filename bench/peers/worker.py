"""A peer as a long-lived process, so that rounds of all peers can be taken in turns within the same minute.

Standard input has one request a line, standard output one JSON object a line for each:

    describe WORKLOAD        numbers in policy and critics, and the losses of the first updates
    time WORKLOAD SECONDS    milliseconds of an update, over updates that go on for at least so long

A workload is an object with `update()`, `wait()` (until all that was asked for is done), `losses()`, `parameters()`
(numbers in the policy and in all critics) and `per_call`, the updates that one `update()` does.
"""

import argparse
import json
import math
import os
import sys
import time

WARM_UP_SECONDS = 0.5
DESCRIBED_UPDATES = 10
DESCRIBED_SECONDS = 2.0  # after which two are enough, where an update is a long one


# The instruction set this process is held to, if any.
HELD = []
# What an instruction set is called by oneDNN, by MKL and by XLA.
ISAS = {"avx2": ("AVX2", "AVX2", "AVX2"), "avx512": ("AVX512_CORE", "AVX512", "AVX512")}


def threads():
    """The threads this process may use, from its command line, which also holds it to an instruction set; to be called
    before a library that reads either from its environment."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--isa", choices=ISAS)
    arguments = parser.parse_args()
    limit(arguments.threads, arguments.isa)
    return arguments.threads


def limit(count, isa):
    """Holds the libraries that are imported from now on to so many threads, and to an instruction set if there is one."""
    HELD[:] = [isa] if isa else []
    # OpenMP and oneDNN read the first, XLA's own pool of threads the second.
    os.environ["OMP_NUM_THREADS"] = os.environ["NPROC"] = str(count)
    flags = ["--xla_cpu_multi_thread_eigen=false"] if count == 1 else []
    if isa:
        onednn, mkl, xla = ISAS[isa]
        os.environ |= {"ONEDNN_MAX_CPU_ISA": onednn, "MKL_ENABLE_INSTRUCTIONS": mkl, "ATEN_CPU_CAPABILITY": isa}
        flags.append(f"--xla_cpu_max_isa={xla}")
    if flags:
        os.environ["XLA_FLAGS"] = " ".join(flags)


def serve(peer, version, makers):
    """Answers requests for the workloads that `makers` make, until the input ends."""
    # Whatever a library prints must not get between the answers.
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)
    reply = lambda answer: print(json.dumps(answer), file=answers, flush=True)
    if excess := more_than_held():
        return reply({"error": excess})
    reply({"peer": peer, "version": version, "workloads": list(makers)})
    made = {}
    for line in sys.stdin:
        what, name, *numbers = line.split()
        try:
            if what == "describe":
                made[name] = makers[name]()
                reply(described(made[name]))
            else:
                reply(timed(made[name], float(numbers[0])))
        except Exception as error:  # the driver goes on with the other peers
            reply({"error": f"{type(error).__name__}: {error}".splitlines()[0]})


def more_than_held():
    """What a library that was loaded says it uses beyond what it was held to; XLA says nothing."""
    torch = sys.modules.get("torch")
    found = torch.backends.cpu.get_cpu_capability().lower() if torch and HELD else None
    return f"PyTorch uses {found} and was held to {HELD[0]}" if found and found != HELD[0] else None


def described(workload):
    started, losses = time.perf_counter(), []
    while len(losses) < 2 or (len(losses) < DESCRIBED_UPDATES and workload.per_call == 1):
        workload.update()
        losses.append(list(map(float, workload.losses())))
        if len(losses) >= 2 and time.perf_counter() - started > DESCRIBED_SECONDS:
            break
    run(workload, WARM_UP_SECONDS)
    policy, critics = workload.parameters()
    return {"policy_parameters": policy, "critic_parameters": critics, "losses": losses}


def run(workload, seconds):
    """Updates for at least so long; gives the seconds and the updates."""
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        workload.update()
        calls += 1
        if workload.per_call > 1 or calls % 4 == 0:
            workload.wait()  # what is only queued has not taken its time yet
    workload.wait()
    return time.perf_counter() - started, calls * workload.per_call


def timed(workload, seconds):
    busy = time.process_time()
    elapsed, updates = run(workload, seconds)
    busy = time.process_time() - busy
    if not all(map(math.isfinite, map(float, workload.losses()))):
        raise ArithmeticError(f"losses {workload.losses()} must be finite; the timing is void")
    return {"ms": elapsed * 1e3 / updates, "updates": updates, "cores": busy / elapsed}
