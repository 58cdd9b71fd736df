//! TRPO's step against dense algebra in f64: the Fisher matrix written out from Jacobians by finite differences, its system
//! solved by elimination, the line search with the surrogate and the KL of the definition.

use crate::reference::{Change, State, assert_close, mean, nets};
use coadapt_agent::columns::{Divergence, Head, PiQ};
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::rng::stream;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Dims, Method, Metric};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;

const DIMS: Dims = Dims { obs: 2, action: 2 };

/// A method, a learner of it, and the transitions that it is stepped on, each an episode of its own.
struct Case {
    method: Method,
    learner: Learner,
    obs: Vec<Vec<f64>>,
    actions: Vec<Vec<f64>>,
    rollout: Episodes,
}

impl Case {
    fn new(of: &Spec, len: usize, changes: &[Change]) -> Self {
        let mut method = coadapt_agent::method("trpo", of).unwrap();
        let own = [
            ("code.policy_sizes", "[3]"),
            ("code.critic_sizes", "[3]"),
            ("code.input_norm", "off"),
            ("pi_q.solver.iterations", "200"),
        ];
        for (path, value) in own.iter().chain(changes) {
            method.set(path, value).unwrap_or_else(|e| panic!("{e}"));
        }
        let mut learner = crate::plans::learner(&method, DIMS, 2);
        let mut rng = stream(4, "case");
        let spans: Vec<_> =
            learner.params.iter().filter(|(name, _)| name.starts_with("policy.")).map(|(_, s)| s).collect();
        for span in spans {
            let numbers = learner.params.get_mut(span);
            let mut noise = vec![0.0; numbers.len()];
            fill_normal(&mut rng, &mut noise);
            numbers.iter_mut().zip(noise).for_each(|(x, z)| *x += 0.3 * z);
        }
        let mut rollout = Episodes::new(len, DIMS.obs, DIMS.action);
        let (mut all_obs, mut actions) = (Vec::new(), Vec::new());
        for i in 0..len {
            let mut numbers = [0.0; 5];
            fill_normal(&mut rng, &mut numbers);
            let [x, y, a, b, reward] = numbers;
            let action = match method.pi.head {
                Head::Softmax => [f32::from(u8::from(i % 3 > 0)), f32::from(u8::from(i % 3 == 0))],
                _ => [0.5 * a.clamp(-1.9, 1.9), 0.5 * b.clamp(-1.9, 1.9)],
            };
            let obs = [x, y];
            let (terminated, truncated) = (true, false);
            rollout.push(Transition {
                obs: &obs,
                action: &action,
                reward,
                terminated,
                truncated,
                next_obs: &obs,
            });
            all_obs.push(obs.map(f64::from).to_vec());
            actions.push(action.map(f64::from).to_vec());
        }
        Case { method, learner, obs: all_obs, actions, rollout }
    }

    fn state(&self) -> State {
        State::of(&self.learner.params)
    }

    fn metric(&self, wanted: Metric) -> f64 {
        self.learner.metrics().find(|(metric, _)| *metric == wanted).unwrap().1
    }

    /// ln p of every choice.
    fn log_probs(&self, state: &State, obs: &[f64]) -> Vec<f64> {
        let logits = nets::network(&self.method, state, "policy", [0, 1], obs);
        let sum: f64 = logits.iter().map(|x| x.exp()).sum();
        logits.iter().map(|x| x - sum.ln()).collect()
    }

    fn is_softmax(&self) -> bool {
        self.method.pi.head == Head::Softmax
    }

    fn log_prob(&self, state: &State, i: usize) -> f64 {
        let (obs, action) = (&self.obs[i], &self.actions[i]);
        if self.is_softmax() {
            return self.log_probs(state, obs).iter().zip(action).map(|(l, a)| l * a).sum();
        }
        nets::policy(&self.method, state, "policy", obs).log_prob(action)
    }

    /// KL(of || from) at a state.
    fn kl(&self, of: &State, from: &State, obs: &[f64]) -> f64 {
        if self.is_softmax() {
            let [of, from] = [of, from].map(|state| self.log_probs(state, obs));
            return of.iter().zip(&from).map(|(p, q)| p.exp() * (p - q)).sum();
        }
        let [of, from] = [of, from].map(|state| nets::policy(&self.method, state, "policy", obs));
        of.kl(&from)
    }

