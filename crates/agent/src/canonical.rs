//! The canonical form of a method: what of it names its results, so that fields added later rename none of them.

use crate::method::Method;
use serde_json::Value;

/// Fields that the method got after results had been stored, each with the value that those results have had all
/// along. Where a field has that value the canonical form leaves it out, and a file may.
///
/// A new field comes with a line here, with serde's `default` and `skip_serializing_if`, and with nothing else: the
/// results that are stored keep their names.
pub const ADDED: &[(&str, &str)] = &[
    ("code.precision", "\"f32\""),
    ("code.activation_after_tanh", "false"),
    ("estimate.time_limits", "\"bootstrap\""),
    ("estimate.smoothing", r#"{ "std": 0.2, "clip": 0.5 }"#),
    ("estimate.score", "\"combined\""),
    ("code.policy_delay", "1"),
    ("code.advantage_norm", "\"off\""),
    ("code.value_loss", r#"{ "kind": "plain" }"#),
    ("code.entropy_bonus", "0.0"),
    ("code.kl_stop", r#"{ "kind": "off" }"#),
    ("code.reward_norm", r#"{ "kind": "off" }"#),
    ("code.lr_decay", r#"{ "kind": "off" }"#),
    ("code.adam_eps", "1e-8"),
    ("code.critic_output_init", r#"{ "kind": "as_hidden" }"#),
    ("collect.exploration", r#"{ "kind": "off" }"#),
];

impl Method {
    /// What names the results of this method: its tree of numbers and words, but for fields that have the value which
    /// results had before there was the field.
    pub fn canonical(&self) -> Value {
        // A method is made of numbers, words and tables with words for keys: all of it has a place in a tree.
        canonical(serde_json::to_value(self).unwrap_or_default(), ADDED)
    }
}

/// `tree` without the fields of `added`, paths with values in JSON, that have their value.
pub fn canonical(mut tree: Value, added: &[(&str, &str)]) -> Value {
    for (path, value) in added {
        let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
        let place = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
        let Some(table) = tree.pointer_mut(&place).and_then(Value::as_object_mut) else { continue };
        // A value that cannot be read is nobody's.
        let value: Option<Value> = serde_json::from_str(value).ok();
        if value.is_some() && table.get(field) == value.as_ref() {
            table.remove(field);
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper;

    #[test]
    fn a_field_that_is_added_renames_nothing_until_it_is_used() {
        let method = paper::sac();
        let before = method.canonical();
        // What a later program would write, which has two fields more.
        let mut later = serde_json::to_value(&method).unwrap();
        later["code"]["spectral_norm"] = Value::from(false);
        later["collect"]["priority"] = Value::from(0.0);
        let added = [ADDED, &[("code.spectral_norm", "false"), ("collect.priority", "0.0")]].concat();
        assert_eq!(canonical(later.clone(), &added), before);
        later["collect"]["priority"] = Value::from(0.6);
        let used = canonical(later, &added);
        assert_ne!(used, before);
        assert_eq!(used["collect"]["priority"], 0.6);
        assert!(used["code"].get("spectral_norm").is_none());
    }

    #[test]
    fn every_added_field_is_read_where_a_file_has_none() {
        let whole = serde_json::to_value(paper::sac()).unwrap();
        for (path, value) in ADDED {
            let place = format!("/{}", path.replace('.', "/"));
            assert_eq!(whole.pointer(&place), None, "{path} is written although it is {value}");
            let mut method = paper::sac();
            let value: Value = serde_json::from_str(value).unwrap();
            let value = toml::Value::try_from(value).unwrap().to_string();
            assert!(
                method.set(path, &value).unwrap_err().to_string().ends_with("the override changes nothing"),
                "{path} is not {value} where nothing is said"
            );
        }
    }
}
