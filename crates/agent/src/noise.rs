//! The random numbers of an update: inputs recorded where a formula asks for them, drawn anew for each update.

use crate::rng::Stream;
use coadapt_nn::init::{fill_normal, unit_uniform};
use coadapt_nn::{Graph, Node, Program, Shape, Slot};

/// A distribution that an input is drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Noise {
    /// N(0, 1).
    Normal,
    /// U(-1, 1).
    Uniform,
    /// 1 with this probability, else 0.
    Coin(f32),
}

/// The random inputs of an update that is being recorded, in the order they are asked for.
pub struct NoiseInputs<'g> {
    graph: &'g Graph,
    batch: usize,
    action_dim: usize,
    inputs: Vec<(Node<'g>, Noise)>,
}

/// The same in the memory of the update's program.
#[derive(Debug)]
pub(crate) struct NoiseSlots(Vec<(Slot, Noise)>);

impl<'g> NoiseInputs<'g> {
    /// For updates on `batch` states with actions of `action_dim` numbers.
    pub fn new(graph: &'g Graph, batch: usize, action_dim: usize) -> Self {
        NoiseInputs { graph, batch, action_dim, inputs: Vec::new() }
    }

    fn input(&mut self, samples: usize, cols: usize, draw: Noise) -> Node<'g> {
        let node = self.graph.input(Shape::new(samples, self.batch, cols));
        self.inputs.push((node, draw));
        node
    }

    /// Standard normal noise of `samples` actions a state: [samples, B, D].
    pub fn normal(&mut self, samples: usize) -> Node<'g> {
        self.input(samples, self.action_dim, Noise::Normal)
    }

    /// `samples` actions a state, uniform over the box: [samples, B, D].
    pub fn uniform(&mut self, samples: usize) -> Node<'g> {
        self.input(samples, self.action_dim, Noise::Uniform)
    }

    /// One coin an action, 1 with `probability`, else 0: [samples, B, 1].
    pub fn coin(&mut self, samples: usize, probability: f64) -> Node<'g> {
        self.input(samples, 1, Noise::Coin(probability as f32))
    }

    /// Where `program` keeps them.
    pub(crate) fn slots(&self, program: &Program) -> NoiseSlots {
        NoiseSlots(self.inputs.iter().map(|(node, draw)| (program.slot(*node), *draw)).collect())
    }
}

impl NoiseSlots {
    /// Draws all of them anew.
    pub(crate) fn fill(&self, program: &mut Program, rng: &mut Stream) {
        for (slot, draw) in &self.0 {
            let values = program.write(*slot);
            match *draw {
                Noise::Normal => fill_normal(rng, values),
                Noise::Uniform => values.iter_mut().for_each(|x| *x = 2.0 * unit_uniform(rng) - 1.0),
                Noise::Coin(probability) => {
                    values.iter_mut().for_each(|x| *x = f32::from(unit_uniform(rng) < probability));
                }
            }
        }
    }

    /// Writes given numbers in their place, in the order they were asked for.
    pub(crate) fn write(&self, program: &mut Program, given: &[&[f32]]) {
        assert_eq!(given.len(), self.0.len(), "an array for each random input");
        for ((slot, _), values) in self.0.iter().zip(given) {
            program.write(*slot).copy_from_slice(values);
        }
    }
}
