//! Holding the program to an instruction set: what it changes, what it does not, and what is refused.

// Where a test stands, a panic is its verdict.
#![allow(clippy::unwrap_used)]

use coadapt_nn::Isa;
use coadapt_testing::{Folder, small};

/// The run's metrics with the program held to `isa`.
fn metrics(folder: &Folder, isa: Isa) -> String {
    let output = folder.command(&small(isa.name(), &[])).env("COADAPT_ISA", isa.name()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(folder.result(isa.name())["instructions"], isa.name());
    folder.read(&format!("{}/metrics.jsonl", isa.name()))
}

#[test]
fn instruction_sets_with_fused_multiply_adds_give_the_same_run() {
    let folder = Folder::new();
    let found: Vec<(Isa, String)> =
        Isa::available().into_iter().map(|isa| (isa, metrics(&folder, isa))).collect();
    for (isa, metrics) in &found {
        let same = found.iter().filter(|(other, _)| other.is_fused() == isa.is_fused());
        assert!(same.into_iter().all(|(_, other)| other == metrics), "{isa:?}");
    }
}

#[test]
fn a_run_is_not_continued_with_other_arithmetic() {
    let folder = Folder::new();
    folder.must(&small("run", &[]));
    let resume = ["train", "--resume", "run", "--steps", "4000"];
    if !Isa::detect().is_fused() {
        return;
    }
    let output = folder.command(&resume).env("COADAPT_ISA", "plain").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("plain") && text.contains("to the bit"), "{text}");
    folder.must(&resume);
}

#[test]
fn an_instruction_set_that_is_not_there_is_refused_by_name() {
    let folder = Folder::new();
    let output = folder.command(&["tasks"]).env("COADAPT_ISA", "avx3").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("COADAPT_ISA") && text.contains("avx512"), "{text}");
    assert_eq!(folder.run(&["bench", "peak", "--isa", "sse"]).status.code(), Some(2));
    for isa in Isa::ALL.into_iter().filter(|isa| *isa > Isa::detect()) {
        let output = folder.run(&["bench", "peak", "--isa", isa.name()]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("this processor has no"));
    }
    // Held by its option, and lower than the environment asks for.
    let output =
        folder.command(&["bench", "peak", "--isa", "plain", "--json", "--rounds", "1"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"instructions\":\"plain\""));
}
