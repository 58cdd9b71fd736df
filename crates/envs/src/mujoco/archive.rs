//! Reading single files out of a downloaded package: a wheel or a source archive.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::package::Archive;

/// The content of the file at `member` in the archive at `path`, or what is wrong with the archive.
pub(super) fn member(form: Archive, path: &Path, member: &str) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    match form {
        Archive::Wheel => {
            let mut archive = zip::ZipArchive::new(file).map_err(|e| e.to_string())?;
            let mut found = archive.by_name(member).map_err(|e| e.to_string())?;
            let mut content = Vec::new();
            found.read_to_end(&mut content).map_err(|e| e.to_string())?;
            Ok(content)
        }
        Archive::Source => match tar_member(GzDecoder::new(file), member) {
            Ok(Some(content)) => Ok(content),
            Ok(None) => Err("the archive has no such file".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// The size of a header, and what contents are filled up to.
const BLOCK: usize = 512;
/// Types of a regular file, now and in the oldest archives.
const REGULAR: [u8; 2] = [b'0', 0];

/// The file at `member` of a tar archive, if it has one. Names longer than a header holds are not looked for.
fn tar_member(mut tar: impl Read, member: &str) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; BLOCK];
    loop {
        tar.read_exact(&mut header)?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let size = octal(&header[124..136])?;
        if REGULAR.contains(&header[156]) && name(&header) == member.as_bytes() {
            let mut content = Vec::new();
            tar.take(size).read_to_end(&mut content)?;
            return if content.len() as u64 == size { Ok(Some(content)) } else { Err(cut_short()) };
        }
        let filled = size.next_multiple_of(BLOCK as u64);
        if io::copy(&mut tar.by_ref().take(filled), &mut io::sink())? != filled {
            return Err(cut_short());
        }
    }
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is cut short")
}

/// The path a header names: a prefix, where there is one, and a name.
fn name(header: &[u8; BLOCK]) -> Vec<u8> {
    let text = |field: &[u8]| field.split(|byte| *byte == 0).next().unwrap_or(&[]).to_vec();
    let (prefix, name) = (text(&header[345..500]), text(&header[..100]));
    if header[257..262] == *b"ustar" && !prefix.is_empty() { [prefix, name].join(&b'/') } else { name }
}

/// A number in octal digits, ended by a space or a nul.
fn octal(field: &[u8]) -> io::Result<u64> {
    let text = String::from_utf8_lossy(field);
    let digits = text.trim_matches(|c| c == ' ' || c == '\0');
    let refuse = |_| io::Error::new(io::ErrorKind::InvalidData, format!("'{digits}' is no size of a file"));
    u64::from_str_radix(digits, 8).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tar of files, as GNU and pax write them.
    fn tar(files: &[(&str, &str, &[u8], u8)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (prefix, name, content, kind) in files {
            let mut header = [0; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            header[156] = *kind;
            header[257..262].copy_from_slice(b"ustar");
            header[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
            out.extend(header);
            out.extend(*content);
            out.resize(out.len().next_multiple_of(BLOCK), 0);
        }
        out.resize(out.len() + 2 * BLOCK, 0);
        out
    }

    #[test]
    fn a_file_is_found_past_others_and_nothing_is_made_up() {
        let long = [7; 1300];
        let archive = tar(&[
            ("", "././@PaxHeader", b"28 mtime=1\n", b'x'),
            ("", "toy/first", &long, b'0'),
            ("", "toy/model.xml", b"", b'5'),
            ("toy/deep", "model.xml", b"<deep/>", b'0'),
            ("", "toy/model.xml", b"<toy/>", b'0'),
        ]);
        let find = |name| tar_member(archive.as_slice(), name).unwrap();
        assert_eq!(find("toy/model.xml").as_deref(), Some(b"<toy/>".as_slice()));
        assert_eq!(find("toy/deep/model.xml").as_deref(), Some(b"<deep/>".as_slice()));
        assert_eq!(find("toy/first").as_deref(), Some(long.as_slice()));
        assert_eq!(find("model.xml"), None);
        let cut = &archive[..archive.len() - 3 * BLOCK];
        assert!(tar_member(cut, "toy/model.xml").is_err());
        assert!(tar_member([1; BLOCK].as_slice(), "toy").is_err());
    }
}
