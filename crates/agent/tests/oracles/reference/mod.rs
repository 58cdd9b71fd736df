//! A second computation of whole updates: in f64, one state at a time, gradients by finite differences.
//!
//! It shares nothing with the learner but the names of its arrays and the order of its random numbers.

pub mod case;
pub mod losses;
pub mod nets;
pub mod steps;

pub use case::{Case, Change, Sample};

use coadapt_nn::Params;

/// Every array of a learner: name, numbers and how many networks share it, in the order of registration.
#[derive(Debug, Clone)]
pub struct State(Vec<(String, Vec<f64>, usize)>);

impl State {
    pub fn of(params: &Params) -> Self {
        let wide = |span| params.get(span).iter().map(|&x| f64::from(x)).collect();
        State(params.iter().map(|(name, span)| (name.to_owned(), wide(span), span.shape.groups)).collect())
    }

    /// The same of arrays by name and shape: what a checkpoint has of a learner's begins with `params.`.
    pub fn of_arrays(arrays: &[(String, Vec<usize>, &[f32])]) -> Self {
        let of = |(name, shape, values): &(String, Vec<usize>, &[f32])| {
            let wide = values.iter().map(|&x| f64::from(x)).collect();
            Some((name.strip_prefix("params.")?.to_owned(), wide, shape[0]))
        };
        State(arrays.iter().filter_map(of).collect())
    }

    pub fn find(&self, name: &str) -> Option<&[f64]> {
        self.0.iter().find(|(n, ..)| n == name).map(|(_, values, _)| values.as_slice())
    }

    pub fn get(&self, name: &str) -> &[f64] {
        self.find(name).unwrap_or_else(|| panic!("no array `{name}`"))
    }

    pub fn get_mut(&mut self, name: &str) -> &mut [f64] {
        let found = self.0.iter_mut().find(|(n, ..)| n == name);
        found.map_or_else(|| panic!("no array `{name}`"), |(_, values, _)| values.as_mut_slice())
    }

    /// Every array by its name.
    pub fn arrays(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.0.iter().map(|(name, values, _)| (name.as_str(), values.as_slice()))
    }

    /// The same without the arrays whose names begin with `prefix`.
    pub fn without(&self, prefix: &str) -> State {
        State(self.0.iter().filter(|(name, ..)| !name.starts_with(prefix)).cloned().collect())
    }

    /// The numbers of all arrays whose names begin with `prefix`, one behind the other.
    pub fn flat(&self, prefix: &str) -> Vec<f64> {
        let found = self.0.iter().filter(|(name, ..)| name.starts_with(prefix));
        found.flat_map(|(_, values, _)| values.iter().copied()).collect()
    }

    /// Which of the networks side by side each number of [`State::flat`] is of.
    pub fn networks_of(&self, prefix: &str) -> Vec<usize> {
        let found = self.0.iter().filter(|(name, ..)| name.starts_with(prefix));
        found
            .flat_map(|(_, values, groups)| (0..values.len()).map(|i| i / (values.len() / *groups)))
            .collect()
    }

    /// The same with `steps` added to the numbers of [`State::flat`].
    pub fn moved(&self, prefix: &str, steps: &[f64]) -> State {
        let mut moved = self.clone();
        let found = moved.0.iter_mut().filter(|(name, ..)| name.starts_with(prefix));
        let numbers = found.flat_map(|(_, values, _)| values.iter_mut());
        numbers.zip(steps).for_each(|(x, step)| *x += step);
        moved
    }

    /// The gradient of `loss` with respect to [`State::flat`], by central differences.
    pub fn gradient(&self, prefix: &str, loss: &dyn Fn(&State) -> f64) -> Vec<f64> {
        let mut moved = self.clone();
        let mut gradient = Vec::new();
        for array in 0..self.0.len() {
            if !self.0[array].0.starts_with(prefix) {
                continue;
            }
            for i in 0..self.0[array].1.len() {
                let x = self.0[array].1[i];
                let h = 1e-5 * x.abs().max(1.0);
                let mut at = |x: f64| {
                    moved.0[array].1[i] = x;
                    loss(&moved)
                };
                let difference = at(x + h) - at(x - h);
                moved.0[array].1[i] = x;
                gradient.push(difference / (2.0 * h));
            }
        }
        gradient
    }
}

pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().collect();
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Demands agreement to `tolerance` of the largest of the expected numbers.
pub fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f64, e| largest.max(e.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f - e).abs();
        assert!(
            error <= tolerance * largest.max(1e-9),
            "{what}[{i}] is {f}, expected {e}; the largest is {largest}"
        );
    }
}
