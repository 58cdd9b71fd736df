//! The shape of every array in the core: groups of matrices.

/// `[group, row, col]`, stored contiguously, columns fastest.
///
/// The group axis holds the twin critics or the action samples of one state; rows are the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Independent matrices.
    pub groups: usize,
    /// Rows of each.
    pub rows: usize,
    /// Columns of each.
    pub cols: usize,
}

/// One of the three axes of a [`Shape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Across groups.
    Group,
    /// Across rows.
    Row,
    /// Across columns.
    Col,
}

impl Shape {
    /// One number.
    pub const SCALAR: Shape = Shape { groups: 1, rows: 1, cols: 1 };

    /// `[groups, rows, cols]`.
    pub fn new(groups: usize, rows: usize, cols: usize) -> Self {
        Shape { groups, rows, cols }
    }

    /// How many numbers.
    pub fn len(self) -> usize {
        self.groups * self.rows * self.cols
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The size along `axis`.
    pub fn along(self, axis: Axis) -> usize {
        match axis {
            Axis::Group => self.groups,
            Axis::Row => self.rows,
            Axis::Col => self.cols,
        }
    }

    /// The same shape with another size along `axis`.
    pub fn with(mut self, axis: Axis, size: usize) -> Self {
        match axis {
            Axis::Group => self.groups = size,
            Axis::Row => self.rows = size,
            Axis::Col => self.cols = size,
        }
        self
    }

    pub(crate) fn dims(self) -> [usize; 3] {
        [self.groups, self.rows, self.cols]
    }

    /// The shape two operands meet in, an axis of size 1 being repeated; `None` if they do not fit.
    pub(crate) fn broadcast(self, other: Shape) -> Option<Shape> {
        let mut out = [0; 3];
        for (slot, (a, b)) in out.iter_mut().zip(self.dims().into_iter().zip(other.dims())) {
            *slot = match (a, b) {
                (a, b) if a == b => a,
                (1, b) => b,
                (a, 1) => a,
                _ => return None,
            };
        }
        Some(Shape::new(out[0], out[1], out[2]))
    }

    /// Element strides as seen from `target`: 0 along the axes this shape is broadcast along.
    pub(crate) fn strides_in(self, target: Shape) -> [usize; 3] {
        let own = [self.rows * self.cols, self.cols, 1];
        let (from, to) = (self.dims(), target.dims());
        std::array::from_fn(|i| if from[i] == 1 && to[i] != 1 { 0 } else { own[i] })
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {}, {}]", self.groups, self.rows, self.cols)
    }
}
