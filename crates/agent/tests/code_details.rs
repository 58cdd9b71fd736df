//! Details that PPO's practitioners argue about, in every row: how layers begin, Adam's eps, learning rates that fall.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::code::{CriticOutputInit, USUAL_EPS, WeightInit};
use coadapt_agent::learner::Learner;
use coadapt_agent::rng::stream;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Dims, Method, Status, Trainer};
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;
use std::collections::HashMap;
use toy::{Toy, small};

const DIMS: Dims = Dims { obs: 3, action: 2 };
const ORTHOGONAL: &str = "{ kind = \"orthogonal\", gain = 0.5 }";

fn changed(algo: &str, changes: &[(&str, &str)]) -> Method {
    let mut method = small(algo);
    changes.iter().for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

fn told(algo: &str, path: &str, value: &str) -> String {
    small(algo).set(path, value).unwrap_err().to_string()
}

/// The array `name` of a learner of `algo` with `changes`, as it begins.
fn drawn(algo: &str, changes: &[(&str, &str)], name: &str) -> Vec<f32> {
    let learner = plans::learner(&changed(algo, changes), DIMS, 3);
    learner.params.get(learner.params.span(name).unwrap()).to_vec()
}

#[test]
fn orthogonal_layers_keep_lengths() {
    let all = [
        ("code.weight_init", ORTHOGONAL),
        ("code.policy_output_init", "{ kind = \"orthogonal\", gain = 0.01 }"),
    ];
    // Square hidden layers, first layers of another height than width, and critics side by side with a column each.
    for (name, (inputs, outputs), gain) in [
        ("policy.0.weight", (3, 32), 0.5),
        ("policy.1.weight", (32, 32), 0.5),
        ("policy.2.weight", (32, 4), 0.01),
        ("critic.0.weight", (5, 32), 0.5),
        ("critic.1.weight", (32, 32), 0.5),
        ("critic.2.weight", (32, 1), 0.5),
    ] {
        let weights = drawn("sac", &all, name);
        let networks = weights.chunks_exact(inputs * outputs);
        assert_eq!(networks.len(), if name.starts_with("critic") { 2 } else { 1 });
        for w in networks {
            // The sum of the squares is the gain's for each of the orthonormal columns or rows.
            let squares: f64 = w.iter().map(|&x| f64::from(x).powi(2)).sum();
            let expected = gain * gain * f64::from(inputs.min(outputs) as u32);
            assert!((squares / expected - 1.0).abs() < 1e-5, "{name}: {squares} instead of {expected}");
        }
        let twice: Vec<&[f32]> = weights.chunks_exact(inputs * outputs).collect();
        assert!(twice.windows(2).all(|pair| pair[0] != pair[1]), "{name}: two critics begin alike");
    }
}

#[test]
fn the_critics_last_layer_has_an_initialiser_of_its_own() {
    for (algo, count) in [("sac", 2), ("awr", 1), ("mpo", 1)] {
        let own = [("code.critic_output_init", ORTHOGONAL)];
        let layer = |changes: &[(&str, &str)], name: &str| drawn(algo, changes, name);
        let column = layer(&own, "critic.2.weight");
        for critic in column.chunks_exact(column.len() / count) {
            let length = critic.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            assert!((length - 0.5).abs() < 1e-6, "{algo}: {length}");
        }
        assert_ne!(layer(&[], "critic.2.weight"), column);
        // Everything that is drawn before it is as it was, and it is the weights alone.
        for name in
            ["policy.0.weight", "policy.2.weight", "policy.2.bias", "critic.0.weight", "critic.1.weight"]
        {
            assert_eq!(layer(&own, name), layer(&[], name), "{algo}: {name}");
        }
        let bias = |changes: &[(&str, &str)]| layer(changes, "critic.2.bias");
        let bound = f32::sqrt(1.0 / 32.0);
        assert!(bias(&own).iter().chain(&bias(&[])).all(|x| *x != 0.0 && x.abs() <= bound), "{algo}");
    }
}

#[test]
fn an_initialiser_of_the_critics_is_one_component_and_absent_where_it_is_none() {
    let base = small("sac");
    let path = "code.critic_output_init";
    let method = changed("sac", &[(path, ORTHOGONAL)]);
    assert_eq!(method.code.critic_output_init, CriticOutputInit::Orthogonal { gain: 0.5 });
    let changes = method.changes(&base);
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].path.as_str(), changes[0].before.as_str()), (path, "{ kind = \"as_hidden\" }"));
    // The gain of one that is there is a number like any other; back at the hidden layers' it is as if never set.
    assert_eq!(
        changed("sac", &[(path, ORTHOGONAL), ("code.critic_output_init.gain", "0.5001")])
            .changes(&base)
            .len(),
        1
    );
    let back = changed("sac", &[(path, ORTHOGONAL), (path, "as_hidden")]);
    assert_eq!((back.canonical(), &back), (base.canonical(), &base));
    assert!(method.canonical() != base.canonical());
    assert!(told("sac", path, "as_hidden").ends_with("the override changes nothing"));
    let unknown = told("sac", path, "orthagonal");
    assert!(
        unknown.contains("there is no choice `orthagonal`") && unknown.contains("`as_hidden`"),
        "{unknown}"
    );
    for (path, given) in [
        ("code.critic_output_init", "{ kind = \"orthogonal\", gain = 0.0 }"),
        ("code.weight_init", "{ kind = \"orthogonal\", gain = -1.0 }"),
        ("code.policy_output_init", "{ kind = \"orthogonal\", gain = 1e60 }"),
    ] {
        let told = told("sac", path, given);
        assert!(
            told.starts_with(&format!("`{path}.gain` is ")) && told.contains("a number above 0"),
            "{told}"
        );
    }
    // Every initialiser of weights is one of the critics' last layer.
    let hidden = WeightInit::FanIn;
    assert_eq!(CriticOutputInit::AsHidden.or(hidden), hidden);
    for own in [
        WeightInit::XavierUniform { gain: 1.0 },
        WeightInit::VarianceScalingUniform { scale: 2.0 },
        WeightInit::VarianceScalingNormal { scale: 3.0 },
        WeightInit::Uniform { bound: 4.0 },
        WeightInit::FanIn,
        WeightInit::Orthogonal { gain: 5.0 },
    ] {
        assert_eq!(CriticOutputInit::from(own).or(WeightInit::Uniform { bound: 0.1 }), own);
        let written = serde_json::to_value(own).unwrap();
        assert_eq!(serde_json::to_value(CriticOutputInit::from(own)).unwrap(), written);
    }
}

