//! Writes a store of thousands of runs that never ran, to see how the program bears up: times, not results.
//!
//! `cargo run --release --example synthetic_store -- FOLDER [RUNS] [STEPS]` writes `FOLDER/synthetic.toml`, a study of
//! about RUNS runs (10,000 unless said otherwise) of STEPS steps (100,000), and all of them, finished, into
//! `FOLDER/store`: the files of real runs, with curves that rise to a level of their arm and a few that diverge.
//! Checkpoints hold no state: nothing of it can be resumed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use coadapt::curve::Curve;
use coadapt::run::config::Config;
use coadapt::run::manifest::{DigestWriter, Manifest};
use coadapt::run::metrics::{self, Evaluation};
use coadapt::run::result::{self, Outcome, Summary};
use coadapt::run::{checkpoint, directory};
use coadapt::study::file::StudyFile;
use coadapt::study::plan::{Plan, Planned};
use coadapt::study::store::Store;
use coadapt::tensorboard::EventFile;

const TASKS: [&str; 3] = ["Pendulum-v1", "MountainCarContinuous-v0", "CartPoleContinuous-v0"];
const SEEDS: usize = 20;
const EPISODES: usize = 10;
/// One run of so many diverges.
const ONE_DIVERGES_IN: u64 = 41;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = PathBuf::from(words.next().context("where to? the first argument is a folder")?);
    let mut number = |default: usize| words.next().map_or(Ok(default), |word| word.parse());
    let (runs, steps) = (number(10_000)?, number(100_000)? as u64);
    if steps < 20 || steps % 20 != 0 {
        bail!("the steps of a run are {steps}, but must be a multiple of 20");
    }
    let begun = Instant::now();
    fs::create_dir_all(&folder)?;
    let text = study(runs.div_ceil(TASKS.len() * SEEDS).max(2), steps);
    let path = folder.join("synthetic.toml");
    fs::write(&path, &text)?;
    let plan = Plan::new(&StudyFile::parse(&text)?, "smoke")?;
    let store = Store::open(&folder.join("store"))?;
    for run in &plan.runs {
        write_run(&plan.arms[run.arm].algo, run, &store).with_context(|| plan.name(run))?;
    }
    println!("{}: {} runs in {:.0} s", path.display(), plan.runs.len(), begun.elapsed().as_secs_f64());
    Ok(())
}

/// A study of `arms` arms on every task.
fn study(arms: usize, steps: u64) -> String {
    let mut text = String::from("title = \"Synthetic\"\nabout = \"No run of it ever ran.\"\n");
    for arm in 0..arms {
        let algo = ["sac", "mpo", "awac", "awr"][arm % 4];
        // Writing to a String cannot fail.
        let _ = write!(text, "\n[[arm]]\nlabel = \"{algo} {arm}\"\nalgo = \"{algo}\"\n");
        let _ = writeln!(text, "set = {{ \"collect.warmup\" = {} }}", 1_001 + arm);
    }
    let tasks: Vec<_> = TASKS.iter().map(|task| format!("\"{task}\" = {steps}")).collect();
    let every = steps / 20;
    text + &format!(
        "\n[budget.smoke]\ntasks = {{ {} }}\nseeds = {SEEDS}\nset = {{ \"schedule.eval_every\" = {every} }}\n",
        tasks.join(", ")
    )
}

/// Numbers that look random and depend on their start alone.
struct Noise(u64);

