//! L-BFGS: the minimum of a smooth function of many numbers from its values and gradients, one evaluation a piece.

use std::collections::VecDeque;

/// Pairs of steps and changes of the gradient that are remembered.
const MEMORY: usize = 10;
/// A step must bring this part of what the slope promises (Armijo's condition).
const DECREASE: f64 = 1e-4;
/// And at its end the slope must be at most this part of what it was (the strong condition of Wolfe).
const CURVATURE: f64 = 0.9;
/// Evaluations of one line search; the last is taken where it is lower, however steep, else the search ends where it began.
const TRIALS: u32 = 30;

/// The method of Liu & Nocedal (1989): the direction of Nocedal & Wright (2006), Alg. 7.4, along it a bracketing search for the strong
/// conditions of Wolfe. While it is not done, the caller evaluates the function at [`point`](Self::point) and hands value and
/// gradient to [`advance`](Self::advance).
///
/// It is done when the largest number of the gradient is below a tolerance, when a search finds nothing lower, or after so many
/// evaluations. A value that is not finite counts as infinitely high: the search goes back. All numbers are f64.
#[derive(Debug, Clone, PartialEq)]
pub struct Lbfgs {
    /// Where the function is to be evaluated.
    point: Vec<f64>,
    /// Where the last search ended, its value and gradient: the lowest so far.
    base: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    /// Steps, changes of the gradient, and 1 / (change' step), the newest last.
    memory: VecDeque<(Vec<f64>, Vec<f64>, f64)>,
    search: Search,
    evaluations: u64,
    limit: u64,
    tolerance: f64,
    is_done: bool,
}

/// A search along the direction, by lengths of the step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Search {
    /// The length that is being tried.
    length: f64,
    /// Too short, and too long where any was.
    low: f64,
    high: Option<f64>,
    trials: u32,
}

impl Lbfgs {
    /// From `start`, with at most `limit` evaluations, until no number of the gradient is larger than `tolerance`.
    pub fn new(start: &[f64], limit: u64, tolerance: f64) -> Self {
        let zeros = || vec![0.0; start.len()];
        Lbfgs {
            point: start.to_vec(),
            base: start.to_vec(),
            value: f64::INFINITY,
            gradient: zeros(),
            direction: zeros(),
            memory: VecDeque::with_capacity(MEMORY),
            search: Search::default(),
            evaluations: 0,
            limit,
            tolerance,
            is_done: limit == 0,
        }
    }

    /// Whether there is nothing more to evaluate.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Where the function is to be evaluated next.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The lowest point so far, and the value there; infinite where none was finite.
    pub fn best(&self) -> (&[f64], f64) {
        (&self.base, self.value)
    }

    /// Evaluations so far.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// The largest number of the gradient at the lowest point.
    pub fn slope(&self) -> f64 {
        self.gradient.iter().fold(0.0, |largest, x| largest.max(x.abs()))
    }

    /// Takes the value and the gradient at the point.
    ///
    /// # Panics
    /// When the gradient has another length than the point.
    pub fn advance(&mut self, value: f64, gradient: &[f64]) {
        assert_eq!(gradient.len(), self.point.len(), "a gradient has as many numbers as the point");
        if self.is_done {
            return;
        }
        self.evaluations += 1;
        if self.evaluations == 1 {
            self.begin(value, gradient);
        } else {
            self.judge(value, gradient);
        }
        self.is_done |= self.evaluations >= self.limit;
    }

    fn begin(&mut self, value: f64, gradient: &[f64]) {
        if !value.is_finite() || gradient.iter().any(|x| !x.is_finite()) {
            self.is_done = true;
            return;
        }
        self.value = value;
        self.gradient.copy_from_slice(gradient);
        self.aim();
    }

