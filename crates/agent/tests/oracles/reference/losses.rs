//! The losses of each row, as functions of the parameters they are differentiated by.

use super::nets::{self, Policy};
use super::{Sample, State, mean, softplus};
use coadapt_agent::Method;
use coadapt_agent::columns::{
    Actions, Bonus, Eta, G, Head, Next, Penalty, PiP, PiQ, Score, Smoothing, TrustRegion, Weights,
};

pub type Loss<'a> = Box<dyn Fn(&State) -> f64 + 'a>;

/// What an update descends.
pub struct Losses<'a> {
    pub critic: Loss<'a>,
    pub policy: Loss<'a>,
    /// Name of each dual's raw variable with its loss.
    pub duals: Vec<(&'static str, Loss<'a>)>,
}

/// An update's input, with the parameters before it.
pub struct Update<'a> {
    pub method: &'a Method,
    pub batch: &'a [Sample],
    pub noise: &'a [Vec<f32>],
    pub before: &'a State,
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

fn distance(action: &[f64]) -> f64 {
    action.iter().map(|a| (a - a.clamp(-1.0, 1.0)).powi(2)).sum::<f64>().sqrt()
}

/// softmax(scores / eta)
fn boltzmann(scores: &[f64], eta: f64) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores.iter().map(|s| ((s - top) / eta).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|r| r / sum).collect()
}

/// eta (epsilon + mean_b ln mean_n exp(score / eta))
fn temperature_loss(scores: &[Vec<f64>], eta: f64, epsilon: f64) -> f64 {
    let log_mean = |scores: &Vec<f64>| {
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top / eta + mean(scores.iter().map(|s| ((s - top) / eta).exp())).ln()
    };
    eta * (epsilon + mean(scores.iter().map(log_mean)))
}

/// What the E-step makes of a batch.
struct EStep {
    /// By state and sample.
    actions: Vec<Vec<Vec<f64>>>,
    /// G of them.
    scores: Vec<Vec<f64>>,
    /// What the critics are regressed on.
    targets: Vec<f64>,
}

fn dual(state: &State, name: &str) -> f64 {
    softplus(state.get(name)[0]) + 1e-8
}

impl<'a> Update<'a> {
    fn rows(&self) -> std::ops::Range<usize> {
        0..self.batch.len()
    }

    /// Sample `n` of state `b` in random input number `which`.
    fn draw(&self, which: usize, n: usize, b: usize, width: usize) -> Vec<f64> {
        // An update of the critics alone asks for nothing that the policy's would.
        if which >= self.noise.len() {
            return vec![0.0; width];
        }
        let at = (n * self.batch.len() + b) * width;
        wide(&self.noise[which][at..at + width])
    }

    fn dim(&self) -> usize {
        self.batch[0].action.len()
    }

    fn obs(&self, b: usize) -> Vec<f64> {
        wide(&self.batch[b].obs)
    }

    fn next_obs(&self, b: usize) -> Vec<f64> {
        wide(&self.batch[b].next_obs)
    }

    fn policy(&self, state: &State, name: &str, obs: &[f64]) -> Policy {
        nets::policy(self.method, state, name, obs)
    }

    fn value(&self, state: &State, name: &str, obs: &[f64], action: &[f64]) -> f64 {
        nets::value(self.method, state, name, obs, action)
    }

    fn eta(&self) -> f64 {
        match self.method.pi_q.eta().unwrap() {
            Eta::Zero => 0.0,
            Eta::Fixed { value } => value,
            Eta::Entropy { .. } => self.before.get("temperature")[0].exp(),
            Eta::Dual { .. } => dual(self.before, "temperature"),
            other => panic!("{other:?}"),
        }
    }

    /// What an entropy is worth in the target.
    fn bonus(&self) -> f64 {
        match self.method.g {
            G::SoftQ { bonus: Bonus::Eta } => self.eta(),
            G::SoftQ { bonus: Bonus::Fixed { value } } => value,
            _ => 0.0,
        }
    }

    /// r + gamma V(s'), nothing after a termination.
    fn target(&self, b: usize, next_value: f64) -> f64 {
        let gamma = f64::from(self.method.estimate.discount as f32);
        let Sample { reward, terminated, .. } = self.batch[b];
        f64::from(reward) + if terminated { 0.0 } else { gamma * next_value }
    }

