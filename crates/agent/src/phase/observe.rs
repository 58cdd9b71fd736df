//! Stored observations are taken into the input statistics, before, in or after an iteration.

use super::{Piece, Work};
use crate::code::{Ingest, InputNorm};
use crate::episodes::Episodes;
use crate::plan::{Experience, Moment, Plan};

/// A step that no run comes to.
const ALWAYS: u64 = 1_000_000_000_000;

pub(super) fn about(plan: &Plan, moment: Moment) -> Vec<String> {
    let InputNorm::Running { ingest, until, .. } = plan.code.input_norm else { return Vec::new() };
    let what = match (ingest, moment) {
        (Ingest::Buffer, _) if matches!(plan.experience, Experience::Rollout { .. }) => {
            "every observation of the rollout that was acted on"
        }
        (Ingest::Buffer, _) => "every stored observation that was acted on, old ones again",
        (_, Moment::Before) => "the observations of new episodes, before the first iteration",
        (_, Moment::BeforeCritic | Moment::After) => {
            "the observations of new episodes, after every other iteration"
        }
    };
    let until = if until < ALWAYS { format!(", until step {until}") } else { String::new() };
    vec![format!("mean and variance take in {what}{until}")]
}

pub(super) fn advance(
    moment: Moment,
    (episodes, fresh): (&Episodes, usize),
    (step, first): (u64, bool),
    work: &mut Work<'_>,
) -> Piece {
    if let Some(normaliser) = &work.nets.normaliser {
        let mut take = |obs: Option<&[f32]>| {
            if let Some(obs) = obs {
                normaliser.update(step, std::iter::once(obs), work.statistics, work.params);
            }
        };
        match (normaliser.ingest(), moment) {
            (Ingest::Buffer, Moment::BeforeCritic | Moment::After) => {
                normaliser.update(step, episodes.acted_on(), work.statistics, work.params);
            }
            (Ingest::NewEpisodes, Moment::Before) => take(first.then(|| episodes.newest_obs(fresh))),
            (Ingest::NewEpisodes, Moment::After) => take((!first).then(|| episodes.newest_obs(fresh))),
            (Ingest::Each, _)
            | (Ingest::Buffer, Moment::Before)
            | (Ingest::NewEpisodes, Moment::BeforeCritic) => {}
        }
    }
    Piece::Last
}
