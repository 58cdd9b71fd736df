//! The address of a run: everything its result depends on in one canonical form, and the hash of it that names the run.

use coadapt_agent::{Method, Plan};
use coadapt_envs::Spec;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use anyhow::{Context, Result};

use coadapt_run::task::{self, TaskOptions};

/// Characters of the hash in a name: two runs of one store share them once in 10^19.
const NAME_LENGTH: usize = 16;

/// Everything a run's numbers depend on, but the number of its steps: a longer run begins with the shorter one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The version of the code that gives results of this kind of row their meaning.
    pub results: u32,
    /// The task.
    pub task: String,
    /// Whose rules it follows.
    pub semantics: String,
    /// The version of the simulator behind it, where it has one.
    pub mujoco: Option<String>,
    /// What is changed about the task; absent where nothing is.
    #[serde(default, skip_serializing_if = "TaskOptions::is_none")]
    pub options: TaskOptions,
    /// The seed.
    pub seed: u64,
    /// The recipe after every override, in its canonical form: fields that are added later leave it as it is.
    pub method: Value,
}

impl Address {
    /// The address of a run of `method` on the task of `spec`, of which `options` are changed.
    pub fn of(method: &Method, spec: &Spec, options: TaskOptions, seed: u64) -> Result<Address> {
        Ok(Address {
            results: Plan::of(method, spec)?.results_version(),
            task: spec.id.clone(),
            semantics: task::semantics(&spec.id).to_owned(),
            mujoco: spec.mujoco.clone(),
            options,
            seed,
            method: method.canonical(),
        })
    }

    /// The canonical text: JSON, keys in the order of the alphabet.
    pub fn text(&self) -> Result<String> {
        let tree = serde_json::to_value(self).context("an address could not be written down")?;
        serde_json::to_string_pretty(&tree).context("an address could not be written down")
    }

    /// The name of the run among those of its task.
    pub fn name(&self) -> Result<String> {
        Ok(self.named(&self.hash()?))
    }

    /// The hash of everything but the seed.
    pub fn hash(&self) -> Result<String> {
        let unseeded = Address { seed: 0, ..self.clone() };
        let hash = Sha256::digest(unseeded.text()?.as_bytes());
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(hex[..NAME_LENGTH].to_owned())
    }

    /// The name with its `hash` known.
    pub fn named(&self, hash: &str) -> String {
        format!("{hash}-s{}", self.seed)
    }

    /// Where this address differs from an `older` one, each place with both values. Of results of another version the
    /// version alone: what else they say may have had another meaning.
    pub fn differences(&self, older: &Address) -> Vec<Difference> {
        if self.results != older.results {
            let (was, is) = (older.results.to_string(), self.results.to_string());
            return vec![Difference { path: "results".to_owned(), was, is }];
        }
        let tree = |address: &Address| serde_json::to_value(address).unwrap_or_default();
        let mut found = Vec::new();
        compare("", &tree(older), &tree(self), &mut found);
        found
    }
}

/// One place where two addresses differ.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The dotted path.
    pub path: String,
    /// The older value, or `nothing`.
    pub was: String,
    /// The newer value, or `nothing`.
    pub is: String,
}

fn compare(path: &str, was: &Value, is: &Value, found: &mut Vec<Difference>) {
    if let (Value::Object(a), Value::Object(b)) = (was, is) {
        let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
        for key in keys {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            compare(&path, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), found);
        }
    } else if was != is {
        let text = |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
        found.push(Difference { path: path.to_owned(), was: text(was), is: text(is) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coadapt_run::learner;

    fn address(seed: u64, change: Option<(&str, &str)>) -> Address {
        let task = learner::make_task("Pendulum-v1", coadapt_run::task::TaskOptions::NONE).unwrap();
        let mut method = coadapt_agent::method("sac", task.spec()).unwrap();
        change.iter().for_each(|(path, value)| method.set(path, value).unwrap());
        Address::of(&method, task.spec(), TaskOptions::NONE, seed).unwrap()
    }

    #[test]
    fn a_name_depends_on_everything_but_the_order_of_keys() {
        let name = |a: &Address| a.name().unwrap();
        let base = address(0, None);
        assert_eq!(name(&base), name(&address(0, None)));
        assert!(name(&base).ends_with("-s0") && name(&base).len() == 19);
        assert_ne!(name(&base), name(&address(1, None)));
        assert_eq!(name(&base)[..16], name(&address(1, None))[..16]);
        assert_ne!(name(&base), name(&address(0, Some(("collect.batch", "64")))));
        let newer = Address { results: base.results + 1, ..base.clone() };
        assert_ne!(name(&base), name(&newer));
        assert_ne!(name(&base), name(&Address { mujoco: Some("9".into()), ..base.clone() }));
        let options = TaskOptions { action_repeat: 2, ..TaskOptions::NONE };
        let repeated = Address { options, ..base.clone() };
        assert_ne!(name(&base), name(&repeated));
        assert_eq!(repeated.differences(&base)[0].path, "options");
        // Stores from before there were options hold their runs under these names.
        assert!(!base.text().unwrap().contains("options"));
        let read: Address = serde_json::from_str(&base.text().unwrap()).unwrap();
        assert_eq!(name(&read), name(&base));
    }

    #[test]
    fn a_field_that_is_added_finds_the_old_run() {
        let base = address(0, None);
        // As a later program would have it, whose recipes have a field more.
        let task = learner::make_task("Pendulum-v1", TaskOptions::NONE).unwrap();
        let mut tree = serde_json::to_value(coadapt_agent::method("sac", task.spec()).unwrap()).unwrap();
        tree["code"]["spectral_norm"] = Value::from(false);
        let added = [coadapt_agent::canonical::ADDED, &[("code.spectral_norm", "false")]].concat();
        let later = |tree: &Value| Address {
            method: coadapt_agent::canonical::canonical(tree.clone(), &added),
            ..base.clone()
        };
        assert_eq!(later(&tree).name().unwrap(), base.name().unwrap());
        tree["code"]["spectral_norm"] = Value::from(true);
        assert_ne!(later(&tree).name().unwrap(), base.name().unwrap());
    }

    #[test]
    fn results_of_another_version_are_told_by_their_version_alone() {
        let newer = address(0, Some(("estimate.critics", "single")));
        let older = Address { results: newer.results - 1, method: Value::from("anything"), ..newer.clone() };
        let found = newer.differences(&older);
        assert_eq!((found.len(), found[0].path.as_str()), (1, "results"));
    }

    #[test]
    fn differences_are_named_by_their_paths() {
        let base = address(0, None);
        let changed = address(0, Some(("estimate.critics", "single")));
        let found = changed.differences(&base);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "method.estimate.critics.kind");
        assert_eq!((found[0].was.as_str(), found[0].is.as_str()), ("\"twin\"", "\"single\""));
        assert!(base.differences(&base).is_empty());
    }
}
