//! How rewards fall off outside the bounds that are asked for.

/// The default value a margin away from the bounds.
const AT_MARGIN: f64 = 0.1;

/// Course of the reward outside its bounds, by the distance from the nearer one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fall {
    /// Zero at once.
    Sharp,
    /// A bell curve that is 0.1 at the margin.
    Gaussian { margin: f64 },
    /// A line that has this value at the margin, and ends at zero.
    Linear { margin: f64, value: f64 },
    /// A parabola that is zero at the margin and beyond.
    Quadratic { margin: f64 },
    /// 1 / (1 + square), 0.1 at the margin.
    LongTail { margin: f64 },
}

/// 1 within the bounds, ends included, and as `fall` says outside.
pub(super) fn tolerance(x: f64, [low, high]: [f64; 2], fall: Fall) -> f64 {
    if low <= x && x <= high {
        return 1.0;
    }
    let distance = if x < low { low - x } else { x - high };
    match fall {
        Fall::Sharp => 0.0,
        Fall::Gaussian { margin } => {
            let scaled = distance / margin * (-2.0 * AT_MARGIN.ln()).sqrt();
            (-0.5 * (scaled * scaled)).exp()
        }
        Fall::Linear { margin, value } => {
            let scaled = distance / margin * (1.0 - value);
            if scaled < 1.0 { 1.0 - scaled } else { 0.0 }
        }
        Fall::Quadratic { margin } => {
            let scaled = distance / margin;
            if scaled < 1.0 { 1.0 - scaled * scaled } else { 0.0 }
        }
        Fall::LongTail { margin } => {
            let scaled = distance / margin * (1.0 / AT_MARGIN - 1.0).sqrt();
            1.0 / (scaled * scaled + 1.0)
        }
    }
}

/// The factor of most rewards: 1 without control, 0.8 at full control, by the mean square.
pub(super) fn small_control(ctrl: &[f64]) -> f64 {
    let each = ctrl.iter().map(|u| tolerance(*u, [0.0, 0.0], Fall::Quadratic { margin: 1.0 }));
    (4.0 + each.sum::<f64>() / ctrl.len() as f64) / 5.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fall_begins_at_one_and_has_its_value_at_the_margin() {
        let falls = [
            (Fall::Sharp, 0.0, 0.0),
            (Fall::Gaussian { margin: 2.0 }, 0.1, 1e-4),
            (Fall::Linear { margin: 2.0, value: 0.5 }, 0.5, 0.0),
            (Fall::Quadratic { margin: 2.0 }, 0.0, 0.0),
            (Fall::LongTail { margin: 2.0 }, 0.1, 1.0 / 37.0),
        ];
        for (fall, at_margin, at_twice) in falls {
            let value = |x| tolerance(x, [-1.0, 1.0], fall);
            assert_eq!([value(-1.0), value(0.3), value(1.0)], [1.0; 3], "{fall:?}");
            assert!((value(3.0) - at_margin).abs() < 1e-15 && value(3.0) == value(-3.0), "{fall:?}");
            assert!((value(5.0) - at_twice).abs() < 1e-4 + 1e-12, "{fall:?}");
            assert_eq!(value(f64::INFINITY), 0.0, "{fall:?}");
        }
        assert_eq!(tolerance(1e300, [0.5, f64::INFINITY], Fall::Gaussian { margin: 1.0 }), 1.0);
    }

    #[test]
    fn full_control_costs_a_fifth() {
        assert_eq!(small_control(&[0.0, 0.0]), 1.0);
        assert_eq!(small_control(&[1.0, -1.0]), 0.8);
        assert!((small_control(&[0.5, 0.0, 1.0]) - (4.0 + 1.75 / 3.0) / 5.0).abs() < 1e-15);
    }
}
