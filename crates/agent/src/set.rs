//! One override: a path and a value make a method that differs there, or a sentence says why not.

use crate::error::{Error, nearest};
use crate::method::Method;
use serde_json::Value;

impl Method {
    /// Replaces the value at `path` (`code.activation`, `pi_q.eta.lr`, ...), written as in TOML; a bare word is
    /// a string. The method is unchanged if the result would not be valid, or would be the same.
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), Error> {
        self.set_all(&[(path.to_owned(), text.to_owned())])
    }

    /// Several overrides, checked together at the end: their order does not matter. All or none take effect.
    pub fn set_all(&mut self, overrides: &[(String, String)]) -> Result<(), Error> {
        let mut changed = self.clone();
        for (path, text) in overrides {
            changed = changed.with(path, text)?;
        }
        changed.validate()?;
        *self = changed;
        Ok(())
    }

    /// The method with one override, its numbers not checked yet.
    fn with(&self, path: &str, text: &str) -> Result<Method, Error> {
        let bad = |reason: String| Error::BadValue { path: path.to_owned(), value: text.to_owned(), reason };
        let same = || Error::ChangesNothing { path: path.to_owned(), value: text.to_owned() };
        let mut tree = serde_json::to_value(self).map_err(|e| bad(e.to_string()))?;
        let slot = find(&mut tree, path)?;
        let value = tagged(parse(text, slot), slot);
        if value.is_null() {
            return Err(bad("it is not a finite number".to_owned()));
        }
        if *slot == value {
            return Err(same());
        }
        *slot = value;
        let changed: Method = serde_json::from_value(tree).map_err(|e| bad(explained(&e.to_string())))?;
        if changed == *self { Err(same()) } else { Ok(changed) }
    }
}

/// Walks down the tree; a wrong turn names what is there.
fn find<'a>(tree: &'a mut Value, path: &str) -> Result<&'a mut Value, Error> {
    let mut at = tree;
    for key in path.split('.') {
        let known: Vec<String> = at.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default();
        if !known.iter().any(|k| k == key) {
            let listed = if known.is_empty() { "nothing further".to_owned() } else { known.join(", ") };
            return Err(Error::UnknownPath {
                path: path.to_owned(),
                key: key.to_owned(),
                hint: nearest(key, known.iter().map(String::as_str)),
                known: listed,
            });
        }
        at = &mut at[key];
    }
    Ok(at)
}

/// Reads `text` as a TOML value; whatever is none is a string. Numbers keep the kind they had.
fn parse(text: &str, old: &Value) -> Value {
    let document: Option<toml::Table> = format!("value = {text}").parse().ok();
    let value =
        document.and_then(|mut t| t.remove("value")).filter(|v| !matches!(v, toml::Value::Datetime(_)));
    let value =
        value.and_then(|v| serde_json::to_value(v).ok()).unwrap_or_else(|| Value::String(text.to_owned()));
    match (old, &value) {
        (Value::Number(old), Value::Number(new)) if old.is_f64() => Value::from(new.as_f64()),
        // 1e6 is a float in TOML, but people write it for counts.
        (Value::Number(old), Value::Number(new)) if old.is_u64() => match new.as_f64() {
            Some(x) if x >= 0.0 && x.fract() == 0.0 && x < 9e15 => Value::from(x as u64),
            _ => value,
        },
        _ => value,
    }
}

/// A bare word where a table with a tag stands is the tag alone: `off` for `{ kind = "off" }`.
fn tagged(value: Value, old: &Value) -> Value {
    let tag = ["kind", "update"].into_iter().find(|tag| old.get(tag).is_some());
    match (tag, value) {
        (Some(tag), Value::String(word)) => serde_json::json!({ tag: word }),
        (_, value) => value,
    }
}

/// serde's message without the Rust in it.
fn explained(message: &str) -> String {
    message
        .replace("invalid type: ", "it is of the wrong kind: ")
        .replace("floating point", "the number")
        .replace(" usize", " a whole number")
        .replace(" u64", " a whole number")
        .replace(" u32", " a whole number")
        .replace(" f64", " a number")
        .replace(" internally tagged enum Eta", " a table such as { kind = \"fixed\", value = 0.1 }")
        .replace(" internally tagged enum", " a table with a kind, for")
        .replace(" a sequence", " a list such as [256, 256]")
        .replace("unknown variant", "there is no choice")
}

