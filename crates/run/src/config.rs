//! config.toml: everything the numbers of a run depend on, resolved, and nothing else.

mod fault;

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use coadapt_agent::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::directory;
use crate::task::TaskOptions;

const PREAMBLE: &str = "\
# The whole configuration of this run, every default resolved. The numbers of a run depend on this file, the
# program (commit in result.json) and the simulator, and on nothing else: not on threads, not on checkpoints.
";

/// The configuration of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The algorithm whose recipe `method` started from.
    pub algo: String,
    /// The task.
    pub env: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Environment steps to train for.
    pub steps: u64,
    /// What is changed about the task; absent from the file where nothing is.
    #[serde(default, skip_serializing_if = "TaskOptions::is_none")]
    pub task: TaskOptions,
    /// The recipe after every override.
    pub method: Table,
}

impl Config {
    /// The file's text.
    pub fn to_toml(&self) -> Result<String> {
        let body = toml::to_string(self).context("the configuration could not be written as TOML")?;
        Ok(format!("{PREAMBLE}\n{body}"))
    }

    /// Reads the configuration of the run directory `run`.
    pub fn load(run: &Path) -> Result<Config> {
        directory::require_run(run)?;
        let path = run.join(directory::CONFIG);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        Config::parse(&text).with_context(|| format!("{} is not the configuration of a run", path.display()))
    }

    /// Reads a configuration from its text.
    pub fn parse(text: &str) -> Result<Config> {
        read(&table(text)?).map_err(anyhow::Error::msg)
    }

    /// The recipe.
    pub fn method(&self) -> Result<Method> {
        if !self.method.contains_key("collect") {
            bail!(
                "the recipe in {} was written by an older version of this program, which collected experience by \
                 `schedule`: a program of the version that wrote it can continue the run",
                directory::CONFIG
            );
        }
        // With its name around it, so that a fault is told as it stands in the file.
        let named = Table::from_iter([("method".to_string(), Value::Table(self.method.clone()))]);
        let read = fault::read::<Named>(&named).map_err(anyhow::Error::msg);
        let method = read.and_then(|named| Ok(named.method.validate().map(|()| named.method)?));
        method.with_context(|| format!("the recipe in {} is not valid", directory::CONFIG))
    }

    /// Replaces the file in `run`.
    pub fn save(&self, run: &Path) -> Result<()> {
        directory::write_whole(&run.join(directory::CONFIG), self.to_toml()?.as_bytes())
    }

    /// Where another run's configuration differs, the step budget aside: a longer run is the same run.
    pub fn difference(&self, other: &Config) -> Option<Difference> {
        let tree = |config: &Config| {
            let mut tree = Table::try_from(config).unwrap_or_default();
            tree.remove("steps");
            Value::Table(tree)
        };
        first_difference("", Some(&tree(self)), Some(&tree(other)))
    }
}

/// The end of a config.toml whose recipe is `method`: what follows of it does not depend on seed, steps or task.
pub fn recipe_text(method: &Table) -> Result<String> {
    let named = Table::from_iter([("method".to_string(), Value::Table(method.clone()))]);
    toml::to_string(&named).context("the recipe could not be written as TOML")
}

/// The TOML in `text`, or the line that is none.
pub fn table(text: &str) -> Result<Table> {
    toml::from_str(text).map_err(|cause| {
        let before = cause.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        anyhow!("line {}: {}", before.matches('\n').count() + 1, fault::of_syntax(cause.message()))
    })
}

/// Reads a `T` from `table`, or says in one sentence which field does not fit.
pub fn read<T: DeserializeOwned>(table: &Table) -> Result<T, String> {
    fault::read(table)
}

/// The recipe under the name it has in the file.
#[derive(Deserialize)]
struct Named {
    method: Method,
}

/// One place where two configurations differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The dotted path.
    pub path: String,
    /// The value here, or `nothing`.
    pub here: String,
    /// The value there, or `nothing`.
    pub there: String,
}

fn first_difference(path: &str, here: Option<&Value>, there: Option<&Value>) -> Option<Difference> {
    if let (Some(Value::Table(a)), Some(Value::Table(b))) = (here, there) {
        let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
        let join = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        return keys.into_iter().find_map(|key| first_difference(&join(key), a.get(key), b.get(key)));
    }
    let text = |value: Option<&Value>| value.map_or("nothing".into(), Value::to_string);
    (here != there).then(|| Difference { path: path.into(), here: text(here), there: text(there) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Config {
        let method = toml::from_str("[schedule]\nbatch = 256\n[pi]\nbounds = { tanh = 1e-6 }\n").unwrap();
        Config {
            algo: "sac".into(),
            env: "Hopper-v4".into(),
            seed: 7,
            steps: 1_000_000,
            task: TaskOptions::NONE,
            method,
        }
    }

    #[test]
    fn a_configuration_comes_back_from_its_file() {
        let text = example().to_toml().unwrap();
        assert!(text.starts_with("# ") && text.contains("\nalgo = \"sac\"\n") && text.contains("[method.pi"));
        assert_eq!(Config::parse(&text).unwrap(), example());
        let error = Config::parse(&text.replace("seed", "sed")).unwrap_err().to_string();
        assert!(error.starts_with("there is no `sed`; here there is `algo`, `env`"), "{error}");
        let error = Config::parse(&text.replace("seed = 7", "seed =")).unwrap_err().to_string();
        assert!(error.starts_with("line 6: "), "{error}");
    }

    #[test]
    fn what_is_changed_about_the_task_is_part_of_the_run() {
        let task = TaskOptions { clip_action: true, action_repeat: 4, time_limit: Some(90) };
        let changed = Config { task, ..example() };
        let text = changed.to_toml().unwrap();
        assert!(
            text.contains("\n[task]\nclip_action = true\naction_repeat = 4\ntime_limit = 90\n"),
            "{text}"
        );
        assert_eq!(Config::parse(&text).unwrap(), changed);
        assert_eq!(example().difference(&changed).unwrap().path, "task");
        let longer = Config { task: TaskOptions { time_limit: None, ..task }, ..example() };
        assert_eq!(longer.difference(&changed).unwrap().path, "task.time_limit");
        assert!(!example().to_toml().unwrap().contains("[task]"));
        let spelled =
            example().to_toml().unwrap().replacen("[method", "[task]\naction_repeat = 1\n[method", 1);
        assert_eq!(example().difference(&Config::parse(&spelled).unwrap()), None);
        let error = Config::parse(&text.replace("action_repeat = 4", "action_repeat = -4")).unwrap_err();
        assert!(error.to_string().starts_with("`task.action_repeat` is -4, but must be"), "{error}");
    }

    #[test]
    fn a_difference_is_named_by_its_path() {
        let mut other = example();
        other.steps = 5;
        assert_eq!(example().difference(&other), None);
        other.method["pi"]["bounds"]["tanh"] = Value::Float(1e-3);
        let found = example().difference(&other).unwrap();
        assert_eq!((found.path.as_str(), found.there.as_str()), ("method.pi.bounds.tanh", "0.001"));
        other.env = "Ant-v4".into();
        assert_eq!(example().difference(&other).unwrap().path, "env");
    }
}
