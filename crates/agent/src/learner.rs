//! The learner: parameters, networks and the phases of a plan, done one small piece after another.

use crate::arrays::{Arrays, Read};
use crate::episodes::Episodes;
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::normaliser::{Statistics, StatisticsBits};
use crate::phase::{
    Batch, CHUNK, Data, FittingState, Minibatches, Natural, NaturalState, Phase, Piece, Table, Work,
    fill_weights,
};
use crate::plan::{Plan, Step};
use crate::replay::Replay;
use crate::rng::{Stream, stream};
use crate::transition::{StoredTransition, Transition};
use coadapt_nn::{Params, Pool};
use serde::{Deserialize, Serialize};

/// Everything that learns: parameters, phases, and the streams they draw from.
#[derive(Debug)]
pub struct Learner {
    /// Weights, targets, duals and optimiser moments.
    pub params: Params,
    /// The networks by name.
    pub nets: Nets,
    /// Updates done: batches, or minibatches.
    pub updates: u64,
    plan: Plan,
    /// The compiled phases; a phase that comes twice in an iteration stands here once.
    phases: Vec<(Step, Phase)>,
    /// The iteration, as places in `phases`.
    order: Vec<usize>,
    table: Table,
    pub(crate) statistics: Statistics,
    replay_rng: Stream,
    noise_rng: Stream,
    logged: Vec<(Metric, f64)>,
    place: Place,
}

/// How far an iteration is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// The phase that is next, counted along the iteration.
    phase: usize,
    /// The next piece of that phase.
    piece: u64,
}

/// Everything of a learner that is not a large array.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LearnerState {
    updates: u64,
    replay_rng: Stream,
    noise_rng: Stream,
    statistics: StatisticsBits,
    place: Place,
    /// The stretch of minibatches that an iteration is in the middle of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fitting: Option<FittingState>,
    /// The sum, as bits, that a measurement in the middle of an iteration has so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measured: Option<u64>,
    /// The constrained step that an iteration is in the middle of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    natural: Option<NaturalState>,
    /// Quantities that the phases before it logged, by name, as bits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    logged: Vec<(String, u64)>,
}

