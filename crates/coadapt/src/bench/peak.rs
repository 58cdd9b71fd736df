//! The workload of `coadapt bench peak`: multiply-adds with registers alone, the peak of the minute.

use std::time::Instant;

use coadapt_nn::{Isa, multiply_adds};

use super::{Spread, spread};

/// A round lasts about so long: a machine's rate changes from second to second.
const ROUND_SECS: f64 = 0.05;
/// Multiply-adds in every register before the rate is known.
const FIRST: u64 = 1 << 20;

/// Floating-point operations a second of the instruction set that programs run with, all of `threads` together, in `rounds` rounds.
pub fn flops_per_second(threads: usize, rounds: usize) -> Spread {
    let isa = Isa::best();
    let rate = |each: u64| {
        let started = Instant::now();
        let done: u64 = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| multiply_adds(isa, each))).collect();
            // A thread that panicked has already said why; what it did not do does not count.
            let own = multiply_adds(isa, each);
            own + others.into_iter().map(|other| other.join().unwrap_or(0)).sum::<u64>()
        });
        (done as f64 / started.elapsed().as_secs_f64(), started.elapsed().as_secs_f64())
    };
    let (_, secs) = rate(FIRST);
    let each = (FIRST as f64 * ROUND_SECS / secs) as u64;
    spread((0..rounds).map(|_| rate(each.max(1)).0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_a_rate_a_processor_can_have() {
        for threads in [1, 2] {
            let Spread { min, median, max } = flops_per_second(threads, 2);
            assert!(1e6 < min && min <= median && median <= max && max < 1e13, "{min} {median} {max}");
        }
    }
}
