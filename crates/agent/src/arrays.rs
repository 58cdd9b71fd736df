//! Flat arrays by name: how a checkpoint takes and gives what is large.

/// Flat arrays for a checkpoint: name, shape, numbers.
pub(crate) type Arrays<'a> = Vec<(String, Vec<usize>, &'a [f32])>;

/// Fills an array, given by its name, from a checkpoint.
pub(crate) type Read<'a> = dyn FnMut(&str, &mut [f32]) -> Result<(), String> + 'a;
