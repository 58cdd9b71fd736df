//! manifest.json: what a checkpoint holds, of which run it is, and how its files are known to be whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use coadapt_nn::Isa;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Config;

/// The name of the file.
pub const MANIFEST: &str = "manifest.json";
/// The layout of a checkpoint; raised when an older program could misread a newer one.
pub const FORMAT_VERSION: u32 = 3;

/// Size and checksum of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Its length.
    pub bytes: u64,
    /// Its CRC-32 (IEEE) in hexadecimal.
    pub crc32: String,
}

/// The manifest. It holds no floats, so that its own checksum can be taken over its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Environment steps taken.
    pub step: u64,
    /// Whether everything that the last of them made due was done: learning, and an evaluation.
    pub between_steps: bool,
    /// Wall-clock time spent on the run so far.
    pub wall_milliseconds: u64,
    /// The run's config.toml, to tell a foreign checkpoint.
    pub config: String,
    /// The simulator's version, where the task has one.
    pub mujoco: Option<String>,
    /// The instruction set of the numeric core; none where it was not recorded yet.
    #[serde(default)]
    pub instructions: Option<String>,
    /// The program that wrote it.
    pub package_version: String,
    /// The commit that program was built from.
    pub commit: String,
    /// What the run's logs held at this moment.
    pub logs: BTreeMap<String, FileDigest>,
    /// The other files of the checkpoint.
    pub files: BTreeMap<String, FileDigest>,
}

#[derive(Serialize, Deserialize)]
struct ManifestFile {
    format_version: u32,
    crc32: String,
    manifest: Value,
}

impl Manifest {
    /// The text of the file.
    pub fn to_json(&self) -> Result<String> {
        let manifest = serde_json::to_value(self).context("the manifest could not be written as JSON")?;
        let crc32 = hex(crc32fast::hash(manifest.to_string().as_bytes()));
        let file = ManifestFile { format_version: FORMAT_VERSION, crc32, manifest };
        let text =
            serde_json::to_string_pretty(&file).context("the manifest could not be written as JSON")?;
        Ok(text + "\n")
    }

    /// Reads the manifest of the checkpoint in `folder`.
    pub fn load(folder: &Path) -> Result<Manifest> {
        let path = folder.join(MANIFEST);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        Manifest::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
    }

    fn parse(text: &str) -> Result<Manifest> {
        let value: Value = serde_json::from_str(text).context("it is damaged")?;
        // Before anything else: of another version nothing more is known.
        let version = value["format_version"].as_u64().unwrap_or(u64::from(FORMAT_VERSION));
        ensure!(
            version == u64::from(FORMAT_VERSION),
            "it was written in checkpoint format {version}, and this program reads format {FORMAT_VERSION}; a program of \
             the version that wrote it can continue the run"
        );
        let file: ManifestFile = serde_json::from_value(value).context("it is damaged")?;
        let found = hex(crc32fast::hash(file.manifest.to_string().as_bytes()));
        ensure!(
            found == file.crc32,
            "it is damaged: its checksum is {found}, it was written with {}",
            file.crc32
        );
        serde_json::from_value(file.manifest).context("it is damaged")
    }

    /// Refuses a checkpoint of another run, or of another simulator.
    pub fn require_run(&self, config: &Config, mujoco: Option<&str>) -> Result<()> {
        let saved = Config::parse(&self.config).context("its copy of the configuration is damaged")?;
        if let Some(difference) = config.difference(&saved) {
            bail!(
                "it belongs to another run: its {} is {}, the run's config.toml says {}",
                difference.path,
                difference.there,
                difference.here
            );
        }
        if self.mujoco.as_deref() != mujoco {
            let name = |version: Option<&str>| version.map_or("no MuJoCo".into(), |v| format!("MuJoCo {v}"));
            bail!(
                "it was made with {}, and this is {}: the run would not be continued to the bit",
                name(self.mujoco.as_deref()),
                name(mujoco)
            );
        }
        Ok(())
    }

    /// Refuses to continue on an instruction set whose numbers differ from those of the one it was made with.
    pub fn require_arithmetic(&self, isa: Isa) -> Result<()> {
        let Some(made_with) = self.instructions.as_deref().and_then(Isa::named) else { return Ok(()) };
        ensure!(
            made_with.is_fused() == isa.is_fused(),
            "the checkpoint was made with the instruction set {}, and this is {}: the run would not be continued to the bit",
            made_with.name(),
            isa.name()
        );
        Ok(())
    }

    /// Checks length and checksum of every file in `folder`.
    pub fn verify(&self, folder: &Path) -> Result<()> {
        for (name, digest) in &self.files {
            let path = folder.join(name);
            let found = digest_of(&path).with_context(|| format!("could not read {}", path.display()))?;
            if found != *digest {
                return Err(anyhow!(
                    "{} is damaged: it has {} bytes with checksum {}, and was written with {} and {}",
                    path.display(),
                    found.bytes,
                    found.crc32,
                    digest.bytes,
                    digest.crc32
                ));
            }
        }
        Ok(())
    }
}

fn hex(checksum: u32) -> String {
    format!("{checksum:08x}")
}

fn digest_of(path: &Path) -> std::io::Result<FileDigest> {
    let mut file = File::open(path)?;
    let mut writer = DigestWriter::new(std::io::sink());
    let mut chunk = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok(writer.digest());
        }
        writer.write_all(&chunk[..count])?;
    }
}

/// A writer that takes size and checksum of what passes through it.
#[derive(Debug)]
pub struct DigestWriter<W> {
    inner: W,
    hasher: crc32fast::Hasher,
    bytes: u64,
}

impl<W: Write> DigestWriter<W> {
    /// Starts with nothing written.
    pub fn new(inner: W) -> DigestWriter<W> {
        DigestWriter { inner, hasher: crc32fast::Hasher::new(), bytes: 0 }
    }

    /// The digest of everything written so far.
    pub fn digest(&self) -> FileDigest {
        FileDigest { bytes: self.bytes, crc32: hex(self.hasher.clone().finalize()) }
    }

    /// Goes on counting in front of another writer.
    pub fn into_front_of<V: Write>(self, inner: V) -> DigestWriter<V> {
        DigestWriter { inner, hasher: self.hasher, bytes: self.bytes }
    }

    /// The writer behind.
    pub fn inner(&self) -> &W {
        &self.inner
    }
}

impl<W: Write> Write for DigestWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
