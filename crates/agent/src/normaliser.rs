//! Observations in units of their own mean and standard deviation, before any network sees them.
//!
//! What the networks subtract and multiply by are parameters, so every program reads them as they are now, and
//! saving the parameters saves them. The sums behind them are kept in f64.

use crate::code::{Ingest, InputNorm};
use coadapt_nn::{Graph, Node, Params, Shape, Span};
use serde::{Deserialize, Serialize};

/// The normaliser of a run: its numbers, and where its parameters lie.
#[derive(Debug, Clone)]
pub struct Normaliser {
    ingest: Ingest,
    variance_eps: f64,
    std_floor: f64,
    clip: f32,
    until: u64,
    mean: Span,
    /// One over the standard deviation.
    scale: Span,
}

/// Mean and population variance of the observations so far, by dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    count: u64,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// [`Statistics`] to the bit, for a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatisticsBits {
    count: u64,
    mean: Vec<u64>,
    variance: Vec<u64>,
}

impl Normaliser {
    /// Registers its parameters; `None` for a method without one.
    pub fn register(norm: InputNorm, obs_dim: usize, params: &mut Params) -> Option<Self> {
        let InputNorm::Running { ingest, variance_eps, std_floor, clip, until } = norm else { return None };
        let mut array = |name: &str| params.add(name, Shape::new(1, 1, obs_dim));
        let (mean, scale) = (array("input_norm.mean"), array("input_norm.scale"));
        let clip = clip as f32;
        let normaliser = Normaliser { ingest, variance_eps, std_floor, clip, until, mean, scale };
        normaliser.publish(&Statistics::new(obs_dim), params);
        Some(normaliser)
    }

    /// Observations [1, B, O] as the networks see them.
    pub fn at<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
        ((obs - graph.param(self.mean)) * graph.param(self.scale)).clamp(-self.clip, self.clip)
    }

    /// Which observations count.
    pub fn ingest(&self) -> Ingest {
        self.ingest
    }

    /// Takes in observations seen by environment step `step`, in parts of whole observations one behind the other,
    /// unless it is too late.
    pub fn update<'a>(
        &self,
        step: u64,
        obs: impl Iterator<Item = &'a [f32]> + Clone,
        statistics: &mut Statistics,
        params: &mut Params,
    ) {
        if step <= self.until && obs.clone().any(|part| !part.is_empty()) {
            statistics.add(obs);
            self.publish(statistics, params);
        }
    }

    fn publish(&self, statistics: &Statistics, params: &mut Params) {
        for (to, from) in params.get_mut(self.mean).iter_mut().zip(&statistics.mean) {
            *to = *from as f32;
        }
        for (to, variance) in params.get_mut(self.scale).iter_mut().zip(&statistics.variance) {
            *to = (1.0 / (variance + self.variance_eps).sqrt().max(self.std_floor)) as f32;
        }
    }
}

impl Statistics {
    /// Of no observations: mean 0 and variance 1, until there are some.
    pub fn new(obs_dim: usize) -> Self {
        Statistics { count: 0, mean: vec![0.0; obs_dim], variance: vec![1.0; obs_dim] }
    }

