//! Arrays in NumPy's .npz: each spooled to a file of its own while it grows, then put together and put in place whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::run::directory;

/// Larger arrays need the archive's 64-bit sizes.
const LARGE_BYTES: u64 = 0xF000_0000;
/// A header of an array ends at a multiple of this, so that its numbers can be mapped.
const ALIGNMENT: usize = 64;

/// The type of the numbers of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// `<f8`, a float of 64 bits.
    Float,
    /// `<i8`, a whole number of 64 bits.
    Integer,
    /// `|b1`, a byte of 0 or 1.
    Truth,
}

impl Element {
    /// NumPy's name of it.
    fn descr(self) -> &'static str {
        match self {
            Element::Float => "<f8",
            Element::Integer => "<i8",
            Element::Truth => "|b1",
        }
    }
}

/// An array of a [`Npz`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Array(usize);

/// An array that grows.
#[derive(Debug)]
struct Growing {
    name: &'static str,
    element: Element,
    /// Numbers in a row; `None` for an array of one dimension.
    width: Option<usize>,
    elements: u64,
    path: PathBuf,
    file: BufWriter<File>,
}

/// A .npz file in the making. Until [`finish`](Self::finish) there is nothing at its place; dropped before, it leaves
/// nothing behind.
#[derive(Debug)]
pub struct Npz {
    place: PathBuf,
    spool: Spool,
    arrays: Vec<Growing>,
    /// Texts by their names.
    texts: Vec<(&'static str, String)>,
}

/// A folder that goes when dropped.
#[derive(Debug)]
struct Spool(PathBuf);

impl Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed costs space only.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Refuses a place that is taken.
pub fn refuse_existing(place: &Path) -> Result<()> {
    if place.symlink_metadata().is_ok() {
        bail!("{} already exists; --out names another file", place.display());
    }
    Ok(())
}

impl Npz {
    /// Begins the file that is to lie at `place`; refuses a place that is taken.
    pub fn create(place: &Path) -> Result<Npz> {
        refuse_existing(place)?;
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let spool = place.with_file_name(format!(".writing-{name}-{}", std::process::id()));
        let made = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::create_dir(&spool));
        made.with_context(|| format!("could not make {} to write {}", spool.display(), place.display()))?;
        Ok(Npz { place: place.to_owned(), spool: Spool(spool), arrays: Vec::new(), texts: Vec::new() })
    }

    /// Adds an array without rows yet: of rows of `width` numbers, or of one dimension.
    pub fn array(&mut self, name: &'static str, element: Element, width: Option<usize>) -> Result<Array> {
        let path = self.spool.0.join(name);
        let file = File::create(&path).with_context(|| format!("could not write {}", path.display()))?;
        self.arrays.push(Growing { name, element, width, elements: 0, path, file: BufWriter::new(file) });
        Ok(Array(self.arrays.len() - 1))
    }

    /// Adds a text: an array of no dimension that holds its bytes.
    pub fn text(&mut self, name: &'static str, text: String) {
        self.texts.push((name, text));
    }

    /// Appends numbers to an array of floats: whole rows.
    pub fn floats(&mut self, array: Array, values: &[f64]) -> Result<()> {
        values.iter().try_for_each(|value| self.append(array, Element::Float, &value.to_le_bytes()))
    }

    /// Appends a number to an array of whole numbers.
    pub fn integer(&mut self, array: Array, value: i64) -> Result<()> {
        self.append(array, Element::Integer, &value.to_le_bytes())
    }

    /// Appends truth values to an array of them.
    pub fn truths(&mut self, array: Array, values: &[bool]) -> Result<()> {
        values.iter().try_for_each(|value| self.append(array, Element::Truth, &[u8::from(*value)]))
    }

    fn append(&mut self, array: Array, element: Element, bytes: &[u8]) -> Result<()> {
        let growing = &mut self.arrays[array.0];
        assert_eq!(growing.element, element, "{} is an array of others", growing.name);
        growing.elements += 1;
        growing.file.write_all(bytes).with_context(|| format!("could not write {}", growing.path.display()))
    }

    /// Puts the file together and in place: whole, or not at all.
    pub fn finish(mut self) -> Result<()> {
        let attempt = format!("could not write {}", self.place.display());
        let whole = self.spool.0.join("whole.npz");
        self.put_together(&whole).with_context(|| attempt.clone())?;
        refuse_existing(&self.place)?;
        fs::rename(&whole, &self.place).with_context(|| attempt.clone())?;
        directory::sync_parent(&self.place).context(attempt)
    }

    fn put_together(&mut self, whole: &Path) -> io::Result<()> {
        let mut zip = ZipWriter::new(File::create(whole)?);
        // The date is that of no file: the same arrays are the same bytes.
        let plain = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default());
        for (name, text) in &self.texts {
            zip.start_file(format!("{name}.npy"), plain)?;
            zip.write_all(&header(&format!("|S{}", text.len().max(1)), ""))?;
            zip.write_all(if text.is_empty() { b"\0" } else { text.as_bytes() })?;
        }
        for growing in &mut self.arrays {
            growing.file.flush()?;
            let large = fs::metadata(&growing.path)?.len() >= LARGE_BYTES;
            zip.start_file(format!("{}.npy", growing.name), plain.large_file(large))?;
            zip.write_all(&header(growing.element.descr(), &growing.shape()))?;
            io::copy(&mut File::open(&growing.path)?, &mut zip)?;
            fs::remove_file(&growing.path)?;
        }
        zip.finish()?.sync_all()
    }
}

impl Growing {
    /// The shape as a Python tuple without its brackets.
    fn shape(&self) -> String {
        match self.width {
            None => format!("{},", self.elements),
            Some(width) => format!("{}, {width}", self.elements / width.max(1) as u64),
        }
    }
}

/// The header of an array in version 1.0 of NumPy's format: magic, version, length, a Python dictionary, spaces, a line
/// break.
fn header(descr: &str, shape: &str) -> Vec<u8> {
    let dictionary = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let (before, after) = (10, 1);
    let length = (before + dictionary.len() + after).next_multiple_of(ALIGNMENT) - before;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(length as u16).to_le_bytes());
    bytes.extend_from_slice(format!("{dictionary:<0$}\n", length - after).as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_as_numpy_asks() {
        let bytes = header("<f8", "3, 2");
        assert_eq!((bytes.len() % ALIGNMENT, bytes.last()), (0, Some(&b'\n')));
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let text = std::str::from_utf8(&bytes[10..]).unwrap();
        assert_eq!(text.trim_end(), "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }");
        assert_eq!(header("|b1", &"9".repeat(200)).len() % ALIGNMENT, 0);
    }

    #[test]
    fn nothing_is_left_of_a_file_that_was_given_up_and_no_file_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/x.npz");
        let mut npz = Npz::create(&place).unwrap();
        let array = npz.array("x", Element::Float, Some(2)).unwrap();
        npz.floats(array, &[1.0, 2.0]).unwrap();
        drop(npz);
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 0);
        fs::write(&place, "mine").unwrap();
        let error = Npz::create(&place).unwrap_err().to_string();
        assert!(error.ends_with("x.npz already exists; --out names another file"), "{error}");
        assert_eq!(fs::read_to_string(&place).unwrap(), "mine");
    }
}
