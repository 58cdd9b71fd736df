//! A compiled model and a running simulation of it: the safe face of mjModel and mjData.

mod bodies;

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fatal::guarded;
use super::library::Library;
use super::raw::{RawData, RawModel};
use crate::EnvError;

pub use bodies::Object;

/// A compiled model: shared by the simulations of it and never changed, or changed by the one that has it alone.
pub struct Model {
    pub(super) library: &'static Library,
    pub(super) raw: NonNull<RawModel>,
    nq: usize,
    nv: usize,
    nu: usize,
    state_size: usize,
    timestep_secs: f64,
    qpos0: Vec<f64>,
    ctrl_range: Vec<[f64; 2]>,
    serial: u64,
}

/// Models compiled so far in this process.
static COMPILED: AtomicU64 = AtomicU64::new(0);

// SAFETY: `raw` owns an mjModel which is written to after `load` only by a simulation that shares it with no other
// (`Sim::assert_own_model`); MuJoCo takes it as const in every call made here, and documents that any number of
// threads may share one.
unsafe impl Send for Model {}
// SAFETY: as above.
unsafe impl Sync for Model {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("nq", &self.nq).field("nv", &self.nv).field("nu", &self.nu).finish()
    }
}

impl Model {
    /// Compiles an XML file.
    pub fn load(library: &'static Library, path: &Path) -> Result<Arc<Self>, EnvError> {
        let refuse = |problem: String| EnvError::Model { path: path.to_owned(), problem };
        let name = path.to_str().and_then(|path| CString::new(path).ok());
        let name = name.ok_or_else(|| refuse("its path is not plain text".to_owned()))?;
        // SAFETY: a null virtual file system means the disk.
        unsafe { Model::compile(library, &name, std::ptr::null()) }.map_err(refuse)
    }

    /// Compiles the XML file called `name` in `files`, or says what MuJoCo had against it.
    ///
    /// # Safety
    /// `files` must be null, which means the disk, or a live mjVFS.
    pub(super) unsafe fn compile(
        library: &'static Library,
        name: &CStr,
        files: *const c_void,
    ) -> Result<Arc<Self>, String> {
        let mut said: [c_char; 1024] = [0; 1024];
        let raw = {
            let _alone = library.compiling();
            // SAFETY: `name` is nul-terminated, the caller vouches for `files`, and `said` has the length that
            // is given.
            unsafe {
                (library.functions.load_xml)(name.as_ptr(), files, said.as_mut_ptr(), said.len() as i32)
            }
        };
        // SAFETY: MuJoCo leaves a nul-terminated text within `said`, which was zeroed.
        let said = unsafe { CStr::from_ptr(said.as_ptr()) }.to_string_lossy().trim().to_owned();
        let raw = NonNull::new(raw).ok_or(said)?;
        // From here on dropping the model frees it.
        let mut model = Model {
            library,
            raw,
            nq: 0,
            nv: 0,
            nu: 0,
            state_size: 0,
            timestep_secs: 0.0,
            qpos0: Vec::new(),
            ctrl_range: Vec::new(),
            serial: COMPILED.fetch_add(1, Ordering::Relaxed),
        };
        model.read_sizes()?;
        model.read_arrays();
        Ok(Arc::new(model))
    }

    /// Reads the sizes at their offsets and holds them against what the library says of itself, before
    /// anything is read with them.
    fn read_sizes(&mut self) -> Result<(), String> {
        let offsets = &self.library.offsets;
        // SAFETY: the layout table of this version, checked when it was loaded, says that a 64-bit size lies
        // at each of these offsets of an mjModel.
        let [nq, nv, nu] =
            unsafe { [self.read::<i64>(offsets.nq), self.read(offsets.nv), self.read(offsets.nu)] };
        let told =
            [offsets.state_qpos, offsets.state_qvel, offsets.state_ctrl].map(|s| self.size_of_state(s));
        let sizes = [nq, nv, nu].map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        if sizes != told {
            return Err(format!(
                "the layout table gives nq, nv, nu as {sizes:?}, and the library as {told:?}"
            ));
        }
        [self.nq, self.nv, self.nu] = sizes;
        self.state_size = self.size_of_state(offsets.state_integration);
        Ok(())
    }

    fn read_arrays(&mut self) {
        let offsets = &self.library.offsets;
        // SAFETY: by the layout table there is an mjtNum at the offset of timestep, and pointers at the
        // others to nq and 2 nu numbers, which live as long as the model.
        unsafe {
            self.timestep_secs = self.read(offsets.timestep);
            let qpos0: *const f64 = self.read(offsets.qpos0);
            self.qpos0 = copied(qpos0, self.nq);
            let range: *const f64 = self.read(offsets.actuator_ctrlrange);
            self.ctrl_range = copied(range, 2 * self.nu).chunks(2).map(|pair| [pair[0], pair[1]]).collect();
        }
    }