    /// Merges the moments of all of `obs`, parts of whole observations one behind the other (Chan et al. 1983).
    pub fn add<'a>(&mut self, obs: impl Iterator<Item = &'a [f32]> + Clone) {
        let width = self.mean.len();
        let fresh = (obs.clone().map(<[f32]>::len).sum::<usize>() / width) as u64;
        self.count += fresh;
        let (count, share) = (fresh as f64, fresh as f64 / self.count as f64);
        for i in 0..width {
            let column =
                || obs.clone().flat_map(|part| part.iter().skip(i).step_by(width)).map(|&x| f64::from(x));
            let mean = column().sum::<f64>() / count;
            let variance = column().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            let apart = mean - self.mean[i];
            self.mean[i] += share * apart;
            self.variance[i] += share * (variance - self.variance[i]) + share * (1.0 - share) * apart * apart;
        }
    }

    pub(crate) fn to_bits(&self) -> StatisticsBits {
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect();
        StatisticsBits { count: self.count, mean: bits(&self.mean), variance: bits(&self.variance) }
    }

    pub(crate) fn restore(&mut self, bits: StatisticsBits) -> Result<(), String> {
        let StatisticsBits { count, mean, variance } = bits;
        if mean.len() != self.mean.len() || variance.len() != self.mean.len() {
            return Err("its input statistics have another size".to_owned());
        }
        let floats = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect();
        *self = Statistics { count, mean: floats(mean), variance: floats(variance) };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coadapt_nn::{Pool, Program};

    const PAPER: InputNorm = InputNorm::Running {
        ingest: Ingest::Buffer,
        variance_eps: 1e-2,
        std_floor: 0.0,
        clip: 5.0,
        until: 100,
    };

    fn seen(norm: InputNorm, at: u64, past: &[f32], obs: [f32; 2]) -> Vec<f32> {
        let (mut params, mut statistics) = (Params::new(), Statistics::new(2));
        let normaliser = Normaliser::register(norm, 2, &mut params).unwrap();
        normaliser.update(at, std::iter::once(past), &mut statistics, &mut params);
        let graph = Graph::new();
        let input = graph.input(Shape::new(1, 1, 2));
        let output = normaliser.at(&graph, input);
        graph.output(output);
        let mut program = Program::compile(&graph);
        program.write(program.slot(input)).copy_from_slice(&obs);
        program.run(&mut params, &mut Pool::new(1));
        program.read(program.slot(output)).to_vec()
    }

    #[test]
    fn observations_are_scaled_and_clipped() {
        let past = [1.0, 4.0, 3.0, 4.0];
        let close = |found: Vec<f32>, expected: [f32; 2]| {
            assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-5), "{found:?}, {expected:?}");
        };
        close(seen(PAPER, 100, &past, [3.0, 4.05]), [1.0 / 1.01f32.sqrt(), 0.5]);
        close(seen(PAPER, 100, &past, [1e9, -1e9]), [5.0, -5.0]);
        // Too late, or nothing seen: mean 0 and variance 1.
        close(seen(PAPER, 101, &past, [1.0, -1.0]), [1.0 / 1.01f32.sqrt(), -1.0 / 1.01f32.sqrt()]);
        close(seen(PAPER, 0, &[], [0.0, 0.0]), [0.0, 0.0]);
        let (variance_eps, std_floor, clip) = (0.0, 1e-2, f64::from(f32::MAX));
        let floored =
            InputNorm::Running { ingest: Ingest::NewEpisodes, variance_eps, std_floor, clip, until: 100 };
        close(seen(floored, 0, &past, [4.0, 4.5]), [2.0, 50.0]);
    }

    #[test]
    fn moments_in_parts_are_the_moments_of_the_whole() {
        let obs: Vec<f32> =
            (0..60).map(|i| ((i * i) % 17) as f32 * if i % 2 == 0 { 1.0 } else { 1e3 }).collect();
        let (mut whole, mut parts) = (Statistics::new(2), Statistics::new(2));
        whole.add(std::iter::once(&obs[..]));
        let in_parts = [&obs[..2], &obs[2..20], &obs[20..]];
        in_parts.iter().for_each(|part| parts.add(std::iter::once(*part)));
        let mut at_once = Statistics::new(2);
        at_once.add(in_parts.into_iter());
        assert_eq!(at_once, whole);
        assert_eq!(whole.count, parts.count);
        for (a, b) in whole.mean.iter().chain(&whole.variance).zip(parts.mean.iter().chain(&parts.variance)) {
            assert!((a - b).abs() <= 1e-12 * a.abs(), "{a} {b}");
        }
        let column: Vec<f32> = obs.iter().copied().step_by(2).collect();
        let moments = crate::math::statistics::moments(&column);
        assert!((moments.mean - whole.mean[0]).abs() < 1e-12);
        assert!((moments.std - whole.variance[0].sqrt()).abs() < 1e-12);
    }
}
