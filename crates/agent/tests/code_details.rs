//! Details that PPO's practitioners argue about, in every row: how layers begin, Adam's eps, learning rates that fall.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::code::{CriticOutputInit, USUAL_EPS, WeightInit};
use coadapt_agent::learner::Learner;
use coadapt_agent::rng::stream;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Dims, Method};
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;
use toy::small;

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
    let transition = |row: &'static [f32]| {
        let (obs, row) = row.split_at(DIMS.obs);
        let (next_obs, row) = row.split_at(DIMS.obs);
        let (action, reward) = row.split_at(DIMS.action);
        Transition { obs, action, reward: reward[0], next_obs, terminated: false, truncated: false }
    };
    let rows: Vec<Transition<'_>> = numbers.leak().chunks_exact(width).map(transition).collect();
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
