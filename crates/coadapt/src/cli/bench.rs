//! `coadapt bench`: how fast the learner and the tasks are on this machine.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand, ValueEnum};

use crate::bench::envs::{self, StepRates};
use crate::bench::update::{self, Timed, Workload};
use crate::bench::{Spread, checkpoint, peak, precision, products};
use crate::instructions;
use coadapt_nn::{Isa, Precision, Tiles};

use super::recipe::precision_of;
use crate::terminal::{answer, tell};

/// Measure the speed of the learner and of the tasks on this machine.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
    /// Hold the program to an instruction set: plain, avx2 or avx512 [default: the processor's best, or COADAPT_ISA]
    #[arg(long, value_name = "ISA", value_parser = instructions::named, global = true)]
    isa: Option<Isa>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Time whole updates (observation 17, action 6), of TRPO a whole iteration
    Update(Update),
    /// Measure how many multiply-adds this processor does at this moment: the floor of an update's time
    Peak(Peak),
    /// Time single matrix products of the recipes' shapes, as parts of the peak
    Products(Products),
    /// Measure what products in bf16 parts cost, and how far off they are
    Precision(Errors),
    /// Count the steps a second of tasks: 8 copies, random actions, resets included
    Envs(Envs),
    /// Time checkpoints, and how long training stands still for one
    Checkpoint(Checkpoint),
}

