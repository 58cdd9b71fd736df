//! Pairings the paper found to fail, each with the table that shows it.

use crate::columns::{Actions, Bounds, Critics, Family, PiP, PiQ, TrustRegion, Weights};
use crate::method::Method;

/// A pairing known to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The place of the method that an override would reach.
    pub path: &'static str,
    /// What was seen, and where it is printed.
    pub what: &'static str,
}

/// Tasks of the paper whose episodes end with a fall.
const FALLING: [&str; 4] = ["Hopper", "Walker2d", "Ant", "Humanoid"];

/// What in `method` the paper found to fail on tasks like `task`.
pub fn warnings(method: &Method, task: &str) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |path, what| found.push(Warning { path, what });
    let by_samples = matches!(method.pi_q, PiQ::Analytic { weights: Weights::PerState, .. });
    match (method.family, method.pi.bounds) {
        (Family::Em, Bounds::Tanh { inset: 0.0 }) => {
            warn("pi.bounds.inset", "tanh in an EM row without clipping ends in numerical errors (Table 15)");
        }
        (Family::Em, Bounds::Tanh { .. }) => {
            warn("pi.bounds", "tanh gains an EM row nothing, and costs it on most tasks (Table 3)");
        }
        (Family::Kl, bounds) if !matches!(bounds, Bounds::Tanh { .. }) => {
            warn("pi.bounds", "SAC without tanh collapses where the cost sees the raw action (Table 3)");
        }
        _ => {}
    }
    if by_samples && !method.code.layer_norm {
        warn("code.layer_norm", "MPO without layer norm loses most of its return (Table 4)");
    }
    // The built-in tasks are small, and so are our recipes' networks for them.
    let simulated = coadapt_envs::tasks().iter().any(|known| known.id == task && known.needs_mujoco());
    if by_samples && simulated && method.code.critic_sizes.iter().sum::<usize>() < 1_000 {
        warn("code.critic_sizes", "MPO depends on its large network (Table 5)");
    }
    if let PiP::Sg { trust_region: TrustRegion::Off, .. } = method.pi_p
        && by_samples
    {
        warn("pi_p.trust_region", "MPO without its trust region drops significantly (Appendix G)");
    }
    if let PiP::Sg { actions: Actions::UniformMix { .. } | Actions::MixtureUniform { .. }, .. } = method.pi_p
    {
        warn("pi_p.actions", "mixing uniform actions into the prior lowers the return (Appendix G)");
    }
    if method.family == Family::Kl && matches!(method.pi_p, PiP::Lagged { .. }) {
        warn("pi_p", "SAC against a copy of itself that lags behind did not learn (Appendix G)");
    }
    let falls = FALLING.iter().any(|name| task.starts_with(name));
    if method.family == Family::Kl && method.estimate.critics == Critics::Single && falls {
        warn("estimate.critics", "SAC with a single critic fails where episodes end early (Table 2)");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{awac, awr, mpo, sac};

    fn paths(method: &Method, task: &str) -> Vec<&'static str> {
        warnings(method, task).into_iter().map(|w| w.path).collect()
    }

    #[test]
    fn the_papers_own_pairings_are_fine() {
        for method in [sac(), mpo(), awac(), awr()] {
            assert_eq!(paths(&method, "Ant-v2"), Vec::<&str>::new());
        }
    }

    #[test]
    fn each_known_failure_is_named() {
        let with = |mut method: Method, path: &str, value: &str| {
            method.set(path, value).unwrap();
            method
        };
        let single = with(sac(), "estimate.critics", "single");
        assert_eq!(paths(&single, "Hopper-v2"), ["estimate.critics"]);
        assert_eq!(paths(&single, "HalfCheetah-v2"), Vec::<&str>::new());
        assert_eq!(paths(&with(sac(), "pi.bounds", "none"), "Ant-v2"), ["pi.bounds"]);
        let unclipped = "{ kind = \"tanh\", inset = 0 }";
        assert_eq!(paths(&with(mpo(), "pi.bounds", unclipped), "Ant-v2"), ["pi.bounds.inset"]);
        let clipped = "{ kind = \"tanh\", inset = 1e-6 }";
        assert_eq!(paths(&with(awac(), "pi.bounds", clipped), "Ant-v2"), ["pi.bounds"]);
        assert_eq!(paths(&with(mpo(), "code.layer_norm", "false"), "Ant-v2"), ["code.layer_norm"]);
        assert_eq!(paths(&with(mpo(), "code.critic_sizes", "[256, 256]"), "Ant-v2"), ["code.critic_sizes"]);
        assert!(paths(&with(mpo(), "code.critic_sizes", "[128, 128]"), "Pendulum-v1").is_empty());
        assert_eq!(paths(&with(mpo(), "pi_p.trust_region", "off"), "Ant-v2"), ["pi_p.trust_region"]);
        let lagged = "{ update = \"lagged\", period = 100 }";
        assert_eq!(paths(&with(sac(), "pi_p", lagged), "Ant-v2"), ["pi_p"]);
    }
}
