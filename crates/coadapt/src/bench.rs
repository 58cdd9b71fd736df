//! The workloads of `coadapt bench`: updates, their products and precision, the peak they are held against, tasks, checkpoints.

pub mod checkpoint;
pub mod envs;
pub mod peak;
pub mod precision;
pub mod products;
pub mod update;

use serde::Serialize;

/// A quantity measured in rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest round.
    pub min: f64,
    /// The middle one: what the machine usually does.
    pub median: f64,
    /// The largest one.
    pub max: f64,
}

/// Smallest, middle and largest of `rounds`, of which there is at least one.
fn spread(mut rounds: Vec<f64>) -> Spread {
    rounds.sort_by(f64::total_cmp);
    let middle = rounds.len() / 2;
    let median =
        if rounds.len() % 2 == 1 { rounds[middle] } else { (rounds[middle - 1] + rounds[middle]) / 2.0 };
    Spread { min: rounds[0], median, max: rounds[rounds.len() - 1] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_min_median_and_max() {
        let odd = spread(vec![3.0, 1.0, 2.0]);
        assert_eq!((odd.min, odd.median, odd.max), (1.0, 2.0, 3.0));
        assert_eq!(spread(vec![4.0, 1.0, 2.0, 3.0]).median, 2.5);
    }
}
