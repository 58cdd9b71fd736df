//! Weighted least squares with a ridge, by Cholesky's decomposition in f64.

/// Sums of the normal equations of a linear fit of K numbers by M features: (X'W X + ridge I) theta = X'W Y.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalEquations {
    features: usize,
    outputs: usize,
    /// X'W X, the lower half, row by row.
    gram: Vec<f64>,
    /// X'W Y, [M, K].
    moments: Vec<f64>,
    weight: f64,
}

impl NormalEquations {
    /// With no data yet.
    pub fn new(features: usize, outputs: usize) -> Self {
        let (gram, moments) = (vec![0.0; features * features], vec![0.0; features * outputs]);
        NormalEquations { features, outputs, gram, moments, weight: 0.0 }
    }

    /// Forgets all data.
    pub fn clear(&mut self) {
        self.gram.fill(0.0);
        self.moments.fill(0.0);
        self.weight = 0.0;
    }

    /// Takes in `weight` times the fit of `targets` by `features`.
    ///
    /// # Panics
    /// When there are more or fewer numbers than the equations have.
    pub fn add(&mut self, weight: f64, features: &[f32], targets: &[f32]) {
        assert_eq!((features.len(), targets.len()), (self.features, self.outputs), "numbers of a row");
        if weight == 0.0 {
            return;
        }
        for (i, &x) in features.iter().enumerate() {
            let x = weight * f64::from(x);
            let row = &mut self.gram[i * self.features..][..=i];
            row.iter_mut().zip(features).for_each(|(sum, &other)| *sum += x * f64::from(other));
            let row = &mut self.moments[i * self.outputs..][..self.outputs];
            row.iter_mut().zip(targets).for_each(|(sum, &y)| *sum += x * f64::from(y));
        }
        self.weight += weight;
    }

    /// The sum of the weights.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// theta, [M, K]; nothing where there is no weight, or the equations have no solution in f64. `ridge` counts beside a total
    /// weight of 1.
    pub fn solve(&self, ridge: f64) -> Option<Vec<f64>> {
        if !(self.weight > 0.0 && self.weight.is_finite()) {
            return None;
        }
        let mut lower = self.gram.clone();
        let m = self.features;
        (0..m).for_each(|i| lower[i * m + i] += ridge * self.weight);
        decompose(&mut lower, m)?;
        let mut theta = self.moments.clone();
        for k in 0..self.outputs {
            substitute(&lower, m, (&mut theta, self.outputs, k));
        }
        theta.iter().all(|x| x.is_finite()).then_some(theta)
    }
}

/// L of A = L L', in place of the lower half of A; nothing where A is not positive definite.
fn decompose(a: &mut [f64], n: usize) -> Option<()> {
    for i in 0..n {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - inner;
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                a[i * n + i] = rest.sqrt();
            } else {
                a[i * n + j] = rest / a[j * n + j];
            }
        }
    }
    Some(())
}

/// Solves L L' x = b for column `k` of `numbers`, which has `width` columns.
fn substitute(lower: &[f64], n: usize, (numbers, width, k): (&mut [f64], usize, usize)) {
    for i in 0..n {
        let inner: f64 = (0..i).map(|j| lower[i * n + j] * numbers[j * width + k]).sum();
        numbers[i * width + k] = (numbers[i * width + k] - inner) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|j| lower[j * n + i] * numbers[j * width + k]).sum();
        numbers[i * width + k] = (numbers[i * width + k] - inner) / lower[i * n + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of three features, the last one constant, and two targets linear in them.
    fn rows() -> Vec<([f32; 3], [f32; 2])> {
        let row = |i: u32| {
            let (x, y) = ((i * 7 % 11) as f32 / 4.0 - 1.0, (i * 5 % 13) as f32 / 3.0 - 2.0);
            ([x, y, 1.0], [2.0 * x - y + 0.5, 0.25 * y - 3.0])
        };
        (0..20).map(row).collect()
    }

    #[test]
    fn a_linear_function_is_found_whatever_the_weights() {
        for weight in [|_: usize| 1.0, |i: usize| (i % 5) as f64, |i: usize| 1e6 * (i + 1) as f64] {
            let mut equations = NormalEquations::new(3, 2);
            rows().iter().enumerate().for_each(|(i, (x, y))| equations.add(weight(i), x, y));
            let theta = equations.solve(0.0).unwrap();
            for (found, expected) in theta.iter().zip([2.0, 0.0, -1.0, 0.25, 0.5, -3.0]) {
                assert!((found - expected).abs() < 1e-6, "{theta:?}");
            }
        }
    }

    #[test]
    fn weights_decide_between_what_does_not_fit() {
        // The weighted mean of 0 and 1, by a constant feature.
        let mut equations = NormalEquations::new(1, 1);
        equations.add(3.0, &[1.0], &[1.0]);
        equations.add(1.0, &[1.0], &[0.0]);
        assert_eq!((equations.solve(0.0).unwrap(), equations.weight()), (vec![0.75], 4.0));
        // The ridge counts as beside a weight of 1: 0.75 / (1 + 0.5).
        assert!((equations.solve(0.5).unwrap()[0] - 0.5).abs() < 1e-15);
        equations.clear();
        assert_eq!(equations.solve(1.0), None);
    }

    #[test]
    fn what_has_no_solution_is_told() {
        let mut equations = NormalEquations::new(2, 1);
        // One row cannot tell two features apart; with a ridge it shares them out.
        equations.add(1.0, &[1.0, 1.0], &[2.0]);
        assert_eq!(equations.solve(0.0), None);
        let theta = equations.solve(1e-6).unwrap();
        assert!(theta.iter().all(|x| (x - 1.0).abs() < 1e-5), "{theta:?}");
        equations.add(f64::NAN, &[1.0, 0.0], &[1.0]);
        assert_eq!(equations.solve(1e-6), None);
        let mut none = NormalEquations::new(1, 1);
        none.add(0.0, &[f32::NAN], &[1.0]);
        assert_eq!(none.solve(1.0), None);
    }
}
