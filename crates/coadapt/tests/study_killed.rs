//! Studies under bad luck: whatever is killed, full or shared, the results are those of an undisturbed run.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use coadapt_testing::study::{arguments, at_work_in, children, folder_with, results, runs};
use coadapt_testing::{Folder, signal};

/// Times the program is hit before it is left in peace.
const BLOWS: usize = 10;

/// Numbers that look random; the same again with their seed in COADAPT_TEST_SEED.
struct Dice(u64);

impl Dice {
    fn new() -> Dice {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = std::env::var("COADAPT_TEST_SEED").map_or(now % 1_000_000, |seed| seed.parse().unwrap());
        println!("COADAPT_TEST_SEED={seed} repeats the moments of this test");
        Dice(seed)
    }

    /// One of 0, 1, ..., `sides` - 1.
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn spawn(folder: &Folder, store: &str) -> Child {
    let mut command = folder.command(&arguments(store, &["--budget", "smoke", "--quiet"]));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(pid: u32) {
    // One that has just ended cannot be killed, and that is as well.
    Command::new("sh").args(["-c", &format!("kill -KILL {pid} 2>/dev/null; true")]).status().unwrap();
}

#[test]
fn killed_at_any_moment_it_ends_as_if_it_had_never_been() {
    let folder = folder_with(|text| text);
    let begun = Instant::now();
    folder.must(&arguments("calm", &["--budget", "smoke", "--quiet"]));
    let (calm, took) = (results(&folder, "calm"), begun.elapsed().as_millis() as u64);
    assert_eq!(calm.len(), 4);
    let mut dice = Dice::new();
    let mut hit = [0; 4];
    for _ in 0..BLOWS {
        let mut pool = spawn(&folder, "torn");
        // Early enough that most blows find something to break.
        std::thread::sleep(Duration::from_millis(20 + dice.below(took / 2 + 1)));
        let workers = children(pool.id());
        let blow = dice.below(4) as usize;
        hit[blow] += 1;
        match (blow, workers.is_empty()) {
            (0, _) => signal(&pool, "TERM"),
            // A worker alone, and a moment later the pool: the worker's successor is caught young.
            (1, false) => {
                kill(workers[dice.below(workers.len() as u64) as usize]);
                std::thread::sleep(Duration::from_millis(dice.below(400)));
                kill(pool.id());
            }
            // Everything at once, as when the power fails.
            (2, _) => {
                kill(pool.id());
                workers.into_iter().for_each(kill);
            }
            // The pool alone: its workers may still be writing when the next pool comes.
            _ => kill(pool.id()),
        }
        pool.wait().unwrap();
    }
    println!("TERM, a worker, everything, the pool: {hit:?}");
    let told = folder.must(&arguments("torn", &["--budget", "smoke", "--quiet"]));
    assert!(told.contains("4 of 4 runs done"), "{told}");
    assert_eq!(results(&folder, "torn"), calm);
    let leftovers = std::fs::read_dir(folder.path("torn")).unwrap().map(|e| e.unwrap().file_name());
    assert!(!leftovers.into_iter().any(|name| name == "set-aside"), "nothing was damaged");
}

#[test]
fn a_worker_that_is_killed_is_replaced_and_no_worker_outlives_its_crew() {
    let folder = folder_with(|text| text.replace("= 1500", "= 15000").replace("seeds = 2", "seeds = 1"));
    let pool = spawn(&folder, "store");
    let begun = Instant::now();
    let first = loop {
        let workers = children(pool.id());
        if let Some(first) = workers.first() {
            break *first;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no worker came");
        std::thread::sleep(Duration::from_millis(5));
    };
    kill(first);
    while children(pool.id()).iter().all(|pid| *pid == first) {
        assert!(begun.elapsed() < Duration::from_secs(60), "no worker came after the first");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(pool.id());
    pool.wait_with_output().unwrap();
    let home = folder.path("").canonicalize().unwrap();
    while at_work_in(&home) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(90), "a worker outlives its pool");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_crews_on_one_store_take_no_more_than_the_machine_and_do_nothing_twice() {
    let folder = folder_with(|text| text);
    let mut pools = [spawn(&folder, "shared"), spawn(&folder, "shared")];
    let cores = std::thread::available_parallelism().unwrap().get();
    let mut most = 0;
    while pools.iter_mut().any(|pool| pool.try_wait().unwrap().is_none()) {
        most = most.max(pools.iter().map(|pool| children(pool.id()).len()).sum());
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(pools.iter_mut().all(|pool| pool.wait().unwrap().success()));
    assert!((1..=cores).contains(&most), "{most} workers on {cores} cores");
    assert_eq!(runs(&folder, "shared").len(), 4);
    folder.must(&arguments("calm", &["--budget", "smoke", "--quiet"]));
    assert_eq!(results(&folder, "shared"), results(&folder, "calm"));
}

#[test]
fn where_the_disk_is_full_nothing_is_half_written_and_later_it_goes_on() {
    let folder = folder_with(|text| text.replace("seeds = 2", "seeds = 1"));
    folder.must(&arguments("calm", &["--budget", "smoke", "--quiet"]));
    let words = arguments("full", &["--budget", "smoke"]).join(" ");
    // In units of 512 bytes: no file of a run grows beyond, first its checkpoints, then already its logs.
    for limit in [40, 2] {
        let line = format!("trap '' XFSZ; ulimit -f {limit}; exec {} {words}", env!("CARGO_BIN_EXE_coadapt"));
        let output = Command::new("sh").args(["-c", &line]).current_dir(folder.path("")).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert_eq!(told.matches("; given up after 3 attempts").count(), 2, "{told}");
        assert_eq!(told.lines().filter(|line| line.starts_with("failed: ")).count(), 2, "{told}");
        assert!(told.contains("could not write") && told.contains("File too large"), "{told}");
        assert!(runs(&folder, "full").values().all(|place| !place.join("result.json").exists()));
    }
    let told = folder.must(&arguments("full", &["--budget", "smoke"]));
    assert!(told.contains("2 of 2 runs done"), "{told}");
    assert_eq!(results(&folder, "full"), results(&folder, "calm"));
}

#[test]
fn a_damaged_checkpoint_is_set_aside_and_its_run_begun_anew() {
    let folder = folder_with(|text| text.replace("seeds = 2", "seeds = 1"));
    folder.must(&arguments("store", &["--budget", "smoke", "--quiet"]));
    let calm = results(&folder, "store");
    for place in runs(&folder, "store").values() {
        // As a run that was killed after its last checkpoint, on a disk that has lost a bit of it.
        std::fs::remove_file(place.join("result.json")).unwrap();
        let checkpoint = std::fs::read_dir(place.join("checkpoint")).unwrap().next().unwrap().unwrap().path();
        let mut arrays = std::fs::read(checkpoint.join("arrays.safetensors")).unwrap();
        let middle = arrays.len() / 2;
        arrays[middle] ^= 1;
        std::fs::write(checkpoint.join("arrays.safetensors"), arrays).unwrap();
    }
    let output = folder.run(&arguments("store", &["--budget", "smoke"]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("set aside: ")).count(), 2, "{told}");
    assert_eq!(results(&folder, "store"), calm);
    assert_eq!(std::fs::read_dir(folder.path("store/set-aside")).unwrap().count(), 2);
}
