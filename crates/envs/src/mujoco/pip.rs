//! Downloading one package through the user's own pip, which honours their index and proxy settings.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::package::Archive;
use super::{Package, backend};
use crate::EnvError;

/// The ways to call pip, in the order they are tried.
pub(super) const COMMANDS: [&[&str]; 3] = [&["python3", "-m", "pip"], &["pip3"], &["pip"]];

/// Words of pip when the disk is full.
const DISK_FULL: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

/// Words of pip when it cannot reach its index.
const NO_NETWORK: [&str; 6] = [
    "Retrying (Retry(",
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
];

/// Downloads the archive of `package` into `folder`, by the first of `commands` that is a pip.
pub(super) fn download(
    package: &Package,
    folder: &Path,
    cache: &Path,
    commands: &[&[&str]],
) -> Result<(), EnvError> {
    for command in commands {
        let Some(output) = run(command, package, folder, cache)? else { continue };
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("No module named pip") {
            continue;
        }
        return Err(failure(package, cache, &command.join(" "), &said));
    }
    Err(EnvError::NoPip { package: package.label(), by_hand: package.by_hand, cache: cache.to_owned() })
}

/// Runs one pip to its end; `None` if there is no such program.
fn run(command: &[&str], package: &Package, folder: &Path, cache: &Path) -> Result<Option<Output>, EnvError> {
    let mut pip = Command::new(command[0]);
    pip.args(&command[1..]);
    pip.args(["download", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--no-deps"]);
    match package.archive {
        Archive::Wheel => {
            pip.arg("--only-binary=:all:");
        }
        Archive::Source => {
            let backend = backend::write(package, folder);
            let backend = backend.map_err(|e| EnvError::io("writing into", folder, cache, e))?;
            pip.args(["--no-binary", package.name, "--no-build-isolation"]);
            // A variable and not an option, because a pip that always does so may not know the option.
            pip.env("PIP_USE_PEP517", "1").env("PYTHONPATH", backend);
        }
    }
    pip.args(package.pip_arguments).arg("-d").arg(folder);
    pip.arg(format!("{}=={}", package.name, package.version)).stdin(Stdio::null());
    match pip.output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Ok(None),
        Err(error) => Err(EnvError::io("starting pip for", folder, cache, error)),
    }
}

/// The error that fits what pip said.
fn failure(package: &Package, cache: &Path, tool: &str, said: &str) -> EnvError {
    let by_hand = package.by_hand;
    let (package, tool, cache) = (package.label(), tool.to_owned(), cache.to_owned());
    if DISK_FULL.iter().any(|sign| said.contains(sign)) {
        return EnvError::DiskFull { cache };
    }
    let detail = last_words(said);
    if NO_NETWORK.iter().any(|sign| said.contains(sign)) {
        return EnvError::Network { package, by_hand, tool, detail, cache };
    }
    EnvError::Download { package, by_hand, tool, detail, cache }
}

/// The line of pip's output that tells most, cut to a readable length.
fn last_words(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let broken = lines().find_map(|line| line.split_once("connection broken by ").map(|(_, why)| why));
    let line = broken
        .or_else(|| lines().rfind(|line| line.starts_with("ERROR")))
        .or_else(|| lines().next_back())
        .unwrap_or("it said nothing");
    line.chars().take(240).collect()
}
