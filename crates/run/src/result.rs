//! result.json: how a run ended.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::Build;
use crate::config::Config;
use crate::directory;
use crate::metrics::{Evaluation, Number, mean_and_std};
use crate::task;

/// EX_TEMPFAIL of sysexits.h: try again, it may go on.
const INTERRUPTED_EXIT_CODE: u8 = 75;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It took all its steps.
    Finished,
    /// A value stopped being finite: a result, the dagger of a table.
    Diverged {
        /// Environment steps taken until then.
        step: u64,
        /// The value.
        what: String,
    },
    /// A signal stopped it; it can be resumed.
    Interrupted,
}

impl Outcome {
    /// The name in the file.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Finished => "finished",
            Outcome::Diverged { .. } => "diverged",
            Outcome::Interrupted => "interrupted",
        }
    }

    /// The program's exit code: a divergence is a result, an interruption asks to be resumed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Outcome::Finished | Outcome::Diverged { .. } => 0,
            Outcome::Interrupted => INTERRUPTED_EXIT_CODE,
        }
    }
}

/// The file's fields, in the order they are written.
#[derive(Debug, Serialize)]
struct Fields<'a> {
    algo: &'a str,
    env: &'a str,
    seed: u64,
    steps: u64,
    outcome: &'static str,
    diverged_at_step: Option<u64>,
    diverged_what: Option<&'a str>,
    final_return_mean: Option<Number>,
    final_return_std: Option<Number>,
    eval_episodes: usize,
    eval_returns: Vec<Number>,
    evaluated_at_step: Option<u64>,
    wall_seconds: f64,
    threads: usize,
    package_version: &'static str,
    commit: &'static str,
    semantics: &'static str,
    mujoco: Option<&'a str>,
    instructions: &'static str,
}

/// The contents of the file beyond the configuration.
#[derive(Debug)]
pub struct Summary<'a> {
    /// How it ended.
    pub outcome: &'a Outcome,
    /// Environment steps taken.
    pub steps: u64,
    /// The last evaluation, if there was one.
    pub last: Option<&'a Evaluation>,
    /// Wall-clock time over all its parts.
    pub wall_seconds: f64,
    /// Threads of its last part.
    pub threads: usize,
    /// The build of the program that ran its last part.
    pub build: Build,
    /// The simulator's version, where the task has one.
    pub mujoco: Option<&'a str>,
}

/// Writes result.json into the run directory `run`.
pub fn write(run: &Path, config: &Config, summary: &Summary<'_>) -> Result<()> {
    directory::write_whole(&run.join(directory::RESULT), text(config, summary)?.as_bytes())
}

/// The text of result.json.
pub fn text(config: &Config, summary: &Summary<'_>) -> Result<String> {
    let returns = summary.last.map_or(&[][..], |last| &last.returns);
    let score = summary.last.map(|last| mean_and_std(&last.returns));
    let diverged = match summary.outcome {
        Outcome::Diverged { step, what } => Some((*step, what.as_str())),
        _ => None,
    };
    let fields = Fields {
        algo: &config.algo,
        env: &config.env,
        seed: config.seed,
        steps: summary.steps,
        outcome: summary.outcome.name(),
        diverged_at_step: diverged.map(|(step, _)| step),
        diverged_what: diverged.map(|(_, what)| what),
        final_return_mean: score.map(|(mean, _)| Number(mean)),
        final_return_std: score.map(|(_, std)| Number(std)),
        eval_episodes: returns.len(),
        eval_returns: returns.iter().copied().map(Number).collect(),
        evaluated_at_step: summary.last.map(|last| last.step),
        wall_seconds: (summary.wall_seconds * 1e3).round() / 1e3,
        threads: summary.threads,
        package_version: summary.build.version,
        commit: summary.build.commit,
        semantics: task::semantics(&config.env),
        mujoco: summary.mujoco,
        instructions: coadapt_nn::Isa::best().name(),
    };
    let text = serde_json::to_string_pretty(&fields).context("the result could not be written as JSON")?;
    Ok(text + "\n")
}

/// The end of an earlier part of the run: enough to know whether there is something to continue.
#[derive(Debug, Deserialize)]
pub struct Earlier {
    /// The outcome's name.
    pub outcome: String,
    /// Environment steps taken.
    pub steps: u64,
    /// What stopped being finite, of a diverged run.
    pub diverged_what: Option<String>,
    /// Wall-clock time over all parts of the run.
    pub wall_seconds: Option<f64>,
}

/// Reads result.json of the run directory `run`, if it has one.
pub fn read(run: &Path) -> Result<Option<Earlier>> {
    let path = run.join(directory::RESULT);
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("could not read {}", path.display()))?,
    };
    let damaged = |_| {
        anyhow!(
            "{} is damaged: it is not the result of a run; it can be deleted, and the run resumes from its checkpoint",
            path.display()
        )
    };
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const BUILD: Build = Build { version: "0.0.0", commit: "unknown" };

    fn config() -> Config {
        Config {
            algo: "sac".into(),
            env: "Ant-v4".into(),
            seed: 1,
            steps: 10,
            task: Default::default(),
            method: Default::default(),
        }
    }

    #[test]
    fn a_result_is_written_in_order_and_read_back() {
        let run = tempfile::tempdir().unwrap();
        assert!(read(run.path()).unwrap().is_none());
        let outcome = Outcome::Diverged { step: 9, what: "actor mean".into() };
        let last = Evaluation { step: 5, returns: vec![1.0, 3.0], length_mean: 5.0 };
        let summary = Summary {
            outcome: &outcome,
            steps: 9,
            last: Some(&last),
            wall_seconds: 1.23456,
            threads: 2,
            build: BUILD,
            mujoco: Some("3.3.0"),
        };
        write(run.path(), &config(), &summary).unwrap();
        let text = std::fs::read_to_string(run.path().join("result.json")).unwrap();
        let order = [
            "algo",
            "env",
            "seed",
            "\"steps\"",
            "outcome",
            "final_return_mean",
            "wall_seconds",
            "semantics",
            "mujoco",
            "instructions",
        ];
        let places: Vec<_> = order.iter().map(|name| text.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["final_return_mean"], &value["final_return_std"]), (&2.0.into(), &1.0.into()));
        assert_eq!((&value["eval_episodes"], &value["wall_seconds"]), (&2.into(), &1.235.into()));
        assert!(value["semantics"].as_str().unwrap().starts_with("gymnasium"), "{text}");
        let earlier = read(run.path()).unwrap().unwrap();
        assert_eq!((earlier.outcome.as_str(), earlier.steps), ("diverged", 9));
    }

    #[test]
    fn an_early_interruption_has_no_return() {
        let run = tempfile::tempdir().unwrap();
        let summary = Summary {
            outcome: &Outcome::Interrupted,
            steps: 0,
            last: None,
            wall_seconds: 0.0,
            threads: 1,
            build: BUILD,
            mujoco: None,
        };
        write(run.path(), &config(), &summary).unwrap();
        let text = std::fs::read_to_string(run.path().join("result.json")).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value["final_return_mean"].is_null() && value["eval_returns"] == serde_json::json!([]));
    }
}
