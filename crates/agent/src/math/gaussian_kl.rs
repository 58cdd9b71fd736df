//! KL divergences between diagonal Gaussians as trust regions: from the prior to the policy, over a batch.

use coadapt_nn::dist::Gaussian;
use coadapt_nn::{Axis, Node};

/// A KL split into what the means and what the standard deviations cost.
#[derive(Clone, Copy)]
pub struct DecoupledKl<'g> {
    /// mean_b (mu - mu_bar)^2 / (2 sigma_bar^2), [1, 1, D].
    pub mean: Node<'g>,
    /// mean_b (ln(sigma / sigma_bar) + sigma_bar^2 / (2 sigma^2) - 1/2), [1, 1, D].
    pub std: Node<'g>,
}

fn constant(prior: Gaussian<'_>) -> Gaussian<'_> {
    Gaussian { mean: prior.mean.stop_gradient(), std: prior.std.stop_gradient() }
}

/// mean_b KL(prior || policy) by dimension and by parameter: the trust region of MPO's M-step (Sec. 4.2.1).
///
/// Each part holds the other parameter at the prior's, so the two do not add up to the whole KL.
///
/// Both distributions [1, B, D]; the prior is a constant.
pub fn decoupled<'g>(prior: Gaussian<'g>, policy: Gaussian<'g>) -> DecoupledKl<'g> {
    let (mean, std) = constant(prior).kl_decoupled(policy);
    DecoupledKl { mean: mean.mean(Axis::Row), std: std.mean(Axis::Row) }
}

/// E_d(s) [KL(prior || policy)], the constraint of the M-step (Sec. 4.2.1).
///
/// Both distributions [1, B, D]; the prior is a constant; gives one number.
pub fn whole<'g>(prior: Gaussian<'g>, policy: Gaussian<'g>) -> Node<'g> {
    constant(prior).kl(policy).mean_all()
}
