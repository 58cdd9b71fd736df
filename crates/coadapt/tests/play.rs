//! `coadapt play`: films of runs and of random actions, and what is refused.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use coadapt_testing::{Folder, small};
use serde_json::Value;

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
    let text = folder.refused(&["play", "--env", "Pendulum-v1", "--policy", "random", "--frames", "4"]);
    assert!(text.contains("--frames counts the frames of a filmstrip"), "{text}");
    assert!(folder.refused(&["play", "nowhere"]).contains("nowhere"));
    assert!(folder.refused(&["play", "--contact-sheet", "tasks.gif"]).contains("written as .png"));
    for bad in [&["play"][..], &["play", "x", "--size", "320"], &["play", "x", "--size", "8x9999"]] {
        assert_eq!(folder.run(bad).status.code(), Some(2), "{bad:?}");
    }
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 0, "nothing is left behind");
}

/// The delays of a film's frames, in hundredths of a second.
fn delays(film: &Path) -> Vec<u16> {
    let mut decoder = gif::DecodeOptions::new().read_info(fs::File::open(film).unwrap()).unwrap();
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push(frame.delay);
    }
    delays
}

#[test]
fn the_task_is_changed_as_the_flags_or_the_run_say() {
    let folder = Folder::new();
    let play = |more: &[&str]| {
        let told = folder.must(
            &[&["play", "--env", "Pendulum-v1", "--policy", "random", "--size", "32x32"], more].concat(),
        );
        (told, delays(&folder.path("film.gif")))
    };
    let (told, film) = play(&["--time-limit", "20", "--clip-action"]);
    assert!(told.contains("21 frames of 20 steps") && film == [5; 21], "{told} {film:?}");
    let (told, film) = play(&["--action-repeat", "4"]);
    assert!(told.contains("51 frames of 50 steps"), "{told}");
    assert_eq!(film, [20; 51], "four steps of 0.05 s an action");

    folder.must(&small("run", &["--steps", "300", "--time-limit", "30"]));
    for who in ["learned", "random"] {
        let told = folder.must(&["play", "run", "--policy", who, "--size", "32x32"]);
        assert!(told.contains("31 frames of 30 steps"), "the run's own limit: {told}");
    }
    for flag in [&["--time-limit", "5"][..], &["--action-repeat", "2"], &["--clip-action"]] {
        for what in [&["run"][..], &["--contact-sheet", "tasks.png"]] {
            let output = folder.run(&[&["play"], what, flag].concat());
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{what:?} {flag:?}: {text}");
            assert!(text.contains("cannot be used with") && text.contains(flag[0]), "{text}");
        }
    }
}

#[test]
fn what_is_filmed_is_what_is_evaluated() {
    let folder = Folder::new();
    folder.must(&small("run", &["--steps", "700"]));
    let evaluated: Value =
        serde_json::from_str(&folder.must(&["evaluate", "run", "--episodes", "2", "--seed", "5", "--json"]))
            .unwrap();
    let returns: Vec<String> = evaluated["returns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| format!("{:.1}", r.as_f64().unwrap()))
        .collect();
    let arguments = ["play", "run", "--seed", "5", "--steps", "400", "--out", "two.png", "--size", "32x32"];
    let told = folder.must(&arguments);
    assert!(told.ends_with(&format!("return {}\n", returns.join(", "))), "{told} {returns:?}");
}

/// Where Linux keeps the library of OSMesa, if it is installed.
fn has_osmesa() -> bool {
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"]
        .iter()
        .any(|folder| Path::new(folder).join("libOSMesa.so.8").exists())
}

/// A filmstrip of a simulation by a program that cannot load the libraries `hidden`: what it said, and the picture's
/// bytes if there is one.
fn strip_without(folder: &Folder, hidden: &[&str]) -> (String, Option<Vec<u8>>) {
    let shadows = folder.path("hidden");
    fs::create_dir_all(&shadows).unwrap();
    // What is no library is found before the real one, and stops the search.
    hidden.iter().for_each(|file| fs::write(shadows.join(file), "").unwrap());
    let arguments = ["play", "--env", "Hopper-v4", "--policy", "random", "--steps", "10", "--size", "64x48"];
    let mut command = folder.command(&[&arguments[..], &["--out", "strip.png"]].concat());
    let output = command.env("LD_LIBRARY_PATH", &shadows).output().unwrap();
    fs::remove_dir_all(&shadows).unwrap();
    let picture = fs::read(folder.path("strip.png")).ok();
    assert_eq!(output.status.success(), picture.is_some());
    (String::from_utf8(output.stderr).unwrap(), picture)
}

/// The bytes of a PNG's pixels.
fn pixels(png: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    bytes
}

#[test]
fn without_opengl_the_packages_that_bring_it_are_named() {
    let folder = Folder::new();
    let all = ["libEGL.so.1", "libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so"];
    let (told, picture) = strip_without(&folder, &all);
    assert!(picture.is_none(), "drawn without OpenGL");
    for part in ["libEGL.so.1 cannot be loaded", "libOSMesa.so.8 cannot be loaded", "training needs neither"]
    {
        assert!(told.contains(part), "{told}");
    }
    assert!(
        told.contains("`apt-get install libegl1 libgl1-mesa-dri`")
            && told.contains("`apt-get install libosmesa6`")
    );
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn osmesa_takes_over_where_egl_is_missing() {
    let folder = Folder::new();
    let (told, by_osmesa) = strip_without(&folder, &["libEGL.so.1"]);
    let Some(by_osmesa) = by_osmesa else {
        assert!(!has_osmesa() && told.contains("OSMesa: "), "{told}");
        eprintln!("NOT DRAWN, only the refusal was tested: {told}");
        return;
    };
    let (_, by_any) = strip_without(&folder, &[]);
    let (one, other) = (pixels(&by_osmesa), pixels(&by_any.unwrap()));
    assert_eq!(one.len(), other.len());
    let differ = one.iter().zip(&other).filter(|(a, b)| a.abs_diff(**b) > 40).count();
    assert!(differ * 20 < one.len(), "{differ} of {} bytes look different", one.len());
    assert!(
        one.iter().max() > one.iter().min().map(|low| low.saturating_add(99)).as_ref(),
        "it shows nothing"
    );
}
