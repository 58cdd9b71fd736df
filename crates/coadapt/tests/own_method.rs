//! The shortest example of a method of one's own stays short, and runs.
#![allow(clippy::unwrap_used)]

#[path = "../examples/compose.rs"]
mod compose;

#[test]
fn the_shortest_example_is_short_and_runs() {
    compose::main().unwrap();
    let lines = include_str!("../examples/compose.rs").lines().count();
    assert!(lines <= 40, "{lines} lines");
}
