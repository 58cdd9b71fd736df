//! Acting: one observation in, one action out.

use crate::nets::Nets;
use crate::plan::{Plan, Policy};
use crate::rng::Stream;
use crate::rng::below;
use coadapt_envs::ActionSpace;
use coadapt_nn::init::{fill_gumbel, fill_normal, unit_uniform};
use coadapt_nn::{Graph, Node, Params, Pool, Program, Shape, Slot};

/// The policy network compiled for one observation.
#[derive(Debug)]
pub struct Actor {
    program: Program,
    obs: Slot,
    /// Where the policy has noise.
    noise: Option<Slot>,
    /// Draws the noise that the policy samples by.
    draw: DrawNoise,
    sample: Slot,
    mode: Slot,
    /// Where some target asks for it.
    log_prob: Option<Slot>,
}

impl Actor {
    /// Compiles the policy of `nets`.
    pub fn new(plan: &Plan, nets: &Nets) -> Self {
        Actor::compile(plan, |graph, obs| nets.policy(graph, obs))
    }

    /// The same for `rows` observations at once.
    pub(crate) fn of_rows(plan: &Plan, nets: &Nets, rows: usize) -> Self {
        Actor::compile_rows(plan, rows, |graph, obs| nets.policy(graph, obs))
    }

    /// Compiles the policy that `at` gives at states.
    pub(crate) fn compile(plan: &Plan, at: impl for<'g> FnOnce(&'g Graph, Node<'g>) -> Policy<'g>) -> Self {
        Actor::compile_rows(plan, 1, at)
    }

    fn compile_rows(
        plan: &Plan,
        rows: usize,
        at: impl for<'g> FnOnce(&'g Graph, Node<'g>) -> Policy<'g>,
    ) -> Self {
        let dims = plan.dims;
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, rows, dims.obs));
        let policy = at(&graph, obs);
        let mut noise = None;
        let sample = policy.sample(|| *noise.insert(graph.input(Shape::new(1, rows, dims.action)))).0;
        let mode = policy.mode();
        graph.output(sample);
        graph.output(mode);
        // Of the action as it is stored, so that an unchanged policy finds it exactly as likely.
        let log_prob = plan.critic.needs_log_mu().then(|| policy.log_prob(sample));
        log_prob.into_iter().for_each(|node| graph.output(node));
        let program = Program::compile(&graph);
        let slot = |node| program.slot(node);
        Actor {
            obs: slot(obs),
            noise: noise.map(slot),
            draw: noise_of(policy),
            sample: slot(sample),
            mode: slot(mode),
            log_prob: log_prob.map(slot),
            program,
        }
    }

    fn run(&mut self, params: &mut Params, obs: &[f32], pool: &mut Pool) {
        self.program.write(self.obs).copy_from_slice(obs);
        self.program.run(params, pool);
    }

    /// An action drawn from the policy at `obs`.
    pub fn sample(&mut self, params: &mut Params, obs: &[f32], rng: &mut Stream, pool: &mut Pool) -> &[f32] {
        if let Some(noise) = self.noise {
            (self.draw)(rng, self.program.write(noise));
        }
        self.run(params, obs, pool);
        self.program.read(self.sample)
    }

    /// Actions drawn from the policy at each of `obs`, one behind the other.
    pub(crate) fn sample_rows<'a>(
        &mut self,
        params: &mut Params,
        obs: impl Iterator<Item = &'a [f32]>,
        rng: &mut Stream,
        pool: &mut Pool,
    ) -> &[f32] {
        if let Some(noise) = self.noise {
            (self.draw)(rng, self.program.write(noise));
        }
        let width = self.obs.shape().cols;
        let input = self.program.write(self.obs);
        input.chunks_exact_mut(width).zip(obs).for_each(|(to, from)| to.copy_from_slice(from));
        self.program.run(params, pool);
        self.program.read(self.sample)
    }

    /// ln pi(a|s) of the action drawn last; NaN where no target asks for it.
    pub fn log_prob(&self) -> f32 {
        self.log_prob.map_or(f32::NAN, |slot| self.program.read(slot)[0])
    }

    /// The policy's action without noise at `obs`.
    pub fn mode(&mut self, params: &mut Params, obs: &[f32], pool: &mut Pool) -> &[f32] {
        if let Some(noise) = self.noise {
            self.program.write(noise).fill(0.0);
        }
        self.run(params, obs, pool);
        self.program.read(self.mode)
    }
}

/// Draws the noise that samples of a policy are made of.
pub(crate) type DrawNoise = fn(&mut Stream, &mut [f32]);

/// The kind of noise that `policy` samples by.
pub(crate) fn noise_of(policy: Policy<'_>) -> DrawNoise {
    match policy {
        Policy::Normal(_) => fill_normal,
        Policy::Softmax(_) => fill_gumbel,
        Policy::Delta(_) => |_, _| {},
    }
}

/// A uniformly random action: of [-1, 1]^D, or one of the choices, one-hot. Gives the ln of its density.
pub(crate) fn random_action(space: &ActionSpace, rng: &mut Stream, action: &mut [f32]) -> f32 {
    match *space {
        ActionSpace::Continuous { .. } => {
            action.iter_mut().for_each(|a| *a = 2.0 * unit_uniform(rng) - 1.0);
            -(action.len() as f32) * std::f32::consts::LN_2
        }
        ActionSpace::Discrete { n } => {
            action.fill(0.0);
            action[below(rng, n)] = 1.0;
            -(n as f32).ln()
        }
    }
}
