//! A batch of transitions: where floats become arrays of the update.

use crate::plan::Target;
use crate::replay::Replay;
use crate::rng::{Stream, below};
use crate::transition::StoredTransition;
use crate::window::{self, Later, put};
use coadapt_nn::{Graph, Node, Program, Shape, Slot};

/// The inputs of an update, as nodes: all [1, B, width].
#[derive(Clone)]
pub struct BatchNodes<'g> {
    /// s
    pub obs: Node<'g>,
    /// a, in [-1, 1] where the policy is bounded
    pub action: Node<'g>,
    /// r
    pub reward: Node<'g>,
    /// gamma, or 0 where s' is terminal
    pub discount: Node<'g>,
    /// s'
    pub next_obs: Node<'g>,
    /// The transitions that follow, for a target that asks for each of them.
    pub later: Vec<Later<Node<'g>>>,
    /// How many transitions a row stands for at most.
    reach: usize,
}

impl<'g> BatchNodes<'g> {
    /// Records the inputs for batches of `batch` rows that `target` reads: of n steps each row is their sum (r their
    /// discounted rewards, s' the state they end in); with Retrace the transitions after the first stand apart.
    pub fn record(
        graph: &'g Graph,
        target: Target,
        batch: usize,
        (obs_dim, action_dim): (usize, usize),
    ) -> Self {
        let (reach, apart) = (target.reach(), target.apart());
        let array = |cols| graph.input(Shape::new(1, batch, cols));
        BatchNodes {
            obs: array(obs_dim),
            action: array(action_dim),
            reward: array(1),
            discount: array(1),
            next_obs: array(obs_dim),
            later: (0..apart).map(|_| Later::record(graph, batch, (obs_dim, action_dim))).collect(),
            reach,
        }
    }

    /// Where a program keeps them.
    pub(crate) fn slots(&self, program: &Program) -> BatchSlots {
        BatchSlots {
            obs: program.slot(self.obs),
            action: program.slot(self.action),
            reward: program.slot(self.reward),
            discount: program.slot(self.discount),
            next_obs: program.slot(self.next_obs),
            later: self.later.iter().map(|later| later.slots(program)).collect(),
            reach: self.reach,
        }
    }
}

/// The inputs of an update in its program's memory.
#[derive(Debug, Clone)]
pub(crate) struct BatchSlots {
    obs: Slot,
    action: Slot,
    reward: Slot,
    discount: Slot,
    next_obs: Slot,
    later: Vec<Later<Slot>>,
    reach: usize,
}

/// Rows of a batch that are on their way from memory at a time.
const AHEAD: usize = 16;

impl BatchSlots {
    /// Writes as row `row` a window: consecutive transitions of one episode, at least one and at most as many as
    /// the target reads.
    pub(crate) fn write_row<'a>(
        &self,
        program: &mut Program,
        row: usize,
        mut steps: impl Iterator<Item = StoredTransition<'a>>,
        gamma: f32,
    ) {
        let Some(StoredTransition { transition: first, .. }) = steps.next() else {
            panic!("a row of a batch stands for at least one transition")
        };
        put(program, self.obs, row, first.obs);
        put(program, self.action, row, first.action);
        let mut last = first.next_obs;
        for later in &self.later {
            match steps.next() {
                Some(step) => {
                    later.write(program, row, step, gamma);
                    last = step.transition.next_obs;
                }
                None => later.pad(program, row, last),
            }
        }
        let sum = window::n_step(first, steps, gamma);
        put(program, self.reward, row, &[sum.reward]);
        put(program, self.discount, row, &[sum.discount]);
        put(program, self.next_obs, row, sum.next_obs);
    }

    /// Draws every row's first transition uniformly from `replay`, with replacement.
    pub(crate) fn sample(&self, program: &mut Program, replay: &Replay, rng: &mut Stream, gamma: f32) {
        // Rows lie anywhere in a replay that fits into no cache: they are drawn, and sent for, ahead of their turn.
        let rows = self.obs.shape().rows;
        let mut draw = || {
            let index = below(rng, replay.len());
            replay.prefetch(index);
            index
        };
        let mut drawn = [0; AHEAD];
        drawn.iter_mut().take(rows).for_each(|index| *index = draw());
        for row in 0..rows {
            let index = drawn[row % AHEAD];
            if row + AHEAD < rows {
                drawn[row % AHEAD] = draw();
            }
            self.write_row(program, row, replay.window(index, self.reach), gamma);
        }
    }

    /// How many transitions a row stands for at most.
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }
}
