//! The lines of metrics.jsonl and timing.jsonl: what is deterministic in one, the clock in the other.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result};
use coadapt_agent::Bias;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::human_numbers;

/// A float as JSON has it, or one of the strings `"NaN"`, `"inf"`, `"-inf"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str(human_numbers::non_finite(self.0))
        }
    }
}

impl Number {
    fn from_json(value: &Value) -> Option<Number> {
        let name = match value {
            Value::String(name) => name.as_str(),
            other => return other.as_f64().map(Number),
        };
        match name {
            "NaN" => Some(Number(f64::NAN)),
            "inf" => Some(Number(f64::INFINITY)),
            "-inf" => Some(Number(f64::NEG_INFINITY)),
            _ => None,
        }
    }
}

/// The mean and the population standard deviation (ddof 0, as NumPy's default).
pub fn mean_and_std(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

/// How every line of a training window begins.
const TRAIN: &str = "{\"kind\":\"train\",";

/// One evaluation: the returns of whole episodes under the mode of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Environment steps the policy had trained for.
    pub step: u64,
    /// One undiscounted return an episode.
    pub returns: Vec<f64>,
    /// Mean steps of an episode.
    pub length_mean: f64,
}

impl Evaluation {
    /// The learner's evaluation at `step` as it lies on disk.
    pub fn of(step: u64, seen: &coadapt_agent::Evaluation) -> Evaluation {
        let lengths: Vec<f64> = seen.lengths.iter().copied().map(f64::from).collect();
        Evaluation { step, returns: seen.returns.clone(), length_mean: mean_and_std(&lengths).0 }
    }
}

struct Line<'a> {
    kind: &'static str,
    step: u64,
    values: &'a [(&'static str, f64)],
    returns: Option<&'a [f64]>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind)?;
        map.serialize_entry("step", &self.step)?;
        if let Some(returns) = self.returns {
            let returns: Vec<Number> = returns.iter().copied().map(Number).collect();
            map.serialize_entry("returns", &returns)?;
        }
        for (name, value) in self.values {
            map.serialize_entry(name, &Number(*value))?;
        }
        map.end()
    }
}

/// The line of a training window.
pub fn train_line(step: u64, values: &[(&'static str, f64)]) -> Result<String> {
    line(&Line { kind: "train", step, values, returns: None })
}

/// The values of an evaluation beside its returns; `bias` is that of the critics, where it was measured.
pub fn evaluation_values(evaluation: &Evaluation, bias: Option<Bias>) -> Vec<(&'static str, f64)> {
    let (mean, std) = mean_and_std(&evaluation.returns);
    let mut values =
        vec![("return_mean", mean), ("return_std", std), ("length_mean", evaluation.length_mean)];
    values.extend(bias.iter().flat_map(Bias::values));
    values
}

/// The line of an evaluation, with what [`evaluation_values`] gave.
pub fn evaluation_line(evaluation: &Evaluation, values: &[(&'static str, f64)]) -> Result<String> {
    let returns = Some(evaluation.returns.as_slice());
    line(&Line { kind: "evaluation", step: evaluation.step, values, returns })
}

/// The line of timing.jsonl at `step`.
pub fn timing_line(step: u64, wall_seconds: f64, steps_per_second: f64) -> Result<String> {
    // Milliseconds are as much as a clock under load means.
    let rounded = |value: f64| Number((value * 1e3).round() / 1e3);
    let values = serde_json::json!({
        "step": step,
        "wall_seconds": rounded(wall_seconds),
        "steps_per_second": rounded(steps_per_second),
    });
    Ok(format!("{values}\n"))
}

fn line(line: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string(line).context("a metric could not be written as JSON")?;
    text.push('\n');
    Ok(text)
}

/// The evaluations in the first `bytes` of the file at `path`, in order.
pub fn read_evaluations(path: &Path, bytes: u64) -> Result<Vec<Evaluation>> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(bytes).read_to_string(&mut text))
        .with_context(|| format!("could not read {}", path.display()))?;
    let mut evaluations = Vec::new();
    // Lines of training are most of a file, and nothing of them is wanted here.
    let others = text.lines().enumerate().filter(|(_, line)| !line.starts_with(TRAIN));
    for (number, line) in others {
        let place = || format!("{}, line {}, is not a line of metrics", path.display(), number + 1);
        let value: Value = serde_json::from_str(line).with_context(place)?;
        if value["kind"] == "evaluation" {
            evaluations.push(evaluation(&value).with_context(place)?);
        }
    }
    Ok(evaluations)
}

/// The evaluations in the whole lines of the file at `path`, in order; a line that is still being written is left
/// out.
pub fn read_whole_lines(path: &Path) -> Result<Vec<Evaluation>> {
    let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    read_evaluations(path, whole as u64)
}

/// More than a line of timing has.
const LAST_BYTES: u64 = 1024;

/// The step and the speed in the last whole line of a timing file.
pub fn last_timing(path: &Path) -> Option<(u64, f64)> {
    let line = last_line(path)?;
    Some((line["step"].as_u64()?, line["steps_per_second"].as_f64()?))
}

/// The step and the wall-clock time in the last whole line of a timing file.
pub fn last_time(path: &Path) -> Option<(u64, f64)> {
    let line = last_line(path)?;
    Some((line["step"].as_u64()?, line["wall_seconds"].as_f64()?))
}

fn last_line(path: &Path) -> Option<Value> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES))).ok()?;
    let mut end = String::new();
    file.take(LAST_BYTES).read_to_string(&mut end).ok()?;
    serde_json::from_str(end.get(..end.rfind('\n')?)?.lines().last()?).ok()
}

