//! Progress of a run as a person sees it: a bar on a terminal, now and then a line anywhere else.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{human_numbers, terminal};

const PLAIN_LINE_EVERY: Duration = Duration::from_secs(10);
const BAR_MESSAGE_EVERY: Duration = Duration::from_millis(250);
/// Speed is measured over about so long: short enough to notice a change, long enough not to flicker.
const SPEED_MEMORY_SECONDS: f64 = 15.0;

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loudness {
    /// A bar or lines.
    Normal,
    /// Nothing but the end.
    Quiet,
}

/// The progress of one run, told on standard error.
#[derive(Debug)]
pub struct Progress {
    voice: Voice,
    name: String,
    total: u64,
    speed: Speed,
    last_return: Option<f64>,
    spoken: Instant,
}

#[derive(Debug)]
enum Voice {
    Bar(ProgressBar),
    Lines,
    Silent,
}

impl Progress {
    /// Starts at `step` of `total`; `name` says which run.
    pub fn start(name: &str, step: u64, total: u64, loudness: Loudness) -> Progress {
        let voice = match loudness {
            Loudness::Quiet => Voice::Silent,
            Loudness::Normal if std::io::stderr().is_terminal() => Voice::Bar(bar(name, step, total)),
            Loudness::Normal => Voice::Lines,
        };
        let now = Instant::now();
        let speed = Speed { since: now, step, per_second: None };
        Progress { voice, name: name.into(), total, speed, last_return: None, spoken: now }
    }

    /// The run is at `step`.
    pub fn at(&mut self, step: u64) {
        let now = Instant::now();
        let due = match self.voice {
            Voice::Bar(_) => BAR_MESSAGE_EVERY,
            Voice::Lines => PLAIN_LINE_EVERY,
            Voice::Silent => return,
        };
        if now.duration_since(self.spoken) < due {
            return;
        }
        self.spoken = now;
        self.speed.update(step, now);
        let message = self.message(step);
        match &self.voice {
            Voice::Bar(bar) => {
                bar.set_position(step);
                bar.set_message(message);
            }
            _ => {
                let (step, total) = (human_numbers::grouped(step), human_numbers::grouped(self.total));
                self.say(&format!("{} {step}/{total} {message}", self.name));
            }
        }
    }

    /// Steps per second over the last seconds, as far as known.
    pub fn steps_per_second(&mut self, step: u64) -> f64 {
        self.speed.update(step, Instant::now());
        self.speed.per_second.unwrap_or(0.0)
    }

    /// The newest return there is.
    pub fn note_return(&mut self, value: f64) {
        self.last_return = Some(value);
    }

    /// Says `line`, above the bar if there is one.
    pub fn say(&self, line: &str) {
        match &self.voice {
            Voice::Bar(bar) => bar.println(line),
            Voice::Lines => terminal::tell(line),
            Voice::Silent => {}
        }
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        if let Voice::Bar(bar) = &self.voice {
            bar.finish_and_clear();
        }
    }

    fn message(&self, step: u64) -> String {
        let mut parts = Vec::new();
        if let Some(per_second) = self.speed.per_second {
            parts.push(format!("{} steps/s", human_numbers::grouped(per_second.round() as u64)));
        }
        if let Some(value) = self.last_return {
            parts.push(format!("return {}", human_numbers::score(value)));
        }
        if let Some(per_second) = self.speed.per_second {
            let left = self.total.saturating_sub(step) as f64 / per_second;
            parts.push(format!("eta {}", human_numbers::clock(left)));
        }
        parts.join(" ")
    }
}

fn bar(name: &str, step: u64, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    // The template is fixed: were it wrong, indicatif's own look would do.
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:24}] {human_pos}/{human_len} {msg}") {
        bar.set_style(style.progress_chars("##-"));
    }
    bar.set_prefix(name.to_string());
    bar.set_position(step);
    bar
}

/// Steps per second, older moments counting less and less.
#[derive(Debug)]
struct Speed {
    since: Instant,
    step: u64,
    per_second: Option<f64>,
}

impl Speed {
    fn update(&mut self, step: u64, now: Instant) {
        let seconds = now.duration_since(self.since).as_secs_f64();
        if step <= self.step || seconds < 0.05 {
            return;
        }
        let newest = (step - self.step) as f64 / seconds;
        let weight = 1.0 - (-seconds / SPEED_MEMORY_SECONDS).exp();
        self.per_second = Some(self.per_second.map_or(newest, |old| old + weight * (newest - old)));
        (self.since, self.step) = (now, step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_follows_the_steps() {
        let start = Instant::now();
        let mut speed = Speed { since: start, step: 1000, per_second: None };
        speed.update(1100, start + Duration::from_secs(1));
        assert_eq!(speed.per_second, Some(100.0));
        for second in 2..120 {
            speed.update(1100 + (second - 1) * 50, start + Duration::from_secs(second));
        }
        assert!((speed.per_second.unwrap() - 50.0).abs() < 0.1, "{speed:?}");
    }

    #[test]
    fn the_message_says_speed_return_and_time_left() {
        let mut progress = Progress::start("SAC Hopper-v4 s0", 0, 100_000, Loudness::Quiet);
        progress.speed.per_second = Some(142.0);
        progress.note_return(2345.0);
        assert_eq!(progress.message(35_000), "142 steps/s return 2,345 eta 07:38");
    }
}
