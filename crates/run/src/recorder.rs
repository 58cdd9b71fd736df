//! The recorder of a run: what the learner tells while it learns, written down and shown.

use std::time::Instant;

use anyhow::Result;
use coadapt_agent::{Bias, Event};

use crate::human_numbers;
use crate::logs::Logs;
use crate::metrics::{Evaluation, mean_and_std};
use crate::progress::Progress;

/// The value of a training window that a person wants to see.
const SHOWN: &str = "episode_return";

/// The wall-clock time of a run over all its parts.
#[derive(Debug)]
pub struct Clock {
    earlier_seconds: f64,
    started: Instant,
}

impl Clock {
    /// Goes on from what earlier parts of the run took.
    pub fn start(earlier_milliseconds: u64) -> Clock {
        Clock { earlier_seconds: earlier_milliseconds as f64 / 1e3, started: Instant::now() }
    }

    /// Seconds so far.
    pub fn seconds(&self) -> f64 {
        self.earlier_seconds + self.started.elapsed().as_secs_f64()
    }
}

/// Logs, terminal, and the evaluations so far.
#[derive(Debug)]
pub struct Recorder {
    /// The files.
    pub logs: Logs,
    /// The terminal.
    pub progress: Progress,
    /// The clock.
    pub clock: Clock,
    /// Every evaluation of the run, in order.
    pub evaluations: Vec<Evaluation>,
}

impl Recorder {
    /// Takes one event of the learner.
    pub fn record(&mut self, event: &Event<'_>) -> Result<()> {
        match event {
            Event::Train { step, values } => self.train(*step, values),
            Event::Evaluation { step, evaluation } => {
                self.evaluation(Evaluation::of(*step, evaluation), evaluation.bias)
            }
        }
    }

    /// Takes an evaluation, with the bias of the critics where it was measured.
    pub fn evaluation(&mut self, evaluation: Evaluation, bias: Option<Bias>) -> Result<()> {
        self.logs.evaluation(&evaluation, bias)?;
        let (mean, std) = mean_and_std(&evaluation.returns);
        self.progress.note_return(mean);
        self.progress.say(&format!(
            "evaluation at step {}: return {} over {}",
            human_numbers::grouped(evaluation.step),
            human_numbers::score_and_spread(mean, std),
            human_numbers::counted(evaluation.returns.len() as u64, "episode")
        ));
        self.evaluations.push(evaluation);
        Ok(())
    }

    fn train(&mut self, step: u64, values: &[(&'static str, f64)]) -> Result<()> {
        self.logs.train(step, values)?;
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == SHOWN) {
            self.progress.note_return(*value);
        }
        self.logs.timing(step, self.clock.seconds(), self.progress.steps_per_second(step))
    }
}
