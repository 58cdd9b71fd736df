//! The program: command line, disk, curves.

fn main() {}
