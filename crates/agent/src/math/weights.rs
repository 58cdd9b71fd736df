//! Weights of the samples in a buffer or a batch, from their advantages (AWR, Sec. 4.2.2), and what there is to say about any weights.

/// Eq. 2 with Z(s) = 1 (AWR's E-step), Furuta et al. 2021, Sec. 4.2.2.
///
/// w = min(exp(A / beta), clip), of any number of samples. It cannot overflow: an exponent of ln(clip) or more
/// is not raised.
pub fn awr(advantages: &[f32], beta: f64, clip: f64, weights: &mut [f32]) {
    check(advantages, weights);
    let largest = clip.ln();
    for (weight, &advantage) in weights.iter_mut().zip(advantages) {
        let exponent = f64::from(advantage) / beta;
        // A comparison, not `min`: a NaN advantage must give a NaN weight.
        *weight = if exponent >= largest { clip as f32 } else { exponent.exp() as f32 };
    }
}

/// The fraction of weights that stand at the clip; 0 of none.
pub fn clipped_fraction(weights: &[f32], clip: f64) -> f64 {
    let clipped = weights.iter().filter(|&&w| w >= clip as f32).count();
    clipped as f64 / weights.len().max(1) as f64
}

/// The effective sample size (sum w)^2 / sum w^2, as a fraction of the number of samples.
///
/// 1 for equal weights, 1 / n when a single one counts, 0 when none does.
pub fn effective_sample_size(weights: &[f32]) -> f64 {
    let sum: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let squares: f64 = weights.iter().map(|&w| f64::from(w).powi(2)).sum();
    if squares == 0.0 { 0.0 } else { sum * sum / (squares * weights.len() as f64) }
}

fn check(advantages: &[f32], weights: &[f32]) {
    let (given, wanted) = (advantages.len(), weights.len());
    assert!(given == wanted, "{given} advantages give as many weights, not {wanted}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled<const N: usize>(fill: impl FnOnce(&mut [f32])) -> [f32; N] {
        let mut weights = [-1.0; N];
        fill(&mut weights);
        weights
    }

    #[test]
    fn awr_weights_cannot_overflow() {
        let advantages = [f32::INFINITY, 1e30, 3.1, 0.0, -1e30, f32::NEG_INFINITY, f32::NAN];
        let weights = filled::<7>(|w| awr(&advantages, 1.0, 20.0, w));
        assert_eq!(weights[..6], [20.0, 20.0, 20.0, 1.0, 0.0, 0.0]);
        assert!(weights[6].is_nan());
        // A temperature of next to nothing overflows the quotient, not the weight.
        assert_eq!(filled(|w| awr(&[1.0, 0.0, -1.0], 1e-320, 20.0, w)), [20.0, 1.0, 0.0]);
        assert_eq!(clipped_fraction(&weights[..6], 20.0), 0.5);
    }

    #[test]
    fn the_clip_is_reached_where_it_should_be() {
        let below = filled::<1>(|w| awr(&[2.995], 1.0, 20.0, w))[0];
        assert!(below < 20.0 && (below - 2.995f32.exp()).abs() < 1e-5);
        assert_eq!(filled(|w| awr(&[2.9958], 1.0, 20.0, w)), [20.0]);
    }

    #[test]
    fn effective_sample_size_by_hand() {
        assert_eq!(effective_sample_size(&[0.3; 8]), 1.0);
        assert_eq!(effective_sample_size(&[0.0, 5.0, 0.0, 0.0]), 0.25);
        assert_eq!(effective_sample_size(&[3.0, 1.0]), 0.8);
        assert_eq!(effective_sample_size(&[0.0; 4]), 0.0);
        assert_eq!(effective_sample_size(&[]), 0.0);
    }
}
