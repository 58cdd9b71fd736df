//! Numbers that go with a task: Table 8, the released code's settings where the paper prints none, and our own
//! for the small tasks, which the paper does not have.

use crate::code::Sync;
use crate::columns::{Eta, Family, Head, PiP, PiQ, Std, TrustRegion, Weights};
use crate::method::Method;
use crate::schedule::Iteration;

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
    match task {
        "Pendulum-v1" | "MountainCarContinuous-v0" => small(method),
        "CartPoleContinuous-v0" => {
            small(method);
            brief(method);
        }
        _ => {}
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

/// A run here is 20,000 steps long, or 100,000 in a row that learns in iterations over all its data.
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
    if method.schedule.iteration != Iteration::Off {
        method.schedule.eval_every = 5_000;
        // Weights compare with the mixture of all stored policies: with half a run in store it hardly moves.
        method.schedule.replay_capacity = 10_000;
        // Table 9's rates are made for millions of steps.
        method.code.policy_lr = 5e-4;
    }
}

/// A run here is 6,000 to 8,000 steps long, or 60,000 in iterations.
fn brief(method: &mut Method) {
    let Method { family, schedule, code, pi_q, .. } = method;
    if schedule.iteration != Iteration::Off {
        return;
    }
    [&mut code.policy_sizes, &mut code.critic_sizes].into_iter().for_each(|sizes| sizes.fill(64));
    schedule.eval_every = 500;
    schedule.batch = schedule.batch.min(128);
    (code.policy_lr, code.critic_lr) = (1e-3, 1e-3);
    if let PiQ::Gradient { eta: Eta::Entropy { lr, .. }, .. } = pi_q {
        *lr = 1e-3;
    }
    // Of 7,000 updates a slower target takes too many to catch up; KL rows hold without.
    if let (Family::Em, Sync::Soft { tau }) = (family, &mut code.targets) {
        *tau = 1e-2;
    }
}

#[cfg(test)]
mod tests {
    use crate::paper::{ALGORITHMS, method};
    use coadapt_envs::{Cache, make};

    #[test]
    fn on_a_small_task_every_algorithm_runs_and_learns_within_its_run() {
        for task in ["Pendulum-v1", "MountainCarContinuous-v0", "CartPoleContinuous-v0"] {
            let env = make(task, &Cache::at("unused"), &mut |_| {}).unwrap();
            for algo in ALGORITHMS {
                let method = method(algo, env.spec()).unwrap();
                method.validate().unwrap();
                method.row().algorithm().unwrap();
                let sizes = method.code.policy_sizes.iter().chain(&method.code.critic_sizes);
                assert!(sizes.max() <= Some(&128), "{algo} on {task}");
                assert!(method.schedule.learn_after <= 1_000, "{algo} on {task}");
                assert!(method.schedule.eval_every <= 5_000, "{algo} on {task}");
            }
        }
    }
}
