//! What an iteration over all data knows of each transition, and of each observation where it says so.

use crate::episodes::Episodes;
use crate::math::returns::{Trajectory, lambda_returns};
use crate::math::{statistics, weights};

/// Added to the standard deviation of the advantages.
const ADVANTAGE_EPS: f64 = 1e-5;

/// Numbers of stored transitions, in the order they are stored.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The row of a transition's observation among all observations.
    pub(crate) rows: Vec<usize>,
    pub(crate) discounts: Vec<f32>,
    /// V of each observation.
    pub(crate) values: Vec<f32>,
    pub(crate) returns: Vec<f32>,
    pub(crate) advantages: Vec<f32>,
    pub(crate) standardised: Vec<f32>,
    pub(crate) weights: Vec<f32>,
}

impl Table {
    /// Makes a place for every transition of `episodes`.
    pub(crate) fn lay_out(&mut self, episodes: &Episodes, gamma: f32) {
        let (mut row, mut step) = (0, 0);
        self.rows.clear();
        self.discounts.clear();
        for episode in episodes.iter() {
            let length = episode.rewards.len();
            self.rows.extend(row..row + length);
            row += length + 1;
            step += length;
            self.discounts.resize(step - 1, gamma);
            self.discounts.push(episode.last.discount(gamma));
        }
        self.values.resize(row, 0.0);
        for each in [&mut self.returns, &mut self.advantages, &mut self.standardised, &mut self.weights] {
            each.resize(step, 0.0);
        }
    }

    /// Fills the returns from the values.
    pub(crate) fn fill_returns(&mut self, episodes: &Episodes, lambda: f64) {
        let (mut row, mut step) = (0, 0);
        for episode in episodes.iter() {
            let length = episode.rewards.len();
            let stretch = Trajectory {
                rewards: episode.rewards,
                discounts: &self.discounts[step..step + length],
                values: &self.values[row..row + length + 1],
            };
            lambda_returns(stretch, lambda, &mut self.returns[step..step + length]);
            row += length + 1;
            step += length;
        }
    }

    /// Fills advantages and weights from returns and values.
    pub(crate) fn weigh(&mut self, eta: f64, clip: f64) {
        for ((advantage, value), &row) in self.advantages.iter_mut().zip(&self.returns).zip(&self.rows) {
            *advantage = value - self.values[row];
        }
        statistics::standardise(&self.advantages, ADVANTAGE_EPS, &mut self.standardised);
        weights::awr(&self.standardised, eta, clip, &mut self.weights);
    }
}
