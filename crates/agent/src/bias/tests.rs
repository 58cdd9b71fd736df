//! Critics with weights set by hand, on a task whose returns are sums one can write down.

use super::*;
use crate::learning::Learning;
use crate::method::Method;
use crate::paper;
use coadapt_envs::{ActionSpace, Env, EnvError, Spec, Step};
use coadapt_nn::init::fill_normal;

const SEED: u64 = 17;
const LIMIT: u32 = 20;

/// Pays 1 plus the action; the observation is the number of the step. Terminates after `ends` steps.
struct Counter {
    spec: Spec,
    clock: u32,
    ends: u32,
    /// From this step on, the simulation blows up.
    breaks: u32,
}

/// The plan of `method` on it.
fn plan(method: &Method) -> Plan {
    Plan::of(method, Counter::env_loop(NEVER, NEVER).env.spec()).unwrap()
}

impl Counter {
    fn env_loop(ends: u32, breaks: u32) -> EnvLoop {
        let action = ActionSpace::boxed(1, -1.0, 1.0);
        let spec = Spec::new("Counter", 1, action, LIMIT);
        EnvLoop::new(Box::new(Counter { spec, clock: 0, ends, breaks }))
    }
}

impl Env for Counter {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, _: u64) {}

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.clock = 0;
        obs[0] = 0.0;
        Ok(())
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.clock += 1;
        obs[0] = f64::from(self.clock);
        if self.clock >= self.breaks {
            return Err(EnvError::Unstable { id: "Counter".into(), step: self.clock, what: "it broke" });
        }
        let (terminated, truncated) = (self.clock == self.ends, self.clock >= LIMIT);
        Ok(Step { reward: 1.0 + action[0], terminated, truncated })
    }

    fn save(&self, _: &mut Vec<u8>) {}

    fn restore(&mut self, _: &[u8]) -> Result<(), EnvError> {
        Ok(())
    }
}

const NEVER: u32 = u32::MAX;

