//! Packing: columns of a matrix copied into rows that a kernel can load.

use super::gemm::Operand;
use super::tile::Kernel;

/// Copies `width` columns of `b`, from its first on, into `depth` rows of K::COLUMNS numbers; what is beyond `width`
/// becomes zero.
///
/// # Safety
/// The columns must lie within the matrix, and the processor must run `K`.
pub(super) unsafe fn columns<K: Kernel>(b: Operand, depth: usize, width: usize, pack: &mut [f32]) {
    let pack = &mut pack[..depth * K::COLUMNS];
    if width < K::COLUMNS {
        pack.fill(0.0);
    }
    // SAFETY: the caller's promises.
    unsafe {
        if b.col_stride != 1 && b.row_stride == 1 {
            return K::transpose(b.at, b.col_stride, depth, width, pack);
        }
        for (p, row) in pack.chunks_exact_mut(K::COLUMNS).enumerate() {
            let from = b.at.add(p * b.row_stride);
            if b.col_stride == 1 {
                row[..width].copy_from_slice(std::slice::from_raw_parts(from, width));
                continue;
            }
            for (j, slot) in row[..width].iter_mut().enumerate() {
                *slot = *from.add(j * b.col_stride);
            }
        }
    }
}

/// Numbers of a column that are copied before the next column's turn.
const STRETCH: usize = 8;

/// A transposed matrix, whose columns are contiguous and `stride` apart, into rows of `columns` numbers: plain code.
///
/// # Safety
/// `width` columns of `depth` numbers must be readable.
pub(super) unsafe fn transpose(
    b: *const f32,
    stride: usize,
    depth: usize,
    width: usize,
    columns: usize,
    pack: &mut [f32],
) {
    for from in (0..depth).step_by(STRETCH) {
        for j in 0..width {
            for p in from..depth.min(from + STRETCH) {
                // SAFETY: `p` < depth and `j` < width.
                pack[p * columns + j] = unsafe { *b.add(j * stride + p) };
            }
        }
    }
}
