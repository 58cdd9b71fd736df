//! Stepping allocates nothing: counted by an allocator of this test's own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use coadapt_envs::{ActionSpace, Cache, Env, Options, make, make_with, tasks};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Steps past the end of an episode, with resets; fails if any of it allocates.
fn walk(env: &mut dyn Env) {
    let mut obs = vec![0.0; env.spec().obs_dim];
    let unit = vec![0.4f32; env.spec().action.dim()];
    let mut action = vec![1.0; unit.len()];
    env.reset(&mut obs).unwrap();
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..1100 {
        if matches!(env.spec().action, ActionSpace::Continuous { .. }) {
            env.spec().action.from_unit(&unit, &mut action);
        }
        if env.step(&action, &mut obs).unwrap().ended() {
            env.reset(&mut obs).unwrap();
        }
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0, "{}", env.spec().id);
}

#[test]
fn steps_and_resets_allocate_nothing() {
    let cache = Cache::from_environment();
    for task in tasks() {
        walk(&mut *make(task.id, &cache, &mut |line| eprintln!("{line}")).unwrap());
    }
    let options = Options { clip_action: true, action_repeat: 2, time_limit: Some(30) };
    for id in ["Pendulum-v1", "CartPole-v1"] {
        walk(&mut *make_with(id, &options, &cache, &mut |_| {}).unwrap());
    }
    let before = ALLOCATIONS.with(Cell::get);
    drop(std::hint::black_box(vec![1u8; 10]));
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 1, "the counter counts");
}
