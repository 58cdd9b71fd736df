//! What an iteration over all data knows of each transition, and of each observation where it says so.

use crate::code::AdvantageNorm;
use crate::episodes::Episodes;
use crate::math::returns::{Trajectory, lambda_returns, n_step};
use crate::math::{statistics, top, weights};
use crate::plan::Returns;

/// Added to the standard deviation of the advantages of all data.
const ADVANTAGE_EPS: f64 = 1e-5;
/// The same of a rollout, and of its minibatches.
pub(crate) const ROLLOUT_EPS: f64 = 1e-8;

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
    /// 1 where a rollout's action is one of its best, else 0; 1 everywhere where that is not asked.
    pub(crate) marks: Vec<f32>,
    /// The policy that took a rollout's actions, at each observation; empty where it is not kept.
    pub(crate) prior: Vec<f32>,
    /// Memory to rank advantages in.
    order: Vec<f32>,
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
        for each in [
            &mut self.returns,
            &mut self.advantages,
            &mut self.standardised,
            &mut self.weights,
            &mut self.marks,
        ] {
            each.resize(step, 0.0);
        }
        self.prior.clear();
    }

    /// Keeps what the prior is at the observations from `row` on, `width` numbers each.
    pub(crate) fn keep_prior(&mut self, row: usize, width: usize, numbers: &[f32]) {
        self.prior.truncate(row * width);
        self.prior.extend_from_slice(numbers);
    }

    /// The prior at observation `row`.
    pub(crate) fn prior_of(&self, row: usize, width: usize) -> &[f32] {
        &self.prior[row * width..(row + 1) * width]
    }

    /// Fills the returns from the values.
    pub(crate) fn fill_returns(&mut self, episodes: &Episodes, returns: Returns) {
        let (mut row, mut step) = (0, 0);
        for episode in episodes.iter() {
            let length = episode.rewards.len();
            let stretch = Trajectory {
                rewards: episode.rewards,
                discounts: &self.discounts[step..step + length],
                values: &self.values[row..row + length + 1],
            };
            let targets = &mut self.returns[step..step + length];
            match returns {
                Returns::Lambda { lambda } => lambda_returns(stretch, lambda, targets),
                Returns::NStep { n } => n_step(stretch, n, targets),
            }
            row += length + 1;
            step += length;
        }
    }

    fn fill_advantages(&mut self) {
        for ((advantage, value), &row) in self.advantages.iter_mut().zip(&self.returns).zip(&self.rows) {
            *advantage = value - self.values[row];
        }
    }

    /// Fills a rollout's advantages from returns and values, as the policy is to see them or their minibatches are, and marks `best` of them.
    pub(crate) fn compare(&mut self, norm: AdvantageNorm, best: Option<f64>) {
        self.fill_advantages();
        match norm {
            AdvantageNorm::Rollout => {
                statistics::standardise(&self.advantages, ROLLOUT_EPS, &mut self.standardised);
            }
            AdvantageNorm::Off | AdvantageNorm::Minibatch => {
                self.standardised.copy_from_slice(&self.advantages);
            }
        }
        match best {
            Some(fraction) => top::select(&self.advantages, fraction, &mut self.order, &mut self.marks),
            None => self.marks.fill(1.0),
        }
    }

    /// Fills advantages and weights from returns and values.
    pub(crate) fn weigh(&mut self, eta: f64, clip: f64) {
        self.fill_advantages();
        statistics::standardise(&self.advantages, ADVANTAGE_EPS, &mut self.standardised);
        weights::awr(&self.standardised, eta, clip, &mut self.weights);
    }
}
