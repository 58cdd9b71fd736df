//! A whole update, sampling included, allocates nothing.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::Dims;
use coadapt_agent::Method;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::replay::Replay;
use coadapt_agent::transition::StoredTransition;
use coadapt_agent::transition::Transition;
use coadapt_nn::Pool;
use coadapt_testing::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

// Without the usual harness, whose own thread would allocate while we count.
fn main() {
    // One after the other: the counter sees every thread.
    from_the_replay(toy::small_method(), 1);
    let targets = ["{ kind = \"n_step\", n = 5 }", "{ kind = \"retrace\", lambda = 0.95, length = 3 }"];
    for target in targets {
        let mut method = toy::small("mpo");
        method.set("estimate.target", target).unwrap();
        from_the_replay(method, 1);
    }
    from_the_replay(toy::small_on(&toy::Toy::discrete(), "mpo"), 3);
    from_the_replay(toy::small("ddpg"), 1);
    from_the_replay(toy::small("td3"), 1);
    for algo in ["awr", "ppo", "ppo_clip", "vmpo", "trpo"] {
        over_all_data(algo, &toy::small(algo), 1);
        over_all_data(algo, &toy::small_on(&toy::Toy::discrete(), algo), 3);
    }
    let mut detailed = toy::small("ppo_clip");
    for (path, value) in [
        ("code.advantage_norm", "minibatch"),
        ("code.value_loss", "{ kind = \"clipped\", epsilon = 0.2 }"),
        ("code.entropy_bonus", "0.01"),
        ("code.kl_stop", "{ kind = \"above\", kl = 1e6 }"),
    ] {
        detailed.set(path, value).unwrap();
    }
    over_all_data("ppo_clip in detail", &detailed, 1);
}

/// An action of one number, or one of three choices.
fn action(width: usize, i: usize) -> Vec<f32> {
    let x = i as f32 / 200.0;
    if width == 1 { vec![x] } else { (0..width).map(|a| f32::from(a == i % width)).collect() }
}

fn over_all_data(what: &str, method: &Method, width: usize) {
    let mut learner = plans::learner(method, Dims { obs: 2, action: width }, 0);
    let mut episodes = Episodes::new(300, 2, width);
    for i in 0..200 {
        let x = i as f32 / 200.0;
        let (terminated, truncated) = (false, i % 20 == 19);
        let (obs, next_obs) = (&[x, x * x], &[x, 0.0]);
        let action = &action(width, i);
        episodes.push(Transition { obs, action, reward: -x, terminated, truncated, next_obs });
    }
    let minibatches = [Minibatches::Shuffled(20), Minibatches::Shuffled(30)];
    let mut pool = Pool::new(2);
    learner.iterate(&episodes, minibatches, &mut pool);
    let (before, updates) = (ALLOCATOR.allocations(), learner.updates);
    (0..5).for_each(|_| learner.iterate(&episodes, minibatches, &mut pool));
    assert_eq!(ALLOCATOR.allocations(), before, "in an iteration of {what}");
    assert_eq!((learner.updates, learner.first_not_finite()), (6 * updates, None), "{what}");
    // Critic and policy apart, both on one minibatch, or a step of the policy and the critic's minibatches.
    assert!([50, 30, 21].contains(&updates), "{what}: {updates} updates");
}

fn from_the_replay(mut method: Method, width: usize) {
    // Large enough for its products to be divided among threads.
    for (path, value) in [("collect.batch", "128"), ("code.critic_sizes", "[64, 64]")] {
        method.set(path, value).unwrap();
    }
    let mut learner = plans::learner(&method, Dims { obs: 2, action: width }, 0);
    let mut replay = Replay::keeping_log_mu(300, 2, width).unwrap();
    for i in 0..200 {
        let x = i as f32 / 200.0;
        let (terminated, truncated) = (false, i % 20 == 19);
        let (obs, next_obs) = (&[x, x * x], &[x, 0.0]);
        let action = &action(width, i);
        let transition = Transition { obs, action, reward: -x, terminated, truncated, next_obs };
        replay.push_step(StoredTransition { transition, log_mu: -0.5 });
    }
    for threads in [1, 2] {
        let mut pool = Pool::new(threads);
        // Once each of its programs.
        (0..2).for_each(|_| learner.update(&replay, &mut pool));
        let before = ALLOCATOR.allocations();
        (0..50).for_each(|_| learner.update(&replay, &mut pool));
        // Where the policy is delayed, this is an update with its step.
        let metrics = learner.metrics().filter(|(_, x)| x.is_finite()).count();
        assert_eq!(ALLOCATOR.allocations(), before, "with {threads} threads");
        assert!(metrics >= 7);
    }
    assert_eq!(learner.updates, 104);
}
