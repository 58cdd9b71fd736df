//! The looks of a task: a simulation for MuJoCo's renderer, or a sketch of lines and discs.

use crate::mujoco::{Camera, Sim};

/// The looks of a task's present state.
#[derive(Debug)]
pub enum View<'a> {
    /// A simulation, which [`Renderer`](crate::mujoco::Renderer) draws without changing it, and where it is best
    /// looked at from.
    Simulation(&'a mut Sim, Camera),
    /// Shapes in a plane.
    Sketch(Sketch),
}

/// Shapes in a plane, in the task's own units; y points up.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    /// Lower left and upper right corner of what has to be seen.
    pub corners: [[f64; 2]; 2],
    /// The shapes, each over those before it.
    pub shapes: Vec<Shape>,
}

/// A shape of one colour (red, green, blue).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// A line with round ends.
    Line {
        /// Where it begins.
        from: [f64; 2],
        /// Where it ends.
        to: [f64; 2],
        /// How thick it is.
        width: f64,
        /// Its colour.
        colour: [u8; 3],
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        centre: [f64; 2],
        /// Its radius.
        radius: f64,
        /// Its colour.
        colour: [u8; 3],
    },
}

/// Colour of all that is fixed: ground, tracks, goals to reach.
pub(crate) const GROUND: [u8; 3] = [150, 150, 150];
/// Colour of what the action pushes.
pub(crate) const BODY: [u8; 3] = [40, 70, 110];
/// Colour of what is to be swung or balanced.
pub(crate) const LINK: [u8; 3] = [205, 90, 50];
/// Joints.
pub(crate) const JOINT: [u8; 3] = [25, 25, 30];
/// Where the task wants it.
pub(crate) const GOAL: [u8; 3] = [60, 140, 70];

/// A line.
pub(crate) fn line(from: [f64; 2], to: [f64; 2], width: f64, colour: [u8; 3]) -> Shape {
    Shape::Line { from, to, width, colour }
}

/// A disc.
pub(crate) fn disc(centre: [f64; 2], radius: f64, colour: [u8; 3]) -> Shape {
    Shape::Disc { centre, radius, colour }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::{Acrobot, CartPole, Equations, MountainCarContinuous, Pendulum};

    /// Where the lines of this colour end.
    fn ends(sketch: &Sketch, wanted: [u8; 3]) -> Vec<[f64; 2]> {
        let end = |shape: &Shape| match *shape {
            Shape::Line { to, colour, .. } if colour == wanted => Some(to.map(|x| (x * 1e9).round() / 1e9)),
            _ => None,
        };
        sketch.shapes.iter().filter_map(end).collect()
    }

    #[test]
    fn what_is_swung_is_where_its_angles_say() {
        let quarter = std::f64::consts::FRAC_PI_2;
        assert_eq!(ends(&Pendulum::sketch(&[0.0, 0.0]), LINK), [[0.0, 1.0]]);
        assert_eq!(ends(&Pendulum::sketch(&[quarter, 0.0]), LINK), [[-1.0, 0.0]]);
        assert_eq!(ends(&CartPole::sketch(&[1.5, 0.0, quarter, 0.0]), LINK), [[2.5, 0.0]]);
        assert_eq!(ends(&Acrobot::sketch(&[quarter, quarter, 0.0, 0.0]), LINK), [[1.0, 1.0]]);
    }

    #[test]
    fn the_car_stands_on_its_hill() {
        let sketch = MountainCarContinuous::sketch(&[-std::f64::consts::FRAC_PI_6, 0.0]);
        let Some(Shape::Disc { centre, radius, .. }) = sketch.shapes.last() else { panic!("no car") };
        assert!((centre[1] - radius - 0.1).abs() < 1e-12, "the valley is 0.1 high, the car at {centre:?}");
    }
}
