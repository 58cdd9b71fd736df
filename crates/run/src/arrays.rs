//! Named float arrays in a safetensors file, streamed both ways: a replay of gigabytes is never held twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};

const BYTES_PER_FLOAT: usize = size_of::<f32>();
/// Floats turned into bytes at a time.
const CHUNK_FLOATS: usize = 64 * 1024;
/// Far above any header of ours; a larger number means the first eight bytes are not a length.
const LARGEST_HEADER_BYTES: u64 = 64 << 20;

/// One array, borrowed from whoever owns it.
#[derive(Debug, Clone)]
pub struct Array<'a> {
    /// Its name, unique in the file.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Its values, as many as the shape says.
    pub data: &'a [f32],
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// Writes `arrays` one after the other.
pub fn write(arrays: &[Array<'_>], out: &mut impl Write) -> std::io::Result<()> {
    let mut header = BTreeMap::new();
    let mut start = 0;
    for array in arrays {
        let end = start + (array.data.len() * BYTES_PER_FLOAT) as u64;
        let entry = Entry { dtype: "F32".into(), shape: array.shape.clone(), data_offsets: (start, end) };
        header.insert(array.name.as_str(), entry);
        start = end;
    }
    let mut header = serde_json::to_vec(&header)?;
    // The format wants the data aligned to eight bytes, with spaces as filling.
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    let mut bytes = Vec::with_capacity(CHUNK_FLOATS * BYTES_PER_FLOAT);
    for chunk in arrays.iter().flat_map(|array| array.data.chunks(CHUNK_FLOATS)) {
        bytes.clear();
        bytes.extend(chunk.iter().flat_map(|value| value.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// An open file of arrays, read by name and in any order.
#[derive(Debug)]
pub struct ArrayFile {
    path: PathBuf,
    file: BufReader<File>,
    entries: BTreeMap<String, Entry>,
    data_start: u64,
}

impl ArrayFile {
    /// Reads the header of the file at `path`.
    pub fn open(path: &Path) -> Result<ArrayFile> {
        let file = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
        let mut file = BufReader::new(file);
        let header = read_header(&mut file).map_err(|cause| damaged(path, &cause))?;
        let entries = serde_json::from_slice(&header).map_err(|cause| damaged(path, &cause))?;
        Ok(ArrayFile { path: path.to_path_buf(), file, entries, data_start: 8 + header.len() as u64 })
    }

    /// The names of the arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Fills `into` with the array `name`, which must have exactly as many values.
    pub fn read(&mut self, name: &str, into: &mut [f32]) -> Result<()> {
        let path = self.path.display();
        let entry = self.entries.get(name).ok_or_else(|| anyhow!("{path} has no array \"{name}\""))?;
        let (start, end) = entry.data_offsets;
        let found = end.saturating_sub(start) / BYTES_PER_FLOAT as u64;
        ensure!(entry.dtype == "F32", "the array \"{name}\" in {path} holds {}, not F32", entry.dtype);
        if found != into.len() as u64 {
            bail!("the array \"{name}\" in {path} has {found} values, the learner needs {}", into.len());
        }
        self.file
            .seek(SeekFrom::Start(self.data_start + start))
            .map_err(|cause| damaged(&self.path, &cause))?;
        let mut bytes = vec![0; CHUNK_FLOATS.min(into.len()) * BYTES_PER_FLOAT];
        for chunk in into.chunks_mut(CHUNK_FLOATS) {
            let bytes = &mut bytes[..chunk.len() * BYTES_PER_FLOAT];
            self.file.read_exact(bytes).map_err(|cause| damaged(&self.path, &cause))?;
            let (words, _) = bytes.as_chunks::<BYTES_PER_FLOAT>();
            for (value, word) in chunk.iter_mut().zip(words) {
                *value = f32::from_le_bytes(*word);
            }
        }
        Ok(())
    }
}

fn damaged(path: &Path, cause: &dyn std::fmt::Display) -> anyhow::Error {
    anyhow!("{} is damaged: {cause}", path.display())
}

fn read_header(file: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > LARGEST_HEADER_BYTES {
        return Err(std::io::Error::other(format!("it names a header of {length} bytes")));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header)?;
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::SafeTensors;

    fn written() -> Vec<u8> {
        let (weights, empty) = ([1.5_f32, -0.0, f32::MIN_POSITIVE, f32::NAN, 3.0, 4.0], []);
        let arrays = [
            Array { name: "replay/obs".into(), shape: vec![2, 3], data: &weights },
            Array { name: "none".into(), shape: vec![0], data: &empty },
            Array { name: "actor".into(), shape: vec![1], data: &weights[4..5] },
        ];
        let mut bytes = Vec::new();
        write(&arrays, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_reference_reader_agrees() {
        let bytes = written();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(file.len(), 3);
        let view = file.tensor("replay/obs").unwrap();
        assert_eq!((view.shape(), view.dtype()), (&[2, 3][..], safetensors::Dtype::F32));
        assert_eq!(&view.data()[..4], 1.5_f32.to_le_bytes());
        assert_eq!(file.tensor("actor").unwrap().data(), 3.0_f32.to_le_bytes());
    }

    #[test]
    fn arrays_come_back_to_the_bit_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arrays.safetensors");
        std::fs::write(&path, written()).unwrap();
        let mut file = ArrayFile::open(&path).unwrap();
        let (mut actor, mut obs) = ([0.0_f32], [0.0_f32; 6]);
        file.read("actor", &mut actor).unwrap();
        file.read("replay/obs", &mut obs).unwrap();
        assert_eq!(actor, [3.0]);
        assert_eq!(
            obs.map(f32::to_bits),
            [1.5, -0.0, f32::MIN_POSITIVE, f32::NAN, 3.0, 4.0].map(f32::to_bits)
        );
        let error = file.read("actor", &mut obs).unwrap_err().to_string();
        assert!(
            error.contains("\"actor\"") && error.contains("has 1 values, the learner needs 6"),
            "{error}"
        );
        assert!(file.read("critic", &mut actor).unwrap_err().to_string().contains("no array \"critic\""));
    }
}
