//! Mean and population standard deviation of a slice, summed in one order, and advantages in their units.

/// Mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// The mean.
    pub mean: f64,
    /// The population standard deviation (ddof 0).
    pub std: f64,
}

/// Mean and standard deviation of `values`, of which there is at least one.
///
/// Two passes in f64: the deviations of equal numbers from their mean are zero, not a rounding error.
pub fn moments(values: &[f32]) -> Moments {
    assert!(!values.is_empty(), "the mean of no numbers is asked for");
    let count = values.len() as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
    Moments { mean, std: variance.sqrt() }
}

/// (x - mean) / (std + eps), of at least one number: advantages over a whole buffer, before AWR weighs them.
pub fn standardise(values: &[f32], eps: f64, standardised: &mut [f32]) {
    let (count, places) = (values.len(), standardised.len());
    assert!(count == places, "{count} numbers are standardised into {places} places");
    let Moments { mean, std } = moments(values);
    for (y, &x) in standardised.iter_mut().zip(values) {
        *y = ((f64::from(x) - mean) / (std + eps)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand() {
        assert_eq!(moments(&[1.0, 3.0]), Moments { mean: 2.0, std: 1.0 });
        assert_eq!(moments(&[7.5]), Moments { mean: 7.5, std: 0.0 });
        let mut y = [0.0; 2];
        standardise(&[1.0, 3.0], 1.0, &mut y);
        assert_eq!(y, [-0.5, 0.5]);
    }

    #[test]
    fn equal_numbers_standardise_to_exactly_zero() {
        for x in [0.0, 0.1, -1e6, 1e30] {
            let mut y = [f32::NAN; 777];
            standardise(&[x; 777], 1e-8, &mut y);
            assert_eq!(y, [0.0; 777]);
        }
        let mut one = [f32::NAN];
        standardise(&[3.0], 1e-5, &mut one);
        assert_eq!(one, [0.0]);
    }

    #[test]
    fn a_large_offset_costs_no_accuracy() {
        let values: Vec<f32> = (0..100).map(|i| 1e6 + (i % 2) as f32).collect();
        let Moments { mean, std } = moments(&values);
        assert_eq!((mean, std), (1e6 + 0.5, 0.5));
    }

    #[test]
    #[should_panic(expected = "the mean of no numbers")]
    fn no_numbers_have_no_mean() {
        moments(&[]);
    }
}
