//! What a table of returns over arms, tasks and seeds says, and how surely.
//!
//! An [`Arm`] is one variant of an algorithm: scores by task and seed, with the runs that diverged or are missing
//! kept in view. [`Cell`] is mean ± std as the paper prints it. [`Normalised`] puts tasks on one scale by stated
//! reference points, and what speaks about several tasks at once takes nothing else: [`aggregate`],
//! [`performance_profile`], [`paired`], [`Factorial`]. Every number carries its interval, how it was resampled, and
//! how many of its runs diverged, ended at minus infinity, or are missing.
//!
//! Sources: Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice", and its
//! library rliable; Furuta et al. 2021 for how tables are printed. `docs/statistics.md` says which number to read when.
//!
//! ```
//! use coadapt_stats::{Aggregate, Arm, Bootstrap, Cell, Error, Normalised, Reference, Score, aggregate};
//! use std::collections::BTreeMap;
//!
//! let mut arm = Arm::of_values("SAC", &[("Hopper-v4", &[2411.0, 3615.0]), ("Ant-v4", &[5532.0, 6100.0])])?;
//! arm.record("Ant-v4", 2, Some(Score::Daggered(310.0)))?;
//! assert_eq!(Cell::new(&arm, "Hopper-v4")?.to_string(), "3013 ± 602");
//!
//! let random = |value| ("uniformly random actions", value);
//! let references = BTreeMap::from([
//!     ("Hopper-v4".to_string(), Reference::new(random(18.0), ("SAC, Table 2", 3013.0))),
//!     ("Ant-v4".to_string(), Reference::new(random(-60.0), ("SAC, Table 2", 5532.0))),
//! ]);
//! let arm = Normalised::new(&arm, &references)?;
//! let iqm = &aggregate(&arm, &[Aggregate::Iqm], &Bootstrap::new(0))?[0];
//! println!("{iqm} ({})", iqm.counts);
//! assert_eq!(iqm.caveats().len(), 1, "the dagger is not left out: {:?}", iqm.caveats());
//! # Ok::<(), Error>(())
//! ```
//!
//! Pure: no clock, no files; the same seed gives the same interval.

mod aggregate;
mod arm;
mod bootstrap;
mod cell;
mod contrast;
mod distributions;
mod error;
mod estimate;
mod factorial;
mod improvement;
mod normalise;
mod paired;
mod power;
mod profile;
mod resample;
mod score;
mod sign;
mod special;
mod welch;

pub use aggregate::{Aggregate, aggregate};
pub use arm::{Arm, Runs};
pub use bootstrap::Bootstrap;
pub use cell::Cell;
pub use contrast::{Term, contrast};
pub use distributions::{student_quantile, student_two_sided, welch_power};
pub use error::Error;
pub use estimate::{Estimate, Spread};
pub use factorial::{Change, CoadaptationIndex, Factor, Factorial, MainEffect};
pub use improvement::probability_of_improvement;
pub use normalise::{Anchor, Normalised, Reference};
pub use paired::{Paired, PairedOutcome, paired, paired_on};
pub use power::{Design, SeedsNeeded, seeds_needed};
pub use profile::{Profile, performance_profile};
pub use score::{Counts, Score};
pub use sign::{Flips, SignFlip};
pub use welch::{Ddof, Moments, Welch, welch};
