//! Fetching a pinned package into the cache: checked, unpacked beside its place, then renamed into it.
//!
//! A file appears in the cache whole or not at all, because each is renamed into place from a folder on the
//! same disk. So an interrupted fetch loses nothing, two processes may fetch at once, a damaged file is
//! replaced while another process still has the old one open.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Package;
use super::package::File as Kept;
use super::{archive, pip};
use crate::{Cache, EnvError};

/// How a file is in the cache.
#[derive(Debug, PartialEq)]
enum Condition {
    Sound,
    Missing,
    Damaged,
}

/// One package on its way into one cache folder.
struct Fetch<'a> {
    package: &'a Package,
    root: &'a Path,
    commands: &'a [&'a [&'a str]],
}

/// The path of a package's file in the cache, fetched if it is not there or not as pinned.
pub(super) fn file(
    package: &Package,
    name: &str,
    cache: &Cache,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, EnvError> {
    let Some(root) = &cache.root else {
        return Err(EnvError::NoCacheFolder { package: package.label() });
    };
    Fetch { package, root, commands: &pip::COMMANDS }.file(name, progress)
}

impl Fetch<'_> {
    fn file(&self, name: &str, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, EnvError> {
        let Some(kept) = self.package.files.iter().find(|file| file.name() == name) else {
            let path = self.folder().join(name);
            let source = std::io::Error::new(ErrorKind::NotFound, "no pinned package has this file");
            return Err(EnvError::io("fetching", &path, self.root, source));
        };
        let path = self.folder().join(name);
        if self.condition(kept)? == Condition::Sound {
            return Ok(path);
        }
        fs::create_dir_all(self.root).map_err(|e| self.io("making the cache folder", self.root, e))?;
        let lock = self.lock(progress)?;
        // Whoever held the lock may have fetched it meanwhile.
        match self.condition(kept)? {
            Condition::Sound => return Ok(path),
            Condition::Missing => {}
            Condition::Damaged => progress(&format!(
                "{} is damaged (it does not have the pinned checksum); fetching it again",
                path.display()
            )),
        }
        if lock.is_some() {
            self.clear_interrupted();
        }
        self.fetch(progress)?;
        Ok(path)
    }

    fn folder(&self) -> PathBuf {
        self.root.join(self.package.label())
    }

    fn io(&self, doing: &'static str, path: &Path, source: std::io::Error) -> EnvError {
        EnvError::io(doing, path, self.root, source)
    }

    /// How this file is in the cache, by its checksum: milliseconds, and a truncated library would crash.
    fn condition(&self, kept: &Kept) -> Result<Condition, EnvError> {
        let path = self.folder().join(kept.name());
        match File::open(&path) {
            Ok(file) => match sha256(file).map_err(|e| self.io("reading", &path, e))? {
                sum if sum == kept.sha256 => Ok(Condition::Sound),
                _ => Ok(Condition::Damaged),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Condition::Missing),
            Err(error) => Err(self.io("opening", &path, error)),
        }
    }

    /// Waits for other processes that fetch into this cache. `None` on a file system without locks: then
    /// two may download the same, and both still end well.
    fn lock(&self, progress: &mut dyn FnMut(&str)) -> Result<Option<File>, EnvError> {
        let path = self.root.join(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|e| self.io("opening", &path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => {
                progress(&format!("waiting for another process that fetches into {}", self.root.display()));
                Ok(file.lock().is_ok().then_some(file))
            }
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    /// Removes what killed processes left. Only called under the lock, so nobody is using it.
    fn clear_interrupted(&self) {
        let Ok(entries) = fs::read_dir(self.root) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PASSING) {
                // What cannot be removed is only left lying.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn fetch(&self, progress: &mut dyn FnMut(&str)) -> Result<(), EnvError> {
        let (label, root) = (self.package.label(), self.root.display());
        progress(&format!("fetching {label} ({}) with pip into {root}", self.package.size));
        let passing = Passing::create(self)?;
        pip::download(self.package, &passing.path, self.root, self.commands)?;
        let archive = self.checked_archive(&passing.path)?;
        let unpacked = self.unpack(&archive, &passing.path)?;
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(|e| self.io("making the folder", &folder, e))?;
        for (from, name) in unpacked {
            let to = folder.join(name);
            fs::rename(&from, &to).map_err(|e| self.io("moving a fetched file to", &to, e))?;
        }
        // The names are durable only once the folder is.
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|e| self.io("writing", &folder, e))?;
        progress(&format!("fetched {label}"));
        Ok(())
    }

    /// The one archive pip left in `folder`, with the pinned checksum.
    fn checked_archive(&self, folder: &Path) -> Result<PathBuf, EnvError> {
        let entries = fs::read_dir(folder).map_err(|e| self.io("reading", folder, e))?;
        let suffix = self.package.archive.suffix();
        let mut paths = entries.flatten().map(|entry| entry.path());
        let Some(archive) = paths.find(|path| file_name(path).ends_with(suffix)) else {
            let problem = format!("pip ended well but left no {suffix}");
            return Err(self.io("looking into", folder, std::io::Error::new(ErrorKind::NotFound, problem)));
        };
        let sum = File::open(&archive).and_then(sha256).map_err(|e| self.io("reading", &archive, e))?;
        if sum == self.package.archive_sha256 {
            return Ok(archive);
        }
        Err(EnvError::Checksum {
            file: file_name(&archive),
            expected: self.package.archive_sha256.to_owned(),
            found: sum,
            by_hand: self.package.by_hand,
            cache: self.root.to_owned(),
        })
    }

    /// Unpacks the kept files of the archive into `folder`; each with the name it gets in the cache.
    fn unpack(&self, archive: &Path, folder: &Path) -> Result<Vec<(PathBuf, &'static str)>, EnvError> {
        let refuse = |problem: String| EnvError::Archive { file: file_name(archive), problem };
        let mut unpacked = Vec::new();
        for kept in self.package.files {
            let content = archive::member(self.package.archive, archive, kept.path)
                .map_err(|problem| refuse(format!("{}: {problem}", kept.path)))?;
            let sum = sha256(content.as_slice()).map_err(|e| self.io("reading", archive, e))?;
            if sum != kept.sha256 {
                return Err(refuse(format!("{} came out with SHA-256 {sum}", kept.path)));
            }
            let path = folder.join(kept.name());
            let written = File::create(&path).and_then(|mut out| {
                out.write_all(&content)?;
                out.sync_all()
            });
            written.map_err(|e| self.io("unpacking", &path, e))?;
            unpacked.push((path, kept.name()));
        }
        Ok(unpacked)
    }
}

/// Start of the name of a passing folder.
const PASSING: &str = ".fetch-";

/// A folder inside the cache for the time of one fetch, removed when dropped.
struct Passing {
    path: PathBuf,
}

impl Passing {
    fn create(fetch: &Fetch) -> Result<Self, EnvError> {
        for attempt in 0.. {
            let name = format!("{PASSING}{}-{}-{attempt}", fetch.package.label(), std::process::id());
            let path = fetch.root.join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Passing { path }),
                // Another thread's, or that of a dead process with our number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 1000 => {}
                Err(error) => return Err(fetch.io("making the folder", &path, error)),
            }
        }
        unreachable!("the last attempt returns")
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // What cannot be removed is only left lying; the next fetch tries again.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// SHA-256 of all that can be read, in hexadecimal.
fn sha256(mut source: impl Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests;
