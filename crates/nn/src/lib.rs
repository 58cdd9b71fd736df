//! The numeric core: the only crate with kernels, and the only one with threads inside an update.
