//! The loop of a run: steps, checkpoints, signals, the end.

use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use anyhow::Result;
use coadapt_agent::{Event, Status, Trainer};

use crate::checkpoint;
use crate::config::Config;
use crate::curve::Curve;
use crate::directory;
use crate::ending::Ending;
use crate::forked_writer::ForkedWriter;
use crate::learner;
use crate::lock::Lock;
use crate::manifest::Manifest;
use crate::recorder::Recorder;
use crate::request::Options;
use crate::result::{self, Outcome, Summary};
use crate::signal::StopRequest;

/// Something the learner does, telling what happened through a closure.
type Act = fn(&mut Trainer, &mut dyn FnMut(Event<'_>)) -> Result<Status, coadapt_agent::Error>;

/// A run that is ready to go.
pub struct Run {
    pub(super) place: PathBuf,
    pub(super) config: Config,
    pub(super) mujoco: Option<String>,
    pub(super) options: Options,
    pub(super) trainer: Trainer,
    pub(super) recorder: Recorder,
    pub(super) stop: StopRequest,
    pub(super) lock: Lock,
    /// The copy of this process that writes a checkpoint.
    pub(super) checkpoint_writer: Option<ForkedWriter>,
}

impl Run {
    /// The run directory.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Trains to the end, to a divergence or to a signal, and leaves the directory complete.
    pub fn go(mut self) -> Result<Ending> {
        let outcome = self.train();
        self.recorder.progress.finish();
        // Whatever happened: what is being written is written to its end.
        let written = self.settle();
        let mut outcome = outcome?;
        written?;
        if outcome == Outcome::Finished {
            outcome = self.final_evaluation()?;
        }
        // A diverged learner is not kept: the checkpoint before it is the one that can still be looked into.
        match outcome {
            Outcome::Diverged { .. } => {
                self.recorder.logs.sync()?;
            }
            Outcome::Finished | Outcome::Interrupted => self.checkpoint()?,
        }
        self.conclude(outcome)
    }

    fn train(&mut self) -> Result<Outcome> {
        // What the last step made due is done too: batches, iterations over data, an evaluation.
        while self.trainer.step() < self.config.steps || !self.trainer.is_between_steps() {
            if self.stop.is_set() {
                return Ok(Outcome::Interrupted);
            }
            if let Some(outcome) = outcome(self.piece()?) {
                return Ok(outcome);
            }
            let step = self.trainer.step();
            self.recorder.progress.at(step);
            // The last step's checkpoint comes after the last evaluation.
            if self.trainer.is_between_steps()
                && step.is_multiple_of(self.options.checkpoint_every)
                && step < self.config.steps
            {
                self.checkpoint_in_fork()?;
            }
            if let Some(ended) = self.checkpoint_writer.as_mut().and_then(ForkedWriter::poll) {
                self.checkpoint_writer = None;
                ended?;
            }
        }
        Ok(Outcome::Finished)
    }

    /// An environment step, a batch, a minibatch or a step of an evaluation: a stop waits for no more.
    fn piece(&mut self) -> Result<Status> {
        self.recorded(Trainer::piece)
    }

    /// The evaluation of the last step, unless the schedule just made one there.
    fn final_evaluation(&mut self) -> Result<Outcome> {
        let step = self.trainer.step();
        if self.recorder.evaluations.last().is_some_and(|last| last.step == step) {
            return Ok(Outcome::Finished);
        }
        self.trainer.begin_evaluation();
        self.train()
    }

    /// Lets the learner do `what` and writes down what it tells. What could not be written stops the run.
    fn recorded(&mut self, what: Act) -> Result<Status> {
        let mut written = Ok(());
        let recorder = &mut self.recorder;
        let status = what(&mut self.trainer, &mut |event| {
            if written.is_ok() {
                written = recorder.record(&event);
            }
        })?;
        written.map(|()| status)
    }

    /// Writes a checkpoint and the curve while training goes on, where that can be done.
    fn checkpoint_in_fork(&mut self) -> Result<()> {
        self.settle()?;
        let held = self.lock.file.as_raw_fd();
        self.checkpoint_writer = ForkedWriter::start(held, || self.checkpoint_and_curve());
        if self.checkpoint_writer.is_some() { Ok(()) } else { self.checkpoint_and_curve() }
    }

    /// Waits for the checkpoint that is being written, if one is.
    fn settle(&mut self) -> Result<()> {
        self.checkpoint_writer.take().map_or(Ok(()), ForkedWriter::wait)
    }

    fn checkpoint_and_curve(&mut self) -> Result<()> {
        self.checkpoint()?;
        self.draw(None)
    }

    fn checkpoint(&mut self) -> Result<()> {
        let manifest = Manifest {
            step: self.trainer.step(),
            between_steps: self.trainer.is_between_steps(),
            wall_milliseconds: (self.recorder.clock.seconds() * 1e3) as u64,
            config: self.config.to_toml()?,
            mujoco: self.mujoco.clone(),
            instructions: Some(coadapt_nn::Isa::best().name().into()),
            package_version: self.options.build.version.into(),
            commit: self.options.build.commit.into(),
            logs: self.recorder.logs.sync()?,
            files: Default::default(),
        };
        let (state, arrays) = learner::snapshot(&self.trainer)?;
        checkpoint::write(&self.place, manifest, &state, &arrays)?;
        Ok(())
    }

    fn draw(&self, diverged_at_step: Option<u64>) -> Result<()> {
        let curve = Curve {
            algo: &self.config.algo,
            env: &self.config.env,
            seed: self.config.seed,
            steps: self.config.steps,
            evaluations: &self.recorder.evaluations,
            diverged_at_step,
        };
        directory::write_whole(&self.place.join(directory::CURVE), curve.to_svg().as_bytes())
    }

    fn conclude(self, outcome: Outcome) -> Result<Ending> {
        let diverged_at_step = match outcome {
            Outcome::Diverged { step, .. } => Some(step),
            Outcome::Finished | Outcome::Interrupted => None,
        };
        self.draw(diverged_at_step)?;
        let summary = Summary {
            outcome: &outcome,
            steps: self.trainer.step(),
            last: self.recorder.evaluations.last(),
            wall_seconds: self.recorder.clock.seconds(),
            threads: self.options.threads,
            build: self.options.build,
            mujoco: self.mujoco.as_deref(),
        };
        result::write(&self.place, &self.config, &summary)?;
        Ok(Ending {
            steps: summary.steps,
            wall_seconds: summary.wall_seconds,
            last: summary.last.cloned(),
            outcome,
            place: self.place,
            config: self.config,
        })
    }
}

/// The end that `status` means, if it means one.
fn outcome(status: Status) -> Option<Outcome> {
    match status {
        Status::Running => None,
        Status::Diverged(divergence) => {
            Some(Outcome::Diverged { step: divergence.step, what: divergence.what })
        }
    }
}
