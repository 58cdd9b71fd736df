//! Every task by its id: what there is, and making one. Each suite owns its own list.

use std::fmt::Debug;
use std::sync::LazyLock;

use crate::{Cache, Description, Env, EnvError, classic, dmc, gym, known};

/// A task as it is listed.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// The name the user types.
    pub id: &'static str,
    /// One line on what it asks.
    pub summary: &'static str,
    /// Numbers in an observation.
    pub obs_dim: usize,
    /// Its actions.
    pub actions: Actions,
    pub(crate) maker: &'static dyn Maker,
}

/// The actions of a listed task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actions {
    /// This many numbers.
    Continuous(usize),
    /// One of this many choices.
    Discrete(usize),
}

/// The part of a task that its suite provides.
pub(crate) trait Maker: Debug + Sync {
    /// Whether the simulator is needed.
    fn needs_mujoco(&self) -> bool;

    /// The description of the task called `id`.
    fn describe(&self, id: &'static str) -> Description;

    /// The task, with what it needs fetched into `cache`.
    fn make(&self, cache: &Cache, progress: &mut dyn FnMut(&str)) -> Result<Box<dyn Env>, EnvError>;
}

impl Task {
    /// Whether the simulator is needed, and so fetched at first use.
    pub fn needs_mujoco(&self) -> bool {
        self.maker.needs_mujoco()
    }

    /// The description of the task, without making it.
    pub fn describe(&self) -> Description {
        self.maker.describe(self.id)
    }
}

/// The lists of the suites, in the order to show them: another suite adds its own here.
const SUITES: [&[Task]; 4] = [&classic::TASKS, &known::TASKS, &gym::TASKS, &dmc::LISTED];

/// Every task, in the order to list them.
pub fn tasks() -> &'static [Task] {
    static ALL: LazyLock<Vec<Task>> = LazyLock::new(|| SUITES.concat());
    &ALL
}

/// The listed task called `id`.
pub fn find(id: &str) -> Result<&'static Task, EnvError> {
    let unknown = || EnvError::UnknownTask { id: id.to_owned(), nearest: nearest(id) };
    tasks().iter().find(|task| task.id == id).ok_or_else(unknown)
}

/// Makes the task called `id`. What has to be fetched for it goes into `cache`, and `progress` is told in
/// whole lines.
pub fn make(id: &str, cache: &Cache, progress: &mut dyn FnMut(&str)) -> Result<Box<dyn Env>, EnvError> {
    find(id)?.maker.make(cache, progress)
}

/// The three ids closest to `id`, best first. Case counts nothing, so that `hopper-v4` finds its task, nor has
/// the suite to be named.
fn nearest(id: &str) -> String {
    let wanted = id.to_lowercase();
    let distance = |name: &str| {
        let begins = !wanted.is_empty() && name.starts_with(&wanted);
        if begins { 0 } else { strsim::osa_distance(&wanted, name) }
    };
    let mut ranked: Vec<_> = tasks()
        .iter()
        .map(|task| {
            let name = task.id.to_lowercase();
            let bare = name.split_once('/').map_or(name.as_str(), |(_, bare)| bare);
            (distance(&name).min(distance(bare)), task.id)
        })
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.iter().take(3).map(|(_, id)| *id).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(id: &str) -> String {
        match make(id, &Cache::at("unused"), &mut |_| {}) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{id} exists"),
        }
    }

    #[test]
    fn an_unknown_id_is_answered_with_the_nearest() {
        assert_eq!(
            refusal("HalfChetah-v4"),
            "there is no task 'HalfChetah-v4'; the nearest names are HalfCheetah-v4, HalfCheetah-v2, \
             HalfCheetah-v5; `coadapt tasks` lists them all"
        );
        assert!(refusal("pendulum").contains("are Pendulum-v1,"));
        assert!(refusal("HOPPER").contains("are Hopper-v2, Hopper-v4, Hopper-v5;"));
        assert!(refusal("").contains("nearest names are "));
    }

    #[test]
    fn ids_are_unique() {
        for task in tasks() {
            assert_eq!(tasks().iter().filter(|other| other.id == task.id).count(), 1, "{}", task.id);
        }
    }

    #[test]
    fn a_listed_task_is_as_described() {
        for task in tasks() {
            let told = task.describe();
            assert_eq!((told.id, told.obs_dim()), (task.id, task.obs_dim));
            assert_eq!(told.mujoco.is_some(), task.needs_mujoco(), "{}", task.id);
            match (task.actions, told.action) {
                (Actions::Continuous(n), crate::ActionMeaning::Continuous(controls)) => {
                    assert_eq!(controls.len(), n, "{}", task.id);
                }
                (Actions::Discrete(n), crate::ActionMeaning::Discrete(choices)) => {
                    assert_eq!(choices.len(), n, "{}", task.id);
                }
                _ => panic!("{} is listed with actions of another kind", task.id),
            }
        }
    }

    #[test]
    fn a_described_task_is_as_made() {
        for task in tasks().iter().filter(|task| !task.needs_mujoco()) {
            let env = make(task.id, &Cache::at("unused"), &mut |_| {}).unwrap();
            let told = task.describe();
            assert_eq!(env.spec().id, task.id);
            assert_eq!(env.spec().obs_dim, task.obs_dim);
            assert_eq!(env.spec().max_episode_steps, told.max_episode_steps);
            assert_eq!(env.spec().mujoco.as_deref(), told.mujoco);
            match (&env.spec().action, told.action) {
                (crate::ActionSpace::Discrete { n }, crate::ActionMeaning::Discrete(choices)) => {
                    assert_eq!(*n, choices.len());
                }
                (
                    crate::ActionSpace::Continuous { low, high },
                    crate::ActionMeaning::Continuous(controls),
                ) => {
                    assert_eq!(*low, controls.iter().map(|c| c.low).collect::<Vec<_>>());
                    assert_eq!(*high, controls.iter().map(|c| c.high).collect::<Vec<_>>());
                }
                _ => panic!("{} takes actions of another kind than described", task.id),
            }
        }
    }
}
