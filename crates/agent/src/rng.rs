//! One seed per run, split into named streams: what one part draws never moves what another draws.

use rand_pcg::Pcg64;

/// The generator of a stream.
pub type Stream = Pcg64;

/// SplitMix64's mixing step.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A seed for whatever `name` and `index` stand for in the run of `seed`.
pub fn derived_seed(seed: u64, name: &str, index: u64) -> u64 {
    let named = name.bytes().fold(mix(seed), |h, byte| mix(h ^ u64::from(byte)));
    mix(named ^ index)
}

/// The stream `name` of the run of `seed`.
pub fn stream(seed: u64, name: &str) -> Stream {
    let word = |index| u128::from(derived_seed(seed, name, index));
    Pcg64::new(word(0) << 64 | word(1), word(2) << 64 | word(3))
}

/// A uniform number below `n`, by multiplication: the bias is below n / 2^64.
pub(crate) fn below(rng: &mut Stream, n: usize) -> usize {
    use rand_core::Rng;
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn streams_differ_by_seed_and_name_only() {
        let first = |seed, name| stream(seed, name).next_u64();
        assert_eq!(first(1, "actor"), first(1, "actor"));
        assert_ne!(first(1, "actor"), first(2, "actor"));
        assert_ne!(first(1, "actor"), first(1, "replay"));
        assert_ne!(derived_seed(1, "evaluation", 0), derived_seed(1, "evaluation", 1));
    }

    #[test]
    fn a_saved_stream_goes_on_where_it_was() {
        let mut a = stream(3, "actor");
        a.next_u64();
        let text = serde_json::to_string(&a).unwrap();
        let mut b: Stream = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (0..5).map(|_| a.next_u64()).collect::<Vec<_>>(),
            (0..5).map(|_| b.next_u64()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn below_reaches_every_value_evenly() {
        let mut rng = stream(0, "test");
        let mut counts = [0; 7];
        (0..70_000).for_each(|_| counts[below(&mut rng, 7)] += 1);
        assert!(counts.iter().all(|c| (9_500..10_500).contains(c)), "{counts:?}");
    }
}
