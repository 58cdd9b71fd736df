//! A task described without making it: where it comes from, and what each number means.

/// Everything that identifies a task, known without the simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The name the user types.
    pub id: &'static str,
    /// The published task whose rules it follows, with the version.
    pub semantics: &'static str,
    /// The MuJoCo version it runs on, or `None` for a built-in task.
    pub mujoco: Option<&'static str>,
    /// Simulated seconds of one step, or `None` where the equations have no unit of time.
    pub step_secs: Option<f64>,
    /// Steps after which an episode is truncated.
    pub max_episode_steps: u32,
    /// Reward of a step, in words.
    pub reward: &'static str,
    /// Reason for an early end of an episode, or `None` where there is none.
    pub ends: Option<&'static str>,
    /// What the best policy earns, or `None` where nobody knows.
    pub optimum: Option<&'static str>,
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
    /// Name of the numbers, such as `qvel clipped to [-10, 10]`.
    pub name: String,
    /// Each number, in order.
    pub entries: Vec<Entry>,
}

/// One number of an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Meaning of the number.
    pub name: String,
    /// Unit of the number; `-` where it has none.
    pub unit: &'static str,
}

impl Entry {
    /// An entry.
    pub fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Entry { name: name.into(), unit }
    }
}

/// Meaning of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionMeaning {
    /// Numbers, each within its range unless it is given unclipped.
    Continuous(Vec<Control>),
    /// Effect of each choice, by its index.
    Discrete(&'static [&'static str]),
}

/// One number of a continuous action.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Joint or body that it drives.
    pub name: String,
    /// Force or torque that a control of one exerts.
    pub unit: String,
    /// Lower end of its range.
    pub low: f64,
    /// Upper end of its range.
    pub high: f64,
}
