//! The list of the Gym tasks.

use super::{GymEnv, Robot, Version};
use crate::mujoco::MUJOCO;
use crate::task::Maker;
use crate::{ActionMeaning, Actions, Cache, Description, Env, EnvError, Task};

/// A robot in a version: what makes a Gym task.
#[derive(Debug)]
struct Made(Robot, Version);

impl Maker for Made {
    fn needs_mujoco(&self) -> bool {
        true
    }

    fn describe(&self, id: &'static str) -> Description {
        let Made(robot, version) = *self;
        let definition = robot.definition(version);
        Description {
            id,
            semantics: version.semantics(),
            mujoco: Some(MUJOCO.version),
            step_secs: Some(definition.timing.step_secs()),
            max_episode_steps: definition.timing.max_episode_steps,
            reward: definition.reward,
            ends: definition.ends,
            optimum: None,
            observation: definition.blocks(),
            action: ActionMeaning::Continuous(definition.anatomy.controls()),
        }
    }

    fn make(&self, cache: &Cache, progress: &mut dyn FnMut(&str)) -> Result<Box<dyn Env>, EnvError> {
        Ok(Box::new(GymEnv::new(self.0, self.1, cache, progress)?))
    }
}

const CHEETAH: &str = "run forward on two legs; never ends early";
const HOPPER: &str = "hop forward on one leg without falling";
const WALKER: &str = "walk forward on two legs without falling";
const ANT: &str = "run forward on four legs without falling over";
const HUMANOID: &str = "walk forward on two legs, with arms, without falling";
const SWIMMER: &str = "swim forward with three links; never ends early";
const REACHER: &str = "bring the tip of a two-link arm to a target";
const PUSHER: &str = "push an object to a goal with a seven-joint arm";
const STRIKER: &str = "hit a ball into a goal with a seven-joint arm";
const PENDULUM: &str = "balance a pole on a cart by force";
const DOUBLE_PENDULUM: &str = "balance two poles, one on the other, on a cart";

/// The Gym tasks, in the order to list them.
pub(crate) const TASKS: [Task; 29] = [
    row("HalfCheetah-v2", CHEETAH, [17, 6], &Made(Robot::HalfCheetah, Version::V2)),
    row("HalfCheetah-v4", CHEETAH, [17, 6], &Made(Robot::HalfCheetah, Version::V4)),
    row("HalfCheetah-v5", CHEETAH, [17, 6], &Made(Robot::HalfCheetah, Version::V5)),
    row("Hopper-v2", HOPPER, [11, 3], &Made(Robot::Hopper, Version::V2)),
    row("Hopper-v4", HOPPER, [11, 3], &Made(Robot::Hopper, Version::V4)),
    row("Hopper-v5", HOPPER, [11, 3], &Made(Robot::Hopper, Version::V5)),
    row("Walker2d-v2", WALKER, [17, 6], &Made(Robot::Walker2d, Version::V2)),
    row("Walker2d-v4", WALKER, [17, 6], &Made(Robot::Walker2d, Version::V4)),
    row("Walker2d-v5", WALKER, [17, 6], &Made(Robot::Walker2d, Version::V5)),
    row("Ant-v2", ANT, [111, 8], &Made(Robot::Ant, Version::V2)),
    row("Ant-v4", ANT, [27, 8], &Made(Robot::Ant, Version::V4)),
    row("Ant-v5", ANT, [105, 8], &Made(Robot::Ant, Version::V5)),
    row("Humanoid-v2", HUMANOID, [376, 17], &Made(Robot::Humanoid, Version::V2)),
    row("Humanoid-v4", HUMANOID, [376, 17], &Made(Robot::Humanoid, Version::V4)),
    row("Humanoid-v5", HUMANOID, [348, 17], &Made(Robot::Humanoid, Version::V5)),
    row("Swimmer-v2", SWIMMER, [8, 2], &Made(Robot::Swimmer, Version::V2)),
    row("Swimmer-v4", SWIMMER, [8, 2], &Made(Robot::Swimmer, Version::V4)),
    row("Swimmer-v5", SWIMMER, [8, 2], &Made(Robot::Swimmer, Version::V5)),
    row("Reacher-v2", REACHER, [11, 2], &Made(Robot::Reacher, Version::V2)),
    row("Reacher-v4", REACHER, [11, 2], &Made(Robot::Reacher, Version::V4)),
    row("Reacher-v5", REACHER, [10, 2], &Made(Robot::Reacher, Version::V5)),
    row("Pusher-v2", PUSHER, [23, 7], &Made(Robot::Pusher, Version::V2)),
    row("Pusher-v4", PUSHER, [23, 7], &Made(Robot::Pusher, Version::V4)),
    row("Pusher-v5", PUSHER, [23, 7], &Made(Robot::Pusher, Version::V5)),
    row("Striker-v2", STRIKER, [23, 7], &Made(Robot::Striker, Version::V2)),
    row("InvertedPendulum-v4", PENDULUM, [4, 1], &Made(Robot::InvertedPendulum, Version::V4)),
    row("InvertedPendulum-v5", PENDULUM, [4, 1], &Made(Robot::InvertedPendulum, Version::V5)),
    row(
        "InvertedDoublePendulum-v4",
        DOUBLE_PENDULUM,
        [11, 1],
        &Made(Robot::InvertedDoublePendulum, Version::V4),
    ),
    row(
        "InvertedDoublePendulum-v5",
        DOUBLE_PENDULUM,
        [9, 1],
        &Made(Robot::InvertedDoublePendulum, Version::V5),
    ),
];

/// A row of the list; `dims` are the numbers in an observation and in an action.
const fn row(id: &'static str, summary: &'static str, dims: [usize; 2], maker: &'static Made) -> Task {
    Task { id, summary, obs_dim: dims[0], actions: Actions::Continuous(dims[1]), maker }
}

/// The robot and version of the Gym task called `id`, if there is one.
pub fn parts(id: &str) -> Option<(Robot, Version)> {
    if !TASKS.iter().any(|task| task.id == id) {
        return None;
    }
    let versions = |robot: Robot| Version::ALL.map(|version| (robot, version));
    Robot::ALL.into_iter().flat_map(versions).find(|(robot, version)| robot.id(*version) == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_names_the_task_it_makes() {
        for task in TASKS {
            let (robot, version) = parts(task.id).expect("a robot and a version");
            assert_eq!(format!("{:?}", task.maker), format!("{:?}", Made(robot, version)), "{}", task.id);
        }
        assert_eq!([parts("Striker-v4"), parts("Pendulum-v1"), parts("")], [None; 3]);
    }
}
