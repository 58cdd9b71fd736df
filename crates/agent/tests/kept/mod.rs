//! What a run reports, float by float, and what a checkpoint keeps of it.
#![allow(dead_code, clippy::unwrap_used)]

use coadapt_agent::{Event, Status, Trainer};
use std::collections::HashMap;

/// Everything a run reports over `steps` steps, floats as bits.
pub fn log_of(trainer: &mut Trainer, steps: u64) -> Vec<(u64, String, u64)> {
    let mut log = Vec::new();
    for _ in 0..steps {
        let status = trainer
            .advance(&mut |event| match event {
                Event::Train { step, values } => {
                    log.extend(values.iter().map(|(name, x)| (step, (*name).to_owned(), x.to_bits())));
                }
                Event::Evaluation { step, evaluation } => {
                    let bias = evaluation.bias.iter().flat_map(|bias| bias.values().map(|(_, x)| x));
                    let numbers = evaluation.returns.iter().copied().chain(bias);
                    log.extend(numbers.map(|x| (step, "return".to_owned(), x.to_bits())));
                }
            })
            .unwrap();
        assert_eq!(status, Status::Running);
    }
    log
}

/// What a checkpoint keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub state: String,
    pub arrays: HashMap<String, Vec<f32>>,
}

impl Kept {
    pub fn of(trainer: &Trainer) -> Self {
        let snapshot = trainer.snapshot().unwrap();
        let arrays =
            snapshot.arrays.iter().map(|(name, _, values)| (name.clone(), values.to_vec())).collect();
        Kept { state: snapshot.state, arrays }
    }

    pub fn put_back(&self, trainer: &mut Trainer) -> Result<(), coadapt_agent::Error> {
        trainer.restore(&self.state, &mut |name, into| {
            let values = self.arrays.get(name).ok_or(format!("no {name}"))?;
            if values.len() != into.len() {
                return Err(format!("{name} has {} numbers, not {}", values.len(), into.len()));
            }
            into.copy_from_slice(values);
            Ok(())
        })
    }
}
