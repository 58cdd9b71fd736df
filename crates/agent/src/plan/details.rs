//! Details that do not go with a row, refused by name.

use super::{Cells, Critic, Posterior, Reach};
use crate::code::{
    AdvantageNorm, Code, Ingest, InputNorm, KlStop, OptimizerKind, RewardNorm, USUAL_EPS, ValueLoss,
};
use crate::columns::{self, Next, Smoothing};
use crate::error::Error;
use crate::exploration::Exploration;
use crate::method::Method;

/// Refuses the first detail of `method` that does not go with what its row was lowered to.
pub(super) fn check(method: &Method, cells: &Cells, reach: Reach) -> Result<(), Error> {
    check_normaliser(method.code.input_norm, reach)?;
    check_tanh(&method.code)?;
    check_eps(&method.code)?;
    check_smoothing(method)?;
    check_delay(&method.code, cells.posterior)?;
    check_exploration(method, cells.critic)?;
    check_rollout(method, cells.posterior, reach)
}

/// Refuses details of rollouts in rows that have none, and those that a row of rollouts has no use for.
fn check_rollout(method: &Method, posterior: Posterior, reach: Reach) -> Result<(), Error> {
    let Code { advantage_norm, value_loss, entropy_bonus, kl_stop, reward_norm, .. } = method.code;
    let refuse = |field, value: String, valid| Err(Error::OutOfRange { field, value, valid });
    let off = "off for a row that learns from no rollout";
    if reach != Reach::Rollout {
        if advantage_norm != AdvantageNorm::Off {
            return refuse("code.advantage_norm", advantage_norm.name().to_owned(), off);
        }
        if value_loss != ValueLoss::Plain {
            return refuse(
                "code.value_loss",
                "clipped".to_owned(),
                "plain for a row that learns from no rollout",
            );
        }
        if reward_norm != RewardNorm::Off {
            return refuse("code.reward_norm", "running".to_owned(), off);
        }
    }
    let has_stretch = matches!(posterior, Posterior::Surrogate(_)) && posterior.constraint().is_none();
    if kl_stop != KlStop::Off && !has_stretch {
        return refuse(
            "code.kl_stop",
            "above".to_owned(),
            "off for a row whose policy is not stepped on a surrogate minibatch by minibatch",
        );
    }
    if advantage_norm == AdvantageNorm::Minibatch && posterior.constraint().is_some() {
        let valid = "off or rollout for a constrained step, which is one of the whole rollout";
        return refuse("code.advantage_norm", "minibatch".to_owned(), valid);
    }
    if entropy_bonus != 0.0 && reach != Reach::Rollout {
        return refuse(
            "code.entropy_bonus",
            entropy_bonus.to_string(),
            "0 for a row that learns from no rollout",
        );
    }
    Ok(())
}

/// Refuses a normaliser that waits for iterations over data where there are none.
fn check_normaliser(norm: InputNorm, reach: Reach) -> Result<(), Error> {
    match norm {
        InputNorm::Running { ingest: Ingest::NewEpisodes | Ingest::Buffer, .. } if reach == Reach::Batch => {
            let valid = "each for a row that learns from single batches";
            let value = "over stored episodes".to_owned();
            Err(Error::OutOfRange { field: "code.input_norm.ingest", value, valid })
        }
        InputNorm::Running { ingest: Ingest::NewEpisodes, .. } if reach == Reach::Rollout => {
            let valid = "each, or buffer for all of a rollout at once: its episodes go on in the next";
            let value = "new_episodes".to_owned();
            Err(Error::OutOfRange { field: "code.input_norm.ingest", value, valid })
        }
        InputNorm::Running { .. } | InputNorm::Off => Ok(()),
    }
}

/// Refuses an activation after a tanh that is not there.
fn check_tanh(code: &Code) -> Result<(), Error> {
    if code.activation_after_tanh && !code.layer_norm {
        let valid = "false where code.layer_norm is: without layer norm the first layer has no tanh";
        return Err(Error::OutOfRange {
            field: "code.activation_after_tanh",
            value: "true".to_owned(),
            valid,
        });
    }
    Ok(())
}

/// Refuses an eps of Adam's where another optimiser steps.
fn check_eps(code: &Code) -> Result<(), Error> {
    match code.optimizer {
        OptimizerKind::Adam => Ok(()),
        OptimizerKind::Sgd { .. } if code.adam_eps == USUAL_EPS => Ok(()),
        OptimizerKind::Sgd { .. } => {
            let valid = "1e-8, which is not used, where code.optimizer is not adam";
            Err(Error::OutOfRange { field: "code.adam_eps", value: format!("{:e}", code.adam_eps), valid })
        }
    }
}

/// Refuses the noise of smoothed next actions where none are smoothed.
fn check_smoothing(method: &Method) -> Result<(), Error> {
    let columns::Estimate { next, smoothing, .. } = method.estimate;
    if next == Next::Smoothed || smoothing == Smoothing::UNWRITTEN {
        return Ok(());
    }
    let Smoothing { std, clip } = smoothing;
    Err(Error::OutOfRange {
        field: "estimate.smoothing",
        value: format!("{{ std = {std}, clip = {clip} }}"),
        valid: "{ std = 0.2, clip = 0.5 }, which is not used, where estimate.next is not smoothed",
    })
}

/// Refuses a delay of the policy in rows whose weights and critics are made of one set of samples.
fn check_delay(code: &Code, posterior: Posterior) -> Result<(), Error> {
    match (code.policy_delay, posterior) {
        (1, _) | (_, Posterior::Reparameterised { .. }) => Ok(()),
        (
            delay,
            Posterior::PerState { .. }
            | Posterior::AllActions { .. }
            | Posterior::PerBatch { .. }
            | Posterior::OverData { .. }
            | Posterior::Top { .. },
        ) => Err(Error::OutOfRange {
            field: "code.policy_delay",
            value: delay.to_string(),
            valid: "1 in EM control: the policy is delayed in KL control alone",
        }),
        (delay, Posterior::Surrogate(_)) => Err(Error::OutOfRange {
            field: "code.policy_delay",
            value: delay.to_string(),
            valid: "1 on rollouts: the policy is delayed where a critic learns from a replay",
        }),
    }
}

/// Refuses noise on choices, and noise that would make stored densities wrong.
fn check_exploration(method: &Method, critic: Critic) -> Result<(), Error> {
    let exploration = method.collect.exploration();
    let valid = match (exploration, method.pi.head) {
        (Exploration::Off, _) => return Ok(()),
        (_, columns::Head::Softmax) => "off for a softmax policy: noise is added to continuous actions",
        (_, columns::Head::Normal { .. } | columns::Head::Delta { .. }) if critic.needs_log_mu() => {
            "off with Retrace, which asks how likely the stored actions were"
        }
        (_, columns::Head::Normal { .. } | columns::Head::Delta { .. }) => return Ok(()),
    };
    Err(Error::OutOfRange { field: "collect.exploration", value: exploration.kind().to_owned(), valid })
}
