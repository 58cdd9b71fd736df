//! Every task by its id: what there is, and making one.

use crate::classic::{Acrobot, CartPole, CartPoleContinuous, Classic, MountainCarContinuous, Pendulum};
use crate::gym::{Locomotion, Version, Walker};
use crate::{Cache, Env, EnvError};

/// A task as it is listed.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// What the user types.
    pub id: &'static str,
    /// One line on what it asks.
    pub summary: &'static str,
    /// Numbers in an observation.
    pub obs_dim: usize,
    /// Its actions.
    pub actions: Actions,
    kind: Kind,
}

/// The actions of a listed task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actions {
    /// This many numbers.
    Continuous(usize),
    /// One of this many choices.
    Discrete(usize),
}

/// What makes a task.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Pendulum,
    CartPole,
    CartPoleContinuous,
    MountainCarContinuous,
    Acrobot,
    Gym(Walker, Version),
}

impl Task {
    /// Whether the simulator is needed, and so fetched at first use.
    pub fn needs_mujoco(&self) -> bool {
        matches!(self.kind, Kind::Gym(..))
    }
}

/// Every task, in the order to list them.
pub fn tasks() -> &'static [Task] {
    &TASKS
}

const CHEETAH: &str = "run forward on two legs; never ends early";
const HOPPER: &str = "hop forward on one leg without falling";

const TASKS: [Task; 11] = [
    Task {
        id: "Pendulum-v1",
        summary: "swing a pendulum up and hold it; built in",
        obs_dim: 3,
        actions: Actions::Continuous(1),
        kind: Kind::Pendulum,
    },
    Task {
        id: "CartPole-v1",
        summary: "balance a pole on a cart; built in",
        obs_dim: 4,
        actions: Actions::Discrete(2),
        kind: Kind::CartPole,
    },
    Task {
        id: "CartPoleContinuous-v0",
        summary: "balance a pole, paying for each push; built in",
        obs_dim: 4,
        actions: Actions::Continuous(1),
        kind: Kind::CartPoleContinuous,
    },
    Task {
        id: "MountainCarContinuous-v0",
        summary: "rock a car out of a valley; built in",
        obs_dim: 2,
        actions: Actions::Continuous(1),
        kind: Kind::MountainCarContinuous,
    },
    Task {
        id: "Acrobot-v1",
        summary: "swing two links above a line; built in",
        obs_dim: 6,
        actions: Actions::Discrete(3),
        kind: Kind::Acrobot,
    },
    gym("HalfCheetah-v2", CHEETAH, [17, 6], Kind::Gym(Walker::HalfCheetah, Version::V2)),
    gym("HalfCheetah-v4", CHEETAH, [17, 6], Kind::Gym(Walker::HalfCheetah, Version::V4)),
    gym("HalfCheetah-v5", CHEETAH, [17, 6], Kind::Gym(Walker::HalfCheetah, Version::V5)),
    gym("Hopper-v2", HOPPER, [11, 3], Kind::Gym(Walker::Hopper, Version::V2)),
    gym("Hopper-v4", HOPPER, [11, 3], Kind::Gym(Walker::Hopper, Version::V4)),
    gym("Hopper-v5", HOPPER, [11, 3], Kind::Gym(Walker::Hopper, Version::V5)),
];

const fn gym(id: &'static str, summary: &'static str, dims: [usize; 2], kind: Kind) -> Task {
    Task { id, summary, obs_dim: dims[0], actions: Actions::Continuous(dims[1]), kind }
}

/// Makes the task called `id`. What has to be fetched for it goes into `cache`, and `progress` is told in
/// whole lines.
pub fn make(id: &str, cache: &Cache, progress: &mut dyn FnMut(&str)) -> Result<Box<dyn Env>, EnvError> {
    let Some(task) = TASKS.iter().find(|task| task.id == id) else {
        return Err(EnvError::UnknownTask { id: id.to_owned(), nearest: nearest(id) });
    };
    Ok(match task.kind {
        Kind::Pendulum => Box::new(Classic::<Pendulum>::new()),
        Kind::CartPole => Box::new(Classic::<CartPole>::new()),
        Kind::CartPoleContinuous => Box::new(Classic::<CartPoleContinuous>::new()),
        Kind::MountainCarContinuous => Box::new(Classic::<MountainCarContinuous>::new()),
        Kind::Acrobot => Box::new(Classic::<Acrobot>::new()),
        Kind::Gym(walker, version) => Box::new(Locomotion::new(walker, version, cache, progress)?),
    })
}

/// The three ids closest to `id`, best first. Case counts nothing, so that `hopper-v4` finds its task.
fn nearest(id: &str) -> String {
    let wanted = id.to_lowercase();
    let mut ranked: Vec<_> = TASKS
        .iter()
        .map(|task| {
            let name = task.id.to_lowercase();
            let begins = !wanted.is_empty() && name.starts_with(&wanted);
            (if begins { 0 } else { strsim::osa_distance(&wanted, &name) }, task.id)
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
    fn a_listed_task_is_as_listed() {
        for task in tasks().iter().filter(|task| !task.needs_mujoco()) {
            let env = make(task.id, &Cache::at("unused"), &mut |_| {}).unwrap();
            assert_eq!(env.spec().id, task.id);
            assert_eq!(env.spec().obs_dim, task.obs_dim);
            match task.actions {
                Actions::Continuous(n) => assert_eq!(env.spec().action.dim(), n),
                Actions::Discrete(n) => assert_eq!(env.spec().action, crate::ActionSpace::Discrete { n }),
            }
        }
    }
}
