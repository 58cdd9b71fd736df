//! Acting: one observation in, one action out.

use crate::error::Error;
use crate::method::Method;
use crate::nets::{Dims, Nets};
use crate::rng::Stream;
use coadapt_nn::init::{fill_normal, unit_uniform};
use coadapt_nn::{Graph, Params, Pool, Program, Shape, Slot};

/// The policy network compiled for one observation.
#[derive(Debug)]
pub struct Actor {
    program: Program,
    obs: Slot,
    noise: Slot,
    sample: Slot,
    mode: Slot,
}

impl Actor {
    /// Compiles the policy of `nets`.
    pub fn new(method: &Method, nets: &Nets, dims: Dims) -> Result<Self, Error> {
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, 1, dims.obs));
        let noise = graph.input(Shape::new(1, 1, dims.action));
        let policy = nets.policy(method, &graph, obs)?;
        let (sample, mode) = (policy.sample(noise).0, policy.mode());
        graph.output(sample);
        graph.output(mode);
        let program = Program::compile(&graph);
        let slot = |node| program.slot(node);
        Ok(Actor { obs: slot(obs), noise: slot(noise), sample: slot(sample), mode: slot(mode), program })
    }

    fn run(&mut self, params: &mut Params, obs: &[f32], pool: &mut Pool) {
        self.program.write(self.obs).copy_from_slice(obs);
        self.program.run(params, pool);
    }

    /// An action drawn from the policy at `obs`.
    pub fn sample(&mut self, params: &mut Params, obs: &[f32], rng: &mut Stream, pool: &mut Pool) -> &[f32] {
        fill_normal(rng, self.program.write(self.noise));
        self.run(params, obs, pool);
        self.program.read(self.sample)
    }

    /// The policy's action without noise at `obs`.
    pub fn mode(&mut self, params: &mut Params, obs: &[f32], pool: &mut Pool) -> &[f32] {
        self.program.write(self.noise).fill(0.0);
        self.run(params, obs, pool);
        self.program.read(self.mode)
    }
}

/// A uniformly random action of [-1, 1]^D.
pub(crate) fn random_action(rng: &mut Stream, action: &mut [f32]) {
    action.iter_mut().for_each(|a| *a = 2.0 * unit_uniform(rng) - 1.0);
}
