//! Numbers that go with a task. The paper has none for the small tasks; ours are made for short runs.

use crate::method::Method;

/// Applies what is known of `task` to `method`.
pub(super) fn adjust(method: &mut Method, task: &str) {
    if !matches!(task, "Pendulum-v1" | "MountainCarContinuous-v0") {
        return;
    }
    // 20,000 steps are a whole run here: half of them without learning would be a waste.
    method.schedule.warmup = 1_000;
    method.schedule.eval_every = 1_000;
    // Returns depend on the start (on Pendulum +-84 for the best of policies): ten episodes say little.
    method.schedule.eval_episodes = 50;
    // Four observations at most: wider networks cost time and gain nothing.
    method.code.policy_sizes = vec![128, 128];
    method.code.critic_sizes = vec![128, 128];
}
