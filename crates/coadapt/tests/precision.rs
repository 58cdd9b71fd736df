//! The precision of updates belongs to the run: kept, resumed to the bit, and no trace of it where it is float32.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use coadapt_testing::{Folder, signal, small};

/// Wide enough for products to be computed in parts.
const WIDE: [&str; 4] = ["--set", "code.policy_sizes=[32, 32]", "--set", "code.critic_sizes=[32, 32]"];

#[test]
fn a_precision_is_kept_in_the_configuration_and_resumed_to_the_bit() {
    let folder = Folder::new();
    let with = |more: &[&'static str]| [&WIDE[..], more].concat();
    folder.must(&small("whole", &with(&["--precision", "bf16x3"])));
    assert!(folder.read("whole/config.toml").contains("\nprecision = \"bf16x3\"\n"));

    let child = folder.start_until("cut", 9, &small("cut", &with(&["--set", "code.precision=bf16x3"])));
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
    folder.must(&["train", "--resume", "cut", "--threads", "2"]);
    folder.must(&small("plain", &with(&["--precision", "f32"])));
    for name in ["config.toml", "metrics.jsonl"] {
        assert_eq!(folder.read(&format!("cut/{name}")), folder.read(&format!("whole/{name}")), "{name}");
        assert_ne!(folder.read(&format!("plain/{name}")), folder.read(&format!("whole/{name}")), "{name}");
    }
    assert!(!folder.read("plain/config.toml").contains("precision"));
}

#[test]
fn precisions_that_do_not_exist_are_refused() {
    let folder = Folder::new();
    let known = "there are f32, f32x6, bf16x3, bf16";
    assert!(folder.refused(&["train", "--precision", "fp8"]).contains(known));
    assert!(folder.refused(&["bench", "update", "--precision", "bf32"]).contains(known));
    let error = folder.refused(&["train", "--set", "code.precision=fp8"]);
    assert!(error.contains("code.precision") && error.contains("bf16x3"), "{error}");
    let error = folder.refused(&["train", "--set", "code.precision=f32"]);
    assert!(error.contains("code.precision"), "{error}");
    assert!(folder.refused(&["train", "--resume", "run", "--precision", "bf16"]).contains("--precision"));
}
