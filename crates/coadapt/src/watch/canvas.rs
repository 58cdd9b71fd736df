//! Drawing a sketch on a frame: lines with round ends and discs, with smooth edges.

use coadapt_envs::{Frame, Shape, Sketch};

/// The surface that a sketch is drawn on.
const PAPER: [u8; 3] = [236, 236, 232];

/// A frame of `width` by `height` pixels with the whole sketch on it, as large as fits, in the middle.
pub fn draw(sketch: &Sketch, [width, height]: [usize; 2]) -> Frame {
    let mut frame = Frame::filled(width, height, PAPER);
    let [low, high] = sketch.corners;
    let scale = (width as f64 / (high[0] - low[0])).min(height as f64 / (high[1] - low[1]));
    let centre = [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])];
    let place = |[x, y]: [f64; 2]| {
        [0.5 * width as f64 + (x - centre[0]) * scale, 0.5 * height as f64 - (y - centre[1]) * scale]
    };
    for shape in &sketch.shapes {
        match *shape {
            Shape::Line { from, to, width, colour } => {
                stroke(&mut frame, [place(from), place(to)], 0.5 * width * scale, colour);
            }
            Shape::Disc { centre, radius, colour } => {
                stroke(&mut frame, [place(centre); 2], radius * scale, colour);
            }
        }
    }
    frame
}

/// Colours all pixels within `radius` pixels of the line between two points; those on the edge in part.
fn stroke(frame: &mut Frame, [from, to]: [[f64; 2]; 2], radius: f64, colour: [u8; 3]) {
    let range = |axis: usize, size: usize| {
        let low = (from[axis].min(to[axis]) - radius - 1.0).clamp(0.0, size as f64);
        let high = (from[axis].max(to[axis]) + radius + 1.0).clamp(0.0, size as f64);
        low as usize..high.ceil() as usize
    };
    for y in range(1, frame.height()) {
        for x in range(0, frame.width()) {
            let away = distance([x as f64 + 0.5, y as f64 + 0.5], from, to);
            frame.blend(x, y, colour, radius + 0.5 - away);
        }
    }
}

/// How far `point` is from the line between two points.
fn distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let offset = [point[0] - from[0], point[1] - from[1]];
    let squared = along[0] * along[0] + along[1] * along[1];
    let dot = offset[0] * along[0] + offset[1] * along[1];
    let share = if squared > 0.0 { (dot / squared).clamp(0.0, 1.0) } else { 0.0 };
    (offset[0] - share * along[0]).hypot(offset[1] - share * along[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: [u8; 3] = [10, 20, 30];

    fn drawn(shape: Shape) -> Frame {
        draw(&Sketch { corners: [[0.0, 0.0], [4.0, 2.0]], shapes: vec![shape] }, [8, 4])
    }

    /// One character a pixel: ink, paper, or between.
    fn rows(frame: &Frame) -> Vec<String> {
        let sign = |pixel| match pixel {
            INK => '#',
            PAPER => '.',
            _ => '+',
        };
        let row = |y| (0..frame.width()).map(|x| sign(frame.pixel(x, y))).collect();
        (0..frame.height()).map(row).collect()
    }

    #[test]
    fn a_line_colours_the_pixels_it_covers() {
        let line = |from, to| drawn(Shape::Line { from, to, width: 1.0, colour: INK });
        // Two pixels a unit, y up: a line of two pixels around the height of 1.5 units is the rows 0 and 1.
        let flat = rows(&line([0.0, 1.5], [4.0, 1.5]));
        assert_eq!(flat, ["########", "########", "........", "........"]);
        let upright = rows(&line([3.5, 0.0], [3.5, 2.0]));
        assert_eq!(upright, vec!["......##"; 4]);
    }

    #[test]
    fn a_disc_is_round_and_its_edge_is_soft() {
        let disc = drawn(Shape::Disc { centre: [2.0, 1.0], radius: 0.75, colour: INK });
        assert_eq!(rows(&disc), ["...++...", "..+##+..", "..+##+..", "...++..."]);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let disc = drawn(Shape::Disc { centre: [-9.0, 50.0], radius: 1.0, colour: INK });
        assert_eq!(rows(&disc), vec!["........"; 4]);
    }

    #[test]
    fn a_sketch_is_centred_and_keeps_its_proportions() {
        let square = Sketch {
            corners: [[-1.0, -1.0], [1.0, 1.0]],
            shapes: vec![Shape::Disc { centre: [0.0, 0.0], radius: 1.0, colour: INK }],
        };
        let frame = draw(&square, [12, 4]);
        assert_eq!(rows(&frame)[1], "....+##+....");
    }
}
