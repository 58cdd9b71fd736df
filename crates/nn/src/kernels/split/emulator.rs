//! AMX on processors without it, for tests: its instructions trap, and a signal handler does what they would.
//!
//! Decoded and done as Intel's manual describes them: so the very code that runs on AMX is tested everywhere. The
//! handler knows nothing of what the code is for.

use std::cell::RefCell;
use std::sync::Once;

/// Rows, and bytes a row, of a tile, as `ldtilecfg` reads them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shape {
    rows: usize,
    bytes: usize,
}

#[derive(Debug)]
struct State {
    configured: bool,
    shapes: [Shape; 8],
    tiles: [[[u8; 64]; 16]; 8],
    /// Instructions done.
    count: u64,
}

thread_local! {
    static STATE: RefCell<State> = const {
        RefCell::new(State {
            configured: false,
            shapes: [Shape { rows: 0, bytes: 0 }; 8],
            tiles: [[[0; 64]; 16]; 8],
            count: 0,
        })
    };
}

/// Has the process's AMX instructions emulated from now on.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler is async-signal-safe for signals raised by the thread's own instructions: it allocates
        // nothing and takes no lock.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_illegal as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
            assert_eq!(libc::sigaction(libc::SIGILL, &action, std::ptr::null_mut()), 0);
        }
    });
}

/// How many instructions this thread has had emulated, and whether its tiles are released.
pub(super) fn done() -> (u64, bool) {
    STATE.with_borrow(|state| (state.count, !state.configured))
}

extern "C" fn on_illegal(_signal: libc::c_int, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel gives the context of the trapped instruction, whose bytes can be read.
    unsafe {
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let at = registers[libc::REG_RIP as usize] as *const u8;
        let Some(length) = STATE.with_borrow_mut(|state| state.step(at, registers)) else {
            // None of ours: let it be what it was.
            libc::signal(libc::SIGILL, libc::SIG_DFL);
            return;
        };
        registers[libc::REG_RIP as usize] += length as libc::greg_t;
    }
}

