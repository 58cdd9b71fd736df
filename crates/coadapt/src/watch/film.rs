//! Frames into files: an animated GIF, or one PNG. A file appears whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use coadapt_envs::Frame;

/// How thoroughly the 256 colours of a GIF's frame are chosen: 1 is best, 30 is fastest.
const GIF_SPEED: i32 = 10;

/// White pixels between two frames of one picture.
pub const SEAM: usize = 2;

/// The format of a file, by its name's ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An animation.
    Gif,
    /// One picture.
    Png,
}

impl Format {
    /// The format of a file of this name, or what is written instead.
    pub fn of(path: &Path) -> Result<Format> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("gif") => Ok(Format::Gif),
            Some("png") => Ok(Format::Png),
            Some("mp4") => bail!(
                "{}: mp4 is not enabled in this program, for its encoders are large; a .gif is written, and \
                 `ffmpeg -i film.gif film.mp4` makes a video of it",
                path.display()
            ),
            Some(other) => bail!(
                "{}: .{other} is not written; --out takes a film as .gif, or a filmstrip as .png",
                path.display()
            ),
            None => bail!(
                "{} has no ending that says what to write: .gif for a film, .png for a filmstrip",
                path.display()
            ),
        }
    }
}

/// A file on its way: written under another name and renamed when it is done, removed when it is not.
#[derive(Debug)]
struct Draft {
    path: PathBuf,
    draft: PathBuf,
    is_done: bool,
}

impl Draft {
    fn create(path: &Path) -> Result<(Self, BufWriter<File>)> {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let draft = PathBuf::from(name);
        let file = File::create(&draft).with_context(|| format!("could not write {}", path.display()))?;
        Ok((Draft { path: path.to_owned(), draft, is_done: false }, BufWriter::new(file)))
    }

    fn finish(mut self, writer: BufWriter<File>) -> Result<()> {
        let flushed = writer.into_inner().map_err(std::io::IntoInnerError::into_error);
        flushed
            .and_then(|_| std::fs::rename(&self.draft, &self.path))
            .with_context(|| format!("could not write {}", self.path.display()))?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_done {
            // The error that left it undone is the one to tell.
            let _ = std::fs::remove_file(&self.draft);
        }
    }
}

/// An animated GIF on its way.
pub struct Gif {
    draft: Draft,
    encoder: gif::Encoder<BufWriter<File>>,
    delay: u16,
    frames: u64,
}

impl Gif {
    /// A film at `path` that runs for ever, each frame shown for `delay` hundredths of a second.
    ///
    /// # Panics
    /// When a side is above 65535 pixels.
    pub fn create(path: &Path, size: [usize; 2], delay: u16) -> Result<Self> {
        let [width, height] =
            size.map(|side| u16::try_from(side).unwrap_or_else(|_| panic!("{side} pixels")));
        let (draft, writer) = Draft::create(path)?;
        let context = || format!("could not write {}", path.display());
        let mut encoder = gif::Encoder::new(writer, width, height, &[]).with_context(context)?;
        encoder.set_repeat(gif::Repeat::Infinite).with_context(context)?;
        Ok(Gif { draft, encoder, delay, frames: 0 })
    }

    /// Adds a frame of the film's size.
    pub fn add(&mut self, frame: &Frame) -> Result<()> {
        let (width, height) = (frame.width() as u16, frame.height() as u16);
        let mut picture = gif::Frame::from_rgb_speed(width, height, frame.rgb(), GIF_SPEED);
        picture.delay = self.delay;
        self.frames += 1;
        self.encoder
            .write_frame(&picture)
            .with_context(|| format!("could not write {}", self.draft.path.display()))
    }

    /// Ends the film; the number of its frames.
    pub fn finish(self) -> Result<u64> {
        let writer = self.encoder.into_inner();
        let writer = writer.with_context(|| format!("could not write {}", self.draft.path.display()))?;
        self.draft.finish(writer)?;
        Ok(self.frames)
    }
}

/// A PNG on its way.
pub struct Png {
    draft: Draft,
    writer: BufWriter<File>,
}

impl Png {
    /// A picture that will be at `path`; a place that cannot be written to is refused before anything is drawn.
    pub fn create(path: &Path) -> Result<Self> {
        let (draft, writer) = Draft::create(path)?;
        Ok(Png { draft, writer })
    }

    /// Writes the picture.
    pub fn finish(mut self, frame: &Frame) -> Result<()> {
        let context = || format!("could not write {}", self.draft.path.display());
        encode_png(&mut self.writer, frame).with_context(context)?;
        self.draft.finish(self.writer)
    }
}

fn encode_png(writer: &mut impl Write, frame: &Frame) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(writer, frame.width() as u32, frame.height() as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut body = encoder.write_header()?;
    body.write_image_data(frame.rgb())?;
    body.finish()
}

/// Frames of one size side by side, `columns` in a row, `seam` white pixels between two.
///
/// # Panics
/// When there is no frame or no column.
pub fn tiled(frames: &[Frame], columns: usize, seam: usize) -> Frame {
    let (width, height) = (frames[0].width() + seam, frames[0].height() + seam);
    let columns = columns.min(frames.len());
    let rows = frames.len().div_ceil(columns);
    let mut whole = Frame::filled(columns * width - seam, rows * height - seam, [255; 3]);
    for (index, frame) in frames.iter().enumerate() {
        whole.paste(frame, index % columns * width, index / columns * height);
    }
    whole
}

#[cfg(test)]
mod tests;
