//! The program on a real small study: it writes the report, shows it on the loopback interface and to nobody else, and
//! leaves out what is damaged.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use coadapt_testing::Folder;

const STUDY: &str = r#"
title = "small"
[[arm]]
label = "twin"
algo = "sac"
[[arm]]
label = "single"
algo = "sac"
set = { "estimate.critics" = "single" }
[budget.smoke]
tasks = { "Pendulum-v1" = 1000 }
seeds = 2
set = { "schedule.eval_every" = 500, "collect.learn_after" = 200, "collect.warmup" = 200, "collect.batch" = 16, "schedule.log_every" = 100, "schedule.eval_episodes" = 2, "collect.capacity" = 2000, "code.sizes" = "S" }
"#;

fn folder_with_runs() -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path("small.toml"), STUDY).unwrap();
    folder.must(&["study", "run", "small.toml", "--store", "store", "--quiet"]);
    folder
}

/// The status and the body that `port` answers with.
fn ask(port: u16, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    (status, text.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[test]
fn a_report_is_written_and_damage_is_named() {
    let folder = folder_with_runs();
    let told = folder.must(&["study", "report", "small.toml", "--store", "store"]);
    assert_eq!(told.trim(), "reports/small-smoke/report.html");
    let text = folder.read("reports/small-smoke/report.md");
    assert!(text.contains("4 of 4 done") && text.contains("| twin | "), "{text}");
    for name in ["results.csv", "cells.csv", "runs.csv", "curve-Pendulum-v1.svg", "iqm.svg"] {
        assert!(!folder.read(&format!("reports/small-smoke/{name}")).is_empty(), "{name}");
    }
    folder.must(&["study", "report", "small.toml", "--store", "store", "--out", "again"]);
    assert_eq!(folder.read("again/report.html"), folder.read("reports/small-smoke/report.html"));
    let broken = std::fs::read_dir(folder.path("store/Pendulum-v1")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(broken.join("config.toml"), "seed = ").unwrap();
    folder.must(&["study", "report", "small.toml", "--store", "store", "--out", "broken"]);
    let text = folder.read("broken/report.md");
    assert!(text.contains("3 of 4 done, 1 damaged") && text.contains("Damaged and left out: "), "{text}");
}

#[test]
fn the_report_is_shown_on_this_machine_only() {
    let folder = folder_with_runs();
    let mut command = folder.command(&["study", "watch", "small.toml", "--store", "store", "--port", "0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: u16 =
        line.trim().strip_prefix("http://127.0.0.1:").unwrap().trim_end_matches('/').parse().unwrap();
    let get = |path: &str, host: &str| ask(port, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    let own = format!("127.0.0.1:{port}");
    let (status, page) = get("/", &own);
    assert!(status == 200 && page.contains("data-live") && page.contains("4 of 4 done"), "{status}");
    let stamp = get("/stamp", &format!("LOCALHOST:{port}"));
    assert!(stamp.0 == 200 && stamp.1.trim().len() == 16, "{stamp:?}");
    assert_eq!(get("/stamp", &own), stamp);
    assert!(get("/results.csv", &own).1.starts_with("Variant,"));
    assert_eq!(get("/../store/layout", &own).0, 404);
    assert_eq!(get("/", "evil.example").0, 403);
    assert_eq!(ask(port, "GET / HTTP/1.0\r\n\r\n").0, 403);
    assert_eq!(ask(port, &format!("POST / HTTP/1.1\r\nHost: {own}\r\n\r\n")).0, 405);
    assert_eq!(ask(port, "rubbish\r\n\r\n").0, 400);
    child.kill().unwrap();
    child.wait().unwrap();
}
