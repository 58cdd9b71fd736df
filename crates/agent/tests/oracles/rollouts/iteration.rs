//! One iteration over a rollout, minibatch by minibatch: the steps of critic, policy and duals, the copies, the temperature
//! that follows the KL, and the means of what is logged.

use super::descent::Rates;
use super::dist::Dist;
use super::known::{Known, Minibatch, value};
use crate::reference::losses::Loss;
use crate::reference::{Sample, State, mean};
use coadapt_agent::code::{KlStop, Sync, ValueLoss};
use coadapt_agent::columns::{Eta, PiP, PiQ, TrustRegion};
use coadapt_agent::{Method, Metric};
use std::collections::BTreeMap;

/// The formulas of an iteration over the rollout `episodes`, after `updates` minibatches of earlier ones.
pub struct Iteration<'a> {
    pub method: &'a Method,
    episodes: &'a [Vec<Sample>],
    samples: Vec<&'a Sample>,
    updates: u64,
}

/// What an iteration comes to.
pub struct Outcome {
    pub state: State,
    pub logged: BTreeMap<&'static str, f64>,
    /// How far the policy was from the one that acted, in each minibatch, before its step.
    pub kls: Vec<f64>,
}

/// What a step of the policy descends, and what is logged of it.
pub struct PolicyStep<'a> {
    pub loss: Loss<'a>,
    /// Name of each dual's raw variable, its learning rate and its loss.
    pub duals: Vec<(&'static str, f64, Loss<'a>)>,
    pub logged: Vec<(Metric, f64)>,
}

impl<'a> Iteration<'a> {
    pub fn of(method: &'a Method, episodes: &'a [Vec<Sample>], updates: u64) -> Self {
        Iteration { method, episodes, samples: episodes.iter().flatten().collect(), updates }
    }

    pub fn sample(&self, row: usize) -> &Sample {
        self.samples[row]
    }

    /// The policy `name` where each of the transitions `rows` was taken.
    pub fn policies(&self, state: &State, name: &str, rows: &[usize]) -> Vec<Dist> {
        rows.iter().map(|&i| Dist::at(self.method, state, name, &self.samples[i].obs)).collect()
    }

    /// The whole iteration from the parameters `before`.
    pub fn run(&self, before: &State, minibatches: &[Vec<usize>]) -> Outcome {
        let known = Known::of(self.method, before, self.episodes);
        let (mut state, mut kls) = (before.clone(), Vec::new());
        let mut all: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
        for rows in minibatches {
            let batch = known.minibatch(self.method, rows);
            kls.push(self.kl([before, &state], rows));
            let logged = self.step(&mut state, before, (&known, &batch));
            logged.into_iter().for_each(|(metric, x)| all.entry(metric.name()).or_default().push(x));
            self.follow(&mut state, self.updates + kls.len() as u64);
            if matches!(self.method.code.kl_stop, KlStop::Above { kl } if kls[kls.len() - 1] > kl) {
                break;
            }
        }
        let mut logged: BTreeMap<_, _> = all.into_iter().map(|(name, each)| (name, mean(each))).collect();
        let center = mean(known.raw.iter().copied());
        let spread = mean(known.raw.iter().map(|a| (a - center).powi(2))).sqrt();
        logged.insert(Metric::TargetMean.name(), mean(known.returns.iter().copied()));
        logged.insert(Metric::AdvantageStd.name(), spread);
        self.adapt(&mut state, before, &mut logged);
        Outcome { state, logged, kls }
    }

    /// One step of everything on a minibatch.
    fn step(
        &self,
        state: &mut State,
        before: &State,
        (known, batch): (&Known, &Minibatch),
    ) -> Vec<(Metric, f64)> {
        let (method, now) = (self.method, state.clone());
        let PolicyStep { loss, duals, mut logged } = match method.pi_q {
            PiQ::Analytic { .. } => self.top(&now, batch),
            _ => self.surrogate([before, &now], batch),
        };
        logged.push((Metric::CriticLoss, self.critic_losses(&now, (known, batch))[0]));
        logged.extend(self.about(&now, batch));
        let critic = |state: &State| {
            let [plain, clipped] = self.critic_losses(state, (known, batch));
            if method.code.value_loss == ValueLoss::Plain { plain } else { clipped }
        };
        for (names, lr, loss) in [
            (["critic.", "critic_adam"], method.code.critic_lr, &critic as &dyn Fn(&State) -> f64),
            (["policy.", "policy_adam"], method.code.policy_lr, &loss),
        ] {
            let gradient = now.gradient(names[0], loss);
            let lr = lr * now.find("lr_factor").map_or(1.0, |factor| factor[0]);
            *state = Rates::of_network(&method.code, lr).descend(state, names, gradient);
        }
        // All from the values they had before the step.
        for (name, lr, loss) in duals {
            let gradient = now.gradient(name, loss.as_ref());
            *state = Rates::of_dual(lr).descend(state, [name, &format!("adam_{name}")], gradient);
        }
        logged
    }