fn with(mut method: Method, changes: &[(&str, &str)]) -> Method {
    let small = [("code.policy_sizes", "[4]"), ("code.critic_sizes", "[4]"), ("estimate.discount", "0.9")];
    small.iter().chain(changes).for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

/// Networks of `method` with zeros everywhere, but for a policy of standard deviation `std` around 0 and
/// critics whose outputs are obs + action + offset, one offset a critic.
fn by_hand(method: &Method, log_std: f32, offsets: &[f32]) -> Learning {
    let mut learning = Learning::new(&plan(method), 0).unwrap();
    let params = &mut learning.learner.params;
    let mut set = |name: &str, values: &dyn Fn(usize) -> f32| {
        let span = params.span(name).unwrap();
        params.get_mut(span).iter_mut().enumerate().for_each(|(i, x)| *x = values(i));
    };
    ["policy.0.weight", "policy.0.bias", "policy.1.weight"].iter().for_each(|name| set(name, &|_| 0.0));
    set("policy.1.bias", &|i| if i == 1 { log_std } else { 0.0 });
    // The first of four units takes all inputs, kept above 0 by a bias that comes off at the end.
    set("critic.0.weight", &|i| if i % 4 == 0 { 1.0 } else { 0.0 });
    set("critic.0.bias", &|i| if i % 4 == 0 { 64.0 } else { 0.0 });
    set("critic.1.weight", &|i| if i % 4 == 0 { 1.0 } else { 0.0 });
    set("critic.1.bias", &|i| offsets[i] - 64.0);
    learning
}

fn measured(learning: &mut Learning, mut env_loop: EnvLoop, episodes: u32) -> Option<Bias> {
    let mut probe = QBiasProbe::new(learning.learner.plan(), &learning.learner.nets);
    let (params, mut pool) = (&mut learning.learner.params, Pool::new(1));
    let mut measure = || {
        let mut probing = probe.begin(&mut env_loop, (episodes, SEED));
        loop {
            if let Some(found) = probe.advance(&mut probing, &mut env_loop, params, &mut pool).unwrap() {
                return found;
            }
        }
    };
    let found = measure();
    // The seed decides, not what was before.
    assert_eq!(found, measure());
    found
}

/// The policy's standard normal draws, by episode.
fn noises(episodes: usize, steps: usize) -> Vec<Vec<f64>> {
    let mut rng = stream(SEED, "actor");
    let mut draws = vec![0.0f32; steps];
    let mut episode = || {
        fill_normal(&mut rng, &mut draws);
        draws.iter().map(|&x| f64::from(x)).collect()
    };
    (0..episodes).map(|_| episode()).collect()
}

/// The bias where step t pays 1 + `std` noise_t, claims t + `std` noise_t + `offset` and has `entropy` of its
/// noise, over the first `within` steps: sums written out, each from its own start.
fn expected(
    episodes: &[Vec<f64>],
    within: usize,
    [std, offset]: [f64; 2],
    entropy: impl Fn(f64) -> f64,
) -> Bias {
    let (mut claims, mut returns) = (Vec::new(), Vec::new());
    for noise in episodes {
        for t in 0..within {
            claims.push(t as f64 + std * noise[t] + offset);
            let paid = |k: usize| 1.0 + std * noise[t + k] + if k > 0 { entropy(noise[t + k]) } else { 0.0 };
            returns.push((0..noise.len() - t).map(|k| 0.9f64.powi(k as i32) * paid(k)).sum::<f64>());
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let sizes: Vec<f64> = returns.iter().map(|x| x.abs()).collect();
    let bias = mean(&claims) - mean(&returns);
    Bias { mean: bias, relative: bias / mean(&sizes), return_mean: mean(&returns) }
}

fn close(found: Option<Bias>, expected: Bias) {
    let found = found.unwrap();
    for ((name, x), (_, y)) in found.values().into_iter().zip(expected.values()) {
        assert!((x - y).abs() < 1e-5 * y.abs().max(1.0), "{name}: {x}, expected {y}");
    }
}

/// The standard deviation of AWAC's policy at a parameter of 0.
fn awac_std() -> f64 {
    2f64.ln().sqrt()
}

#[test]
fn states_of_an_episode_that_terminates_all_count() {
    for (critics, offset) in [("single", 3.0), ("twin", 3.0), ("{ kind = \"mix\", lambda = 0.75 }", 3.5)] {
        let mut method = paper::awac();
        let change = [("estimate.critics", critics)];
        method = with(method, if critics == "twin" { &[] } else { &change });
        let mut learning = by_hand(&method, 0.0, &[3.0, 5.0]);
        let found = measured(&mut learning, Counter::env_loop(7, NEVER), 3);
        close(found, expected(&noises(3, 7), 7, [awac_std(), offset], |_| 0.0));
        // On the step where the clock runs out too, termination counts.
        let found = measured(&mut learning, Counter::env_loop(LIMIT, NEVER), 1);
        close(found, expected(&noises(1, 20), 20, [awac_std(), offset], |_| 0.0));
    }
}

#[test]
fn past_the_time_limit_the_return_goes_on_and_no_state_counts() {
    let method = with(paper::awac(), &[]);
    let mut learning = by_hand(&method, 0.0, &[3.0, 5.0]);
    // 0.9^44 is the first power below 0.01.
    let found = measured(&mut learning, Counter::env_loop(NEVER, NEVER), 2);
    close(found, expected(&noises(2, 64), 20, [awac_std(), 3.0], |_| 0.0));
    let found = measured(&mut learning, Counter::env_loop(30, NEVER), 2);
    close(found, expected(&noises(2, 30), 20, [awac_std(), 3.0], |_| 0.0));
}

#[test]
fn later_entropies_are_earned_where_q_is_soft() {
    let std = 0.3f64;
    let log_prob = |x: f64| -0.5 * x * x - std.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let fixed = ("pi_q.eta", "{ kind = \"fixed\", value = 0.5 }");
    // Learned, the temperature starts at 1.
    let cases: [(&[(&str, &str)], f64); 3] = [
        (&[fixed], 0.5),
        (&[], 1.0),
        (&[("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.2 } }")], 0.2),
    ];
    for (changes, price) in cases {
        let method = with(paper::sac(), &[&[("pi.bounds", "none")], changes].concat());
        let mut learning = by_hand(&method, std.ln() as f32, &[2.0, -1.0]);
        let found = measured(&mut learning, Counter::env_loop(7, NEVER), 4);
        close(found, expected(&noises(4, 7), 7, [std, -1.0], |x| -price * log_prob(x)));
    }
    let plain = with(paper::sac(), &[("pi.bounds", "none"), ("g", "q")]);
    let found = measured(&mut by_hand(&plain, std.ln() as f32, &[2.0, -1.0]), Counter::env_loop(7, NEVER), 4);
    close(found, expected(&noises(4, 7), 7, [std, -1.0], |_| 0.0));
}

#[test]
fn against_a_lagged_prior_the_divergence_from_it_is_paid_for() {
    let (std, prior_std) = (0.3f64, 0.6f64);
    let eta = ("pi_q.eta", "{ kind = \"fixed\", value = 0.5 }");
    let method =
        with(paper::sac(), &[eta, ("pi.bounds", "none"), ("pi_p", "{ update = \"lagged\", period = 100 }")]);
    let mut learning = by_hand(&method, std.ln() as f32, &[2.0, -1.0]);
    let params = &mut learning.learner.params;
    params.set("prior_policy.").spans.iter().for_each(|span| params.get_mut(*span).fill(0.0));
    let bias = params.span("prior_policy.1.bias").unwrap();
    params.get_mut(bias)[1] = prior_std.ln() as f32;
    let kl = (prior_std / std).ln() + 0.5 * (std / prior_std).powi(2) - 0.5;
    let found = measured(&mut learning, Counter::env_loop(7, NEVER), 2);
    close(found, expected(&noises(2, 7), 7, [std, -1.0], |_| -0.5 * kl));
}

#[test]
fn a_critic_of_states_alone_claims_their_value() {
    let method = with(paper::awr(), &[("code.input_norm", "off")]);
    let mut learning = by_hand(&method, 0.0, &[0.7]);
    let found = measured(&mut learning, Counter::env_loop(7, NEVER), 3).unwrap();
    let of_actions = expected(&noises(3, 7), 7, [0.4, 0.0], |_| 0.0);
    // Its output is (1 - gamma) V = t + 0.7: V is ten times that, 37 on average over steps 0 to 6.
    let bias = 37.0 - of_actions.return_mean;
    close(Some(found), Bias { mean: bias, relative: found.relative, ..of_actions });
    assert!((found.relative / found.mean - of_actions.relative / of_actions.mean).abs() < 1e-5);
}

#[test]
fn where_nothing_counts_there_is_no_bias() {
    let mut method = with(paper::awac(), &[]);
    let mut learning = by_hand(&method, 0.0, &[3.0, 5.0]);
    assert_eq!(measured(&mut learning, Counter::env_loop(7, NEVER), 0), None);
    assert_eq!(measured(&mut learning, Counter::env_loop(NEVER, 30), 2), None);
    // 5,000 steps past the limit are not enough for a discount of 0.9999, unless the task ends there.
    method.set("estimate.discount", "0.9999").unwrap();
    let mut learning = by_hand(&method, 0.0, &[3.0, 5.0]);
    assert_eq!(measured(&mut learning, Counter::env_loop(NEVER, NEVER), 1), None);
    assert!(measured(&mut learning, Counter::env_loop(5_000, NEVER), 1).is_some());
}
