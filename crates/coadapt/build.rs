//! Stamps the program with the commit it was built from, so that every result can name it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What goes into the program, seen from the workspace root: the tree is dirty if one of these is.
const SOURCES: [&str; 3] = ["crates", "Cargo.toml", "Cargo.lock"];

fn main() {
    let root = workspace_root();
    for source in SOURCES {
        watch(&root.join(source));
    }
    for place in git_places(&root) {
        watch(&place);
    }
    println!("cargo::rustc-env=COADAPT_COMMIT={}", commit(&root).unwrap_or_else(|| "unknown".into()));
}

fn workspace_root() -> PathBuf {
    // Cargo sets the variable for every build script.
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    Path::new(&here).join("../..")
}

/// A path that does not exist would make Cargo run this script at every build.
fn watch(path: &Path) {
    if path.exists() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// The files that change when HEAD moves: HEAD itself, its log, the branch it names, and the packed ones.
fn git_places(root: &Path) -> Vec<PathBuf> {
    let mut names = vec!["HEAD".to_string(), "logs/HEAD".into(), "packed-refs".into()];
    names.extend(git(root, &["symbolic-ref", "-q", "HEAD"]));
    names
        .iter()
        .filter_map(|name| git(root, &["rev-parse", "--git-path", name]))
        .map(|p| root.join(p))
        .collect()
}

fn commit(root: &Path) -> Option<String> {
    let head = git(root, &["rev-parse", "HEAD"])?;
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(SOURCES);
    let dirty = git(root, &status)?;
    Some(if dirty.is_empty() { head } else { format!("{head}-dirty") })
}

/// What git answers, or `None` where there is no git or no checkout: a build must not need either.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    // Without optional locks a build never gets in the way of a commit.
    let output =
        Command::new("git").arg("--no-optional-locks").arg("-C").arg(root).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}
