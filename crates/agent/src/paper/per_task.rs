//! Numbers that go with a task. The paper has none for the small tasks; ours are made for short runs.

use crate::method::Method;

/// Applies what is known of `task` to `method`.
pub(super) fn adjust(method: &mut Method, task: &str) {
    let schedule = &mut method.schedule;
    match task {
        // 20,000 steps are a whole run here: half of them without learning would be a waste.
        "Pendulum-v1" | "MountainCarContinuous-v0" => {
            schedule.warmup = 1_000;
            schedule.eval_every = 1_000;
        }
        _ => {}
    }
}
