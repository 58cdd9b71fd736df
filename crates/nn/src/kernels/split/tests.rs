//! Products in parts against float64, and every way of computing them against the others.

use super::*;
use crate::kernels::{Aligned, Epilogue, Operand};
use crate::op::Act;

/// A number for each place, none of them short in binary; some rows large and some small.
fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|i| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let unit = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
            unit * [1.0, 1e-3, 30.0][i / 7 % 3]
        })
        .collect()
}

/// One product: its sizes, and which factors lie transposed.
#[derive(Debug, Clone, Copy)]
struct Case {
    m: usize,
    n: usize,
    k: usize,
    transposed: [bool; 2],
}

impl Case {
    const SOME: [Case; 7] = [
        Case { m: 32, n: 32, k: 32, transposed: [false, false] },
        Case { m: 1, n: 16, k: 16, transposed: [false, false] },
        Case { m: 70, n: 47, k: 100, transposed: [false, false] },
        Case { m: 17, n: 256, k: 33, transposed: [true, false] },
        Case { m: 130, n: 31, k: 64, transposed: [false, true] },
        Case { m: 45, n: 65, k: 48, transposed: [true, true] },
        Case { m: 100, n: 40, k: 513, transposed: [true, false] },
    ];

    fn factors(self) -> [Vec<f32>; 2] {
        [numbers(self.m * self.k, 3), numbers(self.k * self.n, 5)]
    }

    /// Distances between rows and columns of the factors.
    fn strides(self) -> [(usize, usize); 2] {
        let Case { m, n, k, transposed } = self;
        [if transposed[0] { (1, m) } else { (k, 1) }, if transposed[1] { (1, k) } else { (n, 1) }]
    }

    /// C, and the sums of the terms' magnitudes, in f64.
    fn exact(self, [a, b]: &[Vec<f32>; 2]) -> Vec<(f64, f64)> {
        let [(ar, ac), (br, bc)] = self.strides();
        let term = |i, j, p| f64::from(a[i * ar + p * ac]) * f64::from(b[p * br + j * bc]);
        let sums = |i, j| {
            let terms = (0..self.k).map(|p| term(i, j, p));
            terms.fold((0.0, 0.0), |(sum, size), x: f64| (sum + x, size + x.abs()))
        };
        (0..self.m).flat_map(|i| (0..self.n).map(move |j| (i, j))).map(|(i, j)| sums(i, j)).collect()
    }

    /// C with `numerics`, the rows and panels divided as `parts` says.
    fn product(
        self,
        numerics: Numerics,
        factors: &[Vec<f32>; 2],
        epilogue: Epilogue,
        parts: usize,
    ) -> Vec<f32> {
        let mut c = vec![f32::NAN; self.m * self.n];
        let operand =
            |x: &Vec<f32>, (row_stride, col_stride)| Operand { at: x.as_ptr(), row_stride, col_stride };
        let gemm = Gemm {
            m: self.m,
            n: self.n,
            k: self.k,
            a: operand(&factors[0], self.strides()[0]),
            b: operand(&factors[1], self.strides()[1]),
            c: c.as_mut_ptr(),
            c_stride: self.n,
            epilogue,
        };
        let mut packed = Aligned::zeros(packed_len(numerics.precision, self.n, self.k));
        let mut rest = Aligned::zeros(scratch_len(numerics.precision, self.k));
        rest.fill(f32::NAN);
        let panels = gemm.panels();
        for part in 0..parts {
            let rows = self.m * part / parts..self.m * (part + 1) / parts;
            let is_packed = part > 0;
            let mut scratch = Scratch { packed: &mut packed, is_packed, rest: &mut rest };
            // SAFETY: the arrays are as long as the sizes say, and the first part packs all of B.
            unsafe { gemm.run_split(numerics, rows, 0..panels, &mut scratch) };
        }
        c
    }
}

