//! The workloads of `coadapt bench update`: whole updates, timed without environment or disk.

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;
use coadapt_agent::Dims;
use coadapt_agent::code;
use coadapt_agent::collect::Iteration;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::plan::{Experience, Plan};
use coadapt_agent::replay::Replay;
use coadapt_agent::transition::Transition;
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::{Params, Pool, Precision, tile_products};

use super::{Spread, spread};

/// The sizes of HalfCheetah, as those who publish update times take them.
const DIMS: Dims = Dims { obs: 17, action: 6 };
/// More than a cache holds: rows of a batch must come from memory, as in a run.
const REPLAY_ROWS: usize = 100_000;
const EPISODE_STEPS: usize = 1000;
/// A round, and what comes before the first, goes on for at least so long.
const ROUND_SECS: f64 = 0.4;
/// Tile products of the probe beside a round, some milliseconds.
const PROBE: u64 = 20_000;
/// A round is set aside if the probe's rate beside it is below this fraction of the best.
const WORTH: f64 = 0.75;

/// The update that is timed. All have observation 17 and action 6, and batch 256 unless they say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Networks 256-256, twin critics
    Sac,
    /// Policy 256-256-256, critic 512-512-256, and twice 20 actions a state: for the target, and for the E-step
    Mpo,
    /// As mpo, with one set of 20 actions for both, as the paper's own code has it
    MpoShared,
    /// Networks 256-256, twin critics
    Awac,
    /// Networks 128-64; a minibatch of whole iterations over 50,000 transitions
    Awr,
    /// Networks 256-256, one critic
    Ddpg,
    /// Networks 256-256, twin critics; a policy stepped in every second update: the mean of both kinds
    Td3,
    /// Clipped, networks 64-64, batch 64; a minibatch of whole iterations over 2,048 transitions, ten times each
    Ppo,
    /// Networks 64-64; a minibatch of whole iterations over 2,048 transitions, eight times each
    Vmpo,
    /// Networks 64-64; a whole iteration over 5,000 transitions: gradient, 20 conjugate gradients, line search, and five times through them for the critic, 64 at a time
    Trpo,
}

/// Updates as they were timed.
#[derive(Debug)]
pub struct Timed {
    /// Milliseconds of one update.
    pub ms: Spread,
    /// Rounds that count: products on AMX tiles have slow periods, in which so are tiles alone.
    pub kept: usize,
    /// Floating-point operations of one update's matrix products.
    pub flops: f64,
    /// Numbers in the policy and in all critics.
    pub parameters: [usize; 2],
}

/// A learner with data it can go on learning from.
#[derive(Debug)]
enum Work {
    Batches { learner: Box<Learner>, replay: Replay },
    Data { learner: Box<Learner>, episodes: Episodes, steps: [u64; 2], unit: Unit },
}

/// What of an iteration over data is one update.
#[derive(Debug, Clone, Copy)]
enum Unit {
    /// A minibatch, of the critic or of the policy.
    OneNet,
    /// A minibatch, for critic and policy.
    BothNets,
    /// All of it.
    Iteration,
}

/// Times `workload` at `precision` on `threads` threads in `rounds` rounds.
pub fn time(workload: Workload, precision: Precision, threads: usize, rounds: usize) -> Result<Timed> {
    let (mut work, mut pool) = (Work::new(workload, precision)?, Pool::new(threads));
    let mut round = || {
        let (started, mut updates) = (Instant::now(), 0);
        while started.elapsed().as_secs_f64() < ROUND_SECS {
            updates += work.go(&mut pool);
        }
        started.elapsed().as_secs_f64() * 1e3 / updates as f64
    };
    round();
    let probe = || if precision == Precision::F32 { None } else { tile_rate() };
    let probed = (0..rounds).map(|_| {
        let (before, ms, after) = (probe(), round(), probe());
        (ms, before.zip(after).map_or(1.0, |(before, after)| before.min(after)))
    });
    let ms = undisturbed(probed.collect());
    let (kept, ms) = (ms.len(), spread(ms));
    work.check()?;
    let size = |name: &str| work.params().set(name).range.len();
    Ok(Timed { ms, kept, flops: work.flops(), parameters: [size("policy."), size("critic.")] })
}

/// Operations a second of tile products alone, where there are tiles.
fn tile_rate() -> Option<f64> {
    let started = Instant::now();
    tile_products(PROBE).map(|done| done as f64 / started.elapsed().as_secs_f64())
}

/// The times of those rounds beside which the probe's rate was near its best.
fn undisturbed(rounds: Vec<(f64, f64)>) -> Vec<f64> {
    let best = rounds.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    rounds.into_iter().filter(|(_, rate)| *rate >= WORTH * best).map(|(ms, _)| ms).collect()
}

