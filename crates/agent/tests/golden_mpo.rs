//! Four consecutive MPO updates against the formulas computed in torch (f64): critic, weights, policy, duals,
//! targets, and the order in which they are read and written.
#![allow(clippy::unwrap_used)]

mod plans;
mod vectors;

use coadapt_agent::Dims;
use coadapt_agent::learner::Learner;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::Pool;
use serde_json::Value;
use vectors::{narrow, numbers, turned};

fn method(cfg: &Value) -> Method {
    let spec = Spec::new("golden", 3, ActionSpace::boxed(2, -1.0, 1.0), 10);
    let mut method = coadapt_agent::method("mpo", &spec).unwrap();
    let number = |key: &str| cfg[key].as_f64().unwrap().to_string();
    let samples = cfg["N"].as_u64().unwrap().to_string();
    let period = cfg["target_period"].as_u64().unwrap().to_string();
    for (path, value) in [
        ("code.policy_sizes", "[6, 6]".to_owned()),
        ("code.critic_sizes", "[6, 6]".to_owned()),
        ("code.policy_lr", number("lr_policy")),
        ("code.critic_lr", number("lr_critic")),
        ("code.targets.period", period),
        ("pi_p.actions.samples", samples),
        ("collect.batch", "5".to_owned()),
    ] {
        method.set(path, &value).unwrap();
    }
    // What the recipe has already must be what the vectors were made with.
    let tree = serde_json::to_value(&method).unwrap();
    for (pointer, key) in [
        ("/pi_q/eta/epsilon", "eps"),
        ("/pi_q/eta/lr", "lr_dual"),
        ("/pi/penalty/epsilon", "eps_penalty"),
        ("/pi/head/std/initial", "init_std"),
        ("/pi_p/trust_region/mean", "eps_mean"),
        ("/pi_p/trust_region/std", "eps_std"),
        ("/code/gradient_clip/max", "grad_clip"),
        ("/estimate/discount", "gamma"),
    ] {
        assert_eq!(tree.pointer(pointer).unwrap().as_f64(), cfg[key].as_f64(), "{pointer}");
    }
    method
}

/// Our arrays and what torch's network has in their place.
fn network(values: &Value, name: &str) -> Vec<(String, Vec<f64>)> {
    let mut all = Vec::new();
    for (ours, torch) in [(0, 0), (1, 3), (2, 5)] {
        all.push((format!("{name}.{ours}.weight"), turned(&values[format!("{torch}.weight")])));
        all.push((format!("{name}.{ours}.bias"), numbers(&values[format!("{torch}.bias")])));
    }
    all.push((format!("{name}.0.norm.gain"), numbers(&values["1.weight"])));
    all.push((format!("{name}.0.norm.offset"), numbers(&values["1.bias"])));
    all
}

fn duals(raw: &Value) -> Vec<(String, Vec<f64>)> {
    [
        ("temperature", "temperature"),
        ("penalty_temperature", "penalty"),
        ("multiplier_mean", "alpha_mean"),
        ("multiplier_std", "alpha_std"),
    ]
    .map(|(ours, theirs)| (ours.to_owned(), numbers(&raw[theirs])))
    .to_vec()
}

fn fill(learner: &mut Learner, arrays: &[(String, Vec<f64>)]) {
    for (name, values) in arrays {
        let span = learner.params.span(name).unwrap();
        learner.params.get_mut(span).iter_mut().zip(values).for_each(|(to, from)| *to = *from as f32);
    }
}

fn assert_holds(learner: &Learner, arrays: &[(String, Vec<f64>)], when: &str) {
    for (name, values) in arrays {
        let found = learner.params.get(learner.params.span(name).unwrap());
        assert_eq!(found.len(), values.len(), "{name}");
        for (i, (f, e)) in found.iter().zip(values).enumerate() {
            let error = (f64::from(*f) - e).abs();
            assert!(error < 5e-6 + 1e-5 * e.abs(), "{when}: {name}[{i}] is {f}, expected {e}");
        }
    }
}

fn metric(learner: &Learner, wanted: Metric) -> f64 {
    learner.metrics().find(|(metric, _)| *metric == wanted).map(|(_, value)| value).unwrap()
}

#[test]
fn four_updates_agree_with_the_formulas() {
    let text = include_str!("data/own_mpo_update.json");
    let golden = serde_json::from_str::<Value>(text).unwrap()["cases"][0].clone();
    let mut learner = plans::learner(&method(&golden["cfg"]), Dims { obs: 3, action: 2 }, 0);
    let init = &golden["init"];
    for (name, key) in
        [("policy", "policy"), ("target_policy", "policy"), ("critic", "critic"), ("target_critic", "critic")]
    {
        fill(&mut learner, &network(&init[key], name));
    }
    fill(&mut learner, &duals(&init["raw_duals"]));
    for (number, step) in golden["steps"].as_array().unwrap().iter().enumerate() {
        let batch = &step["batch"];
        let [obs, action, reward, next, terminal] =
            ["state", "action", "reward", "next_state", "terminal"].map(|k| narrow(&batch[k]));
        let transitions: Vec<_> = (0..5)
            .map(|i| Transition {
                obs: &obs[3 * i..3 * i + 3],
                action: &action[2 * i..2 * i + 2],
                reward: reward[i],
                terminated: terminal[i] != 0.0,
                truncated: false,
                next_obs: &next[3 * i..3 * i + 3],
            })
            .collect();
        learner.update_on(&transitions, &[&narrow(&step["noise"])], &mut Pool::new(1));
        let when = format!("after update {number}");
        for (wanted, key) in [(Metric::CriticLoss, "critic_loss"), (Metric::PolicyLoss, "policy_loss")] {
            let (found, expected) = (metric(&learner, wanted), step[key].as_f64().unwrap());
            assert!(
                (found - expected).abs() < 2e-5 * expected.abs().max(1.0),
                "{when}: {key} {found}, {expected}"
            );
        }
        let after = &step["after"];
        for name in ["policy", "critic", "target_policy", "target_critic"] {
            assert_holds(&learner, &network(&after[name], name), &when);
        }
        assert_holds(&learner, &duals(&after["raw_duals"]), &when);
    }
}
