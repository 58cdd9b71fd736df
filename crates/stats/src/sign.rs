//! Tests of paired differences by their signs.

use crate::Bootstrap;
use crate::special::incomplete_beta;
use rand_core::Rng;
use rand_pcg::Pcg64;

/// Up to this many pairs, all sign flips are tried.
const EXACT_PAIRS: usize = 12;

/// How sign flips were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flips {
    /// All 2ⁿ of them.
    All(usize),
    /// So many, drawn at random.
    Drawn(usize),
}

/// A two-sided p-value of the sign-flip test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// Probability of a mean difference as large, if each pair's difference were as likely of either sign.
    pub p_value: f64,
    /// How it was found.
    pub flips: Flips,
}

/// The sign-flip test of the mean over tasks of the tasks' mean differences, T = (1/M) Σₘ (1/Nₘ) Σᵢ dₘᵢ: the fraction
/// of assignments of signs to the dₘᵢ with |T| as large or larger. All of them for up to 12 pairs, else as many drawn
/// as `bootstrap` has repetitions, and then (1 + hits) / (1 + drawn) (Phipson and Smyth 2010).
///
/// Differences are finite.
pub(crate) fn sign_flip(differences: &[(&str, Vec<f64>)], bootstrap: &Bootstrap) -> SignFlip {
    let tasks = differences.len() as f64;
    let weighed = |d: &Vec<f64>| {
        let weight = 1.0 / (tasks * d.len() as f64);
        d.iter().map(move |x| weight * x).collect::<Vec<_>>()
    };
    let parts: Vec<f64> = differences.iter().flat_map(|(_, d)| weighed(d)).collect();
    // Sums that are equal but for rounding count as equal.
    let slack = 1e-12 * parts.iter().map(|x| x.abs()).sum::<f64>();
    let bar = parts.iter().sum::<f64>().abs() - slack;
    if parts.len() <= EXACT_PAIRS {
        let all = 1usize << parts.len();
        let hits = (0..all).filter(|signs| signed_sum(&parts, || *signs as u64).abs() >= bar).count();
        return SignFlip { p_value: hits as f64 / all as f64, flips: Flips::All(all) };
    }
    let mut stream: Pcg64 = bootstrap.stream(0, "sign flips");
    let drawn = bootstrap.reps();
    let hits = (0..drawn).filter(|_| signed_sum(&parts, || stream.next_u64()).abs() >= bar).count();
    SignFlip { p_value: (1 + hits) as f64 / (1 + drawn) as f64, flips: Flips::Drawn(drawn) }
}

/// The sum of `parts` with signs from the bits of `word`, asked anew for each 64.
fn signed_sum(parts: &[f64], mut word: impl FnMut() -> u64) -> f64 {
    let mut sum = 0.0;
    for chunk in parts.chunks(64) {
        let signs = word();
        let signed = chunk.iter().enumerate().map(|(i, x)| if signs >> i & 1 == 1 { -x } else { *x });
        sum += signed.sum::<f64>();
    }
    sum
}

/// The exact two-sided sign test: twice the smaller tail of Bin(wins + losses, ½), at most 1. Ties are left out.
pub(crate) fn sign_test(wins: usize, losses: usize) -> f64 {
    let (n, least) = ((wins + losses) as f64, wins.min(losses) as f64);
    if wins == losses {
        return 1.0;
    }
    // P(Bin(n, ½) <= k) = I_½(n - k, k + 1)
    (2.0 * incomplete_beta(n - least, least + 1.0, 0.5, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_flips_are_tried_for_few_pairs() {
        let flip = |d: &[f64]| sign_flip(&[("Ant", d.to_vec())], &Bootstrap::new(0));
        let all_positive = flip(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(all_positive, SignFlip { p_value: 2.0 / 32.0, flips: Flips::All(32) });
        // |T| >= 2 of {1, 2, -1}: sums 2, 4, 0, 2 and their opposites
        assert_eq!(flip(&[1.0, 2.0, -1.0]).p_value, 6.0 / 8.0);
        assert_eq!(flip(&[0.0, 0.0]).p_value, 1.0);
        // 0.1 + 0.2 - 0.3 is not zero in f64, but its mirror image must count as equal
        assert_eq!(flip(&[0.1, 0.2, -0.3]).p_value, 1.0);
    }

    #[test]
    fn drawn_flips_agree_with_all_of_them() {
        let d: Vec<f64> = (0..12).map(|i| f64::from((i * 7) % 12) - 3.9).collect();
        let exact = sign_flip(&[("a", d.clone())], &Bootstrap::new(0));
        // One more pair that cannot matter makes them be drawn.
        let mut more = d;
        more.push(0.0);
        let bootstrap = Bootstrap::with(5, 100_000, 0.95).unwrap();
        let drawn = sign_flip(&[("a", more)], &bootstrap);
        assert_eq!((exact.flips, drawn.flips), (Flips::All(4096), Flips::Drawn(100_000)));
        let error = (exact.p_value * (1.0 - exact.p_value) / 1e5).sqrt();
        assert!((exact.p_value - drawn.p_value).abs() < 4.0 * error, "{exact:?} {drawn:?}");
    }

    #[test]
    fn the_sign_test_is_binomial() {
        assert_eq!(sign_test(0, 0), 1.0);
        assert_eq!(sign_test(4, 4), 1.0);
        assert!((sign_test(5, 0) - 2.0 / 32.0).abs() < 1e-15);
        assert!((sign_test(1, 7) - 2.0 * 9.0 / 256.0).abs() < 1e-15);
    }
}