    /// Reads a `T` at `offset` of the mjModel.
    ///
    /// # Safety
    /// There must be a `T` at this offset.
    pub(super) unsafe fn read<T: Copy>(&self, offset: usize) -> T {
        // SAFETY: the caller vouches for the offset, and `raw` points at a live mjModel.
        unsafe { self.raw.as_ptr().cast::<u8>().add(offset).cast::<T>().read() }
    }

    fn size_of_state(&self, signature: i32) -> usize {
        // SAFETY: `raw` points at a live mjModel, and the signature is a constant of this version.
        let size = unsafe { (self.library.functions.state_size)(self.raw.as_ptr(), signature) };
        usize::try_from(size).unwrap_or(0)
    }

    /// The library that compiled it.
    pub fn library(&self) -> &'static Library {
        self.library
    }

    /// Number of this model among those compiled in this process.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// Position coordinates.
    pub fn nq(&self) -> usize {
        self.nq
    }

    /// Degrees of freedom.
    pub fn nv(&self) -> usize {
        self.nv
    }

    /// Controls.
    pub fn nu(&self) -> usize {
        self.nu
    }

    /// Seconds of one `mj_step`.
    pub fn timestep_secs(&self) -> f64 {
        self.timestep_secs
    }

    /// The positions of the model as it is drawn.
    pub fn qpos0(&self) -> &[f64] {
        &self.qpos0
    }

    /// Lower and upper end of each control, as the model states them.
    pub fn ctrl_range(&self) -> &[[f64; 2]] {
        &self.ctrl_range
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: `raw` came from mj_loadXML and is freed once; the simulations of it hold an Arc.
        unsafe { (self.library.functions.delete_model)(self.raw.as_ptr()) }
    }
}

/// `n` numbers from `start`; none if MuJoCo left a null pointer for an empty array.
///
/// # Safety
/// `start` must be null or point at `n` numbers.
pub(super) unsafe fn copied(start: *const f64, n: usize) -> Vec<f64> {
    if n == 0 || start.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller vouches for it.
    unsafe { std::slice::from_raw_parts(start, n) }.to_vec()
}

/// A running simulation.
pub struct Sim {
    pub(super) model: Arc<Model>,
    pub(super) raw: NonNull<RawData>,
    // Arrays inside `raw`, which MuJoCo allocates once and never moves.
    qpos: NonNull<f64>,
    qvel: NonNull<f64>,
    pub(super) ctrl: NonNull<f64>,
    /// The fatal error that stopped it, until it is reset.
    pub(super) fatal: Option<&'static str>,
}

// SAFETY: a simulation owns its mjData, which has no tie to the thread that made it; the model it refers to
// may be shared between threads. It is not Sync, and needs not be.
unsafe impl Send for Sim {}

impl std::fmt::Debug for Sim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sim").field("qpos", &self.qpos()).field("qvel", &self.qvel()).finish()
    }
}

impl Sim {
    /// A simulation of `model`, in the state it is drawn in.
    pub fn new(model: Arc<Model>) -> Result<Self, EnvError> {
        let refuse = |problem: &str| EnvError::Model {
            path: model.library.path().to_owned(),
            problem: problem.to_owned(),
        };
        let library = model.library;
        // SAFETY: the model is live.
        let made =
            guarded(|| unsafe { (library.functions.make_data)(model.raw.as_ptr()) }).map_err(refuse)?;
        let raw = NonNull::new(made).ok_or_else(|| refuse("there is no memory for its simulation"))?;
        let offsets = &library.offsets;
        let array = |offset: usize| {
            // SAFETY: by the layout table a pointer to numbers lies at this offset of an mjData. It may be
            // null only if the array is empty; then any aligned pointer serves.
            let start = unsafe { raw.as_ptr().cast::<u8>().add(offset).cast::<*mut f64>().read() };
            NonNull::new(start).unwrap_or(NonNull::dangling())
        };
        let (qpos, qvel, ctrl) = (array(offsets.qpos), array(offsets.qvel), array(offsets.ctrl));
        Ok(Sim { raw, qpos, qvel, ctrl, model, fatal: None })
    }

    /// The model simulated.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Positions.
    pub fn qpos(&self) -> &[f64] {
        // SAFETY: `qpos` points at nq numbers that live as long as `raw`; they change only through &mut self.
        unsafe { std::slice::from_raw_parts(self.qpos.as_ptr(), self.model.nq) }
    }

    /// Velocities.
    pub fn qvel(&self) -> &[f64] {
        // SAFETY: as for qpos, with nv numbers.
        unsafe { std::slice::from_raw_parts(self.qvel.as_ptr(), self.model.nv) }
    }

