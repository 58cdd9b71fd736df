//! Conjugate gradients for A x = b, of which only products A p are given: one product a piece, left and continued to
//! the bit.

use serde::{Deserialize, Serialize};

/// The method of conjugate gradients (Hestenes & Stiefel 1952) with a symmetric positive definite A, as TRPO solves for
/// its direction (Schulman et al. 2015, App. C): while it is not done, the caller multiplies [`direction`] by A and
/// hands the product to [`advance`].
///
/// It is done after a number of iterations, or once r'r, the squared length of b - A x, is below a tolerance. That is
/// asked after each iteration, not before the first, as in OpenAI baselines (common/cg.py, 1e-10); PFRL compares the
/// length itself with the same number. Numbers are kept in f32, dot products and steps computed in f64, from first to
/// last.
///
/// [`direction`]: Self::direction
/// [`advance`]: Self::advance
#[derive(Debug, Clone, PartialEq)]
pub struct ConjugateGradients {
    /// The solution so far.
    x: Vec<f32>,
    /// What is left of b.
    r: Vec<f32>,
    /// The direction of the next step, which is to be multiplied.
    p: Vec<f32>,
    /// r'r.
    residual: f64,
    iterations: u64,
    /// A direction of no curvature was met.
    is_broken: bool,
    limit: u64,
    tolerance: f64,
}

/// What a checkpoint keeps of [`ConjugateGradients`] beside its arrays; floats as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConjugateBits {
    residual: u64,
    iterations: u64,
    is_broken: bool,
}

impl ConjugateGradients {
    /// For systems of `len` unknowns, at most `limit` iterations each; done with b = 0. The only place that allocates.
    pub fn new(len: usize, limit: u64, tolerance: f64) -> Self {
        let [x, r, p] = [0; 3].map(|_| vec![0.0; len]);
        ConjugateGradients { x, r, p, residual: 0.0, iterations: 0, is_broken: false, limit, tolerance }
    }

    /// Begins anew at x = 0 with right-hand side `b`. With b = 0 that is the solution, and it is done.
    pub fn start(&mut self, b: &[f32]) {
        self.assert_len(b);
        self.x.fill(0.0);
        self.r.copy_from_slice(b);
        self.p.copy_from_slice(b);
        (self.residual, self.iterations, self.is_broken) = (dot(b, b), 0, false);
    }

    /// Whether the solution is as good as it gets.
    pub fn is_done(&self) -> bool {
        let is_close = self.iterations > 0 && self.residual < self.tolerance;
        self.is_broken || is_close || self.iterations >= self.limit || self.residual == 0.0
    }

    /// p, whose product with A the next iteration needs.
    pub fn direction(&self) -> &[f32] {
        &self.p
    }

    /// One iteration, with `product` = A p; nothing if it is done.
    ///
    /// Where p'A p is not above zero, A is not positive definite, or rounding has made it so: x stays, and that is the
    /// end. A NaN goes on into the solution.
    pub fn advance(&mut self, product: &[f32]) {
        self.assert_len(product);
        if self.is_done() {
            return;
        }
        let curvature = dot(&self.p, product);
        if curvature <= 0.0 {
            self.is_broken = true;
            return;
        }
        let step = self.residual / curvature;
        add_scaled(step, &self.p, &mut self.x);
        add_scaled(-step, product, &mut self.r);
        let residual = dot(&self.r, &self.r);
        let kept = residual / self.residual;
        for (p, &r) in self.p.iter_mut().zip(&self.r) {
            *p = (f64::from(r) + kept * f64::from(*p)) as f32;
        }
        self.residual = residual;
        self.iterations += 1;
    }

    /// x as it stands.
    pub fn solution(&self) -> &[f32] {
        &self.x
    }

    /// A x of the solution as it stands, b - r, into `product`: `b` is what it was started with.
    pub fn product_of_solution(&self, b: &[f32], product: &mut [f32]) {
        self.assert_len(b);
        for ((product, &b), &r) in product.iter_mut().zip(b).zip(&self.r) {
            *product = b - r;
        }
    }

    /// r'r, the squared length of what is left of b.
    pub fn residual(&self) -> f64 {
        self.residual
    }

