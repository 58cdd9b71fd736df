//! What a task is, told without making it: where it comes from, and what each number means.

/// Everything that identifies a task, known without the simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// What the user types.
    pub id: &'static str,
    /// Whose rules it follows, with their version.
    pub semantics: &'static str,
    /// The MuJoCo version it runs on, or `None` for a built-in task.
    pub mujoco: Option<&'static str>,
    /// Simulated seconds of one step, or `None` where the equations have no unit of time.
    pub step_secs: Option<f64>,
    /// Steps after which an episode is truncated.
    pub max_episode_steps: u32,
    /// What a step pays.
    pub reward: &'static str,
    /// What ends an episode before its time, or `None` where nothing does.
    pub ends: Option<&'static str>,
    /// The observation, in order.
    pub observation: Vec<Block>,
    /// The action.
    pub action: ActionMeaning,
}

impl Description {
    /// Numbers in an observation.
    pub fn obs_dim(&self) -> usize {
        self.observation.iter().map(|block| block.entries.len()).sum()
    }
}

/// A run of numbers in an observation that belong together, such as a named part of a DeepMind Control
/// observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What they are, such as `qvel clipped to [-10, 10]`.
    pub name: String,
    /// Each number, in order.
    pub entries: Vec<Entry>,
}

/// One number of an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is.
    pub name: String,
    /// Its unit; `-` where it has none.
    pub unit: &'static str,
}

impl Entry {
    /// An entry.
    pub fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Entry { name: name.into(), unit }
    }
}

/// What an action means.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionMeaning {
    /// Numbers, each within its range unless it is given unclipped.
    Continuous(Vec<Control>),
    /// What each choice does, by its index.
    Discrete(&'static [&'static str]),
}

/// One number of a continuous action.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// What it drives.
    pub name: String,
    /// What a control of one exerts.
    pub unit: String,
    /// Lower end of its range.
    pub low: f64,
    /// Upper end of its range.
    pub high: f64,
}
