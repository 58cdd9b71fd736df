//! Ctrl-C, TERM, HUP and USR1 become a flag that the training loop reads between two steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// The exit code that a shell reports for a program that Ctrl-C ended.
const EXIT_AT_ONCE: i32 = 130;

/// Whether someone asked the program to stop.
#[derive(Debug, Clone, Default)]
pub struct StopRequest {
    flag: Arc<AtomicBool>,
}

impl StopRequest {
    /// Starts to listen. Until then the signals end the program as usual: there is nothing to save yet.
    pub fn listen() -> Result<StopRequest> {
        let request = StopRequest::default();
        let pressed_once = Arc::new(AtomicBool::new(false));
        // Order matters: the check runs before the flag it reads is set, so only the second Ctrl-C exits.
        flag::register_conditional_shutdown(SIGINT, EXIT_AT_ONCE, Arc::clone(&pressed_once))
            .and_then(|_| flag::register(SIGINT, pressed_once))
            .and_then(|_| flag::register(SIGINT, Arc::clone(&request.flag)))
            .and_then(|_| flag::register(SIGTERM, Arc::clone(&request.flag)))
            .and_then(|_| flag::register(SIGUSR1, Arc::clone(&request.flag)))
            .and_then(|_| match hang_ups_are_ignored() {
                true => Ok(()),
                false => flag::register(SIGHUP, Arc::clone(&request.flag)).map(|_| ()),
            })
            .context("the signals INT, TERM, HUP and USR1 could not be caught")?;
        Ok(request)
    }

    /// Whether a signal has come.
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}

/// Whether the program was started to survive its terminal, as by `nohup`: a handler would undo that.
///
/// Linux tells in a file; elsewhere a hang-up saves and ends the run, which can then be resumed.
fn hang_ups_are_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, SIGHUP))
}

/// Reads the mask of ignored signals, whose lowest bit is signal 1.
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = "Name:\tcoadapt\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n";
        assert!(ignores(status, SIGHUP) && !ignores(status, SIGINT) && !ignores("", SIGHUP));
    }

    #[test]
    fn a_signal_sets_the_flag_and_the_program_lives() {
        let request = StopRequest::listen().unwrap();
        assert!(!request.is_set());
        signal_hook::low_level::raise(SIGUSR1).unwrap();
        assert!(request.is_set());
    }
}
