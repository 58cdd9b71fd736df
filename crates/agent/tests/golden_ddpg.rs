//! Two consecutive DDPG updates against PFRL 0.4.0's own `DDPG.update` with soft targets after each (recorded in f64): Adam's
//! state and the targets carry over from one to the next.
//!
//! PFRL's critic descends the mean squared error, ours half of it: Adam divides that factor out but for its eps.
#![allow(clippy::unwrap_used)]

mod plans;
mod vectors;

use coadapt_agent::learner::Learner;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Dims, Method};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::{Params, Pool};
use serde_json::Value;
use vectors::{narrow, numbers, turned};

fn golden() -> Value {
    let text = include_str!("data/pfrl_ddpg_update.json");
    serde_json::from_str::<Value>(text).unwrap()["cases"][0].clone()
}

/// Every array of ours with what PFRL's network has in its place.
fn expected(nets: &Value) -> Vec<(String, Vec<f64>)> {
    let mut all = Vec::new();
    for (ours, theirs, first) in [
        ("policy", "policy", 0),
        ("target_policy", "target_policy", 0),
        ("critic", "q", 1),
        ("target_critic", "target_q", 1),
    ] {
        for layer in 0..3 {
            let array = |kind: &str| &nets[theirs][format!("{}.{kind}", first + 2 * layer)];
            all.push((format!("{ours}.{layer}.weight"), turned(array("weight"))));
            all.push((format!("{ours}.{layer}.bias"), numbers(array("bias"))));
        }
    }
    all
}

fn method() -> Method {
    let spec = Spec::new("golden", 3, ActionSpace::boxed(2, -1.0, 1.0), 10);
    let mut method = coadapt_agent::method("ddpg", &spec).unwrap();
    for (path, value) in [
        ("code.policy_sizes", "[6, 6]"),
        ("code.critic_sizes", "[6, 6]"),
        // Those of the recorded learner.
        ("code.policy_lr", "1e-4"),
        ("code.critic_lr", "1e-3"),
        ("collect.batch", "5"),
    ] {
        method.set(path, value).unwrap();
    }
    method
}

fn assert_params(params: &Params, expected: &[(String, Vec<f64>)], when: &str) {
    for (name, values) in expected {
        let found = params.get(params.span(name).unwrap());
        assert_eq!(found.len(), values.len(), "{name}");
        for (i, (f, e)) in found.iter().zip(values).enumerate() {
            let error = (f64::from(*f) - e).abs();
            assert!(error < 2e-6 + 1e-5 * e.abs(), "{when}: {name}[{i}] is {f}, expected {e}");
        }
    }
}

#[test]
fn two_updates_agree_with_pfrl() {
    let golden = golden();
    let mut learner: Learner = plans::learner(&method(), Dims { obs: 3, action: 2 }, 0);
    for (name, values) in expected(&golden["init"]) {
        let span = learner.params.span(&name).unwrap();
        learner.params.get_mut(span).iter_mut().zip(values).for_each(|(to, from)| *to = from as f32);
    }
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
        // A policy without noise asks for no random numbers.
        learner.update_on(&transitions, &[], &mut Pool::new(1));
        assert_params(&learner.params, &expected(&step["after"]), &format!("after update {number}"));
    }
}
