//! The blocks an observation is made of: each writes its numbers, and names them.

use std::ops::Range;

use super::anatomy::Anatomy;
use crate::mujoco::Sim;
use crate::{Block, Entry};

/// A run of numbers in an observation. Indices count positions, degrees of freedom or bodies of the model.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Positions.
    Qpos(Range<usize>),
    /// Cosines of angles.
    Cosines(Range<usize>),
    /// Sines of angles.
    Sines(Range<usize>),
    /// Velocities.
    Qvel(Range<usize>),
    /// Velocities, each clipped to within this of zero.
    ClippedQvel(Range<usize>, f64),
    /// Inertias of the bodies from this one on.
    Inertias(usize),
    /// Spatial velocities of the bodies from this one on.
    Velocities(usize),
    /// Forces of the motors on these degrees of freedom.
    MotorForces(Range<usize>),
    /// Forces of the constraints on these degrees of freedom, each clipped to within this of zero.
    ConstraintForces(Range<usize>, f64),
    /// Contact forces on the bodies from this one on.
    ContactForces {
        from: usize,
        /// Bound of each number.
        clip: Option<f64>,
    },
    /// Zeros where MuJoCo 2.0 left the contact forces on the bodies from this one on.
    NoContactForces(usize),
    /// Where a body is.
    Place(usize),
    /// From the second body to the first, along this many axes.
    Offset(usize, usize, usize),
}

/// The numbers of a spatial force.
const WRENCH: [(&str, &str); 6] = [
    ("torque x", "N m"),
    ("torque y", "N m"),
    ("torque z", "N m"),
    ("force x", "N"),
    ("force y", "N"),
    ("force z", "N"),
];

/// The numbers of a spatial velocity.
const TWIST: [(&str, &str); 6] = [
    ("about x", "rad/s"),
    ("about y", "rad/s"),
    ("about z", "rad/s"),
    ("x", "m/s"),
    ("y", "m/s"),
    ("z", "m/s"),
];

/// The numbers of an inertia.
const INERTIA: [(&str, &str); 10] = [
    ("inertia xx", "kg m^2"),
    ("inertia yy", "kg m^2"),
    ("inertia zz", "kg m^2"),
    ("inertia xy", "kg m^2"),
    ("inertia xz", "kg m^2"),
    ("inertia yz", "kg m^2"),
    ("mass times offset x", "kg m"),
    ("mass times offset y", "kg m"),
    ("mass times offset z", "kg m"),
    ("mass", "kg"),
];

const AXES: [(&str, &str); 3] = [("x", "m"), ("y", "m"), ("z", "m")];

impl Part {
    /// Writes the numbers to the front of `out`; the rest of it.
    pub(super) fn write<'a>(&self, sim: &Sim, out: &'a mut [f64]) -> &'a mut [f64] {
        match self {
            Part::Qpos(range) => put(out, &sim.qpos()[range.clone()], |x| x),
            Part::Cosines(range) => put(out, &sim.qpos()[range.clone()], f64::cos),
            Part::Sines(range) => put(out, &sim.qpos()[range.clone()], f64::sin),
            Part::Qvel(range) => put(out, &sim.qvel()[range.clone()], |x| x),
            Part::ClippedQvel(range, bound) => put(out, &sim.qvel()[range.clone()], within(*bound)),
            Part::Inertias(from) => put(out, &sim.cinert()[INERTIA.len() * from..], |x| x),
            Part::Velocities(from) => put(out, &sim.cvel()[TWIST.len() * from..], |x| x),
            Part::MotorForces(range) => put(out, &sim.qfrc_actuator()[range.clone()], |x| x),
            Part::ConstraintForces(range, bound) => {
                put(out, &sim.qfrc_constraint()[range.clone()], within(*bound))
            }
            Part::ContactForces { from, clip } => {
                let forces = &sim.cfrc_ext()[WRENCH.len() * from..];
                put(out, forces, within(clip.unwrap_or(f64::INFINITY)))
            }
            Part::NoContactForces(from) => put(out, &sim.cfrc_ext()[WRENCH.len() * from..], |_| 0.0),
            Part::Place(body) => put(out, &sim.xpos(*body), |x| x),
            Part::Offset(to, from, axes) => put(out, &offset(sim, *to, *from)[..*axes], |x| x),
        }
    }

    /// Names the numbers.
    pub(super) fn describe(&self, anatomy: &Anatomy) -> Block {
        let block = |name: &str, entries: Vec<Entry>| Block { name: name.to_owned(), entries };
        let some = |entries: Vec<Entry>, range: &Range<usize>| entries[range.clone()].to_vec();
        let of = |what: &str, range: &Range<usize>| {
            let angles = some(anatomy.positions(), range).into_iter();
            angles.map(|angle| Entry::new(format!("{what} of {}", angle.name), "-")).collect()
        };
        match self {
            Part::Qpos(range) => block("positions", some(anatomy.positions(), range)),
            Part::Cosines(range) => block("cosines", of("cosine", range)),
            Part::Sines(range) => block("sines", of("sine", range)),
            Part::Qvel(range) => block("velocities", some(anatomy.velocities(), range)),
            Part::ClippedQvel(range, bound) => {
                block(&format!("velocities, clipped to +-{bound}"), some(anatomy.velocities(), range))
            }
            Part::Inertias(from) => {
                block("inertias about the centre of mass (cinert)", anatomy.of_bodies(*from, &INERTIA))
            }
            Part::Velocities(from) => {
                block("velocities at the centre of mass (cvel)", anatomy.of_bodies(*from, &TWIST))
            }
            Part::MotorForces(range) => {
                block("forces of the motors (qfrc_actuator)", some(anatomy.forces(), range))
            }
            Part::ConstraintForces(range, bound) => block(
                &format!("forces of the constraints (qfrc_constraint), clipped to +-{bound}"),
                some(anatomy.forces(), range),
            ),
            Part::ContactForces { from, clip } => {
                let clipped = clip.map_or(String::new(), |bound| format!(", clipped to +-{bound}"));
                block(&format!("contact forces (cfrc_ext){clipped}"), anatomy.of_bodies(*from, &WRENCH))
            }
            Part::NoContactForces(from) => {
                block("contact forces, zero as on MuJoCo 2.0", anatomy.of_bodies(*from, &WRENCH))
            }
            Part::Place(body) => block("place of a body", place(anatomy.bodies[*body], "", 3)),
            Part::Offset(to, from, axes) => {
                let towards = format!(" from {}", anatomy.bodies[*from]);
                block("offset between bodies", place(anatomy.bodies[*to], &towards, *axes))
            }
        }
    }
}

fn place(body: &str, of: &str, axes: usize) -> Vec<Entry> {
    AXES[..axes].iter().map(|(axis, unit)| Entry::new(format!("{body}{of}, {axis}"), unit)).collect()
}

/// From the body `from` to the body `to`, in m.
pub(super) fn offset(sim: &Sim, to: usize, from: usize) -> [f64; 3] {
    let (to, from) = (sim.xpos(to), sim.xpos(from));
    std::array::from_fn(|axis| to[axis] - from[axis])
}

fn within(bound: f64) -> impl Fn(f64) -> f64 {
    move |value| value.clamp(-bound, bound)
}

fn put<'a>(out: &'a mut [f64], values: &[f64], map: impl Fn(f64) -> f64) -> &'a mut [f64] {
    let (taken, rest) = out.split_at_mut(values.len());
    taken.iter_mut().zip(values).for_each(|(out, value)| *out = map(*value));
    rest
}
