//! Our own numbers for the small tasks, which the paper does not have.

use crate::code::Code;
use crate::collect::Collect;
use crate::method::Method;

/// How long a run on a small task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Small {
    /// 20,000 steps, or 100,000 in iterations over all data.
    Short,
    /// 6,000 to 8,000 steps, or 60,000 in iterations.
    Brief,
}

/// Whether `task` is one of them.
pub(super) fn find(task: &str) -> Option<Small> {
    match task {
        "Pendulum-v1" | "MountainCarContinuous-v0" => Some(Small::Short),
        "CartPoleContinuous-v0" => Some(Small::Brief),
        _ => None,
    }
}

/// Settings of every algorithm there.
pub(super) fn everywhere(method: &mut Method) {
    method.schedule.eval_every = 1_000;
    // Returns depend on the start (on Pendulum +-84 for the best of policies): ten episodes say little.
    method.schedule.eval_episodes = 50;
    // Four observations at most: wider networks cost time and gain nothing.
    let narrow = |sizes: &mut Vec<usize>| sizes.iter_mut().for_each(|s| *s = (*s).min(128));
    let Code { policy_sizes, critic_sizes, .. } = &mut method.code;
    [policy_sizes, critic_sizes].into_iter().for_each(narrow);
    if let Collect::Replay { warmup, learn_after, .. } | Collect::Episodes { warmup, learn_after, .. } =
        &mut method.collect
    {
        // Half of a run without learning would be a waste.
        (*warmup, *learn_after) = ((*warmup).min(1_000), 1_000);
    }
}

/// Settings of an algorithm that learns from batches, on the task of a brief run.
pub(super) fn brief(method: &mut Method) {
    let Code { policy_sizes, critic_sizes, policy_lr, critic_lr, .. } = &mut method.code;
    [policy_sizes, critic_sizes].into_iter().for_each(|sizes| sizes.fill(64));
    (*policy_lr, *critic_lr) = (1e-3, 1e-3);
    method.schedule.eval_every = 500;
    if let Collect::Replay { batch, .. } = &mut method.collect {
        *batch = (*batch).min(128);
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
                crate::Plan::of(&method, env.spec()).unwrap();
                let sizes = method.code.policy_sizes.iter().chain(&method.code.critic_sizes);
                assert!(sizes.max() <= Some(&128), "{algo} on {task}");
                assert!(method.collect.begins() <= 1_000, "{algo} on {task}");
                assert!(method.schedule.eval_every <= 5_000, "{algo} on {task}");
            }
        }
    }
}