/// Policy and critics of `workload` after some updates at `precision`.
pub fn parameters_after(workload: Workload, precision: Precision, updates: usize) -> Result<Vec<f32>> {
    let mut work = Work::new(workload, precision)?;
    (0..updates).for_each(|_| _ = work.go(&mut Pool::new(1)));
    work.check()?;
    let params = work.params();
    let named = params.iter().filter(|(name, _)| name.starts_with("policy.") || name.starts_with("critic."));
    Ok(named.flat_map(|(_, span)| params.get(span).iter().copied()).collect())
}

impl Workload {
    fn plan(self, precision: Precision) -> Result<Plan> {
        let action = ActionSpace::boxed(DIMS.action, -1.0, 1.0);
        let spec = Spec::new("bench", DIMS.obs, action, 1000);
        let algorithm = match self {
            Workload::Sac => "sac",
            Workload::Mpo | Workload::MpoShared => "mpo",
            Workload::Awac => "awac",
            Workload::Awr => "awr",
            Workload::Ddpg => "ddpg",
            Workload::Td3 => "td3",
            Workload::Ppo => "ppo_clip",
            Workload::Vmpo => "vmpo",
            Workload::Trpo => "trpo",
        };
        let mut method = coadapt_agent::method(algorithm, &spec)?;
        if self == Workload::Mpo {
            // The mix is what makes an E-step draw actions of its own; how many are uniform does not matter here.
            method.set("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.5 }")?;
        }
        method.code.precision = code::Precision::from(precision);
        Ok(Plan::of(&method, &spec)?)
    }
}

impl Unit {
    /// Updates in an iteration with so many minibatches of critic and policy.
    fn count(self, [critic, policy]: [u64; 2]) -> u64 {
        match self {
            Unit::OneNet => critic + policy,
            Unit::BothNets => policy,
            Unit::Iteration => 1,
        }
    }
}

impl Work {
    fn new(workload: Workload, precision: Precision) -> Result<Work> {
        let plan = workload.plan(precision)?;
        let learner = Box::new(Learner::new(&plan, 0));
        match plan.experience {
            Experience::Replay { .. } => {
                let mut replay = Replay::new(REPLAY_ROWS, DIMS.obs, DIMS.action)?;
                transitions(REPLAY_ROWS, |transition| replay.push(transition));
                Ok(Work::Batches { learner, replay })
            }
            Experience::Episodes { capacity, iteration } => {
                let (Iteration::Fixed { critic_steps, policy_steps, .. }
                | Iteration::ByEpisodes { critic_steps, policy_steps, .. }) = iteration;
                let (episodes, steps) = (stored(capacity), [critic_steps, policy_steps]);
                Ok(Work::Data { learner, episodes, steps, unit: Unit::OneNet })
            }
            Experience::Rollout { steps, epochs, .. } => {
                let minibatches = (steps * epochs).div_ceil(plan.batch as u64);
                let unit = if workload == Workload::Trpo { Unit::Iteration } else { Unit::BothNets };
                Ok(Work::Data { learner, episodes: stored(steps as usize), steps: [minibatches; 2], unit })
            }
        }
    }

    /// Does one update, or as many as one iteration has; gives how many.
    fn go(&mut self, pool: &mut Pool) -> u64 {
        match self {
            Work::Batches { learner, replay } => {
                learner.update(replay, pool);
                1
            }
            Work::Data { learner, episodes, steps, unit } => {
                learner.iterate(episodes, steps.map(|n| Minibatches::Shuffled(n as usize)), pool);
                unit.count(*steps)
            }
        }
    }

    /// A learner that diverged computes other things than one that learns: its timing is void.
    fn check(&self) -> Result<()> {
        let metric = match self {
            Work::Batches { learner, .. } => learner.first_not_finite(),
            Work::Data { learner, .. } => learner.first_not_finite(),
        };
        match metric {
            Some(metric) => anyhow::bail!("the timing is void: {metric:?} is not finite"),
            None => Ok(()),
        }
    }

    fn flops(&self) -> f64 {
        match self {
            Work::Batches { learner, .. } => learner.product_flops() as f64,
            Work::Data { learner, episodes, steps, unit } => {
                learner.iteration_flops(episodes, *steps) as f64 / unit.count(*steps) as f64
            }
        }
    }

    fn params(&self) -> &Params {
        match self {
            Work::Batches { learner, .. } => &learner.params,
            Work::Data { learner, .. } => &learner.params,
        }
    }
}

