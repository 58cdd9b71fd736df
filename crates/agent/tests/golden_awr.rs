//! A whole iteration of AWR against the formulas computed in torch (f64): values and returns before and after
//! the critic's steps, advantages, weights, and both networks when it is over.
#![allow(clippy::unwrap_used)]

mod plans;
mod vectors;

use coadapt_agent::Dims;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::Pool;
use serde_json::Value;
use vectors::{numbers, turned};

fn rows(value: &Value) -> Vec<Vec<f32>> {
    value.as_array().unwrap().iter().map(|row| numbers(row).into_iter().map(|x| x as f32).collect()).collect()
}

fn method(cfg: &Value) -> Method {
    let action = ActionSpace::boxed(2, -1.0, 1.0);
    let spec = Spec::new("golden", 3, action, 10);
    let mut method = coadapt_agent::method("awr", &spec).unwrap();
    let number = |key: &str| cfg[key].as_f64().unwrap().to_string();
    for (path, value) in [
        ("code.policy_sizes", "[6, 6]".to_owned()),
        ("code.critic_sizes", "[6, 6]".to_owned()),
        ("code.policy_lr", number("lr_policy")),
        ("code.input_norm", "off".to_owned()),
        ("collect.batch", "3".to_owned()),
    ] {
        method.set(path, &value).unwrap();
    }
    // What the recipe has already must be what the vectors were made with.
    let tree = serde_json::to_value(&method).unwrap();
    for (pointer, key) in [
        ("/estimate/discount", "gamma"),
        ("/estimate/target/lambda", "lam"),
        ("/pi/head/std/value", "std"),
        ("/pi/penalty/coefficient", "bound_coef"),
        ("/pi_q/eta/value", "beta"),
        ("/pi_q/weights/clip", "clip"),
        ("/code/critic_lr", "lr_value"),
        ("/code/optimizer/momentum", "momentum"),
    ] {
        assert_eq!(tree.pointer(pointer).unwrap().as_f64(), cfg[key].as_f64(), "{pointer}");
    }
    method
}

/// Our arrays and what torch's network has in their place.
fn networks(values: &Value) -> Vec<(String, Vec<f64>)> {
    let mut all = Vec::new();
    for (name, key) in [("policy", "policy"), ("critic", "value")] {
        for (ours, torch) in [(0, 0), (1, 2), (2, 4)] {
            let of = |part: &str| &values[key][format!("{torch}.{part}")];
            all.push((format!("{name}.{ours}.weight"), turned(of("weight"))));
            all.push((format!("{name}.{ours}.bias"), numbers(of("bias"))));
        }
    }
    all
}

fn episodes(golden: &Value) -> Episodes {
    let mut store = Episodes::new(100, 3, 2);
    for episode in golden["episodes"].as_array().unwrap() {
        let [states, actions] = ["states", "actions"].map(|key| rows(&episode[key]));
        let rewards = numbers(&episode["rewards"]);
        for (t, action) in actions.iter().enumerate() {
            let last = t + 1 == actions.len();
            let terminated = last && episode["terminal"].as_bool().unwrap();
            let (obs, next_obs, reward) = (&states[t], &states[t + 1], rewards[t] as f32);
            store.push(Transition {
                obs,
                action,
                reward,
                terminated,
                truncated: last && !terminated,
                next_obs,
            });
        }
    }
    store
}

fn minibatches(golden: &Value, key: &str) -> Vec<Vec<usize>> {
    rows(&golden[key]).into_iter().map(|batch| batch.into_iter().map(|i| i as usize).collect()).collect()
}

fn assert_close(what: &str, found: &[f32], expected: &Value) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*f) - e).abs();
        assert!(error < 1e-5 * e.abs().max(1.0), "{what}[{i}] is {f}, expected {e}");
    }
}

#[test]
fn a_whole_iteration_agrees_with_the_formulas() {
    let text = include_str!("data/own_awr_iteration.json");
    let golden = serde_json::from_str::<Value>(text).unwrap()["cases"][0].clone();
    let mut learner = plans::learner(&method(&golden["cfg"]), Dims { obs: 3, action: 2 }, 0);
    for (name, values) in networks(&golden["init"]) {
        let span = learner.params.span(&name).unwrap();
        learner.params.get_mut(span).iter_mut().zip(values).for_each(|(to, from)| *to = from as f32);
    }
    let (store, mut pool) = (episodes(&golden), Pool::new(1));
    assert_eq!((store.len(), store.lengths()), (8, &[4, 3, 1][..]));
    // An iteration of no steps only looks.
    learner.iterate(&store, [Minibatches::Given(&[]); 2], &mut pool);
    assert_close("value before", &learner.values(), &golden["values_before"]);
    assert_close("return before", learner.returns(), &golden["returns_before"]);
    let [critic, policy] = ["value_minibatches", "policy_minibatches"].map(|key| minibatches(&golden, key));
    learner.iterate(&store, [Minibatches::Given(&critic), Minibatches::Given(&policy)], &mut pool);
    assert_close("value after", &learner.values(), &golden["values_after"]);
    assert_close("return after", learner.returns(), &golden["returns_after"]);
    let advantages: Vec<f32> = learner.returns().iter().zip(learner.values()).map(|(g, v)| g - v).collect();
    assert_close("advantage", &advantages, &golden["adv"]);
    assert_close("standardised advantage", learner.standardised(), &golden["norm_adv"]);
    assert_close("weight", learner.weights(), &golden["weights"]);
    let losses = numbers(&golden["policy_losses"]);
    let (_, loss) = learner.metrics().find(|(metric, _)| *metric == Metric::PolicyLoss).unwrap();
    assert!((loss - losses.iter().sum::<f64>() / losses.len() as f64).abs() < 2e-5, "{loss}, {losses:?}");
    for (name, values) in networks(&golden["after"]) {
        let found = learner.params.get(learner.params.span(&name).unwrap());
        assert_close(&name, found, &serde_json::to_value(values).unwrap());
    }
    assert_eq!(learner.updates, 4);
}
