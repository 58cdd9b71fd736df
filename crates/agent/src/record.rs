//! What the parts of an update on a batch are recorded into.

use crate::batch::BatchNodes;
use crate::nets::Nets;
use crate::noise::NoiseInputs;
use crate::plan::{Plan, QCritic};
use coadapt_nn::Graph;

/// An update that is being recorded.
pub struct Record<'a, 'g> {
    /// The plan.
    pub plan: &'a Plan,
    /// The plan's critics.
    pub critic: QCritic,
    /// The networks by name.
    pub nets: &'a Nets,
    /// Where it is recorded.
    pub graph: &'g Graph,
    /// The batch.
    pub batch: &'a BatchNodes<'g>,
    /// Random numbers of the update, in the order they are asked for.
    pub draws: NoiseInputs<'g>,
}
