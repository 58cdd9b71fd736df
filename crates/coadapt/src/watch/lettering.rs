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

/// Each letter's rows from the top; of each row the fifth bit is the leftmost pixel.
const LETTERS: [(char, [u8; HEIGHT]); 41] = [
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
    ('-', [0x00, 0x00, 0x00, 0x1F, 0x00, 0x00, 0x00]),
    ('_', [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1F]),
    ('.', [0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C]),
    (',', [0x00, 0x00, 0x00, 0x00, 0x0C, 0x04, 0x08]),
    (' ', [0x00; HEIGHT]),
];

/// What stands for a letter there is none of.
const UNKNOWN: [u8; HEIGHT] = [0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F];

/// Writes `text` in white on a darkened strip, its first letter at column `left` of row `top`. Small letters are
/// written as capitals; what does not fit is left out.
pub fn caption(frame: &mut Frame, text: &str, left: usize, top: usize) {
    let columns = left.saturating_sub(MARGIN)..left + text.chars().count() * ADVANCE - 1 + MARGIN;
    for y in top.saturating_sub(MARGIN)..(top + HEIGHT + MARGIN).min(frame.height()) {
        for x in columns.start..columns.end.min(frame.width()) {
            frame.blend(x, y, BLACK, SHADE);
        }
    }
    for (index, letter) in text.chars().enumerate() {
        write(frame, letter, left + index * ADVANCE, top);
    }
}

fn write(frame: &mut Frame, letter: char, left: usize, top: usize) {
    let capital = letter.to_ascii_uppercase();
    let rows = LETTERS.iter().find(|(known, _)| *known == capital).map_or(UNKNOWN, |(_, rows)| *rows);
    for (y, row) in rows.into_iter().enumerate() {
        for x in (0..5).filter(|x| (row >> (4 - x)) & 1 == 1) {
            if left + x < frame.width() && top + y < frame.height() {
                frame.blend(left + x, top + y, WHITE, 1.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<String> {
        let mut frame = Frame::filled(15, 11, [100; 3]);
        caption(&mut frame, text, 2, 2);
        let sign = |pixel| match pixel {
            WHITE => '#',
            [100, 100, 100] => '.',
            _ => ':',
        };
        (0..11).map(|y| (0..15).map(|x| sign(frame.pixel(x, y))).collect()).collect()
    }

    #[test]
    fn letters_stand_where_they_are_put() {
        let expected = [
            ":::::::::::::::",
            ":::::::::::::::",
            "::::#:::#####::",
            ":::##:::#::::::",
            "::::#:::#::::::",
            "::::#:::####:::",
            "::::#:::#::::::",
            "::::#:::#::::::",
            ":::###::#::::::",
            ":::::::::::::::",
            ":::::::::::::::",
        ];
        assert_eq!(written("1f"), expected);
        assert!(written("1").iter().all(|row| row.ends_with("......")), "the strip ends with the text");
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut frame = Frame::filled(4, 3, [0; 3]);
        caption(&mut frame, "88888", 0, 0);
        caption(&mut frame, "8", 20, 30);
        assert_eq!(frame.pixel(1, 0), WHITE);
    }

    #[test]
    fn every_letter_of_every_task_is_known_and_no_two_look_alike() {
        let known = |letter: char| LETTERS.iter().any(|(name, _)| *name == letter.to_ascii_uppercase());
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