    /// Half the mean squared error to `targets`, of every critic.
    fn critic_loss(&self, state: &State, targets: &[f64]) -> f64 {
        mean(self.rows().map(|b| {
            let action = wide(&self.batch[b].action);
            let each = nets::values(self.method, state, "critic", &self.obs(b), &action);
            each.iter().map(|q| 0.5 * (q - targets[b]).powi(2)).sum()
        }))
    }

    /// ln pi_q - ln pi_p, or the KL to a lagged prior.
    fn log_ratio(&self, obs: &[f64], policy: &Policy, log_prob: f64) -> f64 {
        match self.method.pi_p {
            PiP::Lagged { .. } => policy.kl(&self.policy(self.before, "prior_policy", obs)),
            _ => log_prob,
        }
    }

    /// Random input number `which` for one action of state `b`, or nothing where actions are not drawn.
    fn draw_of_action(&self, which: usize, b: usize) -> Vec<f64> {
        match self.method.pi.head {
            Head::Normal { .. } => self.draw(which, 0, b, self.dim()),
            Head::Delta { .. } | Head::Softmax => vec![0.0; self.dim()],
        }
    }

    /// Targets through one action a state of the policy that stands for the next ones, of random input 0.
    fn online_targets(&self) -> Vec<f64> {
        let of = |b: usize| {
            let next = self.next_obs(b);
            let (name, is_smoothed) = match self.method.estimate.next {
                Next::Online => ("policy", false),
                Next::Target => ("target_policy", false),
                Next::Smoothed => ("target_policy", true),
            };
            let policy = self.policy(self.before, name, &next);
            let (action, log_prob) = if is_smoothed {
                let Smoothing { std, clip } = self.method.estimate.smoothing;
                let noise = self.draw(0, 0, b, self.dim()).into_iter().map(|z| (std * z).clamp(-clip, clip));
                let shifted = policy.mode().into_iter().zip(noise).map(|(a, z)| (a + z).clamp(-1.0, 1.0));
                (shifted.collect(), 0.0)
            } else {
                policy.sample(&self.draw_of_action(0, b))
            };
            let q = self.value(self.before, "target_critic", &next, &action);
            self.target(b, q - self.bonus() * self.log_ratio(&next, &policy, log_prob))
        };
        self.rows().map(of).collect()
    }

    fn mean_l2(&self, policies: &[Policy]) -> f64 {
        let Penalty::MeanL2 { coefficient } = self.method.pi.penalty else { return 0.0 };
        mean(policies.iter().map(|p| 0.5 * coefficient * distance(&p.mode()).powi(2)))
    }

    /// What a policy climbs.
    fn climbed(&self, state: &State, obs: &[f64], action: &[f64]) -> f64 {
        match self.method.estimate.score {
            Score::Combined => self.value(state, "critic", obs, action),
            Score::First => nets::values(self.method, state, "critic", obs, action)[0],
        }
    }

    /// KL control; the policy climbs the critics as they are `after` their step.
    pub fn kl(&'a self, after: &'a State) -> Losses<'a> {
        let (eta, targets) = (self.eta(), self.online_targets());
        let sampled = |state: &State, b: usize| {
            let policy = self.policy(state, "policy", &self.obs(b));
            let (action, log_prob) = policy.sample(&self.draw_of_action(1, b));
            let log_ratio = self.log_ratio(&self.obs(b), &policy, log_prob);
            (policy, action, log_prob, log_ratio)
        };
        let log_prob = mean(self.rows().map(|b| sampled(self.before, b).2));
        let log_ratio = mean(self.rows().map(|b| sampled(self.before, b).3));
        let mut duals: Vec<(&str, Loss<'a>)> = Vec::new();
        match self.method.pi_q.eta().unwrap() {
            Eta::Entropy { target_per_dim, .. } => {
                let bound = target_per_dim * self.dim() as f64;
                duals.push((
                    "temperature",
                    Box::new(move |s| -s.get("temperature")[0].exp() * (log_prob + bound)),
                ));
            }
            Eta::Dual { epsilon, .. } => {
                duals
                    .push(("temperature", Box::new(move |s| dual(s, "temperature") * (epsilon - log_ratio))));
            }
            _ => {}
        }
        let mut weight = 0.0;
        if let Penalty::Samples { epsilon, .. } = self.method.pi.penalty {
            weight = eta / dual(self.before, "penalty_temperature");
            let costs: Vec<Vec<f64>> = self
                .rows()
                .map(|b| self.outside(self.before, b).into_iter().map(|distance| -distance).collect())
                .collect();
            duals.push((
                "penalty_temperature",
                Box::new(move |s| temperature_loss(&costs, dual(s, "penalty_temperature"), epsilon)),
            ));
        }
        let policy = move |s: &State| {
            let each: Vec<_> = self.rows().map(|b| sampled(s, b)).collect();
            let objective = mean(each.iter().enumerate().map(|(b, (_, action, _, log_ratio))| {
                eta * log_ratio - self.climbed(after, &self.obs(b), action)
            }));
            let policies: Vec<Policy> = each.into_iter().map(|(policy, ..)| policy).collect();
            let outside: Vec<f64> = self.rows().flat_map(|b| self.outside(s, b)).collect();
            let penalty = if outside.is_empty() { 0.0 } else { weight * mean(outside) };
            objective + self.mean_l2(&policies) + penalty
        };
        Losses { critic: Box::new(move |s| self.critic_loss(s, &targets)), policy: Box::new(policy), duals }
    }

