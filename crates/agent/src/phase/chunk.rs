//! A chunk of rows: what is computed of all data goes through it so many at a time.

use coadapt_nn::{Program, Slot};

/// Observations whose values are computed at once.
pub(crate) const CHUNK: usize = 1024;

/// Writes rows that may be fewer than a chunk into `slot`, zeros after them.
pub(super) fn write_chunk(program: &mut Program, slot: Slot, rows: &[f32]) {
    let input = program.write(slot);
    input[..rows.len()].copy_from_slice(rows);
    input[rows.len()..].fill(0.0);
}
