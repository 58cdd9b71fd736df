//! A file that only grows, knows its length and checksum, and can be cut back to what a checkpoint saw of it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};

use crate::manifest::{DigestWriter, FileDigest};

/// An open log. Every append goes to the operating system at once: a killed program loses nothing of it.
#[derive(Debug)]
pub struct AppendLog {
    path: PathBuf,
    out: DigestWriter<File>,
}

impl AppendLog {
    /// Starts the log at `path` with nothing in it.
    pub fn create(path: &Path) -> Result<AppendLog> {
        let file = File::create(path).with_context(|| format!("could not create {}", path.display()))?;
        Ok(AppendLog { path: path.to_path_buf(), out: DigestWriter::new(file) })
    }

    /// Appends `record`.
    pub fn append(&mut self, record: &[u8]) -> Result<()> {
        self.out.write_all(record).with_context(|| format!("could not write {}", self.path.display()))
    }

    /// Waits until the disk has everything, and gives length and checksum.
    pub fn sync(&mut self) -> Result<FileDigest> {
        let synced = self.out.inner().sync_data();
        synced.with_context(|| format!("could not write {}", self.path.display()))?;
        Ok(self.out.digest())
    }
}

/// A log whose beginning is known to be what a checkpoint saw. Nothing of it is changed before [`SeenLog::cut`].
#[derive(Debug)]
pub struct SeenLog {
    path: PathBuf,
    file: File,
    seen: DigestWriter<std::io::Sink>,
}

impl SeenLog {
    /// Reads as much of the log at `path` as `digest` speaks of, and refuses it if that is not what was digested.
    pub fn verify(path: &Path, digest: &FileDigest) -> Result<SeenLog> {
        let (place, bytes) = (path.display(), digest.bytes);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                return anyhow!("{place} is missing: put it back, or the run cannot be continued");
            }
            anyhow!(error).context(format!("could not open {place}"))
        })?;
        let mut seen = DigestWriter::new(std::io::sink());
        let read = std::io::copy(&mut (&file).take(bytes), &mut seen);
        let found = read.with_context(|| format!("could not read {place}"))?;
        ensure!(
            found == bytes,
            "{place} has {found} bytes, but had {bytes} when the checkpoint was made: lines were removed since, \
             so the run cannot be continued; put the file back as it was"
        );
        ensure!(
            seen.digest() == *digest,
            "{place} was changed since the checkpoint was made: its first {bytes} bytes have checksum {}, and had \
             {}, so the run cannot be continued; put the file back as it was",
            seen.digest().crc32,
            digest.crc32
        );
        Ok(SeenLog { path: path.to_path_buf(), file, seen })
    }

    /// Drops what came after the checkpoint and opens the log for appending.
    pub fn cut(self) -> Result<AppendLog> {
        let SeenLog { path, mut file, seen } = self;
        let bytes = seen.digest().bytes;
        file.set_len(bytes)
            .and_then(|()| file.seek(SeekFrom::Start(bytes)))
            .with_context(|| format!("could not cut {} to {bytes} bytes", path.display()))?;
        Ok(AppendLog { path, out: seen.into_front_of(file) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reopened_log_is_cut_to_what_the_checkpoint_saw_and_digested_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = AppendLog::create(&path).unwrap();
        log.append(b"one\n").unwrap();
        let seen = log.sync().unwrap();
        log.append(b"two\nthr").unwrap();
        drop(log);
        let seen = SeenLog::verify(&path, &seen).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\nthr", "looking changes nothing");
        let mut log = seen.cut().unwrap();
        log.append(b"2\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\n2\n");
        let crc32 = format!("{:08x}", crc32fast::hash(b"one\n2\n"));
        assert_eq!(log.sync().unwrap(), FileDigest { bytes: 6, crc32 });
    }

    #[test]
    fn a_log_that_is_not_what_was_digested_is_refused_by_name_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = AppendLog::create(&path).unwrap();
        log.append(b"one\ntwo\n").unwrap();
        let digest = log.sync().unwrap();
        let refused = || SeenLog::verify(&path, &digest).err().unwrap().to_string();
        for (text, reason) in
            [("one\n", "metrics.jsonl has 4 bytes, but had 8"), ("one\ntwO\nthree\n", "was changed since")]
        {
            std::fs::write(&path, text).unwrap();
            assert!(refused().contains(reason), "{}", refused());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(refused().contains("metrics.jsonl is missing"), "{}", refused());
        assert!(!path.exists());
    }
}
