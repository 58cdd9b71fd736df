//! Letters and digits of five by seven pixels, for captions.

use coadapt_envs::Frame;

/// Pixels from the left of one letter to the left of the next.
pub const ADVANCE: usize = 6;
/// Pixels from the top of a letter to its foot.
pub const HEIGHT: usize = 7;

const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];
/// How far what lies under a caption is darkened.
const SHADE: f64 = 0.6;
/// Dark pixels around a caption.
const MARGIN: usize = 2;
/// Pixels from a caption's first letter to the edges of the frame.
const EDGE: usize = 4;
/// Columns of a frame in which episode, step, reward and return fit beside each other.
const WIDE: usize = 320;

/// Each letter's rows from the top; of each row the fifth bit is the leftmost pixel.
const LETTERS: [(char, [u8; HEIGHT]); 67] = [
    ('0', [0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E]),
    ('1', [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E]),
    ('2', [0x0E, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1F]),
    ('3', [0x1F, 0x02, 0x04, 0x06, 0x01, 0x11, 0x0E]),
    ('4', [0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02]),
    ('5', [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E]),
    ('6', [0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E]),
    ('7', [0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08]),
    ('8', [0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E]),
    ('9', [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C]),
    ('A', [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11]),
    ('B', [0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E]),
    ('C', [0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E]),
    ('D', [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E]),
    ('E', [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F]),
    ('F', [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10]),
    ('G', [0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0F]),
    ('H', [0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11]),
    ('I', [0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E]),
    ('J', [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C]),
    ('K', [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11]),
    ('L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F]),
    ('M', [0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11]),
    ('N', [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11]),
    ('O', [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E]),
    ('P', [0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10]),
    ('Q', [0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D]),
    ('R', [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11]),
    ('S', [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E]),
    ('T', [0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('U', [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E]),
    ('V', [0x11, 0x11, 0x11, 0x11, 0x11, 0x0A, 0x04]),
    ('W', [0x11, 0x11, 0x11, 0x15, 0x15, 0x1B, 0x11]),
    ('X', [0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11]),
    ('Y', [0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04]),
    ('Z', [0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F]),
    ('a', [0x00, 0x00, 0x0E, 0x01, 0x0F, 0x11, 0x0F]),
    ('b', [0x10, 0x10, 0x1E, 0x11, 0x11, 0x11, 0x1E]),
    ('c', [0x00, 0x00, 0x0F, 0x10, 0x10, 0x10, 0x0F]),
    ('d', [0x01, 0x01, 0x0F, 0x11, 0x11, 0x11, 0x0F]),
    ('e', [0x00, 0x00, 0x0E, 0x11, 0x1F, 0x10, 0x0E]),
    ('f', [0x06, 0x08, 0x1C, 0x08, 0x08, 0x08, 0x08]),
    ('g', [0x0F, 0x11, 0x11, 0x11, 0x0F, 0x01, 0x0E]),
    ('h', [0x10, 0x10, 0x1E, 0x11, 0x11, 0x11, 0x11]),
    ('i', [0x04, 0x00, 0x0C, 0x04, 0x04, 0x04, 0x0E]),
    ('j', [0x02, 0x00, 0x06, 0x02, 0x02, 0x12, 0x0C]),
    ('k', [0x10, 0x10, 0x12, 0x14, 0x18, 0x14, 0x12]),
    ('l', [0x0C, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E]),
    ('m', [0x00, 0x00, 0x1A, 0x15, 0x15, 0x15, 0x15]),
    ('n', [0x00, 0x00, 0x1E, 0x11, 0x11, 0x11, 0x11]),
    ('o', [0x00, 0x00, 0x0E, 0x11, 0x11, 0x11, 0x0E]),
    ('p', [0x1E, 0x11, 0x11, 0x11, 0x1E, 0x10, 0x10]),
    ('q', [0x0F, 0x11, 0x11, 0x11, 0x0F, 0x01, 0x01]),
    ('r', [0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10]),
    ('s', [0x00, 0x00, 0x0F, 0x10, 0x0E, 0x01, 0x1E]),
    ('t', [0x08, 0x08, 0x1C, 0x08, 0x08, 0x09, 0x06]),
    ('u', [0x00, 0x00, 0x11, 0x11, 0x11, 0x11, 0x0F]),
    ('v', [0x00, 0x00, 0x11, 0x11, 0x11, 0x0A, 0x04]),
    ('w', [0x00, 0x00, 0x11, 0x11, 0x15, 0x15, 0x0A]),
    ('x', [0x00, 0x00, 0x11, 0x0A, 0x04, 0x0A, 0x11]),
    ('y', [0x11, 0x11, 0x11, 0x11, 0x0F, 0x01, 0x0E]),
    ('z', [0x00, 0x00, 0x1F, 0x02, 0x04, 0x08, 0x1F]),
    ('-', [0x00, 0x00, 0x00, 0x1F, 0x00, 0x00, 0x00]),
    ('_', [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1F]),
    ('.', [0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C]),
    (',', [0x00, 0x00, 0x00, 0x00, 0x0C, 0x04, 0x08]),
    (' ', [0x00; HEIGHT]),
];

/// The letters that hang so many rows below the line; a margin has room for them.
const HANGING: &str = "gjpqy";
const HANG: usize = 2;

/// The shape that stands for a letter there is none of.
const UNKNOWN: [u8; HEIGHT] = [0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F];

/// Writes `words` in white on a darkened strip in the upper left corner: each under the one before in a small frame,
/// else beside each other, in letters that grow with the frame.
pub fn caption(frame: &mut Frame, words: &[String]) {
    let scale = (frame.width() / WIDE).max(1);
    let width = |text: &str| text.chars().count() * ADVANCE * scale;
    let one = [words.join("  ")];
    // By the frame alone, lest the words jump about in a film.
    let lines = if frame.width() < WIDE { words } else { &one[..] };
    for (index, line) in lines.iter().enumerate() {
        let [left, top] = [EDGE * scale, (EDGE + index * (HEIGHT + 2 * MARGIN)) * scale];
        let margin = MARGIN * scale;
        for y in top - margin..(top + HEIGHT * scale + margin).min(frame.height()) {
            for x in left - margin..(left + width(line) - scale + margin).min(frame.width()) {
                frame.blend(x, y, BLACK, SHADE);
            }
        }
        write(frame, line, [left, top], scale);
    }
}

/// Writes `text` in white, the top left pixel of its first letter at column and row `corner`, each of its pixels
/// `scale` wide and high. What does not fit is left out.
pub fn write(frame: &mut Frame, text: &str, [left, top]: [usize; 2], scale: usize) {
    for (index, letter) in text.chars().enumerate() {
        let rows = LETTERS.iter().find(|(known, _)| *known == letter).map_or(UNKNOWN, |(_, rows)| *rows);
        let top = if HANGING.contains(letter) { top + HANG * scale } else { top };
        for (x, y) in (0..HEIGHT).flat_map(|y| (0..5).map(move |x| (x, y))) {
            if (rows[y] >> (4 - x)) & 1 == 1 {
                dot(frame, [left + (index * ADVANCE + x) * scale, top + y * scale], scale);
            }
        }
    }
}

/// A white square of this side, as far as it lies in the frame.
fn dot(frame: &mut Frame, [left, top]: [usize; 2], side: usize) {
    for y in top..(top + side).min(frame.height()) {
        for x in left..(left + side).min(frame.width()) {
            frame.blend(x, y, WHITE, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One character a pixel: letters, what is darkened, the rest.
    fn captioned([width, height]: [usize; 2], words: &[&str]) -> Vec<String> {
        let mut frame = Frame::filled(width, height, [100; 3]);
        caption(&mut frame, &words.iter().map(ToString::to_string).collect::<Vec<_>>());
        let sign = |pixel| match pixel {
            WHITE => '#',
            [100, 100, 100] => '.',
            _ => ':',
        };
        (0..height).map(|y| (0..width).map(|x| sign(frame.pixel(x, y))).collect()).collect()
    }

    #[test]
    fn letters_stand_where_they_are_put() {
        let expected = [
            "....................",
            "....................",
            "..:::::::::::::::...",
            "..:::::::::::::::...",
            "..::::#:::#####::...",
            "..:::##:::#::::::...",
            "..::::#:::#::::::...",
            "..::::#:::####:::...",
            "..::::#:::#::::::...",
            "..::::#:::#::::::...",
            "..:::###::#::::::...",
            "..:::::::::::::::...",
            "..:::::::::::::::...",
            "....................",
        ];
        assert_eq!(captioned([20, 14], &["1F"]), expected);
    }

    #[test]
    fn some_letters_hang_below_the_line() {
        let rows = captioned([20, 16], &["yF"]);
        assert_eq!(rows[6], "..::#:::#:#::::::...");
        assert_eq!(rows[12], "..:::###:::::::::...", "two rows under the foot of F");
    }

    #[test]
    fn words_stand_beside_each_other_or_under_each_other() {
        let lines = |width| {
            let rows = captioned([width, 40], &["1", "1"]);
            let foot = (1..10).rev().find(|foot| rows.iter().any(|row| row.contains(&"#".repeat(*foot))));
            (rows.iter().filter(|row| row.contains('#')).count(), foot)
        };
        assert_eq!(lines(320), (7, Some(3)), "one line");
        assert_eq!(lines(319), (14, Some(3)), "two lines");
        assert_eq!(lines(640), (14, Some(6)), "one line of letters twice as large");
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut frame = Frame::filled(6, 7, [0; 3]);
        caption(&mut frame, &["88888".to_owned()]);
        write(&mut frame, "8", [20, 30], 3);
        assert_eq!((frame.pixel(5, 4), frame.pixel(4, 5)), (WHITE, WHITE));
    }

    #[test]
    fn every_letter_of_every_task_is_known_and_no_two_look_alike() {
        let known = |letter: char| LETTERS.iter().any(|(name, _)| *name == letter);
        for task in coadapt_envs::tasks() {
            let name = task.id.rsplit('/').next().unwrap_or(task.id);
            assert!(name.chars().all(known), "{name}");
        }
        for (i, (name, rows)) in LETTERS.iter().enumerate() {
            assert!(rows.iter().all(|row| *row < 32), "{name} is too wide");
            assert!(LETTERS[..i].iter().all(|(other, looks)| other != name && looks != rows), "{name}");
        }
    }
}