    /// Whether a trial is good, too long or too short, and the next one.
    fn judge(&mut self, value: f64, gradient: &[f64]) {
        let slope = dot(&self.gradient, &self.direction);
        let Search { length, .. } = self.search;
        let falls = value.is_finite() && value <= self.value + DECREASE * length * slope;
        let at_end = dot(gradient, &self.direction);
        self.search.trials += 1;
        let is_flat = at_end.abs() <= CURVATURE * slope.abs();
        if falls && (is_flat || self.search.trials >= TRIALS) {
            return self.accept(value, gradient);
        }
        if self.search.trials >= TRIALS {
            self.is_done = true;
            return;
        }
        if falls && at_end < 0.0 {
            self.search.low = length;
        } else {
            self.search.high = Some(length);
        }
        let Search { low, high, .. } = self.search;
        self.search.length = high.map_or(2.0 * length, |high| 0.5 * (low + high));
        self.go();
    }

    fn accept(&mut self, value: f64, gradient: &[f64]) {
        let step: Vec<f64> = self.point.iter().zip(&self.base).map(|(new, old)| new - old).collect();
        let change: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-300 {
            if self.memory.len() == MEMORY {
                self.memory.pop_front();
            }
            self.memory.push_back((step, change, 1.0 / curvature));
        }
        self.base.copy_from_slice(&self.point);
        self.value = value;
        self.gradient.copy_from_slice(gradient);
        self.aim();
    }

    /// The next direction, and the first trial along it.
    fn aim(&mut self) {
        if self.slope() <= self.tolerance {
            self.is_done = true;
            return;
        }
        self.direct();
        if dot(&self.direction, &self.gradient) >= 0.0 {
            // Rounding has turned it round: down the gradient, as at the start.
            self.memory.clear();
            self.direct();
        }
        let first = if self.memory.is_empty() { (1.0 / norm(&self.gradient)).min(1.0) } else { 1.0 };
        self.search = Search { length: first, ..Search::default() };
        self.go();
    }

    /// -H g of the remembered pairs (two loops).
    fn direct(&mut self) {
        self.direction.copy_from_slice(&self.gradient);
        let mut parts = Vec::with_capacity(self.memory.len());
        for (step, change, inverse) in self.memory.iter().rev() {
            let part = inverse * dot(step, &self.direction);
            add(-part, change, &mut self.direction);
            parts.push(part);
        }
        if let Some((_, change, inverse)) = self.memory.back() {
            let scale = 1.0 / (inverse * dot(change, change));
            self.direction.iter_mut().for_each(|x| *x *= scale);
        }
        for ((step, change, inverse), part) in self.memory.iter().zip(parts.into_iter().rev()) {
            let other = inverse * dot(change, &self.direction);
            add(part - other, step, &mut self.direction);
        }
        self.direction.iter_mut().for_each(|x| *x = -*x);
    }

