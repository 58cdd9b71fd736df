//! The paper as data: the rows that run, with the numbers of its tables. Every number has its home here.

mod per_task;

use crate::code::{Activation, Code};
use crate::columns::{Bounds, Critics, Estimate, Eta, Family, G, PiP, PiQ, PiTheta, Prior};
use crate::error::{Error, nearest};
use crate::method::Method;
use crate::schedule::Schedule;
use coadapt_envs::Spec;

/// The algorithms that run.
pub const ALGORITHMS: &[&str] = &["sac"];

/// The algorithm `name` as [`ALGORITHMS`] spells it.
pub fn algorithm(name: &str) -> Result<&'static str, Error> {
    let found = ALGORITHMS.iter().find(|known| known.eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| Error::UnknownAlgorithm {
        name: name.to_owned(),
        hint: nearest(name, ALGORITHMS.iter().copied()),
        known: ALGORITHMS.join(", "),
    })
}

/// `algo` for the task `spec`: its row of Table 1, Table 7, and the numbers that go with the task.
pub fn method(algo: &str, spec: &Spec) -> Result<Method, Error> {
    algorithm(algo)?;
    let mut method = sac();
    per_task::adjust(&mut method, &spec.id);
    Ok(method)
}

/// SAC: Table 1's row, Table 7's networks, Appendix A.
///
/// The policy's last layer has gain 1, as the released code has it (Table 7 prints 1e-2).
pub(crate) fn sac() -> Method {
    Method {
        family: Family::Kl,
        pi_q: PiQ::Gradient { eta: Eta::Entropy { target_per_dim: -1.0, initial: 1.0, lr: 3e-4 } },
        pi_p: PiP::Fixed { to: Prior::Uniform },
        g: G::SoftQ,
        estimate: Estimate { discount: 0.99, critics: Critics::Twin },
        pi: PiTheta { log_std_min: -20.0, log_std_max: 2.0, bounds: Bounds::Tanh },
        code: Code {
            policy_sizes: vec![256, 256],
            critic_sizes: vec![256, 256],
            activation: Activation::Relu,
            layer_norm: false,
            policy_output_gain: 1.0,
            policy_lr: 3e-4,
            critic_lr: 3e-4,
            target_tau: 5e-3,
        },
        schedule: Schedule {
            batch: 256,
            replay_capacity: 1_000_000,
            warmup: 10_000,
            update_every: 1,
            updates: 1,
            eval_every: 20_000,
            eval_episodes: 10,
            log_every: 1_000,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sac_prints_its_line_of_table_1() {
        let line = "KL | SG | (Fixed to Unif.) | Q^π_q_soft | TD(0) + TD3 | π_q = Tanh(N(μθ(s), Σθ(s)))";
        assert_eq!(sac().row().to_string(), line);
        sac().validate().unwrap();
    }
}
