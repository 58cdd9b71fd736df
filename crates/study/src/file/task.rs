//! `task = { .. }` of an arm or a budget: what is changed about a task, key by key, so that none is given in vain.

use anyhow::{Result, bail};
use coadapt_envs::{ActionSpace, Spec};
use serde::Deserialize;
use toml::Value;

use super::table;
use coadapt_run::task::TaskOptions;

/// Changes to a task; a key that is not given leaves the task as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskChanges {
    /// Whether continuous actions are clamped to their box before the task sees them.
    clip_action: Option<bool>,
    /// Steps of the task that one action lasts.
    action_repeat: Option<u32>,
    /// Steps of the task after which an episode is truncated.
    time_limit: Option<u32>,
}

impl TaskChanges {
    /// Reads the table `task` of what is called `place`.
    pub(super) fn read(place: &str, value: Option<&Value>) -> Result<TaskChanges> {
        let Some(value) = value else { return Ok(TaskChanges::default()) };
        let within = format!("{place}, `task`");
        let given = table::as_table(&within, value)?;
        if given.is_empty() {
            bail!("{within} is empty: it changes `clip_action`, `action_repeat` or `time_limit`");
        }
        let changes: TaskChanges = table::read(&within, given)?;
        if changes.action_repeat == Some(0) || changes.time_limit == Some(0) {
            bail!("{within} has a 0, but `action_repeat` and `time_limit` are whole numbers from 1 on");
        }
        Ok(changes)
    }

    /// These changes and those of the budget together; a key that both have is refused.
    pub fn with(&self, budget: &TaskChanges) -> Result<TaskChanges> {
        Ok(TaskChanges {
            clip_action: one_of("clip_action", self.clip_action, budget.clip_action)?,
            action_repeat: one_of("action_repeat", self.action_repeat, budget.action_repeat)?,
            time_limit: one_of("time_limit", self.time_limit, budget.time_limit)?,
        })
    }

    /// The options of the task of `spec`, which is as it is; what is so already is left out.
    pub fn options(&self, spec: &Spec) -> TaskOptions {
        let continuous = matches!(spec.action, ActionSpace::Continuous { .. });
        TaskOptions {
            clip_action: self.clip_action.unwrap_or(false) && continuous,
            action_repeat: self.action_repeat.unwrap_or(TaskOptions::NONE.action_repeat),
            time_limit: self.time_limit.filter(|limit| *limit != spec.max_episode_steps),
        }
    }

    /// The keys that change nothing about the task of `spec`, each with its value.
    pub fn without_effect(&self, spec: &Spec) -> Vec<(&'static str, String)> {
        let made = self.options(spec);
        let keys = [
            ("task.clip_action", self.clip_action.map(|v| v.to_string()), made.clip_action),
            ("task.action_repeat", self.action_repeat.map(|v| v.to_string()), made.action_repeat != 1),
            ("task.time_limit", self.time_limit.map(|v| v.to_string()), made.time_limit.is_some()),
        ];
        let idle = keys.into_iter().filter(|(_, _, effective)| !effective);
        idle.filter_map(|(key, value, _)| Some((key, value?))).collect()
    }
}

fn one_of<T>(key: &str, arm: Option<T>, budget: Option<T>) -> Result<Option<T>> {
    if arm.is_some() && budget.is_some() {
        bail!("`task.{key}` is set by the arm and by the budget: one of the two would be lost");
    }
    Ok(arm.or(budget))
}

/// The flags of `coadapt train` that stand for `options`.
pub fn flags(options: TaskOptions) -> Vec<String> {
    let mut all = Vec::new();
    if options.clip_action {
        all.push("--clip-action".to_owned());
    }
    if options.action_repeat != TaskOptions::NONE.action_repeat {
        all.extend(["--action-repeat".to_owned(), options.action_repeat.to_string()]);
    }
    if let Some(limit) = options.time_limit {
        all.extend(["--time-limit".to_owned(), limit.to_string()]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use coadapt_run::learner;

    #[test]
    fn what_is_so_already_is_no_change() {
        let task = learner::make_task("Pendulum-v1", TaskOptions::NONE).unwrap();
        let read = |text: &str| {
            TaskChanges::read("arm `a`", Some(&Value::Table(text.parse::<toml::Table>().unwrap())))
        };
        let changes = read("clip_action = true\naction_repeat = 1\ntime_limit = 200").unwrap();
        assert_eq!(changes.options(task.spec()), TaskOptions { clip_action: true, ..TaskOptions::NONE });
        let idle = changes.without_effect(task.spec());
        let expected = [("task.action_repeat", "1".to_owned()), ("task.time_limit", "200".to_owned())];
        assert_eq!(idle, expected);
        let more = read("time_limit = 100").unwrap();
        assert!(changes.with(&more).unwrap_err().to_string().contains("`task.time_limit` is set by the arm"));
        assert_eq!(flags(more.options(task.spec())), ["--time-limit", "100"]);
        for (text, told) in [
            ("", "arm `a`, `task` is empty"),
            ("clip = true", "there is no `clip`"),
            ("action_repeat = -1", "`action_repeat` is -1"),
            ("time_limit = 0", "arm `a`, `task` has a 0"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