fn evaluation(value: &Value) -> Option<Evaluation> {
    let returns = value["returns"].as_array()?.iter().map(|one| Number::from_json(one).map(|n| n.0));
    Some(Evaluation {
        step: value["step"].as_u64()?,
        returns: returns.collect::<Option<_>>()?,
        length_mean: Number::from_json(&value["length_mean"])?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_documented() {
        let train =
            train_line(1000, &[("critic_loss", 0.5), ("alpha", f64::NAN), ("entropy", 1e-7)]).unwrap();
        assert_eq!(
            train,
            "{\"kind\":\"train\",\"step\":1000,\"critic_loss\":0.5,\"alpha\":\"NaN\",\"entropy\":1e-7}\n"
        );
        let evaluation = Evaluation { step: 20_000, returns: vec![1.0, 3.0], length_mean: 200.0 };
        let values = evaluation_values(&evaluation, None);
        assert_eq!(
            evaluation_line(&evaluation, &values).unwrap(),
            "{\"kind\":\"evaluation\",\"step\":20000,\"returns\":[1.0,3.0],\"return_mean\":2.0,\
             \"return_std\":1.0,\"length_mean\":200.0}\n"
        );
        let bias = Bias { mean: 0.5, relative: f64::INFINITY, return_mean: 0.0 };
        let values = evaluation_values(&evaluation, Some(bias));
        assert!(evaluation_line(&evaluation, &values).unwrap().ends_with(
            "\"length_mean\":200.0,\"q_bias\":0.5,\"q_bias_relative\":\"inf\",\"mc_return_mean\":0.0}\n"
        ));
    }

    #[test]
    fn evaluations_come_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let hard = vec![0.1 + 0.2, -1_234.567_890_123_456_7, f64::NEG_INFINITY, 5e-324];
        let first = Evaluation { step: 1, returns: hard, length_mean: 17.3 };
        let text = train_line(1, &[("x", 1.0)]).unwrap()
            + &evaluation_line(&first, &[("length_mean", 17.3)]).unwrap();
        std::fs::write(&path, format!("{text}{{\"kind\":\"tra")).unwrap();
        assert_eq!(read_evaluations(&path, text.len() as u64).unwrap(), [first]);
        std::fs::write(&path, "{\"kind\":\"evaluation\",\"step\":1}\n").unwrap();
        assert!(read_evaluations(&path, 99).unwrap_err().to_string().contains("line 1"));
    }
}
