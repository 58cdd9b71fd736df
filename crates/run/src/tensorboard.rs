//! TensorBoard event files: scalars, each in an `Event` message, each message in a checksummed record.
//!
//! A record is the length (u64), its masked CRC-32C, the message, and the masked CRC-32C of the message, all
//! little-endian. The messages are Protocol Buffers, of which the few fields needed are written here.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::append_log::AppendLog;
use crate::manifest::FileDigest;

/// Reversed polynomial of CRC-32C (Castagnoli).
const POLYNOMIAL: u32 = 0x82f6_3b78;
/// The first record of every file says which version of the format follows.
const FILE_VERSION: &str = "brain.Event:2";

/// An event file being written.
#[derive(Debug)]
pub struct EventFile {
    log: AppendLog,
}

impl EventFile {
    /// Starts the file at `path` with its version record.
    pub fn create(path: &Path) -> Result<EventFile> {
        let mut log = AppendLog::create(path)?;
        let mut event = Vec::new();
        put_double(&mut event, 1, wall_time());
        put_bytes(&mut event, 3, FILE_VERSION.as_bytes());
        log.append(&record(&event))?;
        Ok(EventFile { log })
    }

    /// Goes on with a file that has its version record already.
    pub fn reopened(log: AppendLog) -> EventFile {
        EventFile { log }
    }

    /// Appends one event with `scalars` at `step`, each under `group/name`.
    pub fn append(&mut self, step: u64, group: &str, scalars: &[(&str, f64)]) -> Result<()> {
        let mut summary = Vec::new();
        for (name, value) in scalars {
            let mut entry = Vec::new();
            put_bytes(&mut entry, 1, format!("{group}/{name}").as_bytes());
            put_float(&mut entry, 2, *value as f32);
            put_bytes(&mut summary, 1, &entry);
        }
        let mut event = Vec::new();
        put_double(&mut event, 1, wall_time());
        put_key(&mut event, 2, 0);
        put_varint(&mut event, step);
        put_bytes(&mut event, 5, &summary);
        self.log.append(&record(&event))
    }

    /// Waits until the disk has everything, and gives length and checksum.
    pub fn sync(&mut self) -> Result<FileDigest> {
        self.log.sync()
    }
}

fn wall_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(message.len() + 16);
    record.extend(length);
    record.extend(masked_crc32c(&length).to_le_bytes());
    record.extend(message);
    record.extend(masked_crc32c(message).to_le_bytes());
    record
}

/// A checksum stored beside the bytes it covers is rotated and shifted, or checksums of such bytes would degenerate.
fn masked_crc32c(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Bit by bit: an event has a kilobyte, and there is one in a thousand steps.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (POLYNOMIAL & (crc & 1).wrapping_neg()))
    })
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Field number and wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
fn put_key(out: &mut Vec<u8>, field: u64, wire_type: u64) {
    put_varint(out, field << 3 | wire_type);
}

fn put_double(out: &mut Vec<u8>, field: u64, value: f64) {
    put_key(out, field, 1);
    out.extend(value.to_le_bytes());
}

fn put_float(out: &mut Vec<u8>, field: u64, value: f32) {
    put_key(out, field, 5);
    out.extend(value.to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_key(out, field, 2);
    put_varint(out, bytes.len() as u64);
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::append_log::SeenLog;

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let ascending: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&ascending), 0x46dd_794e);
    }

    #[test]
    fn a_record_frames_its_message() {
        // The version record of a file written by TensorBoard's own writer at time 1.0.
        let mut event = Vec::new();
        put_double(&mut event, 1, 1.0);
        put_bytes(&mut event, 3, FILE_VERSION.as_bytes());
        let hex: String = record(&event).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "1800000000000000a37f4b22\
             09000000000000f03f1a0d627261696e2e4576656e743a32\
             86bf577a"
        );
    }

    #[test]
    fn varints_carry_seven_bits_a_byte() {
        let mut out = Vec::new();
        put_varint(&mut out, 300);
        put_varint(&mut out, 127);
        assert_eq!(out, [0xac, 0x02, 0x7f]);
    }

    #[test]
    fn a_resumed_file_is_cut_and_keeps_one_version_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.out.tfevents.x");
        let mut events = EventFile::create(&path).unwrap();
        events.append(1, "train", &[("loss", 0.5)]).unwrap();
        let seen = events.sync().unwrap();
        events.append(2, "train", &[("loss", 0.25)]).unwrap();
        drop(events);
        let mut events = EventFile::reopened(SeenLog::verify(&path, &seen).unwrap().cut().unwrap());
        assert_eq!(events.sync().unwrap(), seen);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len() as u64, seen.bytes);
        assert_eq!(bytes.windows(FILE_VERSION.len()).filter(|w| *w == FILE_VERSION.as_bytes()).count(), 1);
    }
}
