//! The tasks of the paper's tables, and how long and how often it ran on them.

/// Runs of each arm on each task, with seeds of their own.
pub const SEEDS: u64 = 10;

/// Tables 2 to 5 and 11 to 15, in the order of their columns.
pub(super) const LOCOMOTION: [&str; 6] =
    ["Hopper-v2", "Walker2d-v2", "HalfCheetah-v2", "Ant-v2", "Humanoid-v2", "Swimmer-v2"];

/// Figure 3.
pub(super) const MANIPULATION: [&str; 3] = ["Reacher-v2", "Pusher-v2", "Striker-v2"];

/// Table 10, in its order.
pub(super) const CONTROL_SUITE: [&str; 28] = [
    "dm_control/cartpole-balance-v0",
    "dm_control/manipulator-bring_ball-v0",
    "dm_control/ball_in_cup-catch-v0",
    "dm_control/point_mass-easy-v0",
    "dm_control/reacher-easy-v0",
    "dm_control/reacher-hard-v0",
    "dm_control/hopper-hop-v0",
    "dm_control/walker-run-v0",
    "dm_control/finger-spin-v0",
    "dm_control/hopper-stand-v0",
    "dm_control/walker-stand-v0",
    "dm_control/fish-swim-v0",
    "dm_control/swimmer-swimmer15-v0",
    "dm_control/swimmer-swimmer6-v0",
    "dm_control/acrobot-swingup-v0",
    "dm_control/cartpole-swingup-v0",
    "dm_control/pendulum-swingup-v0",
    "dm_control/acrobot-swingup_sparse-v0",
    "dm_control/finger-turn_easy-v0",
    "dm_control/finger-turn_hard-v0",
    "dm_control/fish-upright-v0",
    "dm_control/cheetah-run-v0",
    "dm_control/walker-walk-v0",
    "dm_control/humanoid-run-v0",
    "dm_control/cartpole-balance_sparse-v0",
    "dm_control/cartpole-swingup_sparse-v0",
    "dm_control/humanoid-stand-v0",
    "dm_control/humanoid-walk-v0",
];

/// The tasks of Table 10 on which SAC ran with ELU and layer norm too.
pub(super) const CONTROL_SUITE_ELU_AND_NORM: [&str; 12] = [
    "dm_control/manipulator-bring_ball-v0",
    "dm_control/fish-swim-v0",
    "dm_control/swimmer-swimmer6-v0",
    "dm_control/acrobot-swingup-v0",
    "dm_control/pendulum-swingup-v0",
    "dm_control/acrobot-swingup_sparse-v0",
    "dm_control/walker-walk-v0",
    "dm_control/humanoid-run-v0",
    "dm_control/cartpole-balance_sparse-v0",
    "dm_control/cartpole-swingup_sparse-v0",
    "dm_control/humanoid-stand-v0",
    "dm_control/humanoid-walk-v0",
];

/// The environment steps of one run on `task`, whatever its version; a million for a task that the paper has not.
pub fn steps(task: &str) -> u64 {
    if let Some(name) = task.strip_prefix("dm_control/") {
        return if name.starts_with("humanoid") { 14_000_000 } else { 2_500_000 };
    }
    match task.rsplit_once("-v").map_or(task, |(name, _)| name) {
        "Walker2d" | "HalfCheetah" | "Ant" | "Swimmer" | "Reacher" | "Pusher" | "Striker" => 3_000_000,
        "Humanoid" => 10_000_000,
        _ => 1_000_000,
    }
}