/// The transition whose numbers stand in `row`.
fn transition(row: &[f32]) -> Transition<'_> {
    let (obs, row) = row.split_at(DIMS.obs);
    let (next_obs, row) = row.split_at(DIMS.obs);
    let (action, reward) = row.split_at(DIMS.action);
    Transition { obs, action, reward: reward[0], next_obs, terminated: false, truncated: false }
}

/// A learner of `method`, and what an update on one random batch makes of it.
fn updated(method: &Method, prepare: impl Fn(&mut Learner)) -> [Learner; 2] {
    let [before, mut after] = [(), ()].map(|()| {
        let mut learner = plans::learner(method, DIMS, 3);
        prepare(&mut learner);
        learner
    });
    let width = 2 * DIMS.obs + DIMS.action + 1;
    let mut numbers = vec![0.0; 32 * width];
    fill_normal(&mut stream(5, "test"), &mut numbers);
    let rows: Vec<Transition<'_>> = numbers.chunks_exact(width).map(transition).collect();
    let noise = [0.3; 32 * DIMS.action];
    after.update_on(&rows, &[&noise, &noise], &mut Pool::new(1));
    [before, after]
}

fn array<'a>(learner: &'a Learner, name: &str) -> &'a [f32] {
    learner.params.get(learner.params.span(name).unwrap())
}

#[test]
fn adams_eps_is_that_of_policy_and_critics() {
    let with = |eps: &str| updated(&changed("sac", &[("code.adam_eps", eps)]), |_| {});
    let [_, usual] = updated(&small("sac"), |_| {});
    for (net, eps) in [("policy", 1e-5), ("critic", 1e-5), ("critic", 0.1)] {
        let [before, after] = with(&eps.to_string());
        // What lies first in an optimiser's arrays is its network's first layer.
        let layer = format!("{net}.0.weight");
        let (start, end) = (array(&before, &layer), array(&after, &layer));
        let moment = |which: &str| array(&after, &format!("{net}_adam.{which}"));
        let moments = moment("first_moment").iter().zip(moment("second_moment"));
        for (i, ((start, end), (m, v))) in start.iter().zip(end).zip(moments).enumerate() {
            // Of the first step: moments are (1 - beta) of gradient and square.
            let (m, v) = (f64::from(*m) / 0.1, f64::from(*v) / 0.001);
            let step = 3e-3 * m / (v.sqrt() + eps);
            let error = (f64::from(*end) - (f64::from(*start) - step)).abs();
            assert!(error < 1e-7, "{layer}[{i}] with eps {eps}: {start} to {end}, a step of {step}");
        }
        assert_ne!(array(&usual, &layer), end);
        // Temperatures keep theirs.
        assert_eq!(array(&usual, "temperature"), array(&after, "temperature"));
    }
    // What nobody writes is to the bit what it was before it could be written.
    assert_eq!((USUAL_EPS as f32).to_bits(), 1e-8f32.to_bits());
}

