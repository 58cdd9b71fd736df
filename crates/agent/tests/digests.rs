//! Digests of short runs, number by number: what moves a bit of a result on purpose records them anew, and raises the
//! results' version.
//!
//! With COADAPT_WRITE_DIGESTS set, data/digests.txt is written anew. It holds for arithmetic with fused multiply-adds;
//! elsewhere the test says that it has nothing to compare with.
#![allow(clippy::unwrap_used)]

mod toy;

use std::collections::BTreeMap;
use std::fmt::Write;

use coadapt_agent::paper::arms::TABLES;
use coadapt_agent::{ALGORITHMS, Event, Method, Status, Trainer};
use coadapt_envs::Env;
use coadapt_nn::Isa;
use toy::{Toy, small_on};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/digests.txt");
const STEPS: u64 = 330;

/// A name, a method, and the task it runs on.
type Run = (String, Method, fn() -> Toy);

/// FNV-1a over 64 bits: here to see a change, not to keep anybody from making one.
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Digests of everything a run logs, and of its weights, targets, duals and moments at the end.
fn digest_of(method: &Method, task: fn() -> Toy) -> String {
    let copies = (0..method.collect.copies()).map(|_| Box::new(task()) as Box<dyn Env>);
    let mut trainer = Trainer::of_copies(method, copies.collect(), Box::new(task()), 11, 1).unwrap();
    let mut log = Digest::new();
    for _ in 0..STEPS {
        let status = trainer.advance(&mut |event| match event {
            Event::Train { step, values } => {
                for (name, value) in values {
                    log.take(&step.to_le_bytes());
                    log.take(name.as_bytes());
                    log.take(&value.to_bits().to_le_bytes());
                }
            }
            Event::Evaluation { evaluation, .. } => {
                evaluation.returns.iter().for_each(|value| log.take(&value.to_bits().to_le_bytes()));
            }
        });
        if status.unwrap() != Status::Running {
            break;
        }
    }
    let mut arrays = Digest::new();
    let snapshot = trainer.snapshot().unwrap();
    let by_name: BTreeMap<_, _> = snapshot.arrays.iter().map(|(name, _, data)| (name, data)).collect();
    for (name, data) in by_name {
        arrays.take(name.as_bytes());
        data.iter().for_each(|value| arrays.take(&value.to_bits().to_le_bytes()));
    }
    format!("{:016x} {:016x}", log.0, arrays.0)
}

/// Every algorithm, its softmax form if it has one, and every distinct arm of the paper that fits the small networks.
fn runs() -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for algo in ALGORITHMS {
        runs.push((algo.to_string(), small_on(&Toy::new(), algo), Toy::new));
        if coadapt_agent::method(algo, coadapt_envs::Env::spec(&Toy::discrete())).is_ok() {
            runs.push((format!("{algo} on choices"), small_on(&Toy::discrete(), algo), Toy::discrete));
        }
    }
    for (table, arm) in TABLES.iter().flat_map(|table| table.arms.iter().map(move |arm| (table, arm))) {
        let mut method = small_on(&Toy::new(), arm.algo);
        if method.set_all(&arm.overrides()).is_ok() && runs.iter().all(|(_, other, _)| *other != method) {
            runs.push((table.name_of(arm), method, Toy::new));
        }
    }
    runs
}

#[test]
fn no_bit_of_a_run_has_moved() {
    if !Isa::best().is_fused() {
        println!("this processor has no fused multiply-adds: there is nothing to compare with");
        return;
    }
    let mut text = String::new();
    for (name, method, task) in runs() {
        writeln!(text, "{} {name}", digest_of(&method, task)).unwrap();
    }
    if std::env::var_os("COADAPT_WRITE_DIGESTS").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let recorded = std::fs::read_to_string(FILE).unwrap();
    let moved: Vec<&str> =
        text.lines().filter(|line| !recorded.lines().any(|other| other == *line)).collect();
    assert!(moved.is_empty(), "moved, or new and not recorded yet:\n{}", moved.join("\n"));
    assert_eq!(text.lines().count(), recorded.lines().count(), "recorded runs that are gone");
}
