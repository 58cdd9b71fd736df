#!/usr/bin/env bash
# Updates and whole training runs beside the peers, in turns, on an otherwise idle machine; the tables go to standard output.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=bench/peers/.venv
if [ ! -e "$venv/complete" ]; then
  python3.11 -m venv "$venv"
  "$venv/bin/pip" install --quiet -r bench/peers/requirements-updates.txt
  touch "$venv/complete"
fi
cargo build --release --quiet
"$venv/bin/python" bench/peers/updates.py
"$venv/bin/python" bench/peers/train.py