    /// How far outside the box each of the penalty's samples of state `b` is; none without such a penalty.
    fn outside(&self, state: &State, b: usize) -> Vec<f64> {
        let Penalty::Samples { samples, .. } = self.method.pi.penalty else { return Vec::new() };
        let policy = self.policy(state, "policy", &self.obs(b));
        (0..samples).map(|n| distance(&policy.sample(&self.draw(2, n, b, self.dim())).0)).collect()
    }

    fn e_step(&self, samples: usize) -> EStep {
        let (mut actions, mut scores, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        for b in self.rows() {
            let next = self.next_obs(b);
            let prior = self.policy(self.before, "target_policy", &next);
            let scored = |a: &Vec<f64>| self.value(self.before, "target_critic", &next, a);
            // The online policy's next actions come first, where they are asked for.
            let first = usize::from(self.method.estimate.next == Next::Online);
            let drawn: Vec<_> =
                (0..samples).map(|n| prior.sample(&self.draw(first, n, b, self.dim()))).collect();
            targets.push(match self.method.estimate.next {
                Next::Online => self.online_targets()[b],
                _ => self
                    .target(b, mean(drawn.iter().map(|(a, log_prob)| scored(a) - self.bonus() * log_prob))),
            });
            let mixed = |n: usize| {
                if self.draw(first + 3, n, b, 1)[0] == 1.0 {
                    self.draw(first + 2, n, b, self.dim())
                } else {
                    prior.sample(&self.draw(first + 1, n, b, self.dim())).0
                }
            };
            let own: Vec<Vec<f64>> = match self.method.pi_p {
                PiP::Sg { actions: Actions::UniformMix { .. }, .. } => (0..samples).map(mixed).collect(),
                _ => drawn.into_iter().map(|(action, _)| action).collect(),
            };
            scores.push(own.iter().map(scored).collect());
            actions.push(own);
        }
        EStep { actions, scores, targets }
    }

    /// EM control on samples of the previous policy.
    pub fn em_samples(&'a self, samples: usize) -> Losses<'a> {
        let eta = self.eta();
        let EStep { actions, scores, targets } = self.e_step(samples);
        let mut weights: Vec<Vec<f64>> = scores.iter().map(|q| boltzmann(q, eta)).collect();
        let mut duals: Vec<(&str, Loss<'a>)> = Vec::new();
        if let Eta::Dual { epsilon, .. } = self.method.pi_q.eta().unwrap() {
            duals.push((
                "temperature",
                Box::new(move |s| temperature_loss(&scores, dual(s, "temperature"), epsilon)),
            ));
        }
        if let Penalty::Samples { epsilon, .. } = self.method.pi.penalty {
            let costs: Vec<Vec<f64>> =
                actions.iter().map(|of| of.iter().map(|a| -distance(a)).collect()).collect();
            for (weights, costs) in weights.iter_mut().zip(&costs) {
                let second = boltzmann(costs, dual(self.before, "penalty_temperature"));
                weights.iter_mut().zip(second).for_each(|(w, v)| *w += v);
            }
            duals.push((
                "penalty_temperature",
                Box::new(move |s| temperature_loss(&costs, dual(s, "penalty_temperature"), epsilon)),
            ));
        }
        let mut multipliers = [vec![0.0; self.dim()], vec![0.0; self.dim()]];
        if let PiP::Sg { trust_region: TrustRegion::MeanStd { mean, std, .. }, .. } = self.method.pi_p {
            let kl = self.decoupled_kl(self.before);
            for (i, (name, bound)) in
                [("multiplier_mean", mean), ("multiplier_std", std)].into_iter().enumerate()
            {
                let by_dim = |s: &State| s.get(name).iter().map(|&x| softplus(x) + 1e-8).collect::<Vec<_>>();
                multipliers[i] = by_dim(self.before);
                let kl = kl[i].clone();
                let loss =
                    move |s: &State| by_dim(s).iter().zip(&kl).map(|(alpha, kl)| alpha * (bound - kl)).sum();
                duals.push((name, Box::new(loss)));
            }
        }
        let policy = move |s: &State| {
            let fit = mean(self.rows().map(|b| self.decoupled_fit(s, b, &actions[b], &weights[b])));
            let kl = self.decoupled_kl(s);
            let region: f64 = (0..2)
                .flat_map(|i| (0..self.dim()).map(move |d| (i, d)))
                .map(|(i, d)| multipliers[i][d] * kl[i][d])
                .sum();
            let policies: Vec<Policy> =
                self.rows().map(|b| self.policy(s, "policy", &self.next_obs(b))).collect();
            fit + region + self.mean_l2(&policies)
        };
        Losses { critic: Box::new(move |s| self.critic_loss(s, &targets)), policy: Box::new(policy), duals }
    }

    /// -sum_n w_n (ln N(a; mu, sigma_bar) + ln N(a; mu_bar, sigma))
    fn decoupled_fit(&self, state: &State, b: usize, actions: &[Vec<f64>], weights: &[f64]) -> f64 {
        let next = self.next_obs(b);
        let policy = self.policy(state, "policy", &next);
        let prior = self.policy(self.before, "target_policy", &next);
        let of_mean = Policy { std: prior.std.clone(), ..policy.clone() };
        let of_std = Policy { mean: prior.mean, ..policy.clone() };
        let each = actions.iter().zip(weights).map(|(action, w)| {
            let u = policy.unsquashed(action);
            w * (of_mean.gaussian_log_prob(&u) + of_std.gaussian_log_prob(&u))
        });
        -each.sum::<f64>()
    }

    /// The KL of the means and that of the standard deviations, by dimension, averaged over states.
    fn decoupled_kl(&self, state: &State) -> [Vec<f64>; 2] {
        let (mut of_mean, mut of_std) = (vec![0.0; self.dim()], vec![0.0; self.dim()]);
        let share = 1.0 / self.batch.len() as f64;
        for b in self.rows() {
            let next = self.next_obs(b);
            let policy = self.policy(state, "policy", &next);
            let prior = self.policy(self.before, "target_policy", &next);
            for d in 0..self.dim() {
                let (s, t) = (policy.std[d], prior.std[d]);
                of_mean[d] += share * (policy.mean[d] - prior.mean[d]).powi(2) / (2.0 * t * t);
                of_std[d] += share * ((s / t).ln() + t * t / (2.0 * s * s) - 0.5);
            }
        }
        [of_mean, of_std]
    }

    /// EM control on the replay's own actions; all advantages from the critics before their step.
    pub fn em_replay(&'a self) -> Losses<'a> {
        let targets = self.online_targets();
        let PiQ::Analytic { weights: Weights::Batch { clip }, .. } = self.method.pi_q else {
            panic!("weights of a batch")
        };
        let action = move |b: usize| match self.method.pi_p {
            PiP::Sg { actions: Actions::MixtureUniform { .. }, .. } if self.draw(3, 0, b, 1)[0] == 1.0 => {
                self.draw(2, 0, b, self.dim())
            }
            _ => wide(&self.batch[b].action),
        };
        let advantages: Vec<f64> = self
            .rows()
            .map(|b| {
                let obs = self.obs(b);
                let own = self.policy(self.before, "policy", &obs).sample(&self.draw(1, 0, b, self.dim())).0;
                self.value(self.before, "critic", &obs, &action(b))
                    - self.value(self.before, "critic", &obs, &own)
            })
            .collect();
        let count = self.batch.len() as f64;
        let weights: Vec<f64> =
            boltzmann(&advantages, self.eta()).iter().map(|w| (count * w).min(clip)).collect();
        let policy = move |s: &State| {
            let policies: Vec<Policy> = self.rows().map(|b| self.policy(s, "policy", &self.obs(b))).collect();
            let fit = |b: usize| -weights[b] * policies[b].log_prob(&action(b));
            mean(self.rows().map(fit)) + self.mean_l2(&policies)
        };
        Losses {
            critic: Box::new(move |s| self.critic_loss(s, &targets)),
            policy: Box::new(policy),
            duals: Vec::new(),
        }
    }
}
