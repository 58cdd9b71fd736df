//! Numbers that go with a task: Table 8, the released code's settings where the paper prints none, and our own
//! for the small tasks, which the paper does not have.

use crate::columns::{Head, PiP, PiQ, Std, TrustRegion, Weights};
use crate::method::Method;

/// Applies what is known of `task` to `method`.
pub(super) fn adjust(method: &mut Method, task: &str) {
    if let PiP::Sg { trust_region: TrustRegion::MeanStd { mean, std, .. }, .. } = &mut method.pi_p {
        let (mean_bound, std_bound, initial) = mpo(task);
        (*mean, *std) = (mean_bound, std_bound);
        if let Head::Normal { std: Std::Softplus { initial: scale }, .. } = &mut method.pi.head {
            *scale = initial;
        }
    }
    if let PiQ::Analytic { weights: Weights::Unnormalised { .. }, .. } = method.pi_q {
        let (lr, std) = awr(task);
        method.code.policy_lr = lr;
        if let Head::Normal { std: Std::Constant { value }, .. } = &mut method.pi.head {
            *value = std;
        }
    }
    if matches!(task, "Pendulum-v1" | "MountainCarContinuous-v0") {
        small(method);
    }
}

/// Table 8: bounds on the KL of means and of standard deviations, and the initial standard deviation.
///
/// The manipulation tasks and DeepMind Control are from the released code.
fn mpo(task: &str) -> (f64, f64, f64) {
    if let Some(name) = task.strip_prefix("dm_control/") {
        return if name.starts_with("humanoid") { (4.76e-5, 4.76e-8, 0.3) } else { (1e-3, 1e-6, 0.3) };
    }
    match task.rsplit_once("-v").map_or(task, |(name, _)| name) {
        "Hopper" => (3.34e-4, 3.34e-7, 0.7),
        "Walker2d" => (1.67e-4, 1.67e-7, 0.3),
        "Humanoid" => (5.88e-5, 5.88e-8, 0.3),
        "Reacher" => (5e-4, 5e-7, 0.5),
        "Pusher" => (1.43e-4, 1.43e-7, 0.3),
        "Striker" => (1.43e-4, 1.43e-7, 0.2),
        _ => (1e-3, 1e-6, 0.5),
    }
}

/// Table 9: learning rate of the policy and its standard deviation.
///
/// Nobody has numbers for other tasks: they run with HalfCheetah's.
fn awr(task: &str) -> (f64, f64) {
    match task.rsplit_once("-v").map_or(task, |(name, _)| name) {
        "Hopper" => (1e-4, 0.4),
        "Walker2d" => (2.5e-5, 0.4),
        "Ant" => (5e-5, 0.2),
        "Humanoid" => (1e-5, 0.4),
        _ => (5e-5, 0.4),
    }
}

/// A run here is 20,000 steps long.
fn small(method: &mut Method) {
    let schedule = &mut method.schedule;
    // Half of a run without learning would be a waste.
    schedule.warmup = schedule.warmup.min(1_000);
    schedule.learn_after = 1_000;
    schedule.eval_every = 1_000;
    // Returns depend on the start (on Pendulum +-84 for the best of policies): ten episodes say little.
    schedule.eval_episodes = 50;
    // Four observations at most: wider networks cost time and gain nothing.
    let narrow = |sizes: &mut Vec<usize>| sizes.iter_mut().for_each(|s| *s = (*s).min(128));
    narrow(&mut method.code.policy_sizes);
    narrow(&mut method.code.critic_sizes);
    // An update every eight steps at a rate of 1e-4 is made for millions of steps.
    if method.schedule.update_every > 2 {
        method.schedule.update_every = 2;
        method.schedule.batch = 64;
        (method.code.policy_lr, method.code.critic_lr) = (1e-3, 1e-3);
    }
}