    fn go(&mut self) {
        for ((x, base), direction) in self.point.iter_mut().zip(&self.base).zip(&self.direction) {
            *x = base + self.search.length * direction;
        }
        if self.point == self.base {
            // The step is below what f64 can tell.
            self.is_done = true;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn add(scale: f64, from: &[f64], to: &mut [f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += scale * from);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Value and gradient.
    type Function<'a> = &'a dyn Fn(&[f64]) -> (f64, Vec<f64>);

    fn minimum(start: &[f64], of: Function<'_>) -> Lbfgs {
        let mut search = Lbfgs::new(start, 2000, 1e-9);
        while !search.is_done() {
            let (value, gradient) = of(search.point());
            search.advance(value, &gradient);
        }
        search
    }

    fn assert_at(search: &Lbfgs, expected: &[f64], tolerance: f64) {
        let (point, _) = search.best();
        for (i, (x, e)) in point.iter().zip(expected).enumerate() {
            assert!(
                (x - e).abs() < tolerance,
                "x_{i} is {x}, expected {e}, after {} evaluations",
                search.evaluations()
            );
        }
    }

    /// Multiples of the golden ratio in [-1, 1].
    fn numbers(count: usize) -> Vec<f64> {
        let mut drawn = 0_u32;
        let mut next = || {
            drawn = drawn.wrapping_add(0x9e37_79b9);
            f64::from(drawn) / f64::from(1_u32 << 31) - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn a_narrow_valley_is_followed_to_its_end() {
        for n in [2, 3, 10, 50] {
            let rosenbrock = |x: &[f64]| {
                let (mut value, mut gradient) = (0.0, vec![0.0; x.len()]);
                for i in 0..x.len() - 1 {
                    let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
                    value += 100.0 * a * a + b * b;
                    gradient[i] -= 400.0 * x[i] * a + 2.0 * b;
                    gradient[i + 1] += 200.0 * a;
                }
                (value, gradient)
            };
            let start: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
            let found = minimum(&start, &rosenbrock);
            // There is another valley, with a minimum at which the first number is -1.
            if found.best().0[0] > 0.0 {
                assert_at(&found, &vec![1.0; n], 1e-7);
            }
            assert!(found.slope() < 1e-8 && found.evaluations() < 1000, "{n}: {}", found.evaluations());
        }
    }

    #[test]
    fn the_minimum_of_a_convex_function_is_scipy_s() {
        let (rows, dim) = (40, 6);
        let a: Vec<f64> = numbers(rows * dim).into_iter().map(|x| 3.0 * x).collect();
        let b = numbers(dim);
        let of = |x: &[f64]| {
            let mut value = 0.05 * dot(x, x) - dot(&b, x);
            let mut gradient: Vec<f64> = x.iter().zip(&b).map(|(x, b)| 0.1 * x - b).collect();
            for row in a.chunks_exact(dim) {
                let z = dot(row, x);
                value += z.max(0.0) + (-z.abs()).exp().ln_1p();
                add(1.0 / (1.0 + (-z).exp()), row, &mut gradient);
            }
            (value, gradient)
        };
        // scipy 1.17.1, BFGS, largest number of the gradient 5e-10.
        let expected = [
            0.039380016302252,
            -0.019131193906072406,
            0.04337826487122508,
            0.12462269039029837,
            0.13521814484071668,
            -0.036138475806541684,
        ];
        let found = minimum(&[0.0; 6], &of);
        assert_at(&found, &expected, 1e-8);
        let (value, evaluations) = (found.best().1, found.evaluations());
        assert!((value - 27.44184789876455).abs() < 1e-11 && evaluations < 60, "{value} after {evaluations}");
    }

    #[test]
    fn where_the_function_is_not_defined_a_search_goes_back() {
        // -ln x + 100 x, infinite below 0: from 1 the first steps lead there.
        let of = |x: &[f64]| {
            if x[0] <= 0.0 {
                (f64::NAN, vec![f64::NAN])
            } else {
                (100.0 * x[0] - x[0].ln(), vec![100.0 - 1.0 / x[0]])
            }
        };
        assert_at(&minimum(&[1.0], &of), &[0.01], 1e-9);
    }

    #[test]
    fn it_ends_at_a_minimum_a_limit_or_where_there_is_no_number() {
        let square = |x: &[f64]| (x[0] * x[0], vec![2.0 * x[0]]);
        assert_eq!(minimum(&[0.0], &square).evaluations(), 1);
        let mut short = Lbfgs::new(&[5.0], 2, 0.0);
        while !short.is_done() {
            let (value, gradient) = square(short.point());
            short.advance(value, &gradient);
        }
        assert_eq!(short.evaluations(), 2);
        let nowhere = minimum(&[3.0], &|_| (f64::NAN, vec![0.0]));
        assert_eq!((nowhere.best().0, nowhere.evaluations()), (&[3.0][..], 1));
        // Without a minimum it ends all the same.
        assert!(minimum(&[0.0], &|x| (-x[0], vec![-1.0])).evaluations() <= 2000);
        assert!(Lbfgs::new(&[1.0], 0, 0.0).is_done());
    }
}
