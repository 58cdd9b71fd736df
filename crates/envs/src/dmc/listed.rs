//! The suite's tasks as they are listed and described.

use super::{Control, Definition, Part, Suite, TASKS};
use crate::mujoco::MUJOCO;
use crate::task::Maker;
use crate::{ActionMeaning, Actions, Block, Cache, Description, Entry, Env, EnvError, Task};

/// The list, in the order to show it.
pub(crate) const LISTED: [Task; TASKS.len()] = listed();

const fn listed() -> [Task; TASKS.len()] {
    let mut rows = [row(&TASKS[0]); TASKS.len()];
    let mut i = 1;
    while i < rows.len() {
        rows[i] = row(&TASKS[i]);
        i += 1;
    }
    rows
}

const fn row(definition: &'static Definition) -> Task {
    Task {
        id: definition.id,
        summary: definition.summary,
        obs_dim: definition.obs_dim(),
        actions: Actions::Continuous(definition.action_dim()),
        maker: definition,
    }
}

impl Maker for Definition {
    fn needs_mujoco(&self) -> bool {
        true
    }

    fn describe(&self, id: &'static str) -> Description {
        Description {
            id,
            semantics: "dm_control 1.0.50; actions are clipped to their range",
            mujoco: Some(MUJOCO.version),
            step_secs: Some(self.step_secs),
            max_episode_steps: super::suite::MAX_EPISODE_STEPS,
            reward: self.reward,
            ends: None,
            optimum: None,
            observation: blocks(self.parts),
            action: ActionMeaning::Continuous(self.controls.iter().map(control).collect()),
        }
    }

    fn make(&self, cache: &Cache, progress: &mut dyn FnMut(&str)) -> Result<Box<dyn Env>, EnvError> {
        Ok(Box::new(Suite::new(self, cache, progress)?))
    }
}

/// Parts of one name as a block, its numbers named by the words behind the dot.
fn blocks(parts: &[Part]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (name, _, unit) in parts {
        let (block, entries) = name.split_once('.').unwrap_or((name, name));
        let entries = entries.split(", ").map(|entry| Entry::new(entry, unit));
        match blocks.last_mut().filter(|last| last.name == block) {
            Some(last) => last.entries.extend(entries),
            None => blocks.push(Block { name: block.to_owned(), entries: entries.collect() }),
        }
    }
    blocks
}

fn control((name, unit): &Control) -> crate::Control {
    crate::Control { name: (*name).to_owned(), unit: (*unit).to_owned(), low: -1.0, high: 1.0 }
}
