//! The list of the tasks whose best policy is known.

use std::marker::PhantomData;

use super::{Bandit, Bits, Chain, Regulator};
use crate::classic::{BuiltIn, Equations};
use crate::{Actions, Task};

/// Those tasks, in the order to list them.
pub(crate) const TASKS: [Task; 6] = [
    Task {
        id: Bandit::ID,
        summary: "one action, best where it is linear in the state; built in, its best known",
        obs_dim: Bandit::OBS_DIM,
        actions: Actions::Continuous(2),
        maker: &BuiltIn::<Bandit>(PhantomData),
    },
    Task {
        id: Regulator::ID,
        summary: "bring a number to zero in 20 steps; built in, its best known",
        obs_dim: Regulator::OBS_DIM,
        actions: Actions::Continuous(1),
        maker: &BuiltIn::<Regulator>(PhantomData),
    },
    Task {
        id: Chain::ID,
        summary: "leave a small reward for a large one; built in, its best known",
        obs_dim: Chain::OBS_DIM,
        actions: Actions::Discrete(2),
        maker: &BuiltIn::<Chain>(PhantomData),
    },
    bits::<12>("say 12 bits, rewarded at the end; built in, its best known"),
    bits::<20>("say 20 bits, rewarded at the end; built in, its best known"),
    bits::<40>("say 40 bits, rewarded at the end; built in, its best known"),
];

const fn bits<const N: usize>(summary: &'static str) -> Task {
    Task {
        id: Bits::<N>::ID,
        summary,
        obs_dim: N,
        actions: Actions::Discrete(2),
        maker: &BuiltIn::<Bits<N>>(PhantomData),
    }
}
