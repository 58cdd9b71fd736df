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
    "dm_control/cartpole-balance",
    "dm_control/manipulator-bring_ball",
    "dm_control/ball_in_cup-catch",
    "dm_control/point_mass-easy",
    "dm_control/reacher-easy",
    "dm_control/reacher-hard",
    "dm_control/hopper-hop",
    "dm_control/walker-run",
    "dm_control/finger-spin",
    "dm_control/hopper-stand",
    "dm_control/walker-stand",
    "dm_control/fish-swim",
    "dm_control/swimmer-swimmer15",
    "dm_control/swimmer-swimmer6",
    "dm_control/acrobot-swingup",
    "dm_control/cartpole-swingup",
    "dm_control/pendulum-swingup",
    "dm_control/acrobot-swingup_sparse",
    "dm_control/finger-turn_easy",
    "dm_control/finger-turn_hard",
    "dm_control/fish-upright",
    "dm_control/cheetah-run",
    "dm_control/walker-walk",
    "dm_control/humanoid-run",
    "dm_control/cartpole-balance_sparse",
    "dm_control/cartpole-swingup_sparse",
    "dm_control/humanoid-stand",
    "dm_control/humanoid-walk",
];

/// Those of Table 10 on which SAC ran with ELU and layer norm too.
pub(super) const CONTROL_SUITE_ELU_AND_NORM: [&str; 12] = [
    "dm_control/manipulator-bring_ball",
    "dm_control/fish-swim",
    "dm_control/swimmer-swimmer6",
    "dm_control/acrobot-swingup",
    "dm_control/pendulum-swingup",
    "dm_control/acrobot-swingup_sparse",
    "dm_control/walker-walk",
    "dm_control/humanoid-run",
    "dm_control/cartpole-balance_sparse",
    "dm_control/cartpole-swingup_sparse",
    "dm_control/humanoid-stand",
    "dm_control/humanoid-walk",
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
