//! The components of a method, the smallest things an ablation changes, and which of them differ between two.

use crate::canonical::ADDED;
use crate::method::Method;
use serde_json::{Map, Value};

/// Places that hold several components. Any other place is one, with whatever numbers belong to its kind.
const GROUPS: [&str; 8] = ["pi_q", "pi_p", "estimate", "pi", "pi.head", "code", "collect", "schedule"];

/// Fields that were added to one kind of a table alone, with that kind.
const OF_ONE_KIND: [(&str, &str); 1] = [("collect.exploration", "replay")];

/// A component that differs between two methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path, as an override would name it.
    pub path: String,
    /// What it was, in TOML.
    pub before: String,
    /// What it is, in TOML.
    pub after: String,
}

impl Method {
    /// The components in which this method differs from `base`.
    pub fn changes(&self, base: &Method) -> Vec<Change> {
        between("", &tree(base), &tree(self))
    }
}

/// A method as the tree that overrides reach into.
pub(crate) fn tree(method: &Method) -> Value {
    // A method is made of numbers, words and tables with words for keys: all of it has a place in a tree.
    let mut tree = serde_json::to_value(method).unwrap_or_default();
    // Files leave out fields that were added later, where they have the value of before; here they have their place.
    for (path, value) in ADDED {
        let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
        let place = format!("/{}", parent.replace('.', "/"));
        if let Some(table) = tree.pointer_mut(&place).and_then(Value::as_object_mut) {
            if OF_ONE_KIND
                .iter()
                .any(|(of, kind)| of == path && table.get("kind") != Some(&Value::from(*kind)))
            {
                continue;
            }
            let value = || serde_json::from_str(value).unwrap_or_default();
            table.entry(field).or_insert_with(value);
        }
    }
    tree
}

/// The components that differ at `path`, empty for the root, where there was `old` and is `new`.
pub(crate) fn between(path: &str, old: &Value, new: &Value) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let is_group = path.is_empty() || GROUPS.contains(&path);
    let (Some(old_fields), Some(new_fields), true) = (old.as_object(), new.as_object(), is_group) else {
        return vec![Change { path: path.to_owned(), before: in_toml(old), after: in_toml(new) }];
    };
    let below = |key: &String| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        Some(between(&path, old_fields.get(key)?, new_fields.get(key)?))
    };
    let shared = |(key, _): (&String, &Value)| if tag(new) == Some(key) { None } else { below(key) };
    let mut found: Vec<Change> = old_fields.iter().filter_map(shared).flatten().collect();
    if kind(old_fields, old) != kind(new_fields, new) {
        // Of another kind, it is a component itself; what it shares with the old one should have stayed.
        found.insert(0, Change { path: path.to_owned(), before: in_toml(old), after: in_toml(new) });
    }
    found
}

/// The name of the field that says of which kind a table is.
pub(crate) fn tag(value: &Value) -> Option<&'static str> {
    ["kind", "update"].into_iter().find(|tag| value.get(tag).is_some())
}

fn kind<'a>(fields: &'a Map<String, Value>, value: &Value) -> Option<&'a Value> {
    tag(value).and_then(|tag| fields.get(tag))
}

fn in_toml(value: &Value) -> String {
    toml::Value::try_from(value).map_or_else(|_| value.to_string(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use crate::columns::{PiP, Prior};
    use crate::paper;

    #[test]
    fn a_component_is_named_with_what_it_was_and_is() {
        let base = paper::sac();
        assert_eq!(base.changes(&base), []);
        let mut method = base.clone();
        method.set("pi.bounds", "none").unwrap();
        method.set("pi.head.mean", "tanh").unwrap();
        method.set("code.policy_sizes", "[64, 32]").unwrap();
        let told: Vec<String> = method
            .changes(&base)
            .into_iter()
            .map(|change| format!("{}: {} -> {}", change.path, change.before, change.after))
            .collect();
        assert_eq!(
            told,
            [
                "code.policy_sizes: [256, 256] -> [64, 32]",
                "pi.bounds: { inset = 0.0, kind = \"tanh\" } -> { kind = \"none\" }",
                "pi.head.mean: \"linear\" -> \"tanh\"",
            ]
        );
    }

    #[test]
    fn another_kind_of_update_is_one_component_beside_what_it_shares() {
        let base = paper::sac();
        let paths = |method: crate::Method| -> Vec<String> {
            method.changes(&base).into_iter().map(|change| change.path).collect()
        };
        let lagged = crate::Method { pi_p: PiP::Lagged { period: 100 }, ..base.clone() };
        assert_eq!(paths(lagged), ["pi_p"]);
        let behaviour = crate::Method { pi_p: PiP::Fixed { to: Prior::Behaviour }, ..base.clone() };
        assert_eq!(paths(behaviour), ["pi_p.to"]);
        assert_eq!(paths(crate::Method { pi_q: paper::mpo().pi_q, ..base.clone() }), ["pi_q", "pi_q.eta"]);
    }
}
