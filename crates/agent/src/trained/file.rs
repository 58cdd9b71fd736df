//! The file of a policy: safetensors, which Python reads too, with method and task in its metadata.

use super::TrainedPolicy;
use crate::error::Error;
use coadapt_envs::{ActionSpace, Spec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the metadata calls such a file.
const FORMAT: &str = "coadapt-policy";
/// Raised when a reader of today could not read the file.
const VERSION: &str = "1";
const METADATA: &str = "__metadata__";

#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// The task as the metadata has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    id: String,
    obs_dim: usize,
    max_episode_steps: u32,
    action: Action,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Action {
    Box { low: Vec<f64>, high: Vec<f64> },
    Choices { n: usize },
}

impl TrainedPolicy {
    /// The policy as the bytes of a safetensors file: float arrays by name, and in the metadata `format`, `version`,
    /// and as JSON `method` and `task`.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut header = serde_json::Map::new();
        let mut data = Vec::new();
        for (name, span) in self.params.iter() {
            let start = data.len();
            data.extend(self.params.get(span).iter().flat_map(|value| value.to_le_bytes()));
            let shape = span.shape;
            let entry = Entry {
                dtype: "F32".to_owned(),
                shape: vec![shape.groups, shape.rows, shape.cols],
                data_offsets: (start, data.len()),
            };
            header.insert(name.to_owned(), json(&entry)?);
        }
        let text = |value: serde_json::Value| serde_json::Value::String(value.to_string());
        let metadata: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
            ("format", FORMAT.into()),
            ("version", VERSION.into()),
            ("method", text(json(&self.method)?)),
            ("task", text(json(&Task::of(&self.task))?)),
        ]);
        header.insert(METADATA.to_owned(), json(&metadata)?);
        let mut head = json(&header)?.to_string().into_bytes();
        // The format wants the data aligned to eight bytes, with spaces as filling.
        head.resize(head.len().next_multiple_of(8), b' ');
        let mut bytes = (head.len() as u64).to_le_bytes().to_vec();
        bytes.extend(head);
        bytes.extend(data);
        Ok(bytes)
    }

    /// The policy in the bytes that [`TrainedPolicy::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<TrainedPolicy, Error> {
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| bad("it is too short"))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > rest.len() {
            return Err(bad("its header is cut off, or it is no safetensors file"));
        }
        let (head, data) = rest.split_at(length);
        let mut header: BTreeMap<String, serde_json::Value> = from_json(head, "its header")?;
        let metadata =
            header.remove(METADATA).ok_or_else(|| bad("it says nothing of its method and task"))?;
        let say =
            |key: &str| metadata[key].as_str().ok_or_else(|| bad(&format!("its metadata has no `{key}`")));
        if say("format")? != FORMAT {
            return Err(bad(&format!("its format is `{}`, not `{FORMAT}`", say("format")?)));
        }
        if say("version")? != VERSION {
            return Err(bad(&format!("its version is {}; this program reads {VERSION}", say("version")?)));
        }
        let method = from_json(say("method")?.as_bytes(), "its method")?;
        let task: Task = from_json(say("task")?.as_bytes(), "its task")?;
        TrainedPolicy::new(method, task.into(), &mut |name, into| {
            let entry = header.get(name).ok_or_else(|| format!("it has no array `{name}`"))?;
            let entry = Entry::deserialize(entry).map_err(|error| format!("its array `{name}`: {error}"))?;
            fill(&entry, data, into).map_err(|reason| format!("its array `{name}` {reason}"))
        })
    }
}

/// Reads the numbers of one array.
fn fill(entry: &Entry, data: &[u8], into: &mut [f32]) -> Result<(), String> {
    let (start, end) = entry.data_offsets;
    let bytes = data.get(start..end).ok_or("lies beyond its end")?;
    if entry.dtype != "F32" || bytes.len() != size_of_val(into) {
        return Err(format!(
            "holds {} bytes of {}, not {} numbers of F32",
            bytes.len(),
            entry.dtype,
            into.len()
        ));
    }
    let (words, _) = bytes.as_chunks::<4>();
    into.iter_mut().zip(words).for_each(|(to, word)| *to = f32::from_le_bytes(*word));
    match into.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(format!("holds {value}")),
        None => Ok(()),
    }
}

fn json<T: Serialize>(value: &T) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value).map_err(|error| bad(&error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &[u8], what: &str) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|error| bad(&format!("{what}: {error}")))
}

fn bad(reason: &str) -> Error {
    Error::PolicyFile { reason: reason.to_owned() }
}

impl Task {
    fn of(spec: &Spec) -> Task {
        let action = match &spec.action {
            ActionSpace::Continuous { low, high } => Action::Box { low: low.clone(), high: high.clone() },
            ActionSpace::Discrete { n } => Action::Choices { n: *n },
        };
        Task { id: spec.id.clone(), obs_dim: spec.obs_dim, max_episode_steps: spec.max_episode_steps, action }
    }
}

impl From<Task> for Spec {
    fn from(task: Task) -> Spec {
        let action = match task.action {
            Action::Box { low, high } => ActionSpace::Continuous { low, high },
            Action::Choices { n } => ActionSpace::Discrete { n },
        };
        let Task { id, obs_dim, max_episode_steps, .. } = task;
        Spec::new(id, obs_dim, action, max_episode_steps)
    }
}
