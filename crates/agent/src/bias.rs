//! The bias of the critics: what they say of an action, less the discounted return that followed it.
//!
//! Episodes of the policy as it explores, in the evaluation environment: at each state s_t the policy draws a_t,
//! the critics say Q(s_t, a_t), as an update combines them, and what follows is
//!
//! R_t = r_t + gamma (1 - terminated_t) (R_{t+1} - eta ln pi(a_{t+1}|s_{t+1})),
//!
//! the logarithms only where Q is soft (Sec. 4.2.3); against a prior that is not uniform, ln pi_q - ln pi_p stands
//! for them. A critic of states alone says V(s_t) instead. The bias is the mean of Q(s_t, a_t) - R_t. No value stands in for what is not seen: a critic's error would vouch for itself.
//! So an episode that its time limit ends goes on past it, for the return alone, until what is left weighs little.

use crate::critic;
use crate::error::Error;
use crate::evaluate::Stage;
use crate::method::Method;
use crate::nets::{Dims, Nets};
use crate::rng::{Stream, stream};
use coadapt_nn::init::fill_normal;
use coadapt_nn::{Graph, Params, Pool, Program, Shape, Slot};

/// A state counts if gamma^n is at most this, n steps being seen from it on, or if its episode terminated.
const UNSEEN: f64 = 0.01;
/// An episode goes on for at most so many steps past its time limit.
const MOST_FURTHER: usize = 5_000;

/// What critics claimed and what the policy earned, over the states of some episodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bias {
    /// Mean of Q(s_t, a_t) - R_t: above 0 where the critics overestimate.
    pub mean: f64,
    /// The same divided by the mean of |R_t|.
    pub relative: f64,
    /// Mean of R_t.
    pub return_mean: f64,
}

impl Bias {
    /// Its numbers under their names in files.
    pub fn values(&self) -> [(&'static str, f64); 3] {
        [("q_bias", self.mean), ("q_bias_relative", self.relative), ("mc_return_mean", self.return_mean)]
    }
}

/// Policy and critics compiled for one observation.
#[derive(Debug)]
pub(crate) struct Gauge {
    program: Program,
    obs: Slot,
    noise: Slot,
    action: Slot,
    claim: Slot,
    bonus: Slot,
    discount: f64,
    visits: Vec<Visit>,
}

/// A step of an episode.
#[derive(Debug, Clone, Copy)]
struct Visit {
    /// Q(s_t, a_t), or V(s_t).
    claim: f64,
    /// -eta ln pi(a_t|s_t), or what stands for it, where Q is soft; else 0.
    bonus: f64,
    reward: f64,
}

/// How an episode went.
#[derive(Debug, Clone, Copy)]
struct Ending {
    /// Steps within the time limit.
    within: usize,
    terminated: bool,
}

/// Sums over the states that count.
#[derive(Debug, Default)]
struct Sums {
    count: u32,
    bias: f64,
    returns: f64,
    sizes: f64,
}

impl Gauge {
    /// Compiles what `nets` say of one state.
    pub(crate) fn new(method: &Method, nets: &Nets, dims: Dims) -> Result<Self, Error> {
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, 1, dims.obs));
        let noise = graph.input(Shape::new(1, 1, dims.action));
        let policy = nets.policy(method, &graph, obs)?;
        let (action, log_prob) = policy.sample(noise);
        let claim = if method.g.is_q() {
            method.estimate.critics.combine(nets.critics(&graph, obs, action))
        } else {
            critic::state_value(method, nets, &graph, obs)
        };
        let eta = method.pi_q.eta().node(&graph, nets.duals.temperature.as_ref().map(|t| t.raw(&graph)));
        let log_ratio = nets.log_ratio(method, &graph, obs, (policy, log_prob))?;
        let bonus = method.g.next_value(graph.constant(0.0), log_ratio, eta);
        [action, claim, bonus].into_iter().for_each(|node| graph.output(node));
        let program = Program::compile(&graph);
        let slot = |node| program.slot(node);
        Ok(Gauge {
            obs: slot(obs),
            noise: slot(noise),
            action: slot(action),
            claim: slot(claim),
            bonus: slot(bonus),
            program,
            discount: method.estimate.discount,
            visits: Vec::new(),
        })
    }

    /// The bias over `episodes` episodes, whose starts and noise `seed` alone decides; `None` where no state
    /// counts or the simulation breaks down under the policy's noise.
    pub(crate) fn measure(
        &mut self,
        stage: &mut Stage,
        params: &mut Params,
        pool: &mut Pool,
        (episodes, seed): (u32, u64),
    ) -> Result<Option<Bias>, Error> {
        stage.env.seed(seed);
        let mut rng = stream(seed, "actor");
        let mut sums = Sums::default();
        for _ in 0..episodes {
            match self.play(stage, params, pool, &mut rng) {
                Ok(ending) => sums.add(&self.visits, ending, self.discount),
                Err(Error::Env(error)) if error.is_divergence() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(sums.bias())
    }

    /// Plays one episode into `visits`.
    fn play(
        &mut self,
        stage: &mut Stage,
        params: &mut Params,
        pool: &mut Pool,
        rng: &mut Stream,
    ) -> Result<Ending, Error> {
        let further = (UNSEEN.ln() / self.discount.ln()).ceil() as usize;
        let mut limit = None;
        self.visits.clear();
        stage.reset()?;
        loop {
            fill_normal(rng, self.program.write(self.noise));
            self.program.write(self.obs).copy_from_slice(&stage.obs);
            self.program.run(params, pool);
            let step = stage.step(self.program.read(self.action))?;
            let number = |slot: Slot| f64::from(self.program.read(slot)[0]);
            let (claim, bonus) = (number(self.claim), number(self.bonus));
            self.visits.push(Visit { claim, bonus, reward: step.reward });
            let seen = self.visits.len();
            if step.truncated {
                limit = limit.or(Some(seen));
            }
            let end = limit.map_or(usize::MAX, |limit: usize| limit + further.min(MOST_FURTHER));
            if step.terminated || seen >= end {
                return Ok(Ending { within: limit.unwrap_or(seen), terminated: step.terminated });
            }
        }
    }
}

impl Sums {
    fn add(&mut self, visits: &[Visit], ending: Ending, discount: f64) {
        // R_{t+1} with its logarithm, and what the unseen rest weighs in R_t.
        let mut later = 0.0;
        let mut unseen = if ending.terminated { 0.0 } else { 1.0 };
        for (t, visit) in visits.iter().enumerate().rev() {
            let earned = visit.reward + discount * later;
            later = visit.bonus + earned;
            unseen *= discount;
            if t < ending.within && unseen <= UNSEEN {
                self.count += 1;
                self.bias += visit.claim - earned;
                self.returns += earned;
                self.sizes += earned.abs();
            }
        }
    }

    fn bias(&self) -> Option<Bias> {
        let mean = |sum: f64| sum / f64::from(self.count);
        (self.count > 0).then(|| Bias {
            mean: mean(self.bias),
            relative: self.bias / self.sizes,
            return_mean: mean(self.returns),
        })
    }
}

#[cfg(test)]
mod tests;
