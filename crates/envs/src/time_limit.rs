//! The clock of an episode: whether one is running, and how many steps it has had.

/// Counts the steps of an episode against the task's limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeLimit {
    limit: u32,
    /// Steps since reset, or `None` while there is no episode.
    elapsed: Option<u32>,
}

impl TimeLimit {
    /// A clock with no episode running.
    pub fn new(limit: u32) -> Self {
        TimeLimit { limit, elapsed: None }
    }

    /// Starts an episode.
    pub fn start(&mut self) {
        self.elapsed = Some(0);
    }

    /// Ends the episode for good: only a new start goes on.
    pub fn stop(&mut self) {
        self.elapsed = None;
    }

    /// Whether an episode is running.
    pub fn is_running(&self) -> bool {
        self.elapsed.is_some()
    }

    /// Counts a step; whether it was the last or beyond.
    pub fn tick(&mut self) -> bool {
        let elapsed = self.elapsed.unwrap_or(0).saturating_add(1);
        self.elapsed = Some(elapsed);
        elapsed >= self.limit
    }

    /// Steps since reset, or `None` while there is no episode.
    pub fn elapsed(&self) -> Option<u32> {
        self.elapsed
    }

    /// The clock with this many steps on it.
    pub fn with_elapsed(self, elapsed: Option<u32>) -> Self {
        TimeLimit { elapsed, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_step_and_those_beyond_truncate() {
        let mut clock = TimeLimit::new(3);
        assert!(!clock.is_running());
        clock.start();
        assert_eq!([clock.tick(), clock.tick(), clock.tick(), clock.tick()], [false, false, true, true]);
        clock.stop();
        assert!(!clock.is_running());
    }
}
