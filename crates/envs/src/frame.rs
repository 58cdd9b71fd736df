//! A picture: rows of pixels, whoever drew them.

/// A picture of red, green and blue bytes, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Frame {
    /// A picture of one colour, `width` by `height` pixels.
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Frame { width, height, rgb: colour.repeat(width * height) }
    }

    /// A picture of the rows in `bottom_up`, which begin with the lowest, as OpenGL reads them.
    ///
    /// # Panics
    /// When there are not three bytes a pixel.
    pub(crate) fn from_bottom_up(width: usize, height: usize, bottom_up: &[u8]) -> Self {
        assert_eq!(bottom_up.len(), 3 * width * height, "three bytes a pixel");
        let rgb = bottom_up.chunks(3 * width).rev().flatten().copied().collect();
        Frame { width, height, rgb }
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes: red, green, blue of the first pixel of the top row, then of the next.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The pixel in column `x` of row `y`.
    ///
    /// # Panics
    /// When there is no such pixel.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = self.place(x, y);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// Moves a pixel towards `colour`, all the way where `opacity` is 1 and not at all where it is 0.
    ///
    /// # Panics
    /// When there is no such pixel.
    pub fn blend(&mut self, x: usize, y: usize, colour: [u8; 3], opacity: f64) {
        let at = self.place(x, y);
        for (byte, wanted) in self.rgb[at..at + 3].iter_mut().zip(colour) {
            let (from, to) = (f64::from(*byte), f64::from(wanted));
            *byte = (from + (to - from) * opacity.clamp(0.0, 1.0)).round() as u8;
        }
    }

    /// Copies `other` with its top left pixel at column `left` of row `top`; what does not fit is left out.
    pub fn paste(&mut self, other: &Frame, left: usize, top: usize) {
        let fitting = other.width.min(self.width.saturating_sub(left));
        for y in 0..other.height.min(self.height.saturating_sub(top)) {
            let (from, to) = (3 * y * other.width, 3 * ((top + y) * self.width + left));
            self.rgb[to..to + 3 * fitting].copy_from_slice(&other.rgb[from..from + 3 * fitting]);
        }
    }

    fn place(&self, x: usize, y: usize) -> usize {
        assert!(x < self.width && y < self.height, "no pixel ({x}, {y})");
        3 * (y * self.width + x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_row_comes_last() {
        let frame = Frame::from_bottom_up(1, 2, &[1, 2, 3, 4, 5, 6]);
        assert_eq!((frame.pixel(0, 0), frame.pixel(0, 1)), ([4, 5, 6], [1, 2, 3]));
    }

    #[test]
    fn a_blend_goes_as_far_as_it_is_opaque() {
        let mut frame = Frame::filled(3, 1, [0, 100, 200]);
        frame.blend(0, 0, [200, 0, 200], 0.0);
        frame.blend(1, 0, [200, 0, 200], 0.5);
        frame.blend(2, 0, [200, 0, 200], 1.0);
        assert_eq!(frame.rgb(), [0, 100, 200, 100, 50, 200, 200, 0, 200]);
    }

    #[test]
    fn a_paste_is_cut_off_at_the_edges() {
        let mut frame = Frame::filled(2, 2, [0; 3]);
        frame.paste(&Frame::filled(5, 5, [9; 3]), 1, 1);
        frame.paste(&Frame::filled(5, 5, [7; 3]), 2, 2);
        assert_eq!(frame.rgb(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9]);
    }
}
