//! The workload of `coadapt bench checkpoint`: how long a checkpoint takes, and for how long training stands still.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use super::{Spread, spread};
use crate::run::arrays::Array;
use crate::run::checkpoint;
use crate::run::forked_writer::ForkedWriter;
use crate::run::manifest::Manifest;

/// No file is let go of: nothing is locked.
const NOTHING: i32 = -1;

/// Milliseconds of a checkpoint.
#[derive(Debug)]
pub struct Times {
    /// Writing it, from beginning to end.
    pub whole: Spread,
    /// Until training goes on while a copy of the process writes it; none where the system has no such copies.
    pub pause: Option<Spread>,
}

/// Writes checkpoints of `megabytes` into the folder `place`, `rounds` times here and `rounds` times aside.
pub fn time(megabytes: usize, rounds: usize, place: &Path) -> Result<Times> {
    // Not zeros: those would not all take memory.
    let numbers: Vec<f32> = (0..megabytes * 250_000).map(|i| i as f32 + 0.5).collect();
    let write = || {
        let arrays = [Array { name: "numbers".into(), shape: vec![numbers.len()], data: &numbers }];
        checkpoint::write(place, manifest(), "{}", &arrays).map(|_| ())
    };
    let (mut whole, mut pauses) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        write()?;
        whole.push(begun.elapsed().as_secs_f64() * 1e3);
        let begun = Instant::now();
        if let Some(copy) = ForkedWriter::start(NOTHING, write) {
            pauses.push(begun.elapsed().as_secs_f64() * 1e3);
            copy.wait()?;
        }
    }
    let pause = (!pauses.is_empty()).then(|| spread(pauses));
    Ok(Times { whole: spread(whole), pause })
}

/// A manifest of no run.
fn manifest() -> Manifest {
    Manifest {
        step: 0,
        between_steps: true,
        wall_milliseconds: 0,
        config: String::new(),
        mujoco: None,
        instructions: None,
        package_version: crate::VERSION.into(),
        commit: crate::COMMIT.into(),
        logs: Default::default(),
        files: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_lets_training_go_on_before_the_checkpoint_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let Times { whole, pause } = time(40, 3, folder.path()).unwrap();
        assert!(whole.min > 0.0);
        if let Some(pause) = pause {
            assert!(pause.min < whole.max, "{} ms of {}", pause.min, whole.max);
        }
        assert!(checkpoint::newest(folder.path()).unwrap().is_some());
    }
}
