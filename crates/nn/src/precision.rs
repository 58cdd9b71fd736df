//! How exactly the large matrix products of a program are computed, and by what.

use crate::isa::Isa;

/// The arithmetic of a program's large matrix products: those at least sixteen columns wide and sixteen deep.
///
/// Everything else is float32 always. A factor in parts is x = x1 + x2 + ..., each part the bf16 number nearest to what
/// the parts before it leave; products of parts are exact in float32 and are summed there. All but `F32` are made for
/// processors with AMX tiles; without them they give the same numbers to the bit, more slowly than `F32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// float32 throughout.
    #[default]
    F32,
    /// Three parts and the six largest of their nine products: an error like that of float32.
    F32x6,
    /// Two parts and the three largest of their four products: about sixteen bits.
    Bf16x3,
    /// One part: eight bits.
    Bf16,
}

impl Precision {
    /// All of them, the most exact first.
    pub const ALL: [Precision; 4] = [Precision::F32, Precision::F32x6, Precision::Bf16x3, Precision::Bf16];

    /// Its name in configurations and commands.
    pub const fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F32x6 => "f32x6",
            Precision::Bf16x3 => "bf16x3",
            Precision::Bf16 => "bf16",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Precision> {
        Precision::ALL.into_iter().find(|precision| precision.name() == name)
    }

    /// How many bf16 numbers stand for one; none where nothing is split.
    pub const fn parts(self) -> usize {
        match self {
            Precision::F32 => 0,
            Precision::F32x6 => 3,
            Precision::Bf16x3 => 2,
            Precision::Bf16 => 1,
        }
    }

    /// Pairs of parts, of the first and the second factor, that are multiplied; in the order of summation, the smallest
    /// first.
    pub const fn products(self) -> &'static [(usize, usize)] {
        match self {
            Precision::F32 => &[],
            Precision::F32x6 => &[(2, 0), (1, 1), (0, 2), (0, 1), (1, 0), (0, 0)],
            Precision::Bf16x3 => &[(1, 0), (0, 1), (0, 0)],
            Precision::Bf16 => &[(0, 0)],
        }
    }

    /// Whether a product with `columns` columns and sums of `depth` terms is computed in parts.
    pub(crate) fn splits(self, columns: usize, depth: usize) -> bool {
        self != Precision::F32 && columns >= 16 && depth >= 16
    }
}

/// The unit that multiplies tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tiles {
    /// The processor's tile registers.
    Amx,
    /// Vector code with the same results.
    Vectors,
}

/// Instructions and arithmetic that a program computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numerics {
    /// The vector instructions.
    pub isa: Isa,
    /// The arithmetic of large products.
    pub precision: Precision,
    /// The unit that multiplies parts of their factors.
    pub tiles: Tiles,
}

impl From<Isa> for Numerics {
    /// float32 with `isa`.
    fn from(isa: Isa) -> Numerics {
        Numerics { isa, precision: Precision::F32, tiles: Tiles::Vectors }
    }
}