#[cfg(test)]
mod tests {
    use crate::paper;

    fn refused(path: &str, value: &str) -> String {
        let mut method = paper::sac();
        let before = method.clone();
        let message = method.set(path, value).unwrap_err().to_string();
        assert_eq!(method, before, "a refused override must leave no trace");
        message
    }

    #[test]
    fn an_override_changes_one_place() {
        let mut method = paper::sac();
        let before = method.clone();
        method.set("estimate.critics", "single").unwrap();
        assert_eq!(method.estimate.critics, crate::columns::Critics::Single);
        method.set("estimate.critics", "{ kind = \"mix\", lambda = 0.75 }").unwrap();
        method.estimate = before.estimate;
        assert_eq!(method, before);
        method.set("code.policy_sizes", "[64, 32]").unwrap();
        assert_eq!(method.code.policy_sizes, [64, 32]);
        method.set("schedule.replay_capacity", "1e5").unwrap();
        assert_eq!(method.schedule.replay_capacity, 100_000);
        method.set("code.policy_lr", "1").unwrap();
        assert_eq!(method.code.policy_lr, 1.0);
        method.set("pi_q.eta", "{ kind = \"fixed\", value = 0.2 }").unwrap();
        assert_eq!(method.pi_q.eta().initial(), 0.2);
        method.set("code.layer_norm", "true").unwrap();
        assert!(method.code.layer_norm);
    }

    #[test]
    fn several_overrides_are_checked_together() {
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
        };
        let mut method = paper::sac();
        // The batch alone would not fit the replay as it was.
        let both = [("schedule.batch", "2e6"), ("schedule.replay_capacity", "4e6")];
        method.set_all(&pairs(&both)).unwrap();
        assert_eq!((method.schedule.batch, method.schedule.replay_capacity), (2_000_000, 4_000_000));
        let before = method.clone();
        assert!(method.set_all(&pairs(&[("schedule.batch", "64"), ("schedule.warmup", "x")])).is_err());
        assert_eq!(method, before);
    }

    #[test]
    fn numbers_must_survive_in_f32() {
        assert!(refused("code.policy_lr", "1e-60").contains("f32"));
        assert!(refused("estimate.discount", "0.999999999999").contains("below 1"));
        assert!(refused("code.policy_lr", "inf").contains("not a finite number"));
    }

    #[test]
    fn wrong_overrides_are_sentences() {
        assert_eq!(
            refused("estimate.critic", "single"),
            "`estimate.critic`: there is no `critic` (did you mean `critics`?); here there is: critics, discount, next, target"
        );
        assert!(
            refused("nothing", "1")
                .contains("here there is: code, estimate, family, g, pi, pi_p, pi_q, schedule")
        );
        assert!(refused("code.policy_lr.x", "1").contains("here there is: nothing further"));
        assert!(refused("estimate.critics", "triple").contains("`single`, `twin`, `mean`, `mix`"));
        assert_eq!(
            refused("estimate.critics", "twin"),
            "`estimate.critics` is twin already: the override changes nothing"
        );
        assert!(refused("schedule.batch", "many").contains("`schedule.batch` cannot be many"));
        assert!(refused("schedule.batch", "2.5").contains("whole number"));
        assert_eq!(refused("schedule.batch", "0"), "`schedule.batch` is 0, but must be at least 1");
        assert!(refused("code.policy_lr", "-1").contains("must be a number above 0"));
        assert!(refused("code.policy_lr", "nan").contains("code.policy_lr"));
        assert!(refused("code.policy_sizes", "[]").contains("a list of layer sizes"));
        assert!(refused("pi_q.eta", "{ kind = \"fixed\", value = 0.2, more = 1 }").contains("more"));
        assert!(refused("code", "3").contains("`code` cannot be 3"));
    }
}
