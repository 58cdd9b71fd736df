//! `coadapt play`: films of runs and of random actions, and what is refused.
#![allow(clippy::unwrap_used)]

mod program;

use std::fs;

use program::{Folder, small};

#[test]
fn a_run_is_filmed_and_only_read() {
    let folder = Folder::new();
    folder.must(&small("run", &[]));
    let before = folder.contents("run");
    let said = folder.must(&["play", "run", "--steps", "30", "--size", "64x48", "--seed", "3"]);
    assert!(said.starts_with("film.gif: 31 frames of 30 steps on Pendulum-v1, return -"), "{said}");
    let film = fs::read(folder.path("film.gif")).unwrap();
    assert!(film.starts_with(b"GIF89a\x40\0\x30\0"), "a GIF of 64 by 48 pixels");
    folder.must(&["play", "run", "--steps", "30", "--size", "64x48", "--seed", "3", "--out", "again.gif"]);
    assert!(fs::read(folder.path("again.gif")).unwrap() == film, "the same seed gives the same film");
    let random =
        ["play", "run", "--policy", "random", "--out", "strip.png", "--frames", "6", "--size", "64x48"];
    assert!(folder.must(&random).starts_with("strip.png: 6 frames of 200 steps on Pendulum-v1"));
    assert!(fs::read(folder.path("strip.png")).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(folder.contents("run"), before);

    // A policy needs a checkpoint; random actions do not.
    fs::remove_dir_all(folder.path("run/checkpoint")).unwrap();
    let text = folder.refused(&["play", "run"]);
    assert!(text.contains("run has no checkpoint yet"), "{text}");
    folder.must(&random);
}

#[test]
fn what_cannot_be_filmed_is_told_in_a_sentence() {
    let folder = Folder::new();
    let random =
        |id: &str, out: &str| folder.refused(&["play", "--env", id, "--policy", "random", "--out", out]);
    assert!(random("Pendulum-v1", "film.mp4").contains("mp4 is not enabled"));
    assert!(random("Pendulum-v1", "film.webm").contains(".webm is not written; --out takes a film as .gif"));
    assert!(random("Pendulum-v1", "film").contains("has no ending that says what to write"));
    for out in ["no/such/film.gif", "no/such/film.png"] {
        let text = random("Pendulum-v1", out);
        assert!(text.contains(&format!("could not write {out}: No such file")), "{text}");
    }
    assert!(random("Pendulm-v1", "film.gif").contains("the nearest names are Pendulum-v1"));
    assert!(folder.refused(&["play", "--env", "Pendulum-v1"]).contains("add --policy random"));
    assert!(folder.refused(&["play", "nowhere"]).contains("nowhere"));
    assert!(folder.refused(&["play", "--contact-sheet", "tasks.gif"]).contains("written as .png"));
    for bad in [&["play"][..], &["play", "x", "--size", "320"], &["play", "x", "--size", "8x9999"]] {
        assert_eq!(folder.run(bad).status.code(), Some(2), "{bad:?}");
    }
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 0, "nothing is left behind");
}
