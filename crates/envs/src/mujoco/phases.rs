//! The two halves of a step, dynamics without the motors, and what MuJoCo warned of.

use std::ffi::c_int;

use super::fatal::guarded;
use super::raw::Phase;
use super::sim::{Model, Sim};

/// A warning of MuJoCo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Contacts or constraints were left out because there was no room.
    Full(&'static str),
    /// Numbers blew up or cannot be trusted; MuJoCo may have started over by itself.
    Unstable(&'static str),
}

/// The warnings, in the order of `PhaseFields::warnings`.
const WARNINGS: [Warning; 7] = [
    Warning::Unstable("a position is not finite or too large"),
    Warning::Unstable("a velocity is not finite or too large"),
    Warning::Unstable("an acceleration is not finite or too large"),
    Warning::Unstable("a control is not finite or too large"),
    Warning::Unstable("the inertia matrix is singular"),
    Warning::Full("the list of contacts is full"),
    Warning::Full("the list of constraints is full"),
];

impl Model {
    /// Whether steps are integrated by Runge and Kutta's fourth-order rule.
    pub fn is_runge_kutta(&self) -> bool {
        let fields = &self.library.phases;
        // SAFETY: by the layout table an int lies at this field of an mjModel.
        unsafe { self.read::<c_int>(fields.integrator) == fields.runge_kutta }
    }
}

impl Sim {
    /// The first half of a step: all that follows from positions and velocities alone.
    pub fn step_first_half(&mut self) {
        self.phase(self.model.library.functions.step1);
    }

    /// The second half: forces, accelerations, and on by a time step.
    pub fn step_second_half(&mut self) {
        self.phase(self.model.library.functions.step2);
    }

    /// As [`forward`](Self::forward), with the motors off.
    ///
    /// # Panics
    /// When another simulation shares the model.
    pub fn forward_without_actuation(&mut self) {
        self.assert_own_model();
        let fields = &self.model.library.phases;
        // SAFETY: by the layout table an int lies at this field; nobody else has the model.
        let flags = unsafe { self.model.raw.as_ptr().cast::<u8>().add(fields.disableflags).cast::<c_int>() };
        // SAFETY: as above.
        let usual = unsafe { flags.read() };
        // SAFETY: as above.
        unsafe { flags.write(usual | fields.actuation) };
        self.forward();
        // SAFETY: as above.
        unsafe { flags.write(usual) };
    }

    /// The controls as they were last written.
    pub fn ctrl(&self) -> &[f64] {
        // SAFETY: `ctrl` points at nu numbers that live as long as `raw`; they change only through &mut self.
        unsafe { std::slice::from_raw_parts(self.ctrl.as_ptr(), self.model.nu()) }
    }

    /// Puts the clock of the simulation (seconds); nothing else changes.
    pub fn set_time_secs(&mut self, secs: f64) {
        let offset = self.model.library.phases.time;
        // SAFETY: by the layout table a number lies at this field of an mjData.
        unsafe { self.raw.as_ptr().cast::<u8>().add(offset).cast::<f64>().write(secs) }
    }

    /// Contacts found in the current positions.
    pub fn contacts(&self) -> usize {
        let offset = self.model.library.phases.ncon;
        // SAFETY: by the layout table an int lies at this field of an mjData.
        let count = unsafe { self.raw.as_ptr().cast::<u8>().add(offset).cast::<c_int>().read() };
        usize::try_from(count).unwrap_or(0)
    }

    /// Calls a phase of a step, unless a fatal error has stopped the simulation; if this one has, it stops.
    pub(super) fn phase(&mut self, phase: Phase) {
        if self.fatal.is_none() {
            let (model, data) = (self.model.raw.as_ptr(), self.raw.as_ptr());
            // SAFETY: model and data are live and belong together.
            self.fatal = guarded(|| unsafe { phase(model, data) }).err();
        }
    }

    /// MuJoCo's gravest warning since the last reset, if any: a fatal error, numbers that blew up, full lists.
    pub fn warning(&self) -> Option<Warning> {
        if let Some(what) = self.fatal {
            return Some(Warning::Unstable(what));
        }
        let all = self.model.library.phases.warnings.into_iter().zip(WARNINGS);
        all.into_iter().find(|(index, _)| self.warned(*index)).map(|(_, warning)| warning)
    }
}
