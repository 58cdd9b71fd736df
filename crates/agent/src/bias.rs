//! The bias of the critics: what they say of an action, less the discounted return that followed it.
//!
//! Episodes of the policy as it explores, in the evaluation environment: at each state s_t the policy draws a_t,
//! the critics say Q(s_t, a_t), as an update combines them, and what follows is
//!
//! R_t = r_t + gamma (1 - terminated_t) (R_{t+1} - eta ln pi(a_{t+1}|s_{t+1})),
//!
//! the logarithms only where Q is soft (Sec. 4.2.3); against a prior that is not uniform, ln pi_q - ln pi_p stands
//! for them. A critic of states alone says V(s_t) instead. The bias is the mean of Q(s_t, a_t) - R_t. No value stands
//! in for what is not seen: a critic's error would vouch for itself.
//! So an episode that its time limit ends goes on past it, for the return alone, until what is left weighs little.

use crate::actor::{DrawNoise, noise_of};
use crate::columns::TimeLimits;
use crate::critic;
use crate::env_loop::EnvLoop;
use crate::error::Error;
use crate::nets::Nets;
use crate::plan::{Critic, Plan};
use crate::rng::{Stream, stream};
use coadapt_nn::{Graph, Params, Pool, Program, Shape, Slot};

/// A state counts if gamma^n is at most this, n steps being seen from it on, or if its episode terminated.
const UNSEEN: f64 = 0.01;
/// An episode goes on for at most so many steps past its time limit.
const MOST_FURTHER: usize = 5_000;

/// The bias of critics: their claims less what the policy earned, over the states of some episodes.
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
    /// The numbers under their names in files.
    pub fn values(&self) -> [(&'static str, f64); 3] {
        [("q_bias", self.mean), ("q_bias_relative", self.relative), ("mc_return_mean", self.return_mean)]
    }
}

/// Policy and critics compiled for one observation.
#[derive(Debug)]
pub(crate) struct QBiasProbe {
    program: Program,
    obs: Slot,
    /// Where the policy has noise.
    noise: Option<Slot>,
    /// Draws the noise that the policy samples by.
    draw: DrawNoise,
    action: Slot,
    claim: Slot,
    bonus: Slot,
    discount: f64,
    time_limits: TimeLimits,
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

/// A measurement in progress.
#[derive(Debug)]
pub(crate) struct Probing {
    rng: Stream,
    /// Episodes that are not over.
    left: u32,
    /// The steps at which the time limit of the present one came, if it did.
    limit: Option<usize>,
    sums: Sums,
}

/// Sums over the states that count.
#[derive(Debug, Default)]
struct Sums {
    count: u32,
    bias: f64,
    returns: f64,
    sizes: f64,
}

impl QBiasProbe {
    /// Compiles what `nets` say of one state.
    pub(crate) fn new(plan: &Plan, nets: &Nets) -> Self {
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, 1, plan.dims.obs));
        let policy = nets.policy(&graph, obs);
        let mut noise = None;
        let input = || graph.input(Shape::new(1, 1, plan.dims.action));
        let (action, log_prob) = policy.sample(|| *noise.insert(input()));
        let claim = match plan.critic {
            Critic::Q(critic) => critic.critics.combine(nets.critics(&graph, obs, action)),
            Critic::V(critic) => critic::state_value(critic, nets, &graph, obs),
        };
        let x = nets.duals.temperature.as_ref().map(|t| t.raw(&graph));
        let eta = plan.posterior.eta().node(&graph, x);
        let log_ratio = nets.log_ratio(&graph, obs, (policy, log_prob));
        let bonus = plan.critic.bonus().value(graph.constant(0.0), log_ratio, eta);
        [action, claim, bonus].into_iter().for_each(|node| graph.output(node));
        let program = Program::compile(&graph);
        let slot = |node| program.slot(node);
        QBiasProbe {
            obs: slot(obs),
            noise: noise.map(slot),
            draw: noise_of(policy),
            action: slot(action),
            claim: slot(claim),
            bonus: slot(bonus),
            program,
            discount: plan.discount,
            time_limits: plan.time_limits,
            visits: Vec::new(),
        }
    }

    /// Begins a measurement over `episodes` episodes, whose starts and noise `seed` alone decides.
    pub(crate) fn begin(&mut self, env_loop: &mut EnvLoop, (episodes, seed): (u32, u64)) -> Probing {
        env_loop.env.seed(seed);
        self.visits.clear();
        Probing { rng: stream(seed, "actor"), left: episodes, limit: None, sums: Sums::default() }
    }

    /// One environment step of a measurement; gives the bias when it was the last: none where no state counts or the
    /// simulation breaks down under the policy's noise.
    pub(crate) fn advance(
        &mut self,
        probing: &mut Probing,
        env_loop: &mut EnvLoop,
        params: &mut Params,
        pool: &mut Pool,
    ) -> Result<Option<Option<Bias>>, Error> {
        if probing.left == 0 {
            return Ok(Some(probing.sums.bias()));
        }
        let ending = match self.step(probing, env_loop, params, pool) {
            Ok(ending) => ending,
            Err(Error::Env(error)) if error.is_divergence() => return Ok(Some(None)),
            Err(error) => return Err(error),
        };
        if let Some(ending) = ending {
            probing.sums.add(&self.visits, ending, self.discount);
            self.visits.clear();
            (probing.limit, probing.left) = (None, probing.left - 1);
        }
        Ok((probing.left == 0).then(|| probing.sums.bias()))
    }

    /// One step of an episode, into `visits`; how it went where it is over.
    fn step(
        &mut self,
        probing: &mut Probing,
        env_loop: &mut EnvLoop,
        params: &mut Params,
        pool: &mut Pool,
    ) -> Result<Option<Ending>, Error> {
        if self.visits.is_empty() {
            env_loop.reset()?;
        }
        if let Some(noise) = self.noise {
            (self.draw)(&mut probing.rng, self.program.write(noise));
        }
        self.program.write(self.obs).copy_from_slice(&env_loop.obs);
        self.program.run(params, pool);
        let step = env_loop.step(self.program.read(self.action))?;
        let number = |slot: Slot| f64::from(self.program.read(slot)[0]);
        let (claim, bonus) = (number(self.claim), number(self.bonus));
        self.visits.push(Visit { claim, bonus, reward: step.reward });
        let seen = self.visits.len();
        // Nothing follows where the critics learn that nothing does.
        let ended = step.terminated || (step.truncated && self.time_limits == TimeLimits::Terminal);
        if step.truncated {
            probing.limit = probing.limit.or(Some(seen));
        }
        let further = (UNSEEN.ln() / self.discount.ln()).ceil() as usize;
        let end = probing.limit.map_or(usize::MAX, |limit| limit + further.min(MOST_FURTHER));
        let over = ended || seen >= end;
        Ok(over.then(|| Ending { within: probing.limit.unwrap_or(seen), terminated: ended }))
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