#[test]
fn adams_eps_is_refused_where_there_is_no_adam() {
    let of = |algo: &str, changes: &[(&str, &str)]| plans::refusal(&changed(algo, changes), DIMS);
    let sentence =
        "`code.adam_eps` is 1e-5, but must be 1e-8, which is not used, where code.optimizer is not adam";
    let eps = ("code.adam_eps", "1e-5");
    assert_eq!(of("awr", &[eps]), sentence);
    assert_eq!(of("sac", &[("code.optimizer", "{ kind = \"sgd\", momentum = 0.0 }"), eps]), sentence);
    plans::plan(&changed("awr", &[("code.optimizer", "adam"), eps]), DIMS);
    for value in ["0", "-1e-8", "1e-60"] {
        let told = told("sac", "code.adam_eps", value);
        assert!(told.starts_with("`code.adam_eps` is ") && told.contains("a number above 0"), "{told}");
    }
    assert_eq!(changed("sac", &[eps]).changes(&small("sac")).len(), 1);
    let back = changed("sac", &[eps, ("code.adam_eps", "1e-8")]);
    assert_eq!((back.canonical(), &back), (small("sac").canonical(), &small("sac")));
}

const FALLING: (&str, &str) = ("code.lr_decay", "{ kind = \"linear\", steps = 100 }");
const SGD: (&str, &str) = ("code.optimizer", "{ kind = \"sgd\", momentum = 0.5 }");
const LAYERS: [&str; 2] = ["policy.0.weight", "critic.0.weight"];

