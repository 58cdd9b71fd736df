//! A file that only grows, knows its length, and can be cut back to what a checkpoint saw of it.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// An open log. Every append goes to the operating system at once: a killed program loses nothing of it.
#[derive(Debug)]
pub struct AppendLog {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl AppendLog {
    /// Opens the log at `path` and cuts it to `bytes`, its length when the checkpoint was made (0 for a new run).
    pub fn open(path: &Path, bytes: u64) -> Result<AppendLog> {
        let attempt = || format!("could not open {}", path.display());
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).with_context(attempt)?;
        let found = file.metadata().with_context(attempt)?.len();
        if found < bytes {
            bail!(
                "{} has {found} bytes, but had {bytes} when the checkpoint was made: lines were removed since, \
                 so the run cannot be continued; put the file back as it was",
                path.display()
            );
        }
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::End(0))).with_context(attempt)?;
        Ok(AppendLog { path: path.to_path_buf(), file, bytes })
    }

    /// Appends `record`.
    pub fn append(&mut self, record: &[u8]) -> Result<()> {
        self.file.write_all(record).with_context(|| format!("could not write {}", self.path.display()))?;
        self.bytes += record.len() as u64;
        Ok(())
    }

    /// Waits until the disk has everything, and gives the length.
    pub fn sync(&mut self) -> Result<u64> {
        self.file.sync_data().with_context(|| format!("could not write {}", self.path.display()))?;
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reopened_log_is_cut_to_what_the_checkpoint_saw() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = AppendLog::open(&path, 0).unwrap();
        log.append(b"one\n").unwrap();
        let seen = log.sync().unwrap();
        log.append(b"two\nthr").unwrap();
        drop(log);
        let mut log = AppendLog::open(&path, seen).unwrap();
        log.append(b"2\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\n2\n");
    }

    #[test]
    fn a_log_that_lost_lines_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        std::fs::write(&path, "one\n").unwrap();
        let error = AppendLog::open(&path, 9).unwrap_err().to_string();
        assert!(error.contains("metrics.jsonl has 4 bytes, but had 9"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"one\n");
    }
}
