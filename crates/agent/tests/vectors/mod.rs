//! Numbers of the recorded vectors, and torch's layers turned to ours.
#![allow(dead_code, clippy::unwrap_used)]

use serde_json::Value;

/// Every number of a nested list, in order.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// The same as the networks see them.
pub fn narrow(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|x| x as f32).collect()
}

/// torch keeps a layer as [out, in]; we keep [in, out].
pub fn turned(value: &Value) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    (0..rows[0].len()).flat_map(|i| rows.iter().map(move |row| row[i])).collect()
}
