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
    /// Where some target asks for it.
    log_prob: Option<Slot>,
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
        // Of the action as it is stored, so that an unchanged policy finds it exactly as likely.
        let log_prob = method.estimate.target.needs_log_mu().then(|| policy.log_prob(sample));
        log_prob.into_iter().for_each(|node| graph.output(node));
        let program = Program::compile(&graph);
        let slot = |node| program.slot(node);
        Ok(Actor {
            obs: slot(obs),
            noise: slot(noise),
            sample: slot(sample),
            mode: slot(mode),
            log_prob: log_prob.map(slot),
            program,
        })
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

    /// ln pi(a|s) of the action drawn last; NaN where no target asks for it.
    pub fn log_prob(&self) -> f32 {
        self.log_prob.map_or(f32::NAN, |slot| self.program.read(slot)[0])
    }

    /// The policy's action without noise at `obs`.
    pub fn mode(&mut self, params: &mut Params, obs: &[f32], pool: &mut Pool) -> &[f32] {
        self.program.write(self.noise).fill(0.0);
        self.run(params, obs, pool);
        self.program.read(self.mode)
    }
}

/// A uniformly random action of [-1, 1]^D; gives the ln of its density, 2^-D.
pub(crate) fn random_action(rng: &mut Stream, action: &mut [f32]) -> f32 {
    action.iter_mut().for_each(|a| *a = 2.0 * unit_uniform(rng) - 1.0);
    -(action.len() as f32) * std::f32::consts::LN_2
}
