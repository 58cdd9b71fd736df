//! A run that cannot be resumed as it lies there is told why, and nothing of it is changed.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use std::fs;

use coadapt_testing::{Folder, signal, small};

const LOGS: [&str; 3] = ["metrics.jsonl", "timing.jsonl", "events.out.tfevents.coadapt"];

/// A run interrupted after its first evaluation, with lines in its logs that its checkpoint has not seen.
fn interrupted(folder: &Folder) {
    let child = folder.start_until("run", 8, &small("run", &[]));
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
    for log in LOGS {
        let path = folder.path("run").join(log);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(b"what a killed program left");
        fs::write(path, bytes).unwrap();
    }
}

/// Resumes, which must be refused without a trace, and gives the sentence.
fn refused_untouched(folder: &Folder, more: &[&str]) -> String {
    let before = folder.contents("run");
    let text = folder.refused(&[&["train", "--resume", "run"][..], more].concat());
    assert!(before == folder.contents("run"), "something was changed: {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn logs_that_are_not_what_the_checkpoint_saw() {
    let folder = Folder::new();
    interrupted(&folder);
    for log in LOGS {
        let path = folder.path("run").join(log);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[20] ^= 1;
        for (damage, reason) in [(&whole[..40], "has 40 bytes, but had"), (&flipped[..], "was changed since")]
        {
            fs::write(&path, damage).unwrap();
            let text = refused_untouched(&folder, &["--steps", "5000"]);
            assert!(text.contains(log) && text.contains(reason), "{text}");
        }
        fs::remove_file(&path).unwrap();
        let text = refused_untouched(&folder, &["--steps", "5000"]);
        assert!(text.contains(&format!("{log} is missing")), "{text}");
        fs::write(&path, whole).unwrap();
    }
    folder.must(&["train", "--resume", "run"]);
}

#[test]
fn a_result_whose_checkpoint_is_gone() {
    let folder = Folder::new();
    folder.must(&small("run", &[]));
    fs::rename(folder.path("run/checkpoint"), folder.path("away")).unwrap();
    for more in [&[][..], &["--steps", "4000"]] {
        let text = refused_untouched(&folder, more);
        assert!(text.contains("run has a result.json but no checkpoint"), "{text}");
    }
    fs::rename(folder.path("away"), folder.path("run/checkpoint")).unwrap();
    let text = refused_untouched(&folder, &[]);
    assert!(text.contains("is finished: it took its 3,000 steps"), "{text}");
}

#[test]
fn a_damaged_result() {
    let folder = Folder::new();
    interrupted(&folder);
    for damaged in ["{", "[]", ""] {
        fs::write(folder.path("run/result.json"), damaged).unwrap();
        let text = refused_untouched(&folder, &[]);
        assert!(text.contains("run/result.json is damaged") && text.contains("can be deleted"), "{text}");
    }
    fs::remove_file(folder.path("run/result.json")).unwrap();
    folder.must(&["train", "--resume", "run"]);
}

#[test]
fn a_configuration_edited_by_hand() {
    let folder = Folder::new();
    interrupted(&folder);
    let whole = folder.read("run/config.toml");
    for (old, new, sentence) in [
        ("steps = 3000", "steps = 100", "`steps` is 100 in its config.toml"),
        ("seed = 0", "seed = -1", "config.toml is not the configuration of a run: `seed` is -1, but must be"),
        ("batch = 16", "batch = 2.5", "config.toml is not valid: `method.collect.batch` is 2.5, but must be"),
        ("batch = 16", "batch = 0", "config.toml is not valid: `collect.batch` is 0, but must be at least 1"),
    ] {
        fs::write(folder.path("run/config.toml"), whole.replacen(old, new, 1)).unwrap();
        let text = refused_untouched(&folder, &[]);
        assert!(text.contains(sentence) && !text.contains("--steps 100"), "{text}");
    }
}
