//! The dual of relative entropy policy search (REPS), discounted: a temperature and a value function at once.

/// What the dual is of: N samples, and M features of a value v'phi.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    /// r of each sample.
    pub rewards: &'a [f64],
    /// By sample what v is multiplied by in delta: gamma phi(s') + (1 - gamma) mean phi(s0) - phi(s), and where s' is terminal mean
    /// phi(s0) - phi(s); see [`difference`].
    pub differences: &'a [f64],
    /// epsilon, the bound on the KL of the weights from equal ones.
    pub epsilon: f64,
    /// Times |v|^2, added.
    pub ridge: f64,
}

/// What v is multiplied by in the temporal difference of one sample, into `out`: `next` is none where s' is terminal, so that the
/// whole next value is that of a start (Peters et al. 2010 with resets; the (1 - gamma) part keeps a constant of v from
/// running away).
pub fn difference(gamma: f64, (now, next): (&[f64], Option<&[f64]>), start: &[f64], out: &mut [f64]) {
    for (i, out) in out.iter_mut().enumerate() {
        let next = next.map_or(start[i], |next| gamma * next[i] + (1.0 - gamma) * start[i]);
        *out = next - now[i];
    }
}

/// delta = r + v'difference of each sample, into `deltas`: its advantage.
pub fn deltas(samples: Samples<'_>, v: &[f64], deltas: &mut [f64]) {
    let rows = samples.differences.chunks_exact(v.len().max(1));
    for ((delta, reward), row) in deltas.iter_mut().zip(samples.rewards).zip(rows) {
        *delta = reward + row.iter().zip(v).map(|(d, v)| d * v).sum::<f64>();
    }
}

/// softmax(delta / eta) over the samples, times their number, into `weights`: mean 1. Gives ln mean exp(delta / eta), and the KL
/// of the weights from equal ones.
pub fn weights(deltas: &[f64], eta: f64, weights: &mut [f64]) -> (f64, f64) {
    let top = deltas.iter().fold(f64::NEG_INFINITY, |top, &delta| top.max(delta));
    weights.iter_mut().zip(deltas).for_each(|(w, delta)| *w = ((delta - top) / eta).exp());
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    weights.iter_mut().for_each(|w| *w /= mean);
    let kl = weights.iter().filter(|w| **w > 0.0).map(|w| w * w.ln()).sum::<f64>() / weights.len() as f64;
    (top / eta + mean.ln(), kl)
}