    fn entropy(&self, state: &State, obs: &[f64]) -> f64 {
        if self.is_softmax() {
            return -self.log_probs(state, obs).iter().map(|l| l.exp() * l).sum::<f64>();
        }
        let policy = nets::policy(&self.method, state, "policy", obs);
        policy.std.iter().map(|std| std.ln() + 0.5 * (std::f64::consts::TAU.ln() + 1.0)).sum()
    }

    fn mean_kl(&self, old: &State, new: &State) -> f64 {
        let PiQ::Constrained { divergence, .. } = self.method.pi_q else { panic!("no constrained step") };
        let [of, from] = if divergence == Divergence::QToP { [new, old] } else { [old, new] };
        mean(self.obs.iter().map(|obs| self.kl(of, from, obs)))
    }

    fn gain(&self, old: &State, new: &State, advantages: &[f32]) -> f64 {
        mean((0..self.obs.len()).map(|i| {
            let ratio = (self.log_prob(new, i) - self.log_prob(old, i)).exp();
            let bonus = self.method.code.entropy_bonus;
            ratio * f64::from(advantages[i]) + bonus * self.entropy(new, &self.obs[i])
        }))
    }

    /// The numbers in whose terms the metric of the distribution is diagonal, each with its weight there.
    fn coordinates(&self, state: &State, obs: &[f64]) -> Vec<(f64, f64)> {
        if self.is_softmax() {
            return self.log_probs(state, obs).into_iter().map(|l| (l, l.exp())).collect();
        }
        let policy = nets::policy(&self.method, state, "policy", obs);
        let of = |d: usize| [(policy.mean[d], policy.std[d].powi(-2)), (policy.std[d].ln(), 2.0)];
        (0..DIMS.action).flat_map(of).collect()
    }

    /// The Fisher matrix of the policy's parameters, plus the damping.
    fn fisher(&self, state: &State, damping: f64) -> Vec<Vec<f64>> {
        let n = state.flat("policy.").len();
        let mut fisher: Vec<Vec<f64>> =
            (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j)) * damping).collect()).collect();
        for obs in &self.obs {
            for (k, (_, weight)) in self.coordinates(state, obs).into_iter().enumerate() {
                let slope = state.gradient("policy.", &|state: &State| self.coordinates(state, obs)[k].0);
                for (row, a) in fisher.iter_mut().zip(&slope) {
                    for (entry, b) in row.iter_mut().zip(&slope) {
                        *entry += weight * a * b / self.obs.len() as f64;
                    }
                }
            }
        }
        fisher
    }

    /// The step and its fraction of the full one that the line search should find.
    fn expected(&self, old: &State, advantages: &[f32]) -> (Vec<f64>, f64) {
        let PiQ::Constrained { epsilon, solver, .. } = self.method.pi_q else {
            panic!("no constrained step")
        };
        let gradient = old.gradient("policy.", &|state: &State| self.gain(old, state, advantages));
        let x = solve(self.fisher(old, solver.damping), &gradient);
        let curvature: f64 = x.iter().zip(&gradient).map(|(x, g)| x * g).sum();
        let full: Vec<f64> = x.iter().map(|x| x * (2.0 * epsilon / curvature).sqrt()).collect();
        let before = self.gain(old, old, advantages);
        let mut fraction = 1.0;
        for _ in 0..solver.trials {
            let step: Vec<f64> = full.iter().map(|x| x * fraction).collect();
            let new = old.moved("policy.", &step);
            if self.gain(old, &new, advantages) >= before && self.mean_kl(old, &new) <= epsilon {
                return (step, fraction);
            }
            fraction *= solver.shrink;
        }
        (vec![0.0; full.len()], 0.0)
    }
}

/// x of A x = b by elimination: A is positive definite.
fn solve(mut a: Vec<Vec<f64>>, b: &[f64]) -> Vec<f64> {
    let n = b.len();
    a.iter_mut().zip(b).for_each(|(row, b)| row.push(*b));
    for i in 0..n {
        let pivot = a[i].clone();
        for (_, row) in a.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = row[i] / pivot[i];
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
        }
    }
    (0..n).map(|i| a[i][n] / a[i][i]).collect()
}

fn box_task() -> Spec {
    Spec::new("oracle", DIMS.obs, ActionSpace::boxed(DIMS.action, -1.0, 1.0), 10)
}

fn choice_task() -> Spec {
    Spec::new("oracle", DIMS.obs, ActionSpace::Discrete { n: DIMS.action }, 10)
}

