//! Nobody reads, the disk behind is full, the terminal is gone: the run goes on, and its exit code stays.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use coadapt_testing::{Folder, signal, small};

/// The writing end of a pipe that nobody reads.
fn unread() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

fn ended(mut command: Command) -> Output {
    command.spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn a_run_whose_words_nobody_reads_takes_all_its_steps() {
    let folder = Folder::new();
    let mut command = folder.command(&small("closed", &[]));
    command.stdout(unread()).stderr(unread());
    assert_eq!(ended(command).status.code(), Some(0));
    assert_eq!(folder.result("closed")["outcome"], "finished");

    let mut command = folder.command(&["train", "--resume", "closed"]);
    command.stderr(unread());
    assert_eq!(ended(command).status.code(), Some(1), "an error that nobody hears is still an error");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_words_find_no_room_takes_all_its_steps() {
    let folder = Folder::new();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = folder.command(&small("run", &[]));
    command.stdout(full()).stderr(full());
    assert_eq!(ended(command).status.code(), Some(0));
    assert_eq!(folder.result("run")["outcome"], "finished");

    let mut command = folder.command(&["evaluate", "run"]);
    command.stdout(full()).stderr(std::process::Stdio::piped());
    let output = ended(command);
    assert_eq!(output.status.code(), Some(1), "what was asked for was not delivered");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("error: could not write to standard output: "), "{text}");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    folder.must(&small("run", &["--quiet"]));
    for arguments in [
        &["evaluate", "run"][..],
        &["evaluate", "run", "--json"],
        &["table1"],
        &["explain"],
        &["tasks"],
        &["tasks", "Humanoid-v4"],
        &["--help"],
    ] {
        let mut command = folder.command(arguments);
        command.stdout(unread()).stderr(std::process::Stdio::piped());
        let output = ended(command);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn an_interrupted_run_says_75_even_to_nobody() {
    let folder = Folder::new();
    let mut child = folder.start_until("run", 3, &small("run", &["--steps", "1000000"]));
    drop((child.stdout.take(), child.stderr.take()));
    // Not HUP: the tests themselves may run under nohup, and then it is ignored.
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert_eq!(folder.result("run")["outcome"], "interrupted");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_under_nohup_outlives_its_terminal() {
    let folder = Folder::new();
    let arguments = small("run", &["--steps", "1000000"]).join(" ");
    let line = format!("trap '' HUP; exec {} {arguments}", env!("CARGO_BIN_EXE_coadapt"));
    let line = line.replace("[16, 16]", "'[16, 16]'");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path("")).stdout(unread()).stderr(unread());
    let child = folder.seen_until("run", 3, command.spawn().unwrap());
    signal(&child, "HUP");
    let child = folder.seen_until("run", 60, child);
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
}
