//! One override: a path and a value make a method that differs there, or a sentence says why not.

use crate::component;
use crate::error::{Error, nearest};
use crate::method::Method;
use crate::paper::presets::{self, PRESETS, SIZES};
use coadapt_envs::Spec;
use serde_json::Value;

impl Method {
    /// Replaces the value at `path` (`code.activation`, `pi_q.eta.lr`, ...), written as in TOML; a bare word is
    /// a string. The method is unchanged if the result would not be valid, would be the same, or would differ in
    /// more components than one.
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), Error> {
        self.set_all(&[(path.to_owned(), text.to_owned())])
    }

    /// The method with `value` at `path`, as [`Method::set`] has it.
    pub fn with(mut self, path: &str, value: impl ToString) -> Result<Method, Error> {
        self.set(path, &value.to_string())?;
        Ok(self)
    }

    /// Several overrides, checked together at the end; all or none take effect.
    ///
    /// Wider ones come first, so their order does not matter, but of two for the same path the later one counts.
    pub fn set_all(&mut self, overrides: &[(String, String)]) -> Result<(), Error> {
        self.change(overrides, None)
    }

    /// [`Method::set_all`] for a method of `task`, whose numbers `code.arch` asks for.
    pub fn set_all_on(&mut self, task: &Spec, overrides: &[(String, String)]) -> Result<(), Error> {
        self.change(overrides, Some(task))
    }

    fn change(&mut self, overrides: &[(String, String)], task: Option<&Spec>) -> Result<(), Error> {
        let mut ordered: Vec<&(String, String)> = overrides.iter().collect();
        // By name at last, so that of two faults the same is told wherever the overrides come from.
        ordered.sort_by_key(|(path, _)| {
            (path.split('.').count(), !PRESETS.contains(&path.as_str()), path == SIZES, path.as_str())
        });
        let mut changed = self.clone();
        for (path, text) in ordered {
            changed = if PRESETS.contains(&path.as_str()) {
                changed.with_preset(path, text, task)?
            } else {
                changed.replaced(path, text)?
            };
        }
        changed.validate()?;
        *self = changed;
        Ok(())
    }

    /// The method with code details that one name stands for.
    fn with_preset(&self, path: &str, text: &str, task: Option<&Spec>) -> Result<Method, Error> {
        let name = text.trim_matches(['"', '\'']);
        let code = presets::code(self, path, name, task).map_err(|reason| bad(path, text, reason))?;
        if code == self.code { Err(same(path, text)) } else { Ok(Method { code, ..self.clone() }) }
    }

    /// The method with one override, its numbers not checked yet.
    fn replaced(&self, path: &str, text: &str) -> Result<Method, Error> {
        let before = component::tree(self);
        let mut tree = before.clone();
        let slot = find(&mut tree, path)?;
        let value = tagged(parse(text, slot), slot);
        if value.is_null() {
            return Err(bad(path, text, "it is not a finite number".to_owned()));
        }
        *slot = value;
        let changed: Method =
            serde_json::from_value(tree).map_err(|e| bad(path, text, of_tag(path, &e.to_string())))?;
        let changes = component::between("", &before, &component::tree(&changed));
        match changes.len() {
            0 => Err(same(path, text)),
            1 => Ok(changed),
            count => Err(Error::ChangesSeveral {
                path: path.to_owned(),
                count,
                components: changes.into_iter().map(|change| change.path).collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

fn bad(path: &str, text: &str, reason: String) -> Error {
    Error::BadValue { path: path.to_owned(), value: text.to_owned(), reason }
}

fn same(path: &str, text: &str) -> Error {
    Error::ChangesNothing { path: path.to_owned(), value: text.to_owned() }
}

/// Places that have been moved, each with where they are now.
const MOVED: [(&str, &str); 7] = [
    ("schedule.batch", "collect.batch"),
    ("schedule.replay_capacity", "collect.capacity"),
    ("schedule.warmup", "collect.warmup"),
    ("schedule.learn_after", "collect.learn_after"),
    ("schedule.update_every", "collect.update_every"),
    ("schedule.updates", "collect.updates"),
    ("schedule.iteration", "collect.iteration"),
];

/// Where `path`, or what it is a part of, has been moved to.
pub(crate) fn moved(path: &str) -> Option<String> {
    MOVED.iter().find_map(|(old, new)| {
        let below = path.strip_prefix(old).filter(|below| below.is_empty() || below.starts_with('.'))?;
        Some(format!("{new}{below}"))
    })
}

/// Walks down the tree; a wrong turn names what is there.
fn find<'a>(tree: &'a mut Value, path: &str) -> Result<&'a mut Value, Error> {
    if let Some(to) = moved(path) {
        return Err(Error::Moved { path: path.to_owned(), to });
    }
    let mut at = tree;
    for key in path.split('.') {
        let mut known: Vec<String> = at.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default();
        if !known.iter().any(|k| k == key) {
            let presets = PRESETS.iter().filter_map(|preset| preset.rsplit_once('.'));
            let beside = presets.filter(|(parent, _)| path == format!("{parent}.{key}"));
            known.extend(beside.map(|(_, name)| name.to_owned()));
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
    match (component::tag(old), value) {
        (Some(tag), Value::String(word)) => serde_json::json!({ tag: word }),
        (_, value) => value,
    }
}

/// The message where the fault may be that a choice was changed without the numbers that go with it.
fn of_tag(path: &str, message: &str) -> String {
    let other_numbers = ["unknown field", "missing field"].iter().any(|fault| message.contains(fault));
    match path.rsplit_once('.') {
        Some((whole, tag @ ("kind" | "update"))) if other_numbers => format!(
            "that choice has other numbers ({}); set {whole} as a whole: {whole}={{ {tag} = ..., ... }}",
            explained(message)
        ),
        _ => explained(message),
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
mod tests;
