//! Stepping many copies allocates nothing, in any thread: counted by an allocator of this test's own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use coadapt_envs::{Cache, Step, VectorEnv, make};
use coadapt_testing::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// The only test of this file: another one beside it would be counted too.
// Without the usual harness, whose own thread would allocate while we count.
fn main() {
    for id in ["Pendulum-v1", "Hopper-v4"] {
        let cache = Cache::from_environment();
        let envs = (0..4).map(|_| make(id, &cache, &mut |line| eprintln!("{line}")).unwrap()).collect();
        let mut vector = VectorEnv::new(envs, 3).unwrap();
        let mut obs = vec![0.0; 4 * vector.spec().obs_dim];
        let actions = vec![0.4; 4 * vector.spec().action.dim()];
        let mut steps = [Step { reward: 0.0, terminated: false, truncated: false }; 4];
        let mut reset = [true; 4];
        let mut walk = |count: usize| {
            for _ in 0..count {
                vector.reset(&reset, &mut obs).unwrap();
                vector.step(&actions, &mut obs, &mut steps).unwrap();
                reset = steps.map(|step| step.ended());
            }
        };
        // The first steps of a thread may set up what the thread keeps.
        walk(10);
        let before = ALLOCATOR.allocations();
        walk(600);
        assert_eq!(ALLOCATOR.allocations() - before, 0, "{id}");
    }
    let before = ALLOCATOR.allocations();
    drop(std::hint::black_box(vec![1u8; 10]));
    assert_eq!(ALLOCATOR.allocations() - before, 1, "the counter counts");
}
