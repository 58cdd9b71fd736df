//! Four consecutive AWAC updates against the formulas computed in torch (f64): advantages of the critics before
//! their step, clipped weights, weight decay, Adam's state, softly following targets.
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

const BATCH: usize = 6;

fn method(cfg: &Value) -> Method {
    let action = ActionSpace::boxed(2, -1.0, 1.0);
    let spec = Spec::new("golden", 3, action, 10);
    let mut method = coadapt_agent::method("awac", &spec).unwrap();
    assert_eq!(Some(method.estimate.discount), cfg["gamma"].as_f64());
    let number = |key: &str| cfg[key].as_f64().unwrap().to_string();
    for (path, value) in [
        ("code.policy_sizes", "[6, 6]".to_owned()),
        ("code.critic_sizes", "[6, 6]".to_owned()),
        ("code.policy_lr", number("lr")),
        ("code.critic_lr", number("lr")),
        ("code.weight_decay", number("weight_decay")),
        ("code.targets.tau", number("tau")),
        ("pi_q.eta.value", number("eta")),
        ("pi_q.weights.clip", number("clip")),
        ("collect.batch", BATCH.to_string()),
    ] {
        method.set(path, &value).unwrap();
    }
    method
}

/// Every array of ours with what torch has in its place.
fn arrays(nets: &Value) -> Vec<(String, Vec<f64>)> {
    let mut all = vec![("policy.std".to_owned(), numbers(&nets["policy"]["p"]))];
    for (ours, torch) in [(0, 0), (1, 2), (2, 4)] {
        for part in ["weight", "bias"] {
            let of = |net: &Value| {
                let value = &net[format!("{torch}.{part}")];
                if part == "weight" { turned(value) } else { numbers(value) }
            };
            let twins = |nets: &Value| nets.as_array().unwrap().iter().flat_map(of).collect::<Vec<_>>();
            all.push((format!("policy.{ours}.{part}"), of(&nets["policy"])));
            all.push((format!("critic.{ours}.{part}"), twins(&nets["critics"])));
            all.push((format!("target_critic.{ours}.{part}"), twins(&nets["targets"])));
        }
    }
    all
}

fn assert_holds(learner: &Learner, arrays: &[(String, Vec<f64>)], when: &str) {
    for (name, values) in arrays {
        let found = learner.params.get(learner.params.span(name).unwrap());
        assert_eq!(found.len(), values.len(), "{name}");
        for (i, (f, e)) in found.iter().zip(values).enumerate() {
            let error = (f64::from(*f) - e).abs();
            assert!(error < 2e-6 + 5e-6 * e.abs(), "{when}: {name}[{i}] is {f}, expected {e}");
        }
    }
}

fn assert_logged(learner: &Learner, step: &Value, when: &str) {
    let advantages = numbers(&step["advantage"]);
    let weights = numbers(&step["weight"]);
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    let expected = [
        (Metric::CriticLoss, step["critic_loss"].as_f64().unwrap()),
        (Metric::PolicyLoss, step["policy_loss"].as_f64().unwrap()),
        (Metric::ScoreMean, advantages.iter().sum::<f64>() / BATCH as f64),
        (Metric::WeightEss, sum * sum / (squares * BATCH as f64)),
        (Metric::ClippedFraction, step["clipped"].as_f64().unwrap()),
    ];
    for (metric, expected) in expected {
        let (_, found) = learner.metrics().find(|(m, _)| *m == metric).unwrap();
        let error = (found - expected).abs();
        assert!(error < 1e-5 * expected.abs().max(1.0), "{when}: {metric:?} is {found}, expected {expected}");
    }
}

#[test]
fn four_updates_agree_with_the_formulas() {
    let text = include_str!("data/own_awac_update.json");
    let golden = serde_json::from_str::<Value>(text).unwrap()["cases"][0].clone();
    let mut learner = plans::learner(&method(&golden["cfg"]), Dims { obs: 3, action: 2 }, 0);
    for (name, values) in arrays(&golden["init"]) {
        let span = learner.params.span(&name).unwrap();
        assert_eq!(span.shape.len(), values.len(), "{name}");
        learner.params.get_mut(span).iter_mut().zip(values).for_each(|(to, from)| *to = from as f32);
    }
    for (number, step) in golden["steps"].as_array().unwrap().iter().enumerate() {
        let batch = &step["batch"];
        let [obs, action, reward, next, terminal] =
            ["state", "action", "reward", "next_state", "terminal"].map(|k| narrow(&batch[k]));
        let transitions: Vec<_> = (0..BATCH)
            .map(|i| Transition {
                obs: &obs[3 * i..3 * i + 3],
                action: &action[2 * i..2 * i + 2],
                reward: reward[i],
                terminated: terminal[i] != 0.0,
                truncated: false,
                next_obs: &next[3 * i..3 * i + 3],
            })
            .collect();
        let noise = ["next", "policy"].map(|k| narrow(&step["noise"][k]));
        learner.update_on(&transitions, &[&noise[0], &noise[1]], &mut Pool::new(1));
        let when = format!("update {number}");
        assert_logged(&learner, step, &when);
        assert_holds(&learner, &arrays(&step["after"]), &when);
    }
}

#[test]
fn the_recipe_decays_weights_as_the_released_code_does() {
    let action = ActionSpace::boxed(2, -1.0, 1.0);
    let spec = Spec::new("golden", 3, action, 10);
    let tree = serde_json::to_value(coadapt_agent::method("awac", &spec).unwrap()).unwrap();
    for (pointer, value) in [
        ("/code/weight_decay", 1e-4),
        ("/code/targets/tau", 5e-3),
        ("/code/policy_lr", 3e-4),
        ("/pi_q/eta/value", 1.0),
        ("/pi_q/weights/clip", 20.0),
    ] {
        assert_eq!(tree.pointer(pointer).unwrap().as_f64(), Some(value), "{pointer}");
    }
}
