//! The three logs of a run, appended together and cut back together.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use coadapt_agent::Bias;

use crate::append_log::{AppendLog, SeenLog};
use crate::directory::{EVENTS, METRICS, TIMING};
use crate::manifest::FileDigest;
use crate::metrics::{self, Evaluation};
use crate::tensorboard::EventFile;

/// metrics.jsonl, timing.jsonl and the TensorBoard file, open for appending.
#[derive(Debug)]
pub struct Logs {
    metrics: AppendLog,
    timing: AppendLog,
    events: EventFile,
}

impl Logs {
    /// Starts the logs of the run directory `run` with nothing in them.
    pub fn create(run: &Path) -> Result<Logs> {
        Ok(Logs {
            metrics: AppendLog::create(&run.join(METRICS))?,
            timing: AppendLog::create(&run.join(TIMING))?,
            events: EventFile::create(&run.join(EVENTS))?,
        })
    }

    /// Writes down the means of a training window.
    pub fn train(&mut self, step: u64, values: &[(&'static str, f64)]) -> Result<()> {
        self.metrics.append(metrics::train_line(step, values)?.as_bytes())?;
        self.events.append(step, "train", values)
    }

    /// Writes down an evaluation, with the bias of the critics where it was measured.
    pub fn evaluation(&mut self, evaluation: &Evaluation, bias: Option<Bias>) -> Result<()> {
        let values = metrics::evaluation_values(evaluation, bias);
        self.metrics.append(metrics::evaluation_line(evaluation, &values)?.as_bytes())?;
        self.events.append(evaluation.step, "evaluation", &values)
    }

    /// Writes down what the clock says at `step`.
    pub fn timing(&mut self, step: u64, wall_seconds: f64, steps_per_second: f64) -> Result<()> {
        self.timing.append(metrics::timing_line(step, wall_seconds, steps_per_second)?.as_bytes())?;
        self.events.append(step, "timing", &[("steps_per_second", steps_per_second)])
    }

    /// Waits until the disk has all of it, and gives the digests a checkpoint stores.
    pub fn sync(&mut self) -> Result<BTreeMap<String, FileDigest>> {
        Ok([
            (METRICS.to_string(), self.metrics.sync()?),
            (TIMING.to_string(), self.timing.sync()?),
            (EVENTS.to_string(), self.events.sync()?),
        ]
        .into())
    }
}

/// The logs of an interrupted run, each known to begin with what the checkpoint saw. Nothing is cut yet.
#[derive(Debug)]
pub struct SeenLogs {
    metrics: SeenLog,
    timing: SeenLog,
    events: SeenLog,
    /// Every evaluation before the checkpoint, in order.
    pub evaluations: Vec<Evaluation>,
}

impl SeenLogs {
    /// Reads the logs of the run directory `run` as far as `digests` speak of them.
    pub fn verify(run: &Path, digests: &BTreeMap<String, FileDigest>) -> Result<SeenLogs> {
        let digest = |name: &str| digests.get(name).ok_or_else(|| anyhow!("the checkpoint knows no {name}"));
        let log = |name: &str| SeenLog::verify(&run.join(name), digest(name)?);
        Ok(SeenLogs {
            metrics: log(METRICS)?,
            timing: log(TIMING)?,
            events: log(EVENTS)?,
            evaluations: metrics::read_evaluations(&run.join(METRICS), digest(METRICS)?.bytes)?,
        })
    }

    /// Drops what came after the checkpoint and opens the logs for appending.
    pub fn cut(self) -> Result<Logs> {
        let events = EventFile::reopened(self.events.cut()?);
        Ok(Logs { metrics: self.metrics.cut()?, timing: self.timing.cut()?, events })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_steps(logs: &mut Logs, steps: std::ops::Range<u64>) {
        for step in steps {
            logs.train(step, &[("critic_loss", 1.0 / step as f64)]).unwrap();
            logs.timing(step, step as f64, 100.0).unwrap();
            if step.is_multiple_of(3) {
                let evaluation = Evaluation { step, returns: vec![step as f64, 0.5], length_mean: 200.0 };
                logs.evaluation(&evaluation, None).unwrap();
            }
        }
    }

    #[test]
    fn a_killed_and_resumed_run_writes_the_same_bytes() {
        let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_steps(&mut Logs::create(whole.path()).unwrap(), 1..20);

        let mut logs = Logs::create(broken.path()).unwrap();
        write_steps(&mut logs, 1..8);
        let checkpoint = logs.sync().unwrap();
        write_steps(&mut logs, 8..13);
        drop(logs);
        let torn = std::fs::read_to_string(broken.path().join(METRICS)).unwrap() + "{\"kind\":\"tra";
        std::fs::write(broken.path().join(METRICS), torn).unwrap();
        let seen = SeenLogs::verify(broken.path(), &checkpoint).unwrap();
        assert_eq!(seen.evaluations.iter().map(|e| e.step).collect::<Vec<_>>(), [3, 6]);
        write_steps(&mut seen.cut().unwrap(), 8..20);

        for name in [METRICS, TIMING] {
            let read = |folder: &Path| std::fs::read_to_string(folder.join(name)).unwrap();
            assert_eq!(read(whole.path()), read(broken.path()), "{name}");
        }
        let events = |folder: &Path| std::fs::metadata(folder.join(EVENTS)).unwrap().len();
        assert_eq!(events(whole.path()), events(broken.path()));
    }
}
