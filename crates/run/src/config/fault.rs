//! Faults of a configuration, in the words of its file: the field, its value, what would be valid.

use serde::de::DeserializeOwned;
use toml::Table;

/// Reads a `T` from `table`, or says in one sentence which field does not fit.
///
/// The table is written out first, a field a line: the place of a fault in that text leads to its field.
pub fn read<T: DeserializeOwned>(table: &Table) -> Result<T, String> {
    let text = toml::to_string(table).map_err(|error| one_line(&error.to_string()))?;
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        Place::of(&text, start, error.message()).sentence(error.message())
    })
}

/// The parser's complaint about a text that is no TOML, without line breaks and without Rust.
pub fn of_syntax(message: &str) -> String {
    if message.contains("any valid TOML value") {
        return "there is a whole number beyond 63 bits".into();
    }
    one_line(message)
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Where a fault lies.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    /// The header of the part of the file, without brackets; empty at its top.
    section: &'a str,
    /// The field and its value as written, unless the fault is the section's.
    field: Option<(&'a str, &'a str)>,
}

impl<'a> Place<'a> {
    /// The line of `text` that holds the byte `start`; a fault at the very start is one of the whole.
    fn of(text: &'a str, start: usize, message: &str) -> Place<'a> {
        if start == 0 {
            return Place { section: "", field: None };
        }
        let line = text[..start].matches('\n').count();
        let place = Place::all(text).nth(line).unwrap_or(Place { section: "", field: None });
        if place.field.is_some() {
            return place;
        }
        // A table whose tag decides what else is in it is read in one piece: the value found tells the field.
        let inside = |one: &Place<'_>| {
            one.section
                .strip_prefix(place.section)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let value = found(message);
        let mut same = Place::all(text).filter(|one| inside(one) && one.field.map(|(_, v)| v) == value);
        match (value, same.next(), same.next()) {
            (Some(_), Some(only), None) => only,
            _ => place,
        }
    }

    /// One place for every line of `text`.
    fn all(text: &'a str) -> impl Iterator<Item = Place<'a>> {
        text.lines().scan("", |section, line| {
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                *section = header;
            }
            Some(Place { section, field: line.split_once(" = ") })
        })
    }

    fn path(&self, field: &str) -> String {
        if self.section.is_empty() { field.to_string() } else { format!("{}.{field}", self.section) }
    }

    /// serde's message without the Rust in it.
    fn sentence(&self, message: &str) -> String {
        let quoted = message.split('`').nth(1).unwrap_or_default();
        let expected = message.split_once("expected ").map(|(_, expected)| expected);
        if message.starts_with("unknown field") {
            let known = expected.unwrap_or_default().trim_start_matches("one of ");
            // The fault of an unknown table lies at its own header.
            let is_table = self.field.is_none() && self.section.rsplit('.').next() == Some(quoted);
            let path = if is_table { self.section.to_string() } else { self.path(quoted) };
            return format!("there is no `{path}`; here there is {known}");
        }
        if message.starts_with("missing field") {
            return format!("`{}` is missing", self.path(quoted));
        }
        match (self.field, expected) {
            (Some((name, value)), Some(expected)) => {
                // The fault of a list is one of its elements.
                let each = if value.starts_with('[') && expected != "a sequence" {
                    "a list, each of it "
                } else {
                    ""
                };
                format!("`{}` is {value}, but must be {each}{}", self.path(name), in_words(expected))
            }
            (Some((name, value)), None) => format!("`{}` is {value}: {}", self.path(name), one_line(message)),
            (None, Some(expected)) if found(message).is_some() => {
                let value = found(message).unwrap_or_default();
                format!("`{}` has {value} in a place that must be {}", self.section, in_words(expected))
            }
            (None, _) if self.section.is_empty() => one_line(message),
            (None, _) => format!("`{}`: {}", self.section, one_line(message)),
        }
    }
}

/// The value that serde found where it did not belong, as TOML writes it.
fn found(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("invalid type: ").or_else(|| message.split_once("invalid value: "))?;
    let (found, _) = rest.split_once(", expected ")?;
    match found.split_once('`') {
        Some((_, value)) => value.strip_suffix('`'),
        None => found.strip_prefix("string "),
    }
}

/// The expected value, without the names of Rust's types.
fn in_words(expected: &str) -> String {
    match expected {
        "u64" | "u32" | "usize" => "a whole number from 0 on".into(),
        "i64" | "i32" => "a whole number".into(),
        "f32" | "f64" => "a number".into(),
        "a boolean" => "true or false".into(),
        "a sequence" => "a list".into(),
        "a string" | "variant identifier" => "a word in quotes".into(),
        other => one_line(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner;
    use coadapt_agent::Method;

    fn refused(old: &str, new: &str) -> String {
        let task = learner::make_task("Pendulum-v1", Default::default()).unwrap();
        let text = toml::to_string(&learner::recipe("sac", task.as_ref(), &[]).unwrap()).unwrap();
        assert!(text.contains(old), "{text}");
        let table: Table = toml::from_str(&text.replacen(old, new, 1)).unwrap();
        let sentence = read::<Method>(&table).unwrap_err();
        for rust in ["usize", "u64", "f64", "invalid type", "variant", "\n"] {
            assert!(!sentence.contains(rust), "{sentence}");
        }
        sentence
    }

    #[test]
    fn a_fault_is_named_by_its_field() {
        let batch = refused("batch = 256", "batch = 2.5");
        assert_eq!(batch, "`collect.batch` is 2.5, but must be a whole number from 0 on");
        assert!(refused("batch = 256", "batch = -1").starts_with("`collect.batch` is -1, but"));
        assert!(refused("batch = 256", "").starts_with("`collect.batch` is missing"));
        let typo = refused("batch =", "bitch =");
        assert!(typo.starts_with("there is no `collect.bitch`; here there is `capacity`, `batch`"), "{typo}");
        assert!(
            refused("[schedule]", "[shedule]").starts_with("there is no `shedule`; here there is `family`")
        );
        assert!(
            refused("tau = 0.005", "tau = \"a\"")
                .starts_with("`code.targets.tau` is \"a\", but must be a num")
        );
        assert!(refused("kind = \"twin\"", "kind = 3").ends_with("must be a word in quotes"));
        let choice = refused("kind = \"twin\"", "kind = \"none\"");
        assert!(
            choice.starts_with("`estimate.critics.kind` is \"none\", but must be one of `single`"),
            "{choice}"
        );
        assert!(
            refused("[128, 128]", "[128, \"a\"]").ends_with("a list, each of it a whole number from 0 on")
        );
    }
}