    /// Half the mean squared error of the critic to its returns, and the same where leaving the old value earns nothing.
    fn critic_losses(&self, state: &State, (known, batch): (&Known, &Minibatch)) -> [f64; 2] {
        let epsilon = match self.method.code.value_loss {
            ValueLoss::Clipped { epsilon } => epsilon,
            ValueLoss::Plain => f64::INFINITY,
        };
        let errors = |&i: &usize| {
            let (v, old, target) =
                (value(self.method, state, &self.samples[i].obs), known.values[i], known.returns[i]);
            let plain = (v - target).powi(2);
            [plain, plain.max((v.clamp(old - epsilon, old + epsilon) - target).powi(2))]
        };
        let each: Vec<_> = batch.rows.iter().map(errors).collect();
        [0, 1].map(|which| 0.5 * mean(each.iter().map(|errors| errors[which])))
    }

    /// Mean KL of the policy of `old` from that of `new`, over transitions `rows`.
    fn kl(&self, [old, new]: [&State; 2], rows: &[usize]) -> f64 {
        let [old, new] = [old, new].map(|state| self.policies(state, "policy", rows));
        mean_kl(&old, &new)
    }

    /// What is logged of the policy itself.
    fn about(&self, state: &State, batch: &Minibatch) -> Vec<(Metric, f64)> {
        let policies = self.policies(state, "policy", &batch.rows);
        let each: Vec<_> = policies.iter().map(Dist::about).collect();
        (0..each[0].len()).map(|k| (each[0][k].0, mean(each.iter().map(|about| about[k].1)))).collect()
    }

    /// What policies pay beside: their cost by themselves, less what their entropy is worth.
    pub fn beside(&self, policies: &[Dist]) -> f64 {
        let worth = self.method.code.entropy_bonus;
        mean(policies.iter().map(|policy| policy.cost(self.method.pi.penalty) - worth * policy.entropy()))
    }

    /// The previous policy follows.
    fn follow(&self, state: &mut State, updates: u64) {
        let (online, old) = (state.flat("policy."), state.flat("target_policy."));
        let share = match self.method.code.targets {
            Sync::Soft { tau } => tau,
            Sync::Hard { period } => f64::from(u8::from(updates.is_multiple_of(period))),
        };
        let moves: Vec<f64> = old.iter().zip(&online).map(|(old, new)| share * (new - old)).collect();
        *state = state.moved("target_policy.", &moves);
    }

    /// PPO's temperature follows the KL of the iteration.
    fn adapt(&self, state: &mut State, before: &State, logged: &mut BTreeMap<&'static str, f64>) {
        let PiQ::Gradient { eta: Eta::Adaptive { target, .. }, .. } = self.method.pi_q else { return };
        let kl = self.kl([before, state], &(0..self.samples.len()).collect::<Vec<_>>());
        logged.insert(Metric::KlQ.name(), kl);
        logged.insert(Metric::KlQRelative.name(), kl / target);
        let eta = &mut state.get_mut("temperature")[0];
        if kl > 1.5 * target {
            *eta *= 2.0;
        } else if kl < target / 1.5 {
            *eta /= 2.0;
        }
    }

    pub fn region(&self) -> TrustRegion {
        match self.method.pi_p {
            PiP::Sg { trust_region, .. } => trust_region,
            _ => TrustRegion::Off,
        }
    }
}

/// Mean KL(old || new).
pub fn mean_kl(old: &[Dist], new: &[Dist]) -> f64 {
    mean(old.iter().zip(new).map(|(old, new)| old.kl(new)))
}
