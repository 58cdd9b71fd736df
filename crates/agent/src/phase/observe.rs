//! Stored observations are taken into the input statistics, before or after an iteration.

use super::{Piece, Work};
use crate::code::{Ingest, InputNorm};
use crate::episodes::Episodes;
use crate::plan::{Moment, Plan};

pub(super) fn about(plan: &Plan, moment: Moment) -> Vec<String> {
    let InputNorm::Running { ingest, until, .. } = plan.code.input_norm else { return Vec::new() };
    let what = match (ingest, moment) {
        (Ingest::Buffer, _) => "every stored observation, old ones again",
        (_, Moment::Before) => "the observations of new episodes, before the first iteration",
        (_, Moment::After) => "the observations of new episodes, after every other iteration",
    };
    vec![format!("mean and variance take in {what}, until step {until}")]
}

pub(super) fn advance(
    moment: Moment,
    (episodes, fresh): (&Episodes, usize),
    (step, first): (u64, bool),
    work: &mut Work<'_>,
) -> Piece {
    if let Some(normaliser) = &work.nets.normaliser {
        let obs = match (normaliser.ingest(), moment) {
            (Ingest::Buffer, Moment::Before) => Some(episodes.obs_rows(0..episodes.rows())),
            (Ingest::NewEpisodes, Moment::Before) if first => Some(episodes.newest_obs(fresh)),
            (Ingest::NewEpisodes, Moment::After) if !first => Some(episodes.newest_obs(fresh)),
            _ => None,
        };
        if let Some(obs) = obs {
            normaliser.update(step, obs, work.statistics, work.params);
        }
    }
    Piece::Last
}