/// A register by its number in an instruction.
const REGISTERS: [libc::c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// A decoded operand in memory: address, the index register's value (the stride of tiles), bytes it took.
struct Memory {
    address: usize,
    stride: usize,
    length: usize,
}

impl State {
    /// Does the instruction at `at`; gives its length, or nothing if it is not one of AMX.
    ///
    /// # Safety
    /// The instruction and what it reads and writes must be there.
    unsafe fn step(&mut self, at: *const u8, registers: &[libc::greg_t; 23]) -> Option<usize> {
        // SAFETY: instructions are at least that long, and memory operands are the code's own.
        unsafe {
            let byte = |i: usize| usize::from(*at.add(i));
            // Three-byte VEX, map 0F38, W0, 128 bits.
            if byte(0) != 0xc4 || byte(1) & 0x1f != 2 || byte(2) & 0x84 != 0 {
                return None;
            }
            let (prefix, opcode, modrm) = (byte(2) & 3, byte(3), byte(4));
            let third = (byte(2) >> 3 & 15) ^ 15;
            let (reg, rm) = (modrm >> 3 & 7, modrm & 7);
            let memory = || memory(at.add(4), (byte(1) >> 5) ^ 7, registers);
            let length = match (opcode, prefix, modrm >> 6) {
                (0x49, 0, 3) if modrm == 0xc0 => {
                    *self = State { count: self.count, configured: false, ..*self };
                    5
                }
                (0x49, 0, 0..=2) if reg == 0 => {
                    let memory = memory();
                    self.configure(std::slice::from_raw_parts(memory.address as *const u8, 64));
                    4 + memory.length
                }
                (0x49, 3, 3) if rm == 0 => {
                    self.need(reg);
                    self.tiles[reg] = [[0; 64]; 16];
                    5
                }
                (0x4b, 3 | 1, 0..=2) if rm == 4 => {
                    let memory = memory();
                    let Shape { rows, bytes } = self.need(reg);
                    self.tiles[reg] = [[0; 64]; 16];
                    for row in 0..rows {
                        let from = (memory.address + row * memory.stride) as *const u8;
                        self.tiles[reg][row][..bytes]
                            .copy_from_slice(std::slice::from_raw_parts(from, bytes));
                    }
                    4 + memory.length
                }
                (0x4b, 2, 0..=2) if rm == 4 => {
                    let memory = memory();
                    let Shape { rows, bytes } = self.need(reg);
                    for row in 0..rows {
                        let to = (memory.address + row * memory.stride) as *mut u8;
                        to.copy_from_nonoverlapping(self.tiles[reg][row].as_ptr(), bytes);
                    }
                    4 + memory.length
                }
                (0x5c, 2, 3) => {
                    self.multiply(reg, rm, third);
                    5
                }
                _ => return None,
            };
            self.count += 1;
            Some(length)
        }
    }

    fn configure(&mut self, bytes: &[u8]) {
        assert!(bytes[0] == 1 && bytes[1..16].iter().all(|&b| b == 0), "palette 1, nothing reserved");
        assert!(bytes[32..48].iter().all(|&b| b == 0) && bytes[56..].iter().all(|&b| b == 0), "eight tiles");
        for tile in 0..8 {
            let row_bytes = usize::from(u16::from_le_bytes([bytes[16 + 2 * tile], bytes[17 + 2 * tile]]));
            let rows = usize::from(bytes[48 + tile]);
            assert!(row_bytes <= 64 && rows <= 16 && (rows == 0) == (row_bytes == 0), "a tile of 1 KiB");
            self.shapes[tile] = Shape { rows, bytes: row_bytes };
        }
        self.tiles = [[[0; 64]; 16]; 8];
        self.configured = true;
    }

    fn need(&self, tile: usize) -> Shape {
        assert!(self.configured && self.shapes[tile].rows > 0, "a tile that is not configured");
        self.shapes[tile]
    }

    /// TDPBF16PS.
    fn multiply(&mut self, c: usize, a: usize, b: usize) {
        assert!(c != a && a != b && c != b, "three different tiles");
        let [of_c, of_a, of_b] = [c, a, b].map(|tile| self.need(tile));
        assert!(of_c.rows == of_a.rows && of_a.bytes == 4 * of_b.rows && of_c.bytes == of_b.bytes, "sizes");
        let pair = |row: &[u8; 64], at: usize| {
            let half = |i: usize| {
                denormals_are_zero(f32::from_bits(u32::from(u16::from_le_bytes([row[i], row[i + 1]])) << 16))
            };
            [half(4 * at), half(4 * at + 2)]
        };
        for m in 0..of_c.rows {
            let mut sums = [[0.0f32; 2]; 16];
            for k in 0..of_a.bytes / 4 {
                let x = pair(&self.tiles[a][m], k);
                for (n, sum) in sums.iter_mut().enumerate().take(of_c.bytes / 4) {
                    let y = pair(&self.tiles[b][k], n);
                    for i in 0..2 {
                        sum[i] = flushed_to_zero(x[i].mul_add(y[i], sum[i]));
                    }
                }
            }
            for (n, sum) in sums.iter().enumerate().take(of_c.bytes / 4) {
                let to = &mut self.tiles[c][m][4 * n..4 * n + 4];
                let old = denormals_are_zero(f32::from_le_bytes([to[0], to[1], to[2], to[3]]));
                let new = flushed_to_zero(old + flushed_to_zero(sum[0] + sum[1]));
                to.copy_from_slice(&new.to_le_bytes());
            }
        }
    }
}

fn denormals_are_zero(x: f32) -> f32 {
    if x.is_subnormal() { 0.0f32.copysign(x) } else { x }
}

fn flushed_to_zero(x: f32) -> f32 {
    denormals_are_zero(x)
}

/// The operand that a ModRM byte with a base, and perhaps an index, describes; `rex` are its bits R, X and B.
///
/// # Safety
/// The bytes must be there.
unsafe fn memory(modrm: *const u8, rex: usize, registers: &[libc::greg_t; 23]) -> Memory {
    // SAFETY: as the caller says.
    unsafe {
        let byte = |i: usize| usize::from(*modrm.add(i));
        let value = |number: usize| registers[REGISTERS[number] as usize] as usize;
        let (mode, rm) = (byte(0) >> 6, byte(0) & 7);
        let mut length = 1;
        let (mut base, mut stride) = (rm | (rex & 1) << 3, 0);
        if rm == 4 {
            length = 2;
            let index = byte(1) >> 3 & 7 | (rex & 2) << 2;
            base = byte(1) & 7 | (rex & 1) << 3;
            if index != 4 {
                stride = value(index) << (byte(1) >> 6);
            }
        }
        assert!(mode != 0 || base & 7 != 5, "an address without a base");
        let offset = match mode {
            1 => *modrm.add(length).cast::<i8>() as isize,
            2 => modrm.add(length).cast::<i32>().read_unaligned() as isize,
            _ => 0,
        };
        length += [0, 1, 4][mode];
        Memory { address: value(base).wrapping_add_signed(offset), stride, length }
    }
}