/// The length of the way from `start` to `end`.
fn distance(start: &[f32], end: &[f32]) -> f64 {
    start.iter().zip(end).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn learning_rates_fall_linearly_and_stay_at_zero() {
    let mut learner = plans::learner(&changed("sac", &[FALLING]), DIMS, 3);
    assert_eq!(array(&learner, "lr_factor"), [1.0]);
    for (step, factor) in
        [(0, 1.0), (25, 0.75), (50, 0.5), (99, 0.01), (100, 0.0), (101, 0.0), (u64::MAX, 0.0)]
    {
        learner.nets.set_lr_factor(&mut learner.params, step);
        let found = array(&learner, "lr_factor")[0];
        assert!((found - factor).abs() < 1e-7, "at step {step}: {found}");
    }
    // Where they stay there is no such number, and nothing to write.
    let mut learner = plans::learner(&small("sac"), DIMS, 3);
    assert!(learner.params.span("lr_factor").is_none());
    learner.nets.set_lr_factor(&mut learner.params, 50);
}

#[test]
fn a_step_is_as_long_as_the_learning_rate_of_its_environment_step() {
    for optimizer in [&[FALLING][..], &[FALLING, SGD]] {
        let method = changed("sac", optimizer);
        let at =
            |step: u64| updated(&method, |learner| learner.nets.set_lr_factor(&mut learner.params, step));
        let without: Vec<(&str, &str)> =
            optimizer.iter().copied().filter(|change| *change != FALLING).collect();
        let [_, full] = updated(&changed("sac", &without), |_| {});
        let ([start, first], [_, half], [_, last]) = (at(0), at(50), at(100));
        // The critics' step does not depend on the policy's. By hand: a first step of Adam is lr g / (|g| + eps), one of
        // SGD lr g.
        let (velocity, is_adam) = match optimizer.len() {
            1 => (array(&half, "critic_adam.first_moment"), true),
            _ => (array(&half, "critic_adam.velocity"), false),
        };
        let layers = array(&start, LAYERS[1]).iter().zip(array(&half, LAYERS[1])).zip(velocity);
        for (i, ((start, end), v)) in layers.enumerate() {
            let g = f64::from(*v) / if is_adam { 0.1 } else { 1.0 };
            let step = 0.5 * 3e-3 * if is_adam { g / (g.abs() + 1e-8) } else { g };
            let error = (f64::from(*end) - (f64::from(*start) - step)).abs();
            assert!(error < 2e-7, "{}[{i}]: {start} to {end}, a step of {step}", LAYERS[1]);
        }
        for layer in LAYERS {
            assert_eq!(array(&first, layer), array(&full, layer), "at first nothing is different");
            let ways = [&first, &half].map(|learner| distance(array(&start, layer), array(learner, layer)));
            assert!(ways[0] > 0.0 && (ways[1] / ways[0] - 0.5).abs() < 0.05, "{layer}: {ways:?}");
            assert_eq!(array(&last, layer), array(&start, layer), "at last nothing moves");
        }
        // Temperatures move on, by a rate of their own.
        let temperature = |learner| array(learner, "temperature")[0];
        assert_eq!(temperature(&last), temperature(&first));
        assert_ne!(temperature(&last), temperature(&start));
    }
}

/// Parameters of a run of `method` after `steps` steps, by name.
fn after(method: &Method, steps: u64) -> HashMap<String, Vec<f32>> {
    let mut trainer = Trainer::new(method, Toy::boxed(), Toy::boxed(), 3, 1).unwrap();
    for _ in 0..steps {
        assert_eq!(trainer.advance(&mut |_| {}).unwrap(), Status::Running);
    }
    let snapshot = trainer.snapshot().unwrap();
    snapshot.arrays.iter().map(|(name, _, values)| (name.clone(), values.to_vec())).collect()
}

#[test]
fn a_run_learns_at_the_rates_of_its_steps() {
    let falling = |algo, steps: u64| {
        let value = format!("{{ kind = \"linear\", steps = {steps} }}");
        small(algo).with("code.lr_decay", value).unwrap()
    };
    let factor = |method: &Method, steps| after(method, steps)["params.lr_factor"][0];
    // SAC updates in every step after the 50th, AWR over all its data in every hundredth.
    let cases =
        [("sac", 50, 1.0), ("sac", 51, 0.49), ("sac", 75, 0.25), ("sac", 99, 0.01), ("sac", 130, 0.0)];
    for (algo, step, expected) in cases {
        assert!((factor(&falling(algo, 100), step) - expected).abs() < 1e-6, "{algo} at step {step}");
    }
    for (step, expected) in [(99, 1.0), (100, 0.75), (199, 0.75), (200, 0.5), (430, 0.0)] {
        assert!((factor(&falling("awr", 400), step) - expected).abs() < 1e-6, "awr at step {step}");
    }
    let at = |steps| after(&falling("sac", 100), steps);
    let [before, last, later] = [98, 99, 130].map(at);
    for layer in LAYERS {
        let name = format!("params.{layer}");
        assert_ne!(last[&name], before[&name], "{layer} stands still at a rate of 0.01");
        assert_eq!(last[&name], later[&name], "{layer} moves at a rate of 0");
        assert_ne!(last[&name], after(&small("sac"), 99)[&name]);
    }
    let temperature = "params.temperature";
    assert_ne!(last[temperature], later[temperature]);
}

#[test]
fn falling_rates_are_one_component_told_in_a_line() {
    let base = small("sac");
    let method = changed("sac", &[FALLING]);
    let changes = method.changes(&base);
    assert_eq!((changes.len(), changes[0].path.as_str()), (1, "code.lr_decay"));
    assert_eq!(changed("sac", &[FALLING, ("code.lr_decay", "off")]).canonical(), base.canonical());
    assert_eq!(
        told("sac", "code.lr_decay", "{ kind = \"linear\", steps = 0 }"),
        "`code.lr_decay.steps` is 0, but must be at least 1"
    );
    for algo in ["sac", "awr"] {
        let outline = |changes: &[(&str, &str)]| plans::plan(&changed(algo, changes), DIMS).outline();
        let line = "learning rates fall linearly to 0 at step 100, those of policy and critics";
        assert_eq!(outline(&[FALLING])[1], line);
        assert!(!outline(&[]).iter().any(|told| told.contains("fall")));
    }
}

#[test]
fn an_architecture_brings_initialisers_and_eps_and_leaves_the_decay() {
    let own =
        changed("sac", &[FALLING, ("code.adam_eps", "1e-5"), ("code.critic_output_init", ORTHOGONAL)]).code;
    let other = changed("mpo", &[("code.adam_eps", "1e-6"), ("code.critic_output_init", "fan_in")]).code;
    let taken = own.with_architecture_of(&other);
    assert_eq!((taken.adam_eps, taken.critic_output_init), (1e-6, CriticOutputInit::FanIn));
    assert_eq!((taken.lr_decay, taken.policy_lr), (own.lr_decay, other.policy_lr));
    assert_eq!(other.with_architecture_of(&own).lr_decay, other.lr_decay);
}
