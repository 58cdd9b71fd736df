# The commands of this repository; `just` lists them.

[private]
default:
    @just --list --unsorted

# Everything CI checks: tests, format, lints, docs.
check:
    bash .ci/run

# One test, by a part of its name.
test NAME:
    cargo test --workspace {{NAME}}

# The first run: SAC on Pendulum-v1, about a minute.
demo:
    cargo run --release -- train

# Milliseconds of an update, at 1 and 2 threads, and the processor's peak.
bench:
    cargo run --release -- bench peak
    cargo run --release -- bench update

# Updates and whole training runs beside PyTorch, JAX, Stable-Baselines3, SBX and PFRL: the tables of docs/performance.md (an hour; makes bench/peers/.venv at first use, about 6 GB).
bench-peers:
    bash bench/peers/run.sh

# The runs behind docs/results.md (hours of one core each), and the table made of them.
results:
    python3 bench/results.py

# Records gymnasium's trajectories again; the files in crates/envs/tests/data must come out unchanged.
record:
    python3 tools/record_gym.py

# Every MuJoCo task beside gymnasium, steps and resets: the tables of docs/fidelity.md (minutes).
fidelity:
    python3 tools/compare_gym.py
    python3 tools/compare_resets.py

# Records dm_control's trajectories again; needs tools/requirements-dmc.txt installed.
record-dmc:
    python3 tools/record_dmc.py crates/envs/tests/data/dmc

# The tables of docs/fidelity-dmc.md: `steps` or `resets`.
fidelity-dmc WHAT:
    python3 tools/fidelity_dmc.py {{WHAT}}

# Undefined behaviour, looked for by an interpreter: nn's plain kernels and its executor under Miri. Needs a nightly toolchain with the component miri; the isolation is off because threads ask for the time. Tests that would take it hours are left out where they stand.
miri:
    MIRIFLAGS="-Zmiri-disable-isolation" cargo +nightly miri test -p coadapt-nn --lib --test small_programs --test recording --test choices