fn all(precision: Precision) -> impl Iterator<Item = Numerics> {
    Isa::available().into_iter().flat_map(move |isa| {
        let tiles = [Tiles::Vectors, Tiles::best(isa)].into_iter().take(if Tiles::best(isa) == Tiles::Amx {
            2
        } else {
            1
        });
        tiles.map(move |tiles| Numerics { isa, precision, tiles })
    })
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
#[cfg_attr(miri, ignore = "many large products")]
fn errors_are_those_of_the_parts_left_out() {
    for (precision, limit) in [
        (Precision::F32x6, 2f64.powi(-21)),
        (Precision::Bf16x3, 2f64.powi(-15)),
        (Precision::Bf16, 2f64.powi(-7)),
    ] {
        let mut worst = 0.0f64;
        for case in Case::SOME {
            let factors = case.factors();
            let c = case.product(Numerics::best(precision), &factors, Epilogue::None, 1);
            for (got, (exact, size)) in c.iter().zip(case.exact(&factors)) {
                worst = worst.max((f64::from(*got) - exact).abs() / size);
            }
        }
        // Not much better either: then the parts would not be what they are said to be.
        assert!(worst < limit && worst > limit / 64.0, "{precision:?}: {worst:e}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "many large products")]
fn every_way_of_computing_gives_the_same_bits() {
    for precision in [Precision::F32x6, Precision::Bf16x3, Precision::Bf16] {
        for case in Case::SOME {
            let factors = case.factors();
            let first = case.product(Numerics::best(precision), &factors, Epilogue::None, 1);
            for numerics in all(precision) {
                for parts in [1, 3] {
                    let c = case.product(numerics, &factors, Epilogue::None, parts);
                    assert_eq!(bits(&c), bits(&first), "{case:?} {numerics:?} in {parts}");
                }
            }
        }
    }
}

#[test]
fn epilogues_see_finished_sums() {
    let case = Case::SOME[2];
    let factors = case.factors();
    let (bias, y) = (numbers(case.n, 11), numbers(case.m * case.n, 13));
    for numerics in all(Precision::Bf16x3) {
        let bare = case.product(numerics, &factors, Epilogue::None, 1);
        let forward = Epilogue::Forward { bias: bias.as_ptr(), act: Act::Relu };
        let forward = case.product(numerics, &factors, forward, 1);
        let slope = Epilogue::Slope { y: y.as_ptr(), stride: case.n, act: Act::Relu };
        let slope = case.product(numerics, &factors, slope, 1);
        for (i, x) in bare.iter().enumerate() {
            assert_eq!(forward[i], (x + bias[i % case.n]).max(0.0), "{numerics:?}");
            assert_eq!(slope[i], if y[i] > 0.0 { *x } else { 0.0 }, "{numerics:?}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "many large products")]
fn tiny_numbers_vanish_alike_and_infinity_and_nan_stay() {
    let case = Case { m: 20, n: 40, k: 70, transposed: [false, false] };
    for precision in [Precision::F32x6, Precision::Bf16x3, Precision::Bf16] {
        let mut factors = case.factors();
        factors[0].iter_mut().enumerate().for_each(|(i, x)| *x *= [1.0, 1e-20, 1e-37, 1e-40][i / 13 % 4]);
        factors[1].iter_mut().enumerate().for_each(|(i, x)| *x *= [1.0, 1e-19, 1e-30][i / 11 % 3]);
        let first = case.product(Numerics::best(precision), &factors, Epilogue::None, 1);
        for numerics in all(precision) {
            let c = case.product(numerics, &factors, Epilogue::None, 1);
            assert_eq!(bits(&c), bits(&first), "{numerics:?}");
        }
        for bad in [f32::INFINITY, f32::NAN, f32::from_bits(0x7fff_ffff), f32::from_bits(0xffff_ffff)] {
            let mut factors = case.factors();
            factors[0][3 * case.k + 5] = bad;
            for numerics in all(precision) {
                let c = case.product(numerics, &factors, Epilogue::None, 1);
                let finite = |row: usize| c[row * case.n..][..case.n].iter().all(|x| x.is_finite());
                assert!(finite(2) && finite(4) && !c[3 * case.n].is_finite(), "{bad} {numerics:?}");
                assert!(!c[3 * case.n..][..case.n].iter().any(|x| x.is_finite()), "{bad} {numerics:?}");
            }
        }
    }
}

/// Numbers of every exponent alike, subnormal ones included, times `scale`.
fn of_every_exponent(len: usize, seed: u64, scale: f32) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = f32::from_bits((state >> 32) as u32);
        if x.is_finite() { x * scale } else { 0.0 }
    };
    (0..len).map(next).collect()
}

/// A product of few terms, and factors for it: many of the first's sums overflow, many of the second's vanish.
fn at_the_limits() -> (Case, [[Vec<f32>; 2]; 2]) {
    let case = Case { m: 64, n: 64, k: 4, transposed: [false, false] };
    let factors =
        |scale| [of_every_exponent(case.m * case.k, 3, 1.0), of_every_exponent(case.k * case.n, 5, scale)];
    (case, [factors(1.0), factors(1e-30)])
}

/// The same bits; but which NaN it is, nobody promises.
fn assert_alike(got: &[f32], want: &[f32], numerics: Numerics) {
    for (got, want) in got.iter().zip(want) {
        let alike = got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
        assert!(alike, "{got:e} instead of {want:e}: {numerics:?}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "many large products")]
fn sums_overflow_and_vanish_alike() {
    let (case, [large, small]) = at_the_limits();
    for precision in [Precision::F32x6, Precision::Bf16x3, Precision::Bf16] {
        for (factors, limit) in [(&large, f32::INFINITY), (&small, 0.0)] {
            let first = case.product(Numerics::best(precision), factors, Epilogue::None, 1);
            assert!(first.iter().filter(|x| x.abs() == limit).count() > 100, "{precision:?} {limit}");
            for numerics in all(precision) {
                assert_alike(&case.product(numerics, factors, Epilogue::None, 1), &first, numerics);
            }
        }
    }
}

/// The code for AMX, its instructions emulated where the processor has none.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
#[test]
fn amx_gives_the_bits_of_vector_code() {
    if !Isa::available().contains(&Isa::Avx512) {
        return;
    }
    super::emulator::install();
    for precision in [Precision::F32x6, Precision::Bf16x3, Precision::Bf16] {
        let vectors = Numerics { isa: Isa::Avx512, precision, tiles: Tiles::Vectors };
        let amx = Numerics { tiles: Tiles::Amx, ..vectors };
        for case in Case::SOME {
            let factors = case.factors();
            let bias = numbers(case.n, 17);
            let epilogue = Epilogue::Forward { bias: bias.as_ptr(), act: Act::Tanh };
            let (before, _) = super::emulator::done();
            let c = case.product(amx, &factors, epilogue, 2);
            let (after, released) = super::emulator::done();
            let by_processor = Tiles::best(Isa::Avx512) == Tiles::Amx;
            assert_eq!(after == before, by_processor, "{} instructions were emulated", after - before);
            assert!(released, "tiles were left configured");
            assert_eq!(
                bits(&c),
                bits(&case.product(vectors, &factors, epilogue, 1)),
                "{case:?} {precision:?}"
            );
        }
        let (case, extremes) = at_the_limits();
        for factors in &extremes {
            let vectors = case.product(vectors, factors, Epilogue::None, 1);
            assert_alike(&case.product(amx, factors, Epilogue::None, 1), &vectors, amx);
        }
    }
    // SAFETY: emulated, or there.
    assert_eq!(unsafe { super::amx::chains(5) }, 5 * 6 * 16_384);
    // For `tools/amx_in_bochs.sh`: a processor that only claims to have AMX would leave all of it to the emulation.
    println!("instructions of AMX emulated: {}", super::emulator::done().0);
}
