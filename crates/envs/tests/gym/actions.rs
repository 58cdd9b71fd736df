//! The actions of the recordings, made again: as in `tools/gym_runs.py`.

/// SplitMix64.
struct Random(u64);

impl Random {
    /// A draw from [0, 1).
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Smooth actions up to half as large again as the box.
pub struct Actions {
    random: Random,
    high: Vec<f64>,
    last: Option<Vec<f64>>,
}

impl Actions {
    /// Actions of this seed for a box that ends at `high`.
    pub fn new(seed: u64, high: &[f64]) -> Self {
        Actions { random: Random(seed), high: high.to_vec(), last: None }
    }

    /// The next one.
    pub fn draw(&mut self) -> Vec<f64> {
        let random = &mut self.random;
        let fresh: Vec<f64> = self.high.iter().map(|high| (3.0 * random.unit() - 1.5) * high).collect();
        let last = self.last.get_or_insert_with(|| fresh.clone());
        last.iter_mut().zip(&fresh).for_each(|(last, fresh)| *last = 0.6 * *last + 0.4 * fresh);
        if random.unit() < 0.3 { fresh } else { last.clone() }
    }
}
