//! The list of the classic control tasks.

use std::fmt::Debug;
use std::marker::PhantomData;

use super::{Acrobot, CartPole, CartPoleContinuous, Classic, Equations, MountainCarContinuous, Pendulum};
use crate::task::Maker;
use crate::{Actions, Block, Cache, Description, Entry, Env, EnvError, Task};

/// The classic control tasks, in the order to list them.
pub(crate) const TASKS: [Task; 5] = [
    Task {
        id: Pendulum::ID,
        summary: "swing a pendulum up and hold it; built in",
        obs_dim: Pendulum::OBS_DIM,
        actions: Actions::Continuous(1),
        maker: &BuiltIn::<Pendulum>(PhantomData),
    },
    Task {
        id: CartPole::ID,
        summary: "balance a pole on a cart; built in",
        obs_dim: CartPole::OBS_DIM,
        actions: Actions::Discrete(2),
        maker: &BuiltIn::<CartPole>(PhantomData),
    },
    Task {
        id: CartPoleContinuous::ID,
        summary: "balance a pole, paying for each push; built in",
        obs_dim: CartPoleContinuous::OBS_DIM,
        actions: Actions::Continuous(1),
        maker: &BuiltIn::<CartPoleContinuous>(PhantomData),
    },
    Task {
        id: MountainCarContinuous::ID,
        summary: "rock a car out of a valley; built in",
        obs_dim: MountainCarContinuous::OBS_DIM,
        actions: Actions::Continuous(1),
        maker: &BuiltIn::<MountainCarContinuous>(PhantomData),
    },
    Task {
        id: Acrobot::ID,
        summary: "swing two links above a line; built in",
        obs_dim: Acrobot::OBS_DIM,
        actions: Actions::Discrete(3),
        maker: &BuiltIn::<Acrobot>(PhantomData),
    },
];

/// Makes the task of these equations.
#[derive(Debug)]
pub(crate) struct BuiltIn<E>(pub(crate) PhantomData<E>);

impl<E: Equations + Debug + Sync + 'static> Maker for BuiltIn<E> {
    fn needs_mujoco(&self) -> bool {
        false
    }

    fn describe(&self, id: &'static str) -> Description {
        let entries = E::OBSERVATION.iter().map(|(name, unit)| Entry::new(*name, unit)).collect();
        Description {
            id,
            semantics: E::SEMANTICS,
            mujoco: None,
            step_secs: E::STEP_SECS,
            max_episode_steps: E::MAX_EPISODE_STEPS,
            reward: E::REWARD,
            ends: E::ENDS,
            optimum: E::OPTIMUM,
            observation: vec![Block { name: "state, as float32".to_owned(), entries }],
            action: E::action_meaning(),
        }
    }

    fn make(&self, _: &Cache, _: &mut dyn FnMut(&str)) -> Result<Box<dyn Env>, EnvError> {
        Ok(Box::new(Classic::<E>::new()))
    }
}
