//! Runs that learn: on choices, on copies, with every detail.

use crate::start::{Change, ROWS, method, start, tasks};
use coadapt_agent::{Event, Method, Status, Trainer};
use coadapt_envs::{Cache, Env};

/// Runs `method`, gives the mean return of each evaluation.
fn means(method: &Method, seed: u64, steps: u64) -> Vec<f64> {
    means_of(start(method, seed, 1), steps)
}

fn means_of(mut trainer: Trainer, steps: u64) -> Vec<f64> {
    let mut means = Vec::new();
    let status = trainer.run(steps, &mut |event| {
        if let Event::Evaluation { evaluation, .. } = event {
            means.push(evaluation.mean());
        }
    });
    assert_eq!(status.unwrap(), Status::Running);
    means
}

#[test]
fn every_row_reaches_the_goal_on_copies_and_on_choices() {
    // From the worst start the distance 1.5 is walked at 0.3 a step; standing still there costs 45. On choices each of 20
    // steps pays 1.
    for (task, good) in tasks().into_iter().zip([-5.0, 15.0]) {
        for algo in ROWS {
            for copies in ["1", "4"] {
                let method =
                    method(algo, &task, &[("collect.copies", copies), ("schedule.eval_every", "500")]);
                let means = means(&method, 1, 3_000);
                assert!(means[5] > good, "{algo} on {copies} copies: evaluation returns {means:?}");
            }
        }
    }
}

#[test]
fn every_detail_learns_finite_numbers() {
    let everywhere: [&[Change]; 6] = [
        &[("code.advantage_norm", "off"), ("code.entropy_bonus", "0.01")],
        &[("code.value_loss", "{ kind = \"clipped\", epsilon = 0.2 }")],
        &[("code.reward_norm", "{ kind = \"running\", clip = 10 }"), ("collect.copies", "3")],
        &[("code.input_norm", "off"), ("estimate.target", "{ kind = \"n_step\", n = 5 }")],
        &[("code.input_norm.ingest", "each"), ("code.gradient_clip", "{ kind = \"norm\", max = 0.5 }")],
        // One transition a minibatch, one a rollout.
        &[("collect.batch", "1"), ("collect.steps", "1"), ("collect.epochs", "1")],
    ];
    let of_surrogates: [&[Change]; 3] = [
        &[("code.kl_stop", "{ kind = \"above\", kl = 0.01 }")],
        &[("code.advantage_norm", "minibatch"), ("collect.batch", "96"), ("collect.epochs", "1")],
        &[("code.advantage_norm", "minibatch"), ("collect.batch", "1")],
    ];
    for task in tasks() {
        for algo in ROWS {
            let more = if algo.starts_with("ppo") { &of_surrogates[..] } else { &[] };
            for changes in everywhere.iter().chain(more) {
                let means = means(&method(algo, &task, changes), 0, 200);
                assert!(means.len() == 2 && means.iter().all(|m| m.is_finite()), "{algo} {changes:?}");
            }
        }
    }
}

/// The recipe as it is: 64 updates of 512 an iteration. Its longest episodes are of 500 steps.
#[test]
fn vmpo_balances_the_pole_within_fifteen_rollouts() {
    const STEPS: u64 = 15 * 2048;
    let task =
        || -> Box<dyn Env> { coadapt_envs::make("CartPole-v1", &Cache::at("unused"), &mut |_| {}).unwrap() };
    let mut method = coadapt_agent::method("vmpo", task().spec()).unwrap();
    method.set("schedule.eval_every", &STEPS.to_string()).unwrap();
    for seed in 0..3 {
        let means = means_of(Trainer::new(&method, task(), task(), seed, 1).unwrap(), STEPS);
        assert!(means.len() == 1 && means[0] >= 475.0, "seed {seed}: evaluation returns {means:?}");
    }
}
