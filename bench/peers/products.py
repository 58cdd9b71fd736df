"""Single matrix products of the recipes' shapes on one thread: coadapt beside the library that PyTorch multiplies with.

    bench/peers/.venv/bin/python bench/peers/products.py [--isa avx2]

Prints Markdown: GFLOP/s of each (median, smallest and largest round), what part of the peak coadapt reaches, and how many
times as fast as PyTorch it is: the median over rounds that are taken in turns.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

import worker

HERE = Path(__file__).parent
SECONDS = 0.02


def ours(program, isa):
    command = [program, "bench", "products", "--rounds", "1", "--json", *(["--isa", isa] if isa else [])]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def theirs(torch, product):
    """Operations a second of the same product, into a result that is there already."""
    rows, cols, depth = product["rows"], product["columns"], product["depth"]
    shapes = {"x W": [(rows, depth), (depth, cols)], "dy W^T": [(rows, depth), (cols, depth)], "x^T dy": [(depth, rows), (depth, cols)]}
    left, right = (torch.randn(*shape) for shape in shapes[product["product"]])
    left = left.T if product["product"] == "x^T dy" else left
    right = right.T if product["product"] == "dy W^T" else right
    out = torch.empty(rows, cols)
    for _ in range(3):
        torch.mm(left, right, out=out)
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        for _ in range(8):
            torch.mm(left, right, out=out)
        done += 8
    return 2 * rows * cols * depth * done / (time.perf_counter() - started)


def cell(values):
    return "{:.1f} ({:.1f} to {:.1f})".format(*(f(values) / 1e9 for f in (statistics.median, min, max)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isa", choices=worker.ISAS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--program", type=Path, default=HERE.parents[1] / "target/release/coadapt")
    arguments = parser.parse_args()
    worker.limit(1, arguments.isa)
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    rounds = []
    for _ in range(arguments.rounds):
        found = ours(arguments.program.resolve(), arguments.isa)
        rounds.append([(each, theirs(torch, each)) for each in found])
    print(f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}; coadapt {rounds[0][0][0]['instructions']}.\n")
    print("| product | rows | columns | depth | coadapt, GFLOP/s | PyTorch, GFLOP/s | coadapt's part of the peak | times as fast |")
    print("|---|---|---|---|---|---|---|---|")
    for at, (product, _) in enumerate(rounds[0]):
        mine = [each[at][0]["flops_per_second"]["median"] for each in rounds]
        other = [each[at][1] for each in rounds]
        part = statistics.median(each[at][0]["of_the_peak"]["median"] for each in rounds)
        ratio = statistics.median(a / b for a, b in zip(mine, other))
        shape = " | ".join(str(product[key]) for key in ("product", "rows", "columns", "depth"))
        print(f"| {shape} | {cell(mine)} | {cell(other)} | {part:.0%} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