/// Hands `push` so many transitions, in episodes that a time limit ends; the last of them ends where the others do or before.
fn transitions(count: usize, mut push: impl FnMut(Transition<'_>)) {
    let mut random = numbers();
    for step in 1..=count {
        let obs: [f32; DIMS.obs] = std::array::from_fn(|_| random());
        let next_obs: [f32; DIMS.obs] = std::array::from_fn(|_| random());
        let action: [f32; DIMS.action] = std::array::from_fn(|_| random());
        let (reward, truncated) = (random(), step % EPISODE_STEPS == 0 || step == count);
        let (obs, action, next_obs) = (&obs, &action, &next_obs);
        push(Transition { obs, action, reward, terminated: false, truncated, next_obs });
    }
}

/// So many transitions as episodes.
fn stored(count: usize) -> Episodes {
    let mut episodes = Episodes::new(count, DIMS.obs, DIMS.action);
    transitions(count, |transition| _ = episodes.push(transition));
    episodes
}

/// Multiples of the golden ratio, which fill [-1, 1] evenly; an update's time does not ask for more.
pub(super) fn numbers() -> impl FnMut() -> f32 {
    let mut drawn = 0_u32;
    move || {
        drawn = drawn.wrapping_add(0x9e37_79b9);
        drawn as f32 / (1_u64 << 31) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Multiplications of a network a row: forward, for its weights, and for its inputs but the first's.
    fn trained(sizes: &[usize]) -> usize {
        let products: Vec<usize> = sizes.windows(2).map(|pair| pair[0] * pair[1]).collect();
        3 * products.iter().sum::<usize>() - products[0]
    }

    #[test]
    fn every_workload_learns_on_finite_numbers() {
        for workload in Workload::value_variants() {
            let mut work = Work::new(*workload, Precision::F32).unwrap();
            if let Work::Data { steps, .. } = &mut work {
                *steps = [2, 2];
            }
            let before = work.params().clone();
            // Of a delayed policy the first update has no step.
            (0..2).for_each(|_| assert!(work.go(&mut Pool::new(1)) > 0));
            work.check().unwrap();
            let nets = |name: &str| name.starts_with("policy.") || name.starts_with("critic.");
            let mut arrays = 0;
            for (name, span) in before.iter().filter(|(name, _)| nets(name) && name.ends_with(".weight")) {
                assert_ne!(before.get(span), work.params().get(span), "{workload:?}: {name} stands still");
                arrays += 1;
            }
            assert!(arrays >= 6, "{workload:?} has {arrays} layers");
        }
    }

    #[test]
    fn rounds_in_a_slow_period_are_set_aside() {
        assert_eq!(undisturbed(vec![(3.0, 10.0), (9.0, 4.0), (4.0, 7.6), (5.0, 7.4)]), [3.0, 4.0]);
        // Without a probe every round counts.
        assert_eq!(undisturbed(vec![(3.0, 1.0), (9.0, 1.0)]), [3.0, 9.0]);
    }

    #[test]
    fn the_floor_counts_the_products_of_an_update() {
        let flops = |workload| Work::new(workload, Precision::F32).unwrap().flops();
        let (policy, critic) = ([17, 256, 256, 12], [23, 256, 256, 1]);
        let forward = |sizes: &[usize]| sizes.windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>();
        // Both critics: targets, their own step, forward and back through the actions alone.
        let through = 2 * forward(&critic) - 17 * 256;
        let critics = forward(&critic) + trained(&critic) + through;
        let sac = 2 * 256 * (forward(&policy) + trained(&policy) + 2 * critics);
        // Back through the actions we go through the observations too, which is 17 x 256 a critic.
        assert_eq!(flops(Workload::Sac) - sac as f64, (2 * 256 * 2 * 17 * 256) as f64);
        let samples = 2 * 20 * 256 * forward(&[23, 512, 512, 256, 1]);
        assert_eq!(flops(Workload::Mpo) - flops(Workload::MpoShared), samples as f64);
        let minibatch = 2 * 256 * trained(&[17, 128, 64, 6]);
        assert!(flops(Workload::Awr) < 1.3 * minibatch as f64);
    }

    #[test]
    fn the_floor_counts_the_products_of_an_iteration_on_a_rollout() {
        let flops = |workload| Work::new(workload, Precision::F32).unwrap().flops();
        let (policy, critic) = ([17, 64, 64, 6], [17, 64, 64, 1]);
        let forward = |sizes: &[usize]| sizes.windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>();
        let each = |rows: usize, products: usize| (2 * rows * products) as f64;
        // Values and policy of 2,048 transitions in three episodes, 1,024 at a time.
        let before = each(3 * 1024, forward(&policy) + forward(&critic)) / 320.0;
        assert_eq!(flops(Workload::Ppo), each(64, trained(&policy) + trained(&critic)) + before);
        // The previous policy is looked at in each minibatch; deviations are of the state.
        let (values, of_state) = (each(3 * 1024, forward(&critic)) / 64.0, [17, 64, 64, 12]);
        let minibatch = trained(&of_state) + forward(&of_state) + trained(&critic);
        assert_eq!(flops(Workload::Vmpo), each(256, minibatch) + values);
        // Forward, but for the mean itself; tangents, from the second layer on by the inputs too; back.
        let fisher = 5 * forward(&policy) - 2 * 17 * 64 - 64 * 6;
        let step = trained(&policy) + 20 * fisher + forward(&policy);
        let chunks = each(5 * 1024, forward(&policy) + forward(&critic) + step);
        assert_eq!(flops(Workload::Trpo), chunks + each(391 * 64, trained(&critic)));
    }
}
