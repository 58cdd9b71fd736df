//! An axis: a range of values, ticks at 1, 2 or 5 times a power of ten, and the way to the picture.

use crate::tick_label::tick_label;

/// Beyond this a range could overflow; a return of that size is a diverged policy anyway.
const LARGEST: f64 = 1e300;

/// A linear axis from `low` to `high` in values, from `start` to `end` in the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
    spacing: f64,
    start: f64,
    end: f64,
}

/// A tick: its place in the picture and its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where it is.
    pub at: f64,
    /// What stands there.
    pub label: String,
}

impl Axis {
    /// An axis that covers exactly `low` to `high` with ticks at whole numbers, as step counts want.
    pub fn exact(low: f64, high: f64, ticks: u32) -> Axis {
        let high = if high > low { high } else { low + 1.0 };
        Axis { low, high, spacing: nice_spacing(high - low, ticks).max(1.0), start: 0.0, end: 1.0 }
    }

    /// An axis that covers `low` to `high` and ends on ticks, as returns want. One value gets room on both sides.
    pub fn rounded(low: f64, high: f64, ticks: u32) -> Axis {
        let (mut low, mut high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
        let size = low.abs().max(high.abs());
        if high - low <= size * 1e-9 {
            let room = if size > 0.0 { size * 0.1 } else { 1.0 };
            (low, high) = (low - room, high + room);
        }
        let spacing = nice_spacing(high - low, ticks);
        // A hair of tolerance: a value on a tick must not open another interval.
        let down = ((low / spacing + 1e-9).floor() * spacing).min(low);
        let up = ((high / spacing - 1e-9).ceil() * spacing).max(high);
        Axis { low: down, high: up, spacing, start: 0.0, end: 1.0 }
    }

    /// The same axis, laid from `start` to `end` in the picture.
    pub fn laid(mut self, start: f64, end: f64) -> Axis {
        (self.start, self.end) = (start, end);
        self
    }

    /// Where `value` lies in the picture.
    pub fn place(&self, value: f64) -> f64 {
        let share = (value.clamp(-LARGEST, LARGEST) - self.low) / (self.high - self.low);
        self.start + share.clamp(0.0, 1.0) * (self.end - self.start)
    }

    /// The ticks, from low to high.
    pub fn ticks(&self) -> Vec<Tick> {
        let first = (self.low / self.spacing - 1e-9).ceil();
        let last = (self.high / self.spacing + 1e-9).floor();
        let largest = self.low.abs().max(self.high.abs());
        let count = (last - first) as u32;
        (0..=count)
            .map(|index| (first + f64::from(index)) * self.spacing)
            .map(|value| Tick { at: self.place(value), label: tick_label(value, self.spacing, largest) })
            .collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that makes at most `ticks` intervals of `range`.
fn nice_spacing(range: f64, ticks: u32) -> f64 {
    let wanted = range / f64::from(ticks);
    let power = 10_f64.powf(wanted.log10().floor());
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| multiple * power >= wanted * (1.0 - 1e-9));
    multiple.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_nice() {
        assert_eq!(labels(&Axis::exact(0.0, 1e6, 6)), ["0", "200k", "400k", "600k", "800k", "1M"]);
        assert_eq!(labels(&Axis::exact(0.0, 20_000.0, 6)), ["0", "5k", "10k", "15k", "20k"]);
        assert_eq!(labels(&Axis::exact(0.0, 1.0, 6)), ["0", "1"]);
        assert_eq!(labels(&Axis::exact(0.0, 3.0, 6)), ["0", "1", "2", "3"]);
        let minus = |text: &str| text.replace('-', "\u{2212}");
        let pendulum = Axis::rounded(-1612.0, -120.0, 6);
        assert_eq!(labels(&pendulum), ["-2000", "-1500", "-1000", "-500", "0"].map(minus));
        assert_eq!(labels(&Axis::rounded(0.0, 12_345.0, 6)), ["0", "5k", "10k", "15k"]);
    }

    #[test]
    fn hard_ranges_have_ticks_and_finite_places() {
        let ranges = [(5.0, 5.0), (0.0, 0.0), (-3.0, -3.0), (-1e308, 1e308), (1e-9, 2e-9), (1e9, 1e9 + 1.0)];
        for (low, high) in ranges {
            let axis = Axis::rounded(low, high, 6).laid(400.0, 20.0);
            let ticks = axis.ticks();
            assert!((2..=8).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
            let inside = |place: f64| (20.0..=400.0).contains(&place);
            assert!(inside(axis.place(low)) && inside(axis.place(high)), "{axis:?}");
            assert!(ticks.windows(2).all(|pair| pair[0].label != pair[1].label), "{ticks:?}");
        }
    }
}