    /// The positions, to write.
    pub fn qpos_mut(&mut self) -> &mut [f64] {
        // SAFETY: as for qpos; &mut self makes the borrow exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.qpos.as_ptr(), self.model.nq) }
    }

    /// The velocities, to write.
    pub fn qvel_mut(&mut self) -> &mut [f64] {
        // SAFETY: as for qpos_mut, with nv numbers.
        unsafe { std::slice::from_raw_parts_mut(self.qvel.as_ptr(), self.model.nv) }
    }

    /// Positions and velocities, to write.
    pub fn state_mut(&mut self) -> (&mut [f64], &mut [f64]) {
        // SAFETY: as for qpos_mut and qvel_mut; they are two arrays that do not overlap.
        unsafe {
            (
                std::slice::from_raw_parts_mut(self.qpos.as_ptr(), self.model.nq),
                std::slice::from_raw_parts_mut(self.qvel.as_ptr(), self.model.nv),
            )
        }
    }

    /// The controls, to write. MuJoCo clamps limited ones when it steps, and leaves these as they are.
    pub fn ctrl_mut(&mut self) -> &mut [f64] {
        // SAFETY: as for qpos_mut, with nu numbers.
        unsafe { std::slice::from_raw_parts_mut(self.ctrl.as_ptr(), self.model.nu) }
    }

    /// Everything back to the model's start, warnings included.
    pub fn reset(&mut self) {
        // A fatal error leaves its stack behind in the arena; a reset empties it.
        self.fatal = None;
        self.phase(self.model.library.functions.reset_data);
    }

    /// Computes what follows from positions, velocities and controls, without moving on.
    pub fn forward(&mut self) {
        self.phase(self.model.library.functions.forward);
    }

    /// `n` steps of the simulator.
    pub fn step(&mut self, n: u32) {
        for _ in 0..n {
            self.phase(self.model.library.functions.step);
        }
    }

    /// The fault since the last reset, if there was one: after a fatal error steps do nothing until then. Where a
    /// number blew up MuJoCo starts over by itself, and where a buffer is full it leaves forces out, so the numbers it
    /// leaves look healthy.
    pub fn instability(&self) -> Option<&'static str> {
        let unstable = &self.model.library.offsets.unstable;
        self.fatal.or_else(|| unstable.iter().find(|(index, _)| self.warned(*index)).map(|(_, what)| *what))
    }

    /// Whether a warning was raised since the last reset, by its index among MuJoCo's.
    pub(super) fn warned(&self, index: usize) -> bool {
        let offsets = &self.model.library.offsets;
        let offset = offsets.warning + (index + 1) * offsets.warning_size - size_of::<i32>();
        // SAFETY: by the layout table the counters lie in a row from `warning` on, and the count is the last
        // field of each; the indices are MuJoCo's own constants, below their number.
        unsafe { self.raw.as_ptr().cast::<u8>().add(offset).cast::<i32>().read() > 0 }
    }

    /// Numbers in the state.
    pub fn state_len(&self) -> usize {
        self.model.state_size
    }

    /// All that the next step depends on: time, positions, velocities, activations, controls, applied forces,
    /// plugin state and the accelerations that warm-start the solver.
    pub fn state(&self) -> Vec<f64> {
        let mut state = vec![0.0; self.model.state_size];
        let signature = self.model.library.offsets.state_integration;
        // SAFETY: model and data are live, and `state` has the size mj_stateSize gave for this signature.
        unsafe {
            (self.model.library.functions.get_state)(
                self.model.raw.as_ptr(),
                self.raw.as_ptr(),
                state.as_mut_ptr(),
                signature,
            );
        }
        state
    }

    /// Puts back what [`state`](Self::state) gave; steps from here are then the same to the bit.
    ///
    /// What MuJoCo derives in a step (poses of bodies, contact forces, sensors) is *not* brought back: it is
    /// that of the reset model until the next step. `forward` would fill it, but also change the warm start.
    /// A task that reads derived numbers before it steps has to save those itself.
    ///
    /// # Panics
    /// When `state` is not [`state_len`](Self::state_len) long.
    pub fn set_state(&mut self, state: &[f64]) {
        assert_eq!(state.len(), self.model.state_size, "a state of another model");
        self.reset();
        let signature = self.model.library.offsets.state_integration;
        // SAFETY: as in state; MuJoCo only reads the buffer.
        unsafe {
            (self.model.library.functions.set_state)(
                self.model.raw.as_ptr(),
                self.raw.as_ptr(),
                state.as_ptr(),
                signature,
            );
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // SAFETY: `raw` came from mj_makeData and is freed once, before the model it refers to.
        unsafe { (self.model.library.functions.delete_data)(self.raw.as_ptr()) }
    }
}
