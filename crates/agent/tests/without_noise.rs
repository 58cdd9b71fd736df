//! A policy without noise: what cannot stand beside it is refused by name, it acts the same however it is asked, and what
//! exploration adds stays in training.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::rng::stream;
use coadapt_agent::{Dims, Method, Status, TrainedPolicy, Trainer};
use toy::{Toy, small};

const DIMS: Dims = Dims { obs: 3, action: 2 };
const DELTA: (&str, &str) = ("pi.head", "{ kind = \"delta\", mean = \"linear\" }");

fn changed(algo: &str, changes: &[(&str, &str)]) -> Method {
    let mut method = small(algo);
    changes.iter().for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

#[test]
fn what_needs_a_density_is_refused_by_name() {
    let refused = |algo: &str, changes: &[(&str, &str)], sentence: &str| {
        let told = plans::refusal(&changed(algo, changes), DIMS);
        assert!(told.contains(sentence), "{algo} {changes:?}: {told}");
    };
    let soft = "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.1 } }";
    refused("ddpg", &[("g", soft)], "a policy without noise has no entropy: its G is Q");
    refused("td3", &[("g", soft)], "next = \"smoothed\" runs with g = \"q\"");
    refused("sac", &[("estimate.next", "smoothed")], "next = \"smoothed\" runs with g = \"q\"");
    let fixed = "{ kind = \"fixed\", value = 0.1 }";
    refused(
        "ddpg",
        &[("pi_q.eta", fixed)],
        "a policy without noise has no entropy and no KL: its eta is zero",
    );
    let tanh = "{ kind = \"tanh\", inset = 0.0 }";
    refused("ddpg", &[("pi.bounds", tanh)], "squashed by pi.head.mean = \"tanh\"");
    let mean_l2 = "{ kind = \"mean_l2\", coefficient = 1.0 }";
    refused("ddpg", &[("pi.penalty", mean_l2)], "a squashed action is never outside the box");
    let samples = "{ kind = \"samples\", samples = 5, epsilon = 1e-3, initial_raw = 1.0, lr = 1e-2 }";
    refused("ddpg", &[("pi.penalty", samples)], "the penalty of samples is weighed by eta");
    let retrace = "{ kind = \"retrace\", lambda = 0.9, length = 4 }";
    refused("ddpg", &[("estimate.target", retrace)], "Retrace runs where samples of the previous policy");
    refused("mpo", &[DELTA], "EM control runs with a Gaussian policy");
}

#[test]
fn td3s_details_are_refused_where_they_have_no_place() {
    let refused = |algo: &str, change: (&str, &str), sentence: &str| {
        let told = plans::refusal(&changed(algo, &[change]), DIMS);
        assert!(told.contains(sentence), "{algo} {change:?}: {told}");
    };
    for algo in ["mpo", "awac", "awr"] {
        let told = "`code.policy_delay` is 2, but must be 1 in EM control";
        refused(algo, ("code.policy_delay", "2"), told);
    }
    refused("mpo", ("estimate.next", "smoothed"), "samples of the previous policy run with next");
    refused("awac", ("estimate.next", "smoothed"), "replay actions run with next = \"online\"");
    refused("awac", ("estimate.score", "first"), "what a policy climbs in KL control");
    refused("awr", ("estimate.score", "first"), "advantages run on TD(lambda) returns");
    let wide = ("estimate.smoothing", "{ std = 0.4, clip = 1.0 }");
    refused("ddpg", wide, "which is not used, where estimate.next is not smoothed");
    let gaussian = "{ kind = \"gaussian\", std = 0.1 }";
    let retrace = ("estimate.target", "{ kind = \"retrace\", lambda = 0.9, length = 4 }");
    let told = plans::refusal(&changed("mpo", &[retrace, ("collect.exploration", gaussian)]), DIMS);
    assert!(told.starts_with("`collect.exploration` is gaussian, but must be off with Retrace"), "{told}");
    let told = small("awr").set("collect.exploration", gaussian).unwrap_err().to_string();
    assert!(told.contains("there is no `exploration`"), "{told}");
    let bad = |path: &str, value: &str| small("td3").set(path, value).unwrap_err().to_string();
    assert_eq!(bad("code.policy_delay", "0"), "`code.policy_delay` is 0, but must be at least 1");
    assert!(bad("estimate.smoothing.clip", "0").starts_with("`estimate.smoothing.clip` is 0, but must be"));
    assert!(bad("collect.exploration.std", "-1").starts_with("`collect.exploration.std` is -1, but must be"));
}

fn trained(method: &Method, steps: u64) -> Trainer {
    let mut trainer = Trainer::new(method, Toy::boxed(), Toy::boxed(), 4, 1).unwrap();
    assert_eq!(trainer.run(steps, &mut |_| ()).unwrap(), Status::Running);
    trainer
}

#[test]
fn its_action_is_the_same_drawn_or_not_and_from_a_file() {
    let mut trainer = trained(&small("td3"), 150);
    let mut policy = trainer.policy().unwrap();
    let mut read = TrainedPolicy::from_bytes(&policy.to_bytes().unwrap()).unwrap();
    let (obs, mut rng) = ([0.3, 0.09], stream(1, "test"));
    let mut actions = [[0.0]; 5];
    let [a, b, c, d, e] = &mut actions;
    trainer.act_at(&obs, None, a);
    trainer.act_at(&obs, Some(&mut rng), b);
    policy.act(&obs, c);
    policy.sample(&obs, &mut rng, d);
    read.act(&obs, e);
    assert!(actions.iter().all(|action| *action == actions[0]), "{actions:?}");
    assert!(actions[0][0].abs() < 1.0 && rng == stream(1, "test"));
}

#[test]
fn exploration_moves_what_is_stored_and_not_what_is_evaluated() {
    let actions = |exploration: &str| -> Vec<f32> {
        let mut method = small("ddpg");
        // Nothing is learned: the policy stays what it was.
        for (path, value) in [("collect.learn_after", "1000"), ("collect.exploration", exploration)] {
            let _ = method.set(path, value);
        }
        let mut trainer = trained(&method, 200);
        let evaluation = trainer.evaluate(2, 9).unwrap();
        let snapshot = trainer.snapshot().unwrap();
        let stored = snapshot.arrays.iter().find(|(name, ..)| name == "replay.action").unwrap();
        stored.2.iter().copied().chain(evaluation.returns.iter().map(|x| *x as f32)).collect()
    };
    let runs = [
        actions("off"),
        actions("{ kind = \"gaussian\", std = 0.1 }"),
        actions("{ kind = \"ornstein_uhlenbeck\", theta = 0.15, std = 0.3, dt = 1.0 }"),
    ];
    let returns = |run: &Vec<f32>| run[run.len() - 2..].to_vec();
    assert!(runs.iter().all(|run| returns(run) == returns(&runs[0])));
    let stored = |run: &Vec<f32>| run[..run.len() - 2].to_vec();
    assert!(stored(&runs[0]) != stored(&runs[1]) && stored(&runs[1]) != stored(&runs[2]));
}
