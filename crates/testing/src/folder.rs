//! The real binary in a folder of its own, for the tests of the whole program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A run so small that a test has time for it, yet with warm-up, updates and evaluations.
pub const SMALL: [&str; 20] = [
    "--set",
    "collect.warmup=200",
    "--set",
    "collect.learn_after=200",
    "--set",
    "collect.batch=16",
    "--set",
    "collect.capacity=2000",
    "--set",
    "schedule.eval_every=700",
    "--set",
    "schedule.eval_episodes=2",
    "--set",
    "schedule.log_every=100",
    "--set",
    "code.policy_sizes=[16, 16]",
    "--set",
    "code.critic_sizes=[16, 16]",
    "--env",
    "Pendulum-v1",
];

/// A temporary folder in which the program runs.
#[derive(Debug)]
pub struct Folder(tempfile::TempDir);

impl Default for Folder {
    fn default() -> Folder {
        Folder::new()
    }
}

impl Folder {
    /// An empty folder.
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// The path of `name` in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The text of the file `name`.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The result of the run in `run`.
    pub fn result(&self, run: &str) -> Value {
        serde_json::from_str(&self.read(&format!("{run}/result.json"))).unwrap()
    }

    /// The program with `arguments`, at work in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs to the end, which must be good.
    pub fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs to an error and gives its sentence.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?} was not refused: {text}");
        assert!(!text.contains("panicked"), "{text}");
        text
    }

    /// Starts a run and comes back when its metrics have `lines` lines and a little more time has passed.
    pub fn start_until(&self, run: &str, lines: usize, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.seen_until(run, lines, command.spawn().unwrap());
        // Whatever the moment, the outcome must be the same, so let the moment differ from test to test run.
        std::thread::sleep(Duration::from_micros(u64::from(std::process::id() % 7) * 900));
        child
    }

    /// Comes back when the metrics of `run`, which `child` writes, have `lines` lines.
    pub fn seen_until(&self, run: &str, lines: usize, mut child: Child) -> Child {
        let metrics = self.path(run).join("metrics.jsonl");
        let started = Instant::now();
        while lines_of(&metrics) < lines {
            assert!(child.try_wait().unwrap().is_none(), "it ended before line {lines}");
            assert!(started.elapsed() < Duration::from_secs(120), "line {lines} never came");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }

    /// Names and contents of every file of a run but its lock, to see that nothing was changed.
    pub fn contents(&self, run: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut found, mut folders) = (BTreeMap::new(), vec![self.path(run)]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with(".lock") {
                    found.insert(path.clone(), std::fs::read(&path).unwrap());
                }
            }
        }
        found
    }
}

/// The program, which Cargo builds beside the folder of its tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join(format!("coadapt{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is not built: only tests of the crate coadapt can run it",
        program.display()
    );
    program
}

fn lines_of(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Sends `name` (such as `TERM`) to `child`.
pub fn signal(child: &Child, name: &str) {
    let line = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

/// The arguments of a small run into `out`.
pub fn small<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let steps: &[&str] = if more.contains(&"--steps") { &[] } else { &["--steps", "3000"] };
    [&["train", "--out", out], &SMALL[..], steps, more].concat()
}