/// Takes one step; gives the fraction that was taken.
fn assert_step(spec: &Spec, len: usize, changes: &[Change]) -> f64 {
    let mut case = Case::new(spec, len, changes);
    let before = case.state();
    case.learner.iterate(&case.rollout, [Minibatches::Given(&[]); 2], &mut Pool::new(1));
    let after = case.state();
    let advantages = case.learner.standardised().to_vec();
    let (step, fraction) = case.expected(&before, &advantages);
    let what = format!("{changes:?}");
    assert_eq!(case.metric(Metric::StepFraction), fraction, "{what}");
    let [old, new] = [&before, &after].map(|state| state.flat("policy."));
    let moved: Vec<f64> = new.iter().zip(&old).map(|(new, old)| new - old).collect();
    assert_close(&what, &moved, &step, 2e-3);
    let close = |metric, expected: f64| {
        let found = case.metric(metric);
        assert!(
            (found - expected).abs() < 1e-5 + 2e-3 * expected.abs(),
            "{what}: {metric:?} {found}, {expected}"
        );
    };
    close(Metric::KlStep, case.mean_kl(&before, &after));
    close(Metric::ScoreMean, case.gain(&before, &after, &advantages));
    close(Metric::Entropy, mean(case.obs.iter().map(|obs| case.entropy(&after, obs))));
    let PiQ::Constrained { epsilon, .. } = case.method.pi_q else { panic!("no constrained step") };
    close(Metric::KlStepRelative, case.mean_kl(&before, &after) / epsilon);
    // Nothing but the policy moved, and that as one update.
    assert_eq!(before.flat("critic."), after.flat("critic."), "{what}");
    assert_eq!(case.learner.updates, 1);
    fraction
}

#[test]
fn a_gaussian_s_step_is_that_of_dense_algebra() {
    for changes in [
        &[][..],
        &[("pi.head.std", "{ kind = \"softplus\", initial = 0.5 }")],
        &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }")],
        &[("pi_q.divergence", "q_to_p")],
        &[("code.entropy_bonus", "0.3")],
        &[("code.advantage_norm", "off")],
        &[("code.activation", "elu")],
        &[("code.layer_norm", "true")],
    ] {
        let fraction = assert_step(&box_task(), 30, changes);
        assert!(fraction > 0.0, "{changes:?}");
    }
}

#[test]
fn a_softmax_s_step_is_that_of_dense_algebra() {
    for changes in [&[][..], &[("pi_q.divergence", "q_to_p")], &[("code.entropy_bonus", "0.3")]] {
        let fraction = assert_step(&choice_task(), 30, changes);
        assert!(fraction > 0.0, "{changes:?}");
    }
}

#[test]
fn chunks_of_a_rollout_add_up() {
    assert_step(&box_task(), 1500, &[("code.policy_sizes", "[2]")]);
}

#[test]
fn a_step_that_goes_too_far_is_taken_back_by_fractions() {
    let far = ("pi_q.epsilon", "3.0");
    let fraction = assert_step(&box_task(), 30, &[far]);
    assert!(fraction > 0.0 && fraction < 1.0, "{fraction}");
    let fraction = assert_step(&box_task(), 30, &[far, ("pi_q.solver.shrink", "0.8")]);
    assert!(fraction > 0.0 && fraction < 1.0, "{fraction}");
}

#[test]
fn where_no_fraction_is_good_the_policy_stays_to_the_bit() {
    let changes = [("pi_q.epsilon", "3.0"), ("pi_q.solver.trials", "1")];
    assert_eq!(assert_step(&box_task(), 30, &changes), 0.0);
    let mut case = Case::new(&box_task(), 30, &changes);
    let before = case.state().flat("policy.");
    case.learner.iterate(&case.rollout, [Minibatches::Given(&[]); 2], &mut Pool::new(1));
    assert_eq!(case.state().flat("policy."), before);
    assert_eq!(case.learner.first_not_finite(), None);
}

#[test]
fn without_a_gradient_there_is_no_step() {
    let mut case = Case::new(&box_task(), 1, &[]);
    // One transition: its standardised advantage is zero.
    let before = case.state().flat("policy.");
    case.learner.iterate(&case.rollout, [Minibatches::Given(&[]); 2], &mut Pool::new(1));
    assert_eq!(case.state().flat("policy."), before);
    assert_eq!(case.metric(Metric::StepFraction), 0.0);
    assert_eq!(case.metric(Metric::KlStep), 0.0);
}
