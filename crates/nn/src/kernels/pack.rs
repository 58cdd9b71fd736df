//! Packing: columns of a matrix copied into rows that a kernel can load.

use super::aligned::LINE;
use super::product::Operand;
use super::tile::Kernel;

/// Copies `width` columns of `b`, from its first on, into `depth` rows of K::COLUMNS numbers; what is beyond `width`
/// becomes zero, up to the end of a line.
///
/// # Safety
/// The columns must lie within the matrix, and the processor must run `K`.
pub(super) unsafe fn columns<K: Kernel>(b: Operand, depth: usize, width: usize, pack: &mut [f32]) {
    let pack = &mut pack[..depth * K::COLUMNS];
    if b.col_stride != 1 && b.row_stride == 1 {
        // SAFETY: the caller's promises.
        return unsafe { K::turn((b.at, b.col_stride), depth, width, K::COLUMNS, pack) };
    }
    for (p, row) in pack.chunks_exact_mut(K::COLUMNS).enumerate() {
        // SAFETY: the row lies within the matrix.
        let from = unsafe { b.at.add(p * b.row_stride) };
        for (first, line) in (0..width).step_by(LINE).zip(row.as_chunks_mut::<LINE>().0) {
            // SAFETY: only columns before `width` are read.
            unsafe {
                if b.col_stride == 1 && first + LINE <= width {
                    *line = from.add(first).cast::<[f32; LINE]>().read_unaligned();
                    continue;
                }
                *line = [0.0; LINE];
                for (j, slot) in line.iter_mut().enumerate().take(width - first) {
                    *slot = *from.add((first + j) * b.col_stride);
                }
            }
        }
    }
}