#[derive(Debug, Args)]
struct Checkpoint {
    /// Sizes in megabytes; may be given again [default: 100 and 400]
    #[arg(long, value_name = "MEGABYTES", value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    size: Vec<usize>,
    /// Rounds
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Envs {
    /// Tasks [default: all that `coadapt tasks` lists]
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,
    /// Threads that step the copies; may be given again [default: 1 and 2]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Vec<usize>,
    /// Rounds of a fifth of a second each
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Update {
    /// What is timed; may be given again [default: all]
    #[arg(long)]
    workload: Vec<Workload>,
    /// Threads within an update; may be given again [default: 1 and 2]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Vec<usize>,
    /// Precision of large matrix products; may be given again [default: f32]
    #[arg(long, value_name = "PRECISION", value_parser = precision_of)]
    precision: Vec<Precision>,
    /// Rounds of at least two fifths of a second each
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Errors {
    /// Rounds of a twentieth of a second each
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Products {
    /// Rounds of a fiftieth of a second each
    #[arg(long, default_value_t = 7, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Peak {
    /// Threads, each on a core of its own if there are as many; may be given again [default: 1 and 2]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Vec<usize>,
    /// Rounds of a twentieth of a second each
    #[arg(long, default_value_t = 7, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Bench {
    /// Measures and prints.
    pub fn run(self) -> Result<ExitCode> {
        self.isa.into_iter().for_each(instructions::hold);
        match self.what {
            What::Update(update) => update.run(),
            What::Peak(peak) => peak.run(),
            What::Products(products) => products.run(),
            What::Precision(errors) => errors.run(),
            What::Envs(envs) => envs.run(),
            What::Checkpoint(checkpoint) => checkpoint.run(),
        }
    }
}

impl Envs {
    fn run(self) -> Result<ExitCode> {
        let Envs { tasks, threads, rounds, json } = self;
        let threads = if threads.is_empty() { vec![1, 2] } else { threads };
        let tasks = match tasks.is_empty() {
            true => coadapt_envs::tasks().iter().map(|task| task.id.to_owned()).collect(),
            false => tasks,
        };
        let width = tasks.iter().map(String::len).max().unwrap_or(0).max("task".len());
        if !json {
            answer(format_args!("{:width$}  threads  median steps/s   min steps/s   max steps/s", "task"))?;
        }
        for (id, threads) in tasks.iter().flat_map(|id| threads.iter().map(move |threads| (id, *threads))) {
            let rates = envs::steps(id, threads, rounds)?;
            if json {
                answer(serde_json::json!({
                    "task": id, "threads": threads, "copies": envs::COPIES, "rounds": rounds,
                    "steps_per_second": rates, "commit": crate::COMMIT,
                }))?;
            } else {
                let StepRates { min, median, max } = rates;
                answer(format_args!("{id:width$}  {threads:>7}  {median:>14.0}  {min:>12.0}  {max:>12.0}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Update {
    fn run(self) -> Result<ExitCode> {
        let Update { workload, threads, precision, rounds, json } = self;
        let precisions = if precision.is_empty() { vec![Precision::F32] } else { precision };
        let threads = if threads.is_empty() { vec![1, 2] } else { threads };
        let workloads = if workload.is_empty() { Workload::value_variants().to_vec() } else { workload };
        if !json {
            answer(
                "workload    precision  threads   min ms  median ms   max ms  updates/s    MFLOP  GFLOP/s",
            )?;
        }
        let each = workloads.iter().flat_map(|w| threads.iter().map(move |t| (*w, *t)));
        for ((workload, threads), precision) in each.flat_map(|e| precisions.iter().map(move |p| (e, *p))) {
            let Timed { ms, kept, flops, parameters: [policy, critics] } =
                update::time(workload, precision, threads, rounds)?;
            let name = workload.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
            if json {
                answer(serde_json::json!({
                    "workload": name, "precision": precision.name(), "threads": threads, "rounds": rounds,
                    "rounds_kept": kept, "ms_per_update": ms, "products_by": computed_by(precision),
                    "flops_per_update": flops, "policy_parameters": policy, "critic_parameters": critics,
                    "commit": crate::COMMIT,
                }))?;
            } else {
                let Spread { min, median, max } = ms;
                let (rate, mega, giga) = (1e3 / median, flops / 1e6, flops / median / 1e6);
                answer(format_args!(
                    "{name:10}  {:9}  {threads:>7}  {min:>7.3}  {median:>9.3}  {max:>7.3}  {rate:>9.0}  {mega:>7.1}  {giga:>7.1}",
                    precision.name()
                ))?;
                if kept < rounds {
                    tell(format_args!(
                        "{} of {rounds} rounds set aside: tiles were slow then",
                        rounds - kept
                    ));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Errors {
    fn run(&self) -> Result<ExitCode> {
        let Errors { rounds, json } = *self;
        if !json {
            answer(
                "rows x columns x depth  precision  by       median ms  times f32  largest error  typical error",
            )?;
        }
        for [m, n, k] in precision::PRODUCTS {
            let mut f32_ms = None;
            for each in Precision::ALL {
                let precision::Measured { largest, typical, ms } =
                    precision::product([m, n, k], each, rounds);
                let times = ms.median / *f32_ms.get_or_insert(ms.median);
                let (name, by) = (each.name(), computed_by(each));
                if json {
                    answer(serde_json::json!({
                        "rows": m, "columns": n, "depth": k, "precision": name, "products_by": by, "ms": ms,
                        "rounds": rounds, "largest_error": largest, "typical_error": typical,
                        "commit": crate::COMMIT,
                    }))?;
                    continue;
                }
                let shape = format!("{m} x {n} x {k}");
                answer(format_args!(
                    "{shape:22}  {name:9}  {by:7}  {:>9.3}  {times:>9.2}  {largest:>13.1e}  {typical:>13.1e}",
                    ms.median
                ))?;
            }
        }
        self.deviations()
    }

    /// What the errors of products come to in updates.
    fn deviations(&self) -> Result<ExitCode> {
        let updates = precision::UPDATES;
        if !self.json {
            answer(format_args!(
                "\nworkload  precision  distance from f32's parameters after {updates} updates"
            ))?;
        }
        for (workload, name) in [(Workload::Sac, "sac"), (Workload::MpoShared, "mpo-shared")] {
            for each in Precision::ALL {
                let deviation = precision::deviation(workload, each)?;
                if self.json {
                    answer(serde_json::json!({
                        "workload": name, "precision": each.name(), "updates": updates, "deviation": deviation,
                        "commit": crate::COMMIT,
                    }))?;
                } else {
                    answer(format_args!("{name:10}  {:9}  {deviation:>8.1e}", each.name()))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The kernel that multiplies matrices at `precision` on this machine.
fn computed_by(precision: Precision) -> &'static str {
    match (precision, Isa::best()) {
        (Precision::F32, Isa::Avx512) => "AVX-512",
        (Precision::F32, Isa::Avx2) => "AVX2",
        (Precision::F32, Isa::Plain) => "plain",
        (_, isa) if Tiles::best(isa) == Tiles::Amx => "AMX",
        _ => computed_by(Precision::F32),
    }
}

impl Products {
    fn run(self) -> Result<ExitCode> {
        let Products { rounds, json } = self;
        if !json {
            answer(
                "product   rows  columns  depth  GFLOP/s: min  median     max  of the peak: min  median   max",
            )?;
        }
        for product in products::all() {
            let products::Measured { rate, part } = product.measured(rounds);
            let products::Product { form, rows, cols, depth } = product;
            if json {
                answer(serde_json::json!({
                    "product": form.name(), "rows": rows, "columns": cols, "depth": depth, "rounds": rounds,
                    "instructions": Isa::best().name(), "flops_per_second": rate, "of_the_peak": part,
                    "commit": crate::COMMIT,
                }))?;
                continue;
            }
            let [low, rate, high] = [rate.min, rate.median, rate.max].map(|rate| rate / 1e9);
            let [least, part, most] = [part.min, part.median, part.max].map(|part| 100.0 * part);
            answer(format_args!(
                "{:8}  {rows:>4}  {cols:>7}  {depth:>5}  {low:>12.1}  {rate:>6.1}  {high:>6.1}  {least:>15.0}%  {part:>5.0}%  {most:>3.0}%",
                form.name()
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Checkpoint {
    fn run(self) -> Result<ExitCode> {
        let Checkpoint { size, rounds, json } = self;
        let sizes = if size.is_empty() { vec![100, 400] } else { size };
        let place = std::env::temp_dir().join(format!("coadapt-bench-{}", std::process::id()));
        if !json {
            answer(
                "   MB  written in ms, median    min    max  training stands still for ms, median    min    max",
            )?;
        }
        for size in sizes {
            let times = checkpoint::time(size, rounds, &place);
            // What is left there is a checkpoint of nothing.
            let _ = std::fs::remove_dir_all(&place);
            let checkpoint::Times { whole, pause } = times?;
            if json {
                answer(serde_json::json!({
                    "megabytes": size, "rounds": rounds, "ms_written": whole, "ms_standing_still": pause,
                    "commit": crate::COMMIT,
                }))?;
                continue;
            }
            let Spread { min, median, max } = whole;
            let still = match pause {
                Some(Spread { min, median, max }) => format!("{median:>36.2}  {min:>5.2}  {max:>5.2}"),
                None => "as long: this system has no copies".to_owned(),
            };
            answer(format_args!("{size:>5}  {median:>21.0}  {min:>5.0}  {max:>5.0}  {still}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Peak {
    fn run(self) -> Result<ExitCode> {
        let Peak { threads, rounds, json } = self;
        let threads = if threads.is_empty() { vec![1, 2] } else { threads };
        if !json {
            answer("threads  min GFLOP/s  median GFLOP/s  max GFLOP/s")?;
        }
        for threads in threads {
            let rates = peak::flops_per_second(threads, rounds);
            if json {
                answer(serde_json::json!({
                    "threads": threads, "rounds": rounds, "flops_per_second": rates,
                    "instructions": Isa::best().name(), "commit": crate::COMMIT,
                }))?;
            } else {
                let [min, median, max] = [rates.min, rates.median, rates.max].map(|rate| rate / 1e9);
                answer(format_args!("{threads:>7}  {min:>11.1}  {median:>14.1}  {max:>11.1}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
