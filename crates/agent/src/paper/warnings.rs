//! Pairings the paper found to fail, each with the table that shows it.

use crate::columns::{Actions, Bounds, Head, PiP};
use crate::method::Method;

/// A pairing known to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The place of the method that an override would reach.
    pub path: &'static str,
    /// The failure that was seen, and where it is printed.
    pub what: &'static str,
}

/// Tasks of the paper whose episodes end with a fall.
const FALLING: [&str; 4] = ["Hopper", "Walker2d", "Ant", "Humanoid"];

/// Whether the episodes of `task` end with a fall.
pub(super) fn ends_with_a_fall(task: &str) -> bool {
    FALLING.iter().any(|name| task.starts_with(name))
}

/// A policy without noise that is given none: all that it sees after the warm-up is what it does already.
pub(super) fn without_exploration(method: &Method) -> Option<Warning> {
    let what =
        "a policy without noise that is given none repeats itself: after the warm-up it sees nothing else";
    let silent = matches!(method.pi.head, Head::Delta { .. }) && method.collect.exploration().is_off();
    silent.then_some(Warning { path: "collect.exploration", what })
}

/// Failures that the paper found in EM rows of every kind; `squashed` is what it saw tanh do to this one on the task, if
/// that was bad.
pub(super) fn of_em(method: &Method, squashed: Option<&'static str>) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |path, what| found.push(Warning { path, what });
    match method.pi.bounds {
        Bounds::Tanh { inset: 0.0 } => {
            warn(
                "pi.bounds.inset",
                "tanh without clipping ended in numerical errors in all of MPO's runs of the paper and on four tasks of AWR's six (Table 15)",
            );
        }
        Bounds::Tanh { .. } => squashed.into_iter().for_each(|what| warn("pi.bounds", what)),
        Bounds::None => {}
    }
    if let PiP::Sg { actions: Actions::UniformMix { .. } | Actions::MixtureUniform { .. }, .. } = method.pi_p
    {
        warn("pi_p.actions", "mixing uniform actions into the prior lowers the return (Appendix G)");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{awac, awr, ddpg, mpo, sac, td3};

    fn paths(algo: &str, method: &Method, task: &str) -> Vec<&'static str> {
        let recipe = crate::paper::recipe(algo).unwrap();
        recipe.warnings(method, task).into_iter().map(|w| w.path).collect()
    }

    #[test]
    fn the_papers_own_pairings_are_fine() {
        let of_paper = [("sac", sac()), ("mpo", mpo()), ("awac", awac()), ("awr", awr())];
        for (algo, method) in of_paper.into_iter().chain([("ddpg", ddpg()), ("td3", td3())]) {
            assert_eq!(paths(algo, &method, "Ant-v2"), Vec::<&str>::new());
        }
    }

    #[test]
    fn each_known_failure_is_named() {
        let with = |mut method: Method, path: &str, value: &str| {
            method.set(path, value).unwrap();
            method
        };
        let single = with(sac(), "estimate.critics", "single");
        assert_eq!(paths("sac", &single, "Hopper-v2"), ["estimate.critics"]);
        assert_eq!(paths("sac", &single, "HalfCheetah-v2"), Vec::<&str>::new());
        assert_eq!(paths("sac", &with(sac(), "pi.bounds", "none"), "Ant-v2"), ["pi.bounds"]);
        let unclipped = "{ kind = \"tanh\", inset = 0 }";
        assert_eq!(paths("mpo", &with(mpo(), "pi.bounds", unclipped), "Ant-v2"), ["pi.bounds.inset"]);
        let clipped = "{ kind = \"tanh\", inset = 1e-6 }";
        let squashed = |algo: &str, method: Method, task: &str| {
            paths(algo, &with(method, "pi.bounds", clipped), task) == ["pi.bounds"]
        };
        assert!(squashed("awac", awac(), "Ant-v2") && !squashed("awac", awac(), "Hopper-v2"));
        assert!(squashed("awr", awr(), "Swimmer-v2") && squashed("awr", awr(), "Hopper-v2"));
        // Higher with tanh on these (Table 3).
        assert!(squashed("mpo", mpo(), "Ant-v2") && squashed("mpo", mpo(), "HalfCheetah-v2"));
        for task in ["Hopper-v2", "Humanoid-v2", "Swimmer-v2"] {
            assert!(!squashed("mpo", mpo(), task), "{task}");
        }
        assert_eq!(paths("mpo", &with(mpo(), "code.layer_norm", "false"), "Ant-v2"), ["code.layer_norm"]);
        assert_eq!(
            paths("mpo", &with(mpo(), "code.critic_sizes", "[256, 256]"), "Ant-v2"),
            ["code.critic_sizes"]
        );
        assert!(paths("mpo", &with(mpo(), "code.critic_sizes", "[128, 128]"), "Pendulum-v1").is_empty());
        assert_eq!(paths("mpo", &with(mpo(), "pi_p.trust_region", "off"), "Ant-v2"), ["pi_p.trust_region"]);
        for (algo, method) in [("ddpg", ddpg()), ("td3", td3())] {
            let silent = with(method, "collect.exploration", "off");
            assert_eq!(paths(algo, &silent, "Ant-v2"), ["collect.exploration"]);
        }
        let lagged = "{ update = \"lagged\", period = 100 }";
        assert_eq!(paths("sac", &with(sac(), "pi_p", lagged), "Ant-v2"), ["pi_p"]);
    }
}