impl Noise {
    /// Uniform in [-1, 1).
    fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// What a run would have done.
struct Course {
    evaluations: Vec<Evaluation>,
    metrics: String,
    timing: String,
    outcome: Outcome,
    end: u64,
}

/// A curve that rises to a level of the arm, with noise of the seed.
fn course(run: &Planned) -> Result<Course> {
    let kind = (run.arm * 31 + run.task * 7) as u64;
    let mut noise = Noise(kind * 1_000_003 + run.seed * 7_919 + 1);
    noise.draw();
    let diverges = (kind + run.seed * 13).is_multiple_of(ONE_DIVERGES_IN);
    let end = if diverges { run.steps * 3 / 5 + 1 + run.seed } else { run.steps }.min(run.steps);
    let level = 100.0 + 20.0 * (kind % 17) as f64 + 60.0 * noise.draw();
    let reached = |step: u64| level * (1.0 - (-4.0 * step as f64 / run.steps as f64).exp());
    let schedule = &run.method.schedule;
    let mut made = Course {
        evaluations: Vec::new(),
        metrics: String::new(),
        timing: String::new(),
        outcome: if diverges {
            Outcome::Diverged { step: end, what: "critic_loss is not finite".into() }
        } else {
            Outcome::Finished
        },
        end,
    };
    let every = schedule.log_every.min(schedule.eval_every);
    for step in (1..=end / every).map(|count| count * every) {
        if step.is_multiple_of(schedule.log_every) {
            let names = ["episode_return", "critic_loss", "q_mean", "target_mean", "policy_loss", "entropy"];
            let mut values = vec![("episodes", 5.0), ("episode_length", 200.0)];
            values.extend(names.map(|name| (name, reached(step) + 20.0 * noise.draw())));
            made.metrics += &metrics::train_line(step, &values)?;
            made.timing += &metrics::timing_line(step, step as f64 / 650.0, 650.0)?;
        }
        if step.is_multiple_of(schedule.eval_every) {
            let returns = (0..EPISODES).map(|_| reached(step) + 15.0 * noise.draw()).collect();
            let evaluation = Evaluation { step, returns, length_mean: 200.0 };
            let values = metrics::evaluation_values(&evaluation, None);
            made.metrics += &metrics::evaluation_line(&evaluation, &values)?;
            made.evaluations.push(evaluation);
        }
    }
    Ok(made)
}

fn write_run(algo: &str, run: &Planned, store: &Store) -> Result<()> {
    let place = store.place(run)?;
    let course = course(run)?;
    let config = Config {
        algo: algo.to_owned(),
        env: run.address.task.clone(),
        seed: run.seed,
        steps: run.steps,
        task: Default::default(),
        method: toml::Table::try_from(&run.method)?,
    };
    fs::create_dir_all(&place)?;
    fs::write(place.join(directory::CONFIG), config.to_toml()?)?;
    fs::write(place.join(directory::METRICS), &course.metrics)?;
    fs::write(place.join(directory::TIMING), &course.timing)?;
    fs::write(place.join(".lock"), "process 1\n")?;
    let mut events = EventFile::create(&place.join(directory::EVENTS))?;
    for evaluation in &course.evaluations {
        events.append(evaluation.step, "evaluation", &[("length_mean", evaluation.length_mean)])?;
    }
    let curve = Curve {
        algo: &config.algo,
        env: &config.env,
        seed: config.seed,
        steps: config.steps,
        evaluations: &course.evaluations,
        diverged_at_step: matches!(course.outcome, Outcome::Diverged { .. }).then_some(course.end),
    };
    fs::write(place.join(directory::CURVE), curve.to_svg())?;
    if course.outcome == Outcome::Finished {
        write_checkpoint(&place, &config, &course)?;
    }
    let summary = Summary {
        outcome: &course.outcome,
        steps: course.end,
        last: course.evaluations.last(),
        wall_seconds: course.end as f64 / 650.0,
        threads: 1,
        build: coadapt::BUILD,
        mujoco: None,
    };
    fs::write(place.join(directory::RESULT), result::text(&config, &summary)?)?;
    Ok(())
}

/// A checkpoint without a state, but with what it says of the logs.
fn write_checkpoint(place: &Path, config: &Config, course: &Course) -> Result<()> {
    let folder = place.join(checkpoint::FOLDER).join(format!("step-{:09}", course.end));
    fs::create_dir_all(&folder)?;
    let digest = |text: &str| {
        let mut writer = DigestWriter::new(std::io::sink());
        std::io::Write::write_all(&mut writer, text.as_bytes()).map(|()| writer.digest())
    };
    let logs = [(directory::METRICS, &course.metrics), (directory::TIMING, &course.timing)];
    let logs = logs.iter().map(|(name, text)| Ok(((*name).to_owned(), digest(text)?)));
    let manifest = Manifest {
        step: course.end,
        between_steps: true,
        wall_milliseconds: 0,
        config: config.to_toml()?,
        mujoco: None,
        instructions: None,
        package_version: coadapt::VERSION.into(),
        commit: coadapt::COMMIT.into(),
        logs: logs.collect::<Result<BTreeMap<_, _>>>()?,
        files: BTreeMap::new(),
    };
    fs::write(folder.join("manifest.json"), manifest.to_json()?)?;
    Ok(())
}
