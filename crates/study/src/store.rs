//! The store: every run in a directory named by its address, shared by all studies.

mod inspection;
mod state;

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::plan::Planned;
use coadapt_run::directory;
use coadapt_run::lock::{self, Lock};
use coadapt_run::metrics::{self, Evaluation};
pub use state::State;

/// The version of the store's layout.
const LAYOUT: &str = "1\n";
/// The file that holds it.
const LAYOUT_FILE: &str = "layout";
/// The file whose lock [`Store::alone`] takes.
const GATE: &str = ".lock";
/// The folder that damaged run directories are moved to.
const SET_ASIDE: &str = "set-aside";

/// A folder of runs.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in the folder `root`, which is made if it is not there.
    pub fn open(root: &Path) -> Result<Store> {
        let context = || format!("could not open the store {}", root.display());
        fs::create_dir_all(root).with_context(context)?;
        let store = Store { root: root.to_owned() };
        let layout = root.join(LAYOUT_FILE);
        if !layout.exists() {
            // Two that open a new store at once must not write the one file together.
            let _alone = store.alone()?;
            if !layout.exists() {
                directory::write_whole(&layout, LAYOUT.as_bytes()).with_context(context)?;
            }
        }
        let text = fs::read_to_string(&layout).with_context(context)?;
        if text != LAYOUT {
            bail!(
                "the store {} has layout {}, this program knows layout {}: it was written by another version",
                root.display(),
                text.trim(),
                LAYOUT.trim()
            );
        }
        Ok(store)
    }

    /// Keeps every other process from what only one may do at a time, until the answer is dropped. The system gives
    /// it up with the process.
    pub fn alone(&self) -> Result<File> {
        let path = self.root.join(GATE);
        let attempt = || format!("could not lock {}", path.display());
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).with_context(attempt)?;
        file.lock().with_context(attempt)?;
        Ok(file)
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the run lies, or would lie.
    pub fn place(&self, run: &Planned) -> Result<PathBuf> {
        let task = directory::file_name(&run.address.task);
        Ok(self.root.join(task).join(&run.name))
    }

    /// Whether anything of the run is there.
    pub fn has(&self, run: &Planned) -> Result<bool> {
        Ok(self.place(run)?.join(directory::CONFIG).exists())
    }

    /// The state of the run. Reads a few small files.
    pub fn state(&self, run: &Planned) -> Result<State> {
        let place = self.place(run)?;
        let config = place.join(directory::CONFIG);
        if !config.exists() {
            // Asked twice: meanwhile someone may have begun the run.
            return Ok(match directory::refuse_existing(&place) {
                Err(_) if !config.exists() => {
                    State::Damaged { why: format!("it has no {}", directory::CONFIG) }
                }
                _ => State::Missing,
            });
        }
        Ok(match inspection::state(&place, run) {
            Ok(state) => state,
            // What someone is at may change under our eyes.
            Err(_) if lock::is_held(&place) => inspection::running(&place),
            Err(error) => State::Damaged { why: format!("{error:#}") },
        })
    }

    /// The evaluations of a run up to its steps, in order.
    pub fn evaluations(&self, run: &Planned) -> Result<Vec<Evaluation>> {
        let path = self.place(run)?.join(directory::METRICS);
        let mut all = metrics::read_whole_lines(&path)?;
        all.retain(|evaluation| evaluation.step <= run.steps);
        Ok(all)
    }

    /// Moves what lies in the place of a run out of the way if it is damaged, and says where to and why; `look`
    /// says how closely to look. Nothing is moved that a process is at.
    pub fn set_aside(&self, run: &Planned, look: Look) -> Result<Option<(PathBuf, String)>> {
        let place = self.place(run)?;
        if !place.is_dir() {
            return Ok(None);
        }
        let Ok(_held) = Lock::take(&place) else { return Ok(None) };
        let Some(why) = self.damage(&place, run, look) else { return Ok(None) };
        let folder = self.root.join(SET_ASIDE);
        fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        let free = (0_u32..).map(|i| folder.join(format!("{}-{i}", run.name))).find(|path| !path.exists());
        let to = free.with_context(|| format!("{} is full", folder.display()))?;
        fs::rename(&place, &to)
            .with_context(|| format!("could not move {} to {}", place.display(), to.display()))?;
        Ok(Some((to, why)))
    }

    /// The damage in the place of a run, looked at while it is locked by us.
    fn damage(&self, place: &Path, run: &Planned, look: Look) -> Option<String> {
        if !place.join(directory::CONFIG).exists() {
            let taken = directory::refuse_existing(place).is_err();
            return taken.then(|| format!("it has no {}", directory::CONFIG));
        }
        let quick = inspection::at_rest(place, run).err();
        let thorough = || (look == Look::Thorough).then(|| inspection::verify(place).err()).flatten();
        quick.or_else(thorough).map(|why| format!("{why:#}"))
    }
}

/// How closely to look for damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// At the small files.
    Quick,
    /// At every byte that a resumed run needs.
    Thorough,
}
