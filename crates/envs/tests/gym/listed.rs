//! The list and the descriptions of the tasks, held against the tasks.

use coadapt_envs::{ActionMeaning, ActionSpace, Actions, Cache, make, tasks};

#[test]
fn a_listed_mujoco_task_is_as_listed_and_as_described() {
    for task in tasks().iter().filter(|task| task.needs_mujoco()) {
        let env = make(task.id, &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap();
        let (spec, told) = (env.spec(), task.describe());
        assert_eq!((spec.id.as_str(), spec.obs_dim), (task.id, task.obs_dim));
        assert_eq!((told.id, told.obs_dim()), (task.id, task.obs_dim));
        assert_eq!(spec.max_episode_steps, told.max_episode_steps, "{}", task.id);
        assert_eq!((spec.mujoco.as_deref(), told.mujoco), (Some("3.17.0"), Some("3.17.0")));
        let Actions::Continuous(n) = task.actions else { panic!("{} has a box", task.id) };
        let ActionMeaning::Continuous(controls) = told.action else { panic!("{} has a box", task.id) };
        assert_eq!(controls.len(), n);
        let ends = |side: fn(&coadapt_envs::Control) -> f64| -> Vec<f64> {
            controls.iter().map(|control| f64::from(side(control) as f32)).collect()
        };
        let boxed = ActionSpace::Continuous { low: ends(|c| c.low), high: ends(|c| c.high) };
        assert_eq!(spec.action, boxed, "{}", task.id);
    }
}

/// Known entries of the observations, by their place.
#[test]
fn the_numbers_of_an_observation_have_their_names() {
    let name = |id: &str, index: usize| {
        let task = coadapt_envs::find(id).unwrap();
        let entries = task.describe().observation.into_iter().flat_map(|block| block.entries);
        entries.map(|entry| format!("{} ({})", entry.name, entry.unit)).nth(index).unwrap()
    };
    for (id, index, expected) in [
        ("HalfCheetah-v4", 0, "rootz (m)"),
        ("HalfCheetah-v4", 8, "rootx (m/s)"),
        ("Hopper-v5", 10, "foot_joint (rad/s)"),
        ("Ant-v2", 0, "root z (m)"),
        ("Ant-v2", 4, "root quaternion z (-)"),
        ("Ant-v2", 110, "(back right foot) force z (N)"),
        ("Ant-v5", 27, "torso torque x (N m)"),
        ("Humanoid-v4", 45, "world inertia xx (kg m^2)"),
        ("Humanoid-v4", 45 + 140 + 84 + 6, "abdomen_z (N m)"),
        ("Humanoid-v5", 45 + 9, "torso mass (kg)"),
        ("Humanoid-v5", 347, "left_lower_arm force z (N)"),
        ("Reacher-v4", 10, "fingertip from target, z (m)"),
        ("Pusher-v5", 22, "goal, z (m)"),
        ("InvertedDoublePendulum-v5", 8, "slider (N)"),
        ("Pendulum-v1", 2, "angular speed (rad/s)"),
    ] {
        assert_eq!(name(id, index), expected, "{id}");
    }
}
