//! The small tables that are compiled in: reading their CSV, and which tasks are one but for their version.

use serde::de::DeserializeOwned;

/// The rows of a CSV text, by the names in its heading.
pub fn rows<T: DeserializeOwned>(text: &'static str) -> impl Iterator<Item = T> {
    // The texts are compiled in, and the tests of each count its rows: none is ever left out.
    csv::Reader::from_reader(text.as_bytes()).into_deserialize().filter_map(Result::ok)
}

/// A task's name without its version: `Hopper` of `Hopper-v2`.
pub fn family(task: &str) -> &str {
    task.rsplit_once("-v").map_or(task, |(name, _)| name)
}