/// g = eta epsilon + eta ln mean exp(delta / eta) + ridge |v|^2 at `x` = (ln eta, v), with its gradient into `gradient`; `work`
/// takes two numbers a sample. The derivative by ln eta is eta (epsilon - KL): at the minimum the bound is met.
pub fn dual(samples: Samples<'_>, x: &[f64], gradient: &mut [f64], work: &mut [Vec<f64>; 2]) -> f64 {
    let (eta, v) = (x[0].exp(), &x[1..]);
    let [of_samples, weighed] = work;
    deltas(samples, v, of_samples);
    let (log_mean, kl) = weights(of_samples, eta, weighed);
    gradient[0] = eta * (samples.epsilon - kl);
    let by_v = &mut gradient[1..];
    by_v.iter_mut().zip(v).for_each(|(g, v)| *g = 2.0 * samples.ridge * v);
    let share = 1.0 / weighed.len() as f64;
    for (row, w) in samples.differences.chunks_exact(v.len().max(1)).zip(weighed.iter()) {
        by_v.iter_mut().zip(row).for_each(|(g, d)| *g += share * w * d);
    }
    let size: f64 = v.iter().map(|v| v * v).sum();
    eta * (samples.epsilon + log_mean) + samples.ridge * size
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lbfgs::Lbfgs;

    const N: usize = 60;
    const M: usize = 4;

    /// Sixty samples of multiples of the golden ratio; every seventh ends.
    fn samples() -> (Vec<f64>, Vec<f64>) {
        let mut drawn = 0_u32;
        let mut next = || {
            drawn = drawn.wrapping_add(0x9e37_79b9);
            f64::from(drawn) / f64::from(1_u32 << 31) - 1.0
        };
        let rows: Vec<Vec<f64>> = (0..N).map(|_| (0..2 * M + 1).map(|_| next()).collect()).collect();
        let starts = rows.iter().step_by(10);
        let start: Vec<f64> = (0..M).map(|i| starts.clone().map(|row| row[i]).sum::<f64>() / 6.0).collect();
        let mut differences = vec![0.0; N * M];
        for (i, (row, out)) in rows.iter().zip(differences.chunks_exact_mut(M)).enumerate() {
            let after = (i % 7 != 6).then_some(&row[M..2 * M]);
            difference(0.95, (&row[..M], after), &start, out);
        }
        (rows.iter().map(|row| row[2 * M]).collect(), differences)
    }

    fn solved(samples: Samples<'_>, start: &[f64]) -> Lbfgs {
        let mut work = [vec![0.0; samples.rewards.len()], vec![0.0; samples.rewards.len()]];
        let mut gradient = vec![0.0; start.len()];
        let mut search = Lbfgs::new(start, 500, 1e-10);
        while !search.is_done() {
            let value = dual(samples, search.point(), &mut gradient, &mut work);
            search.advance(value, &gradient);
        }
        search
    }

    #[test]
    fn the_minimum_is_scipy_s_and_meets_the_bound() {
        let (rewards, differences) = samples();
        let samples = Samples { rewards: &rewards, differences: &differences, epsilon: 0.3, ridge: 0.0 };
        let found = solved(samples, &[0.0; M + 1]);
        // scipy 1.17.1, BFGS, largest number of the gradient 1e-9.
        let expected = [
            -0.9938018156116828,
            0.16742931506603134,
            0.06254209667538367,
            0.06283960401551263,
            0.44026253399547527,
        ];
        let (x, value) = found.best();
        for (i, (x, e)) in x.iter().zip(expected).enumerate() {
            assert!((x - e).abs() < 1e-7, "x_{i} is {x}, expected {e}");
        }
        assert!((value - 0.3024370249846043).abs() < 1e-12, "{value}");
        let (mut of_samples, mut weighed) = (vec![0.0; N], vec![0.0; N]);
        deltas(samples, &x[1..], &mut of_samples);
        let (_, kl) = weights(&of_samples, x[0].exp(), &mut weighed);
        assert!((kl - 0.3).abs() < 1e-8 && (weighed.iter().sum::<f64>() - N as f64).abs() < 1e-9);
        for (w, e) in weighed.iter().zip([1.51472909, 0.36098632, 0.30241444, 0.50014172]) {
            assert!((w - e).abs() < 1e-7);
        }
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let (rewards, differences) = samples();
        for (epsilon, ridge) in [(0.1, 0.0), (0.5, 1e-2)] {
            let samples = Samples { rewards: &rewards, differences: &differences, epsilon, ridge };
            let mut work = [vec![0.0; N], vec![0.0; N]];
            let (mut gradient, mut unused) = (vec![0.0; M + 1], vec![0.0; M + 1]);
            let x = [0.4, 0.3, -0.8, 0.1, 0.6];
            dual(samples, &x, &mut gradient, &mut work);
            for i in 0..=M {
                let mut at = |h: f64| {
                    let mut x = x;
                    x[i] += h;
                    dual(samples, &x, &mut unused, &mut work)
                };
                let expected = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((gradient[i] - expected).abs() < 1e-8, "{i}: {} and {expected}", gradient[i]);
            }
        }
    }

    #[test]
    fn without_the_part_of_the_starts_the_dual_would_have_no_bottom() {
        // A constant feature: v moves every delta alike. With gamma below 1 and no reset it would pay to lower it for ever.
        let rewards = [1.0, 0.0, 0.5];
        let mut differences = [0.0; 3];
        for out in differences.chunks_exact_mut(1) {
            difference(0.9, (&[1.0], Some(&[1.0])), &[1.0], out);
        }
        assert!(differences.iter().all(|d| d.abs() < 1e-15), "{differences:?}");
        let samples = Samples { rewards: &rewards, differences: &differences, epsilon: 0.1, ridge: 0.0 };
        assert!(solved(samples, &[0.0, 0.0]).best().1.is_finite());
    }

    #[test]
    fn weights_of_large_differences_stay_numbers() {
        let mut weighed = [0.0; 3];
        let (log_mean, kl) = weights(&[1e6, -1e6, 0.0], 1e-3, &mut weighed);
        assert_eq!(weighed, [3.0, 0.0, 0.0]);
        assert!(log_mean.is_finite() && (kl - 3f64.ln()).abs() < 1e-12);
        let (_, kl) = weights(&[2.0; 3], 0.5, &mut weighed);
        assert_eq!((weighed, kl), ([1.0; 3], 0.0));
    }
}
