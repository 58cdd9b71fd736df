//! Plain f64 arrays to compare the core with.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// `[group, row, col]` in f64.
#[derive(Clone, Debug)]
pub struct Array {
    pub shape: [usize; 3],
    pub data: Vec<f64>,
}

/// Numbers of f32 precision, the same for the same name and index.
pub fn random_array(name: &str, index: u64, len: usize, range: (f64, f64)) -> Vec<f64> {
    let seed = name.bytes().fold(index, |h, b| h.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(b)));
    let mut rng = Pcg64::seed_from_u64(seed);
    let unit = |rng: &mut Pcg64| f64::from(rng.next_u32()) / f64::from(u32::MAX);
    (0..len).map(|_| f64::from((range.0 + (range.1 - range.0) * unit(&mut rng)) as f32)).collect()
}

impl Array {
    pub fn new(shape: [usize; 3], data: Vec<f64>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), data.len());
        Array { shape, data }
    }

    fn build(shape: [usize; 3], value: impl Fn([usize; 3]) -> f64) -> Self {
        let mut data = Vec::new();
        for g in 0..shape[0] {
            for r in 0..shape[1] {
                for c in 0..shape[2] {
                    data.push(value([g, r, c]));
                }
            }
        }
        Array { shape, data }
    }

    /// The number at `at`, where axes of size 1 broadcast.
    pub fn at(&self, at: [usize; 3]) -> f64 {
        let [g, r, c]: [usize; 3] = std::array::from_fn(|i| if self.shape[i] == 1 { 0 } else { at[i] });
        self.data[(g * self.shape[1] + r) * self.shape[2] + c]
    }

    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Array { shape: self.shape, data: self.data.iter().map(|&x| f(x)).collect() }
    }

    pub fn zip(&self, other: &Array, f: impl Fn(f64, f64) -> f64) -> Self {
        let shape = std::array::from_fn(|i| self.shape[i].max(other.shape[i]));
        Array::build(shape, |at| f(self.at(at), other.at(at)))
    }

    pub fn fold(&self, axis: usize, start: f64, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut shape = self.shape;
        shape[axis] = 1;
        Array::build(shape, |at| {
            (0..self.shape[axis]).fold(start, |sum, i| {
                let mut from = at;
                from[axis] = i;
                f(sum, self.at(from))
            })
        })
    }

    pub fn columns(&self, from: usize, count: usize) -> Self {
        Array::build([self.shape[0], self.shape[1], count], |[g, r, c]| self.at([g, r, from + c]))
    }

    pub fn concat(a: &Array, b: &Array) -> Self {
        let shape = [a.shape[0].max(b.shape[0]), a.shape[1].max(b.shape[1]), a.shape[2] + b.shape[2]];
        Array::build(
            shape,
            |[g, r, c]| {
                if c < a.shape[2] { a.at([g, r, c]) } else { b.at([g, r, c - a.shape[2]]) }
            },
        )
    }

    pub fn matmul(&self, other: &Array) -> Self {
        let shape = [self.shape[0].max(other.shape[0]), self.shape[1], other.shape[2]];
        Array::build(shape, |[g, r, c]| {
            (0..self.shape[2]).map(|k| self.at([g, r, k]) * other.at([g, k, c])).sum()
        })
    }

    /// Each row less its mean, over the root of its biased variance plus `eps`.
    pub fn layer_norm(&self, eps: f64) -> Self {
        let n = self.shape[2] as f64;
        let mean = self.fold(2, 0.0, |s, x| s + x / n);
        let centred = self.zip(&mean, |x, m| x - m);
        let variance = centred.map(|x| x * x / n).fold(2, 0.0, |s, x| s + x);
        centred.zip(&variance, |x, v| x / (v + eps).sqrt())
    }
}
