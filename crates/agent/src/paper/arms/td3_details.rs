//! What TD3 adds to DDPG, one detail less at a time, and some of it given to SAC: the ablation of Fujimoto et al. (2018) in the
//! words of the six columns.

use super::overrides::SINGLE;
use super::tasks::LOCOMOTION;
use super::{Override, Table, arm, base};

const NO_SMOOTHING: Override = ("estimate.next", "target");
const SMOOTHED: Override = ("estimate.next", "smoothed");
const SMALLER_Q: Override = ("estimate.score", "combined");
const NO_DELAY: Override = ("code.policy_delay", "1");
const DELAY: Override = ("code.policy_delay", "2");
const NO_EXPLORATION: Override = ("collect.exploration", "off");
const TARGET_POLICY: Override = ("estimate.next", "target");
const PLAIN_Q: Override = ("g", "q");

pub(super) const TD3_DETAILS: Table = Table {
    id: "td3-details",
    caption: "TD3 without one of its details at a time, DDPG, and SAC with some of them",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("TD3", "td3"),
        arm("TD3 (single critic)", "td3", &[SINGLE]),
        arm("TD3 (no smoothing)", "td3", &[NO_SMOOTHING]),
        arm("TD3 (no delay)", "td3", &[NO_DELAY]),
        arm("TD3 (no exploration)", "td3", &[NO_EXPLORATION]),
        arm("TD3 (climbs the smaller Q)", "td3", &[SMALLER_Q]),
        base("DDPG", "ddpg"),
        base("SAC", "sac"),
        arm("SAC (delay)", "sac", &[DELAY]),
        arm("SAC (target policy)", "sac", &[TARGET_POLICY]),
        // The entropy of an action with clipped noise is not known: Q of the rewards alone.
        arm("SAC (smoothing)", "sac", &[SMOOTHED, PLAIN_Q]),
    ],
};
