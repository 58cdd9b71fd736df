//! The build of a program, which everything that it made names.

/// The version and the commit of the program that makes runs, so that every result can name it. The program hands it
/// down: a library does not know who was built with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// The version of its package.
    pub version: &'static str,
    /// The commit it was built from: a hash, `-dirty` after it if the sources differed, or `unknown`.
    pub commit: &'static str,
}