    /// Iterations since the start.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Its arrays by name, for a checkpoint.
    pub fn arrays(&self) -> [(&'static str, &[f32]); 3] {
        [("x", &self.x), ("r", &self.r), ("p", &self.p)]
    }

    /// The same, to be filled from a checkpoint.
    pub fn arrays_mut(&mut self) -> [(&'static str, &mut [f32]); 3] {
        [("x", &mut self.x), ("r", &mut self.r), ("p", &mut self.p)]
    }

    /// Everything else that a checkpoint keeps.
    pub fn to_bits(&self) -> ConjugateBits {
        let ConjugateGradients { residual, iterations, is_broken, .. } = *self;
        ConjugateBits { residual: residual.to_bits(), iterations, is_broken }
    }

    /// Puts back what [`to_bits`](Self::to_bits) gave; the arrays are put back by themselves.
    pub fn restore(&mut self, bits: ConjugateBits) -> Result<(), String> {
        let ConjugateBits { residual, iterations, is_broken } = bits;
        if iterations > self.limit {
            return Err(format!("it has {iterations} iterations of conjugate gradients, of {}", self.limit));
        }
        (self.residual, self.iterations, self.is_broken) = (f64::from_bits(residual), iterations, is_broken);
        Ok(())
    }

    fn assert_len(&self, numbers: &[f32]) {
        let (given, len) = (numbers.len(), self.x.len());
        assert!(given == len, "{given} numbers for a system of {len} unknowns");
    }
}

/// a'b
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// y + step x, into y.
fn add_scaled(step: f64, x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = (f64::from(*y) + step * f64::from(x)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::{Rng, SeedableRng};
    use rand_pcg::Pcg64;

    const TOLERANCE: f64 = 1e-10;

    /// A dense matrix in f64.
    struct Dense(Vec<Vec<f64>>);

    impl Dense {
        /// M M' / n + I, of random M.
        fn random(n: usize, rng: &mut Pcg64) -> Self {
            let m: Vec<Vec<f64>> = (0..n).map(|_| uniform(n, rng)).collect();
            let entry = |i: usize, j: usize| {
                let sum: f64 = m[i].iter().zip(&m[j]).map(|(a, b)| a * b).sum();
                4.0 * sum / n as f64 + f64::from(u8::from(i == j))
            };
            Dense((0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect())
        }

        fn diagonal(numbers: &[f64]) -> Self {
            let n = numbers.len();
            let row = |i: usize| (0..n).map(|j| if i == j { numbers[i] } else { 0.0 }).collect();
            Dense((0..n).map(row).collect())
        }

        fn times(&self, x: &[f32]) -> Vec<f32> {
            let row = |row: &Vec<f64>| row.iter().zip(x).map(|(a, &x)| a * f64::from(x)).sum::<f64>() as f32;
            self.0.iter().map(row).collect()
        }

        /// A^-1 b by elimination, which needs no pivots for a positive definite A.
        fn solve(&self, b: &[f32]) -> Vec<f64> {
            let mut rows: Vec<Vec<f64>> = self.0.clone();
            rows.iter_mut().zip(b).for_each(|(row, &b)| row.push(f64::from(b)));
            let n = rows.len();
            for i in 0..n {
                let pivot = rows[i].clone();
                for (_, row) in rows.iter_mut().enumerate().filter(|(j, _)| *j != i) {
                    let factor = row[i] / pivot[i];
                    row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
                }
            }
            rows.iter().enumerate().map(|(i, row)| row[n] / row[i]).collect()
        }
    }

    fn uniform(n: usize, rng: &mut Pcg64) -> Vec<f64> {
        (0..n).map(|_| 2.0 * f64::from(rng.next_u32()) / f64::from(u32::MAX) - 1.0).collect()
    }

    fn narrow(numbers: Vec<f64>) -> Vec<f32> {
        numbers.into_iter().map(|x| x as f32).collect()
    }

    fn run(cg: &mut ConjugateGradients, a: &Dense) {
        while !cg.is_done() {
            let product = a.times(cg.direction());
            cg.advance(&product);
        }
    }

    fn bits(cg: &ConjugateGradients) -> Vec<u32> {
        cg.arrays().iter().flat_map(|(_, numbers)| numbers.iter().map(|x| x.to_bits())).collect()
    }

    #[test]
    fn solutions_are_those_of_elimination() {
        let mut rng = Pcg64::seed_from_u64(1);
        for n in [1, 2, 3, 7, 20, 50] {
            let a = Dense::random(n, &mut rng);
            // One for all: nothing of the system before is left.
            let mut cg = ConjugateGradients::new(n, 2 * n as u64, TOLERANCE);
            for _ in 0..3 {
                let b = narrow(uniform(n, &mut rng));
                cg.start(&b);
                run(&mut cg, &a);
                assert!(cg.residual() < TOLERANCE, "{n} unknowns: {}", cg.residual());
                for (x, expected) in cg.solution().iter().zip(a.solve(&b)) {
                    assert!((f64::from(*x) - expected).abs() < 1e-5, "{n} unknowns: {x} and {expected}");
                }
                let mut product = vec![0.0; n];
                cg.product_of_solution(&b, &mut product);
                for (found, expected) in product.iter().zip(a.times(cg.solution())) {
                    assert!((found - expected).abs() < 2e-5, "{n} unknowns: {found} and {expected}");
                }
            }
        }
    }

    #[test]
    fn every_iteration_is_the_textbook_s() {
        let mut rng = Pcg64::seed_from_u64(2);
        let (n, limit) = (30, 10);
        let a = Dense::random(n, &mut rng);
        let b = narrow(uniform(n, &mut rng));
        let mut cg = ConjugateGradients::new(n, limit, 0.0);
        cg.start(&b);
        // The same recursion in f64.
        let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut r: Vec<f64> = b.iter().map(|&b| f64::from(b)).collect();
        let (mut x, mut p) = (vec![0.0; n], r.clone());
        for iteration in 1..=limit {
            let z: Vec<f64> = a.0.iter().map(|row| inner(row, &p)).collect();
            let before = inner(&r, &r);
            let step = before / inner(&p, &z);
            x.iter_mut().zip(&p).for_each(|(x, p)| *x += step * p);
            r.iter_mut().zip(&z).for_each(|(r, z)| *r -= step * z);
            let kept = inner(&r, &r) / before;
            p.iter_mut().zip(&r).for_each(|(p, r)| *p = r + kept * *p);
            assert!(!cg.is_done());
            let product = a.times(cg.direction());
            cg.advance(&product);
            assert_eq!(cg.iterations(), iteration);
            for (found, expected) in cg.solution().iter().zip(&x) {
                assert!((f64::from(*found) - expected).abs() < 1e-5, "{iteration}: {found} and {expected}");
            }
        }
        assert!(cg.is_done() && cg.residual() > 0.0);
        // Nothing moves it any more.
        let before = cg.clone();
        cg.advance(&b);
        assert_eq!(cg, before);
    }

    #[test]
    fn it_stops_once_the_residual_is_small() {
        let eigenvalues: Vec<f64> = (0..12).map(|i| [1.0, 3.0, 8.0][i % 3]).collect();
        let a = Dense::diagonal(&eigenvalues);
        let b = narrow(uniform(12, &mut Pcg64::seed_from_u64(3)));
        let mut cg = ConjugateGradients::new(12, 100, TOLERANCE);
        cg.start(&b);
        run(&mut cg, &a);
        // As many iterations as different eigenvalues.
        assert_eq!((cg.iterations(), cg.residual() < TOLERANCE), (3, true));
        // A right-hand side below the tolerance is still worth an iteration.
        cg.start(&[1e-6; 12]);
        assert!(!cg.is_done());
        run(&mut cg, &a);
        assert_eq!(cg.iterations(), 1);
    }

    #[test]
    fn zero_is_solved_by_zero() {
        let mut cg = ConjugateGradients::new(4, 10, TOLERANCE);
        assert!(cg.is_done());
        cg.start(&[1.0, 2.0, 3.0, 4.0]);
        cg.advance(&[1.0; 4]);
        cg.start(&[0.0; 4]);
        assert!(cg.is_done());
        cg.advance(&[f32::NAN; 4]);
        assert_eq!((cg.solution(), cg.residual(), cg.iterations()), (&[0.0; 4][..], 0.0, 0));
        let mut none = ConjugateGradients::new(0, 10, TOLERANCE);
        none.start(&[]);
        assert!(none.is_done() && none.solution().is_empty());
    }

    #[test]
    fn a_direction_without_curvature_ends_it_where_it_is() {
        let a = Dense::diagonal(&[2.0, -1.0]);
        let mut cg = ConjugateGradients::new(2, 10, TOLERANCE);
        cg.start(&[0.0, 1.0]);
        run(&mut cg, &a);
        assert_eq!((cg.solution(), cg.iterations()), (&[0.0; 2][..], 0));
        cg.start(&[1.0, 0.0]);
        run(&mut cg, &a);
        assert_eq!((cg.solution(), cg.iterations()), (&[0.5, 0.0][..], 1));
    }

    #[test]
    fn a_nan_is_seen_in_the_solution() {
        for b in [[f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            let mut cg = ConjugateGradients::new(2, 3, TOLERANCE);
            cg.start(&b);
            run(&mut cg, &Dense::diagonal(&[2.0, 1.0]));
            assert!(cg.solution().iter().any(|x| x.is_nan()) && !cg.residual().is_finite(), "{cg:?}");
        }
    }

    #[test]
    fn restored_in_the_middle_it_ends_with_the_same_bits() {
        let mut rng = Pcg64::seed_from_u64(4);
        let n = 25;
        let a = Dense::random(n, &mut rng);
        let mut whole = ConjugateGradients::new(n, 10, TOLERANCE);
        whole.start(&narrow(uniform(n, &mut rng)));
        let mut stopped = Vec::new();
        while !whole.is_done() {
            stopped.push(whole.clone());
            let product = a.times(whole.direction());
            whole.advance(&product);
        }
        stopped.push(whole.clone());
        for old in stopped {
            let mut new = ConjugateGradients::new(n, 10, TOLERANCE);
            for ((_, to), (_, from)) in new.arrays_mut().into_iter().zip(old.arrays()) {
                to.copy_from_slice(from);
            }
            let text = serde_json::to_string(&old.to_bits()).unwrap();
            new.restore(serde_json::from_str(&text).unwrap()).unwrap();
            run(&mut new, &a);
            assert_eq!((bits(&new), new.to_bits()), (bits(&whole), whole.to_bits()));
        }
        let mut shorter = ConjugateGradients::new(n, 3, TOLERANCE);
        assert!(shorter.restore(whole.to_bits()).unwrap_err().contains("iterations"));
    }

    #[test]
    #[should_panic(expected = "3 numbers for a system of 2 unknowns")]
    fn a_product_of_another_length_is_refused() {
        ConjugateGradients::new(2, 1, TOLERANCE).advance(&[0.0; 3]);
    }
}