impl Learner {
    /// Registers the networks of `plan` and compiles its phases.
    pub fn new(plan: &Plan, seed: u64) -> Self {
        let mut params = Params::new();
        let nets = Nets::register(plan, &mut params, &mut stream(seed, "init"));
        let mut phases: Vec<(Step, Phase)> = Vec::new();
        let order = plan.steps().into_iter().map(|step| {
            let known = phases.iter().position(|(known, _)| *known == step);
            known.unwrap_or_else(|| {
                phases.push((step, Phase::compile(step, plan, &nets)));
                phases.len() - 1
            })
        });
        Learner {
            order: order.collect(),
            phases,
            params,
            nets,
            updates: 0,
            table: Table::default(),
            statistics: Statistics::new(plan.dims.obs),
            replay_rng: stream(seed, "replay"),
            noise_rng: stream(seed, "update"),
            logged: Vec::with_capacity(Metric::ALL.len()),
            place: Place::default(),
            plan: plan.clone(),
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The next piece of an iteration over `data`, which stays as it is from the first piece to the last.
    pub(crate) fn advance(&mut self, data: Data<'_>, pool: &mut Pool) -> Piece {
        if self.place == Place::default() {
            self.logged.clear();
            if let Data::Episodes { episodes, .. } = data {
                self.table.lay_out(episodes, self.plan.discount as f32);
            }
        }
        let Place { phase, piece } = self.place;
        let mut work = Work {
            plan: &self.plan,
            params: &mut self.params,
            nets: &self.nets,
            table: &mut self.table,
            statistics: &mut self.statistics,
            replay_rng: &mut self.replay_rng,
            noise_rng: &mut self.noise_rng,
            updates: &mut self.updates,
            pool,
            logged: &mut self.logged,
        };
        let (_, current) = &mut self.phases[self.order[phase]];
        self.place = match current.advance(piece, data, &mut work) {
            Piece::More => Place { phase, piece: piece + 1 },
            Piece::Last if phase + 1 < self.order.len() => Place { phase: phase + 1, piece: 0 },
            Piece::Last => Place::default(),
        };
        if self.place == Place::default() { Piece::Last } else { Piece::More }
    }

    /// One update on a batch drawn from `replay`. Allocates nothing.
    ///
    /// # Panics
    /// Where the plan learns from all data at once.
    pub fn update(&mut self, replay: &Replay, pool: &mut Pool) {
        while self.advance(Data::Replay(replay), pool) == Piece::More {}
    }

    /// One update on given transitions and random numbers, in the order the update asks for them.
    ///
    /// # Panics
    /// Where the plan learns from all data at once.
    pub fn update_on(&mut self, transitions: &[Transition<'_>], noise: &[&[f32]], pool: &mut Pool) {
        let updates = self.updates;
        self.batch().write_transitions(transitions, noise, updates);
        self.run_batch(pool);
    }

    /// The same on given windows, each a row's consecutive transitions of one episode.
    ///
    /// # Panics
    /// Where the plan learns from all data at once.
    pub fn update_on_windows(
        &mut self,
        windows: &[&[StoredTransition<'_>]],
        noise: &[&[f32]],
        pool: &mut Pool,
    ) {
        let updates = self.updates;
        self.batch().write(windows.iter().copied(), noise, updates);
        self.run_batch(pool);
    }

    fn batch(&mut self) -> &mut Batch {
        match &mut self.phases[..] {
            [(_, Phase::Batch(batch))] => batch,
            _ => panic!("this learner goes through all data at once: it has no single batch"),
        }
    }

    fn run_batch(&mut self, pool: &mut Pool) {
        let [(_, Phase::Batch(batch))] = &mut self.phases[..] else { return };
        batch.run((&mut self.params, &self.nets), &mut self.updates, pool);
        self.logged.clear();
        self.logged.extend(batch.metrics());
    }

    /// One iteration over all of `episodes`, on given minibatches or so many shuffled ones of critic and policy; none
    /// if there are none. The input statistics stay as they are. Its minibatches allocate nothing.
    ///
    /// # Panics
    /// Where the plan learns from batches of a replay.
    pub fn iterate(&mut self, episodes: &Episodes, minibatches: [Minibatches<'_>; 2], pool: &mut Pool) {
        if episodes.is_empty() {
            self.logged.clear();
            return;
        }
        let (fresh, step, first) = (0, u64::MAX, false);
        let data = Data::Episodes { episodes, fresh, step, first, minibatches };
        while self.advance(data, pool) == Piece::More {}
    }

    /// Floating-point operations of one update's matrix products.
    ///
    /// # Panics
    /// Where the plan learns from all data at once: see [`Learner::iteration_flops`].
    pub fn product_flops(&self) -> u64 {
        match &self.phases[..] {
            [(_, Phase::Batch(batch))] => batch.product_flops(),
            _ => panic!("this learner goes through all data at once: it has no single batch"),
        }
    }

    /// Floating-point operations of the matrix products of an iteration over `episodes` with so many minibatches of
    /// the critic and of the policy.
    pub fn iteration_flops(&self, episodes: &Episodes, minibatches: [u64; 2]) -> u64 {
        let of_phase = |&place: &usize| match &self.phases[place].1 {
            Phase::Values(values) => values.product_flops(episodes.rows()),
            Phase::Prior(prior) => prior.product_flops(episodes.rows()),
            Phase::Minibatches(net, fitting) => minibatches[net.count()] * fitting.product_flops(),
            Phase::Natural(natural) => natural.product_flops(episodes.len()),
            Phase::Batch(_) | Phase::Observe(_) | Phase::Returns | Phase::Weigh | Phase::Adapt(_) => 0,
        };
        self.order.iter().map(of_phase).sum()
    }

    /// Quantities that the last update or iteration logged.
    pub fn metrics(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.logged.iter().copied()
    }

    /// The first logged quantity of the last update or iteration that is not a finite number.
    pub fn first_not_finite(&self) -> Option<Metric> {
        self.metrics().find(|(_, value)| !value.is_finite()).map(|(metric, _)| metric)
    }

    /// V of the observation of each transition, as the last iteration's weights saw it.
    pub fn values(&self) -> Vec<f32> {
        self.table.rows.iter().map(|&row| self.table.values[row]).collect()
    }

    /// The returns of the transitions, as the last iteration's weights saw them.
    pub fn returns(&self) -> &[f32] {
        &self.table.returns
    }

    /// The standardised advantages of the last iteration.
    pub fn standardised(&self) -> &[f32] {
        &self.table.standardised
    }

    /// The weights of the last iteration.
    pub fn weights(&self) -> &[f32] {
        &self.table.weights
    }

    /// Whether an iteration is in the middle of its pieces.
    pub(crate) fn is_busy(&self) -> bool {
        self.place != Place::default()
    }

    /// Takes `obs`, seen in environment step `step`, into the input statistics.
    pub(crate) fn observe(&mut self, step: u64, obs: &[f32]) {
        if let Some(normaliser) = &self.nets.normaliser {
            normaliser.update(step, std::iter::once(obs), &mut self.statistics, &mut self.params);
        }
    }

    fn fitting(&self) -> Option<FittingState> {
        match &self.phases[self.order[self.place.phase]].1 {
            Phase::Minibatches(_, fitting) if self.is_busy() => Some(fitting.state()),
            _ => None,
        }
    }

    fn measured(&self) -> Option<u64> {
        match &self.phases[self.order[self.place.phase]].1 {
            Phase::Adapt(adaptation) if self.is_busy() => Some(adaptation.sum()),
            _ => None,
        }
    }

    fn natural(&self) -> Option<&Natural> {
        match &self.phases[self.order[self.place.phase]].1 {
            Phase::Natural(natural) if self.is_busy() && self.place.piece > 0 => Some(natural),
            _ => None,
        }
    }

    /// Everything that is not a large array.
    pub(crate) fn state(&self) -> LearnerState {
        let logged = if self.is_busy() { &self.logged[..] } else { &[] };
        LearnerState {
            updates: self.updates,
            replay_rng: self.replay_rng.clone(),
            noise_rng: self.noise_rng.clone(),
            statistics: self.statistics.to_bits(),
            place: self.place,
            fitting: self.fitting(),
            measured: self.measured(),
            natural: self.natural().map(Natural::state),
            logged: logged.iter().map(|(metric, x)| (metric.name().to_owned(), x.to_bits())).collect(),
        }
    }

    /// Parameters, and in the middle of an iteration what it knows of the data so far.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        let params = self.params.iter().map(|(name, span)| {
            let shape = span.shape;
            (format!("params.{name}"), vec![shape.groups, shape.rows, shape.cols], self.params.get(span))
        });
        let mut arrays: Arrays<'_> = params.collect();
        if self.is_busy() {
            for (name, values) in [("values", &self.table.values), ("returns", &self.table.returns)] {
                arrays.push((format!("iteration.{name}"), vec![values.len(), 1], &values[..]));
            }
            let prior = &self.table.prior;
            if !prior.is_empty() {
                arrays.push(("iteration.prior".to_owned(), vec![prior.len(), 1], &prior[..]));
            }
            arrays.extend(self.natural().map(Natural::arrays).into_iter().flatten());
        }
        arrays
    }

    /// Puts back parameters, through `read` by name.
    pub(crate) fn restore_params(&mut self, read: &mut Read<'_>) -> Result<(), String> {
        let spans: Vec<_> = self.params.iter().map(|(name, span)| (format!("params.{name}"), span)).collect();
        spans.into_iter().try_for_each(|(name, span)| read(&name, self.params.get_mut(span)))
    }

    /// Puts back the rest, with the data as they were where an iteration is in the middle of going through them.
    pub(crate) fn restore(
        &mut self,
        state: LearnerState,
        episodes: Option<&Episodes>,
        read: &mut Read<'_>,
    ) -> Result<(), String> {
        let LearnerState {
            updates,
            replay_rng,
            noise_rng,
            statistics,
            place,
            fitting,
            measured,
            natural,
            logged,
        } = state;
        self.statistics.restore(statistics)?;
        (self.updates, self.replay_rng, self.noise_rng) = (updates, replay_rng, noise_rng);
        self.logged.clear();
        for (name, bits) in logged {
            let metric = Metric::named(&name).ok_or(format!("it logs `{name}`, which is not logged here"))?;
            self.logged.push((metric, f64::from_bits(bits)));
        }
        if place.phase >= self.order.len() {
            return Err(format!("its iteration is in phase {} of {}", place.phase, self.order.len()));
        }
        self.place = place;
        if !self.is_busy() {
            return Ok(());
        }
        let Some(episodes) = episodes else { return Ok(()) };
        self.table.lay_out(episodes, self.plan.discount as f32);
        read("iteration.values", &mut self.table.values)?;
        read("iteration.returns", &mut self.table.returns)?;
        self.restore_prior(episodes.rows(), read)?;
        let weigh = self.order.iter().position(|&at| matches!(self.phases[at].1, Phase::Weigh));
        if weigh.is_some_and(|weigh| weigh < place.phase) {
            // Weights follow from values and returns.
            fill_weights(&self.plan, &mut self.table);
        }
        match (&mut self.phases[self.order[place.phase]].1, fitting) {
            (Phase::Minibatches(_, fitting), Some(state)) => fitting.restore(state),
            (Phase::Minibatches(..), None) => Err("it says nothing of its minibatches".to_owned()),
            (Phase::Natural(step), _) => match natural {
                Some(state) => step.restore(state, episodes.len(), read),
                None if place.piece == 0 => Ok(()),
                None => Err("it says nothing of its constrained step".to_owned()),
            },
            (Phase::Adapt(adaptation), _) => {
                adaptation.restore(measured.unwrap_or_default());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Puts back the prior of a rollout of `rows` observations, as far as it was known.
    fn restore_prior(&mut self, rows: usize, read: &mut Read<'_>) -> Result<(), String> {
        let step = self.order.iter().position(|&at| matches!(self.phases[at].1, Phase::Prior(_)));
        let Some(step) = step.filter(|step| *step <= self.place.phase) else { return Ok(()) };
        let known = if step < self.place.phase { rows } else { rows.min(self.place.piece as usize * CHUNK) };
        self.table.prior.resize(known * self.plan.policy.width(self.plan.dims.action), 0.0);
        if known == 0 { Ok(()) } else { read("iteration.prior", &mut self.table.prior) }
    }
}
