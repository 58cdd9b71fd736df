//! Three consecutive SAC updates against PFRL 0.4.0's own `SoftActorCritic.update` (recorded in f64): Adam's
//! state, the temperature and the targets carry over from one to the next.
#![allow(clippy::unwrap_used)]

mod plans;
mod vectors;

use coadapt_agent::Dims;
use coadapt_agent::learner::Learner;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::{Params, Pool};
use serde_json::Value;
use vectors::{narrow, numbers, turned};

fn golden() -> Value {
    let text = include_str!("data/pfrl_sac_update.json");
    serde_json::from_str::<Value>(text).unwrap()["cases"][0].clone()
}

/// Every array of ours with what PFRL's network has in its place.
fn expected(nets: &Value) -> Vec<(String, Vec<f64>)> {
    let layers = |net: &str, first: usize, kind: &str, i: usize| {
        let value = &nets[net][format!("{}.{kind}", first + 2 * i)];
        if kind == "weight" { turned(value) } else { numbers(value) }
    };
    let mut all = Vec::new();
    for i in 0..3 {
        for kind in ["weight", "bias"] {
            all.push((format!("policy.{i}.{kind}"), layers("policy", 0, kind, i)));
            for (ours, theirs) in [("critic", ["q1", "q2"]), ("target_critic", ["target_q1", "target_q2"])] {
                let twins = theirs.iter().flat_map(|q| layers(q, 1, kind, i)).collect();
                all.push((format!("{ours}.{i}.{kind}"), twins));
            }
        }
    }
    all.push(("temperature".to_owned(), vec![nets["log_temperature"].as_f64().unwrap()]));
    all
}

fn method() -> Method {
    let spec = Spec::new("golden", 3, ActionSpace::Continuous { low: vec![-1.0; 2], high: vec![1.0; 2] }, 10);
    let mut method = coadapt_agent::method("sac", &spec).unwrap();
    method.set("code.policy_sizes", "[6, 6]").unwrap();
    method.set("code.critic_sizes", "[6, 6]").unwrap();
    method.set("collect.batch", "5").unwrap();
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

fn metric(learner: &Learner, wanted: Metric) -> f64 {
    learner.metrics().find(|(metric, _)| *metric == wanted).map(|(_, value)| value).unwrap()
}

#[test]
fn three_updates_agree_with_pfrl() {
    let golden = golden();
    let mut learner = plans::learner(&method(), Dims { obs: 3, action: 2 }, 0);
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
        let noise = ["noise_next", "noise_pi"].map(|k| narrow(&step[k]));
        learner.update_on(&transitions, &[&noise[0], &noise[1]], &mut Pool::new(1));
        let losses: f64 = numbers(&step["q_loss"]).iter().sum();
        let found = metric(&learner, Metric::CriticLoss);
        assert!(
            (found - losses).abs() < 1e-5 * losses,
            "update {number}: critic loss {found}, expected {losses}"
        );
        assert_params(&learner.params, &expected(&step["after"]), &format!("after update {number}"));
    }
}
