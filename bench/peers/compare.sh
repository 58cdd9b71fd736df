#!/usr/bin/env bash
# Milliseconds of a SAC update: coadapt and PyTorch eager, in turns, on the same otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=bench/peers/.venv
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet -r bench/peers/requirements.txt
fi
cargo build --release --quiet
for turn in 1 2 3; do
  for threads in 1 2; do
    echo "coadapt, $threads thread(s)"
    target/release/coadapt bench update --threads "$threads" | tail -n 1
    "$venv/bin/python" bench/peers/torch_sac_update.py --threads "$threads"
  done
done
