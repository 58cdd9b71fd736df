//! Ctrl-C, TERM and USR1 become a flag that the training loop reads between two steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// What a shell reports for a program that Ctrl-C ended.
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
            .context("the signals INT, TERM and USR1 could not be caught")?;
        Ok(request)
    }

    /// Whether a signal has come.
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_sets_the_flag_and_the_program_lives() {
        let request = StopRequest::listen().unwrap();
        assert!(!request.is_set());
        signal_hook::low_level::raise(SIGUSR1).unwrap();
        assert!(request.is_set());
    }
}
