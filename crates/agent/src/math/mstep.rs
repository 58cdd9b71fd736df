//! The M-step on nodes: weighted maximum likelihood of a parametric policy.

use coadapt_nn::dist::Gaussian;
use coadapt_nn::{Axis, Node};

/// Eq. 3 (M-step), Furuta et al. 2021, Sec. 4.1.1, with its sign turned.
///
/// L = -mean_b sum_n w ln pi(a_n|s_b). `weights` and `log_prob` [N, B, 1], one sample a state (N = 1) for AWR
/// and AWAC; gives one number. The weights are constants.
pub fn weighted_nll<'g>(weights: Node<'g>, log_prob: Node<'g>) -> Node<'g> {
    let (w, l) = (weights.shape(), log_prob.shape());
    assert!(w == l && w.cols == 1, "weights and log probabilities are both [N, B, 1], not {w} and {l}");
    -(weights.stop_gradient() * log_prob).sum(Axis::Group).mean_all()
}

/// [`weighted_nll`] of a Gaussian, once for each of its parameters.
#[derive(Clone, Copy)]
pub struct DecoupledNll<'g> {
    /// -mean_b sum_n w ln N(a_n; mu, sigma_bar): moves the means alone.
    pub mean: Node<'g>,
    /// -mean_b sum_n w ln N(a_n; mu_bar, sigma): moves the standard deviations alone.
    pub std: Node<'g>,
}

/// Eq. 3 for MPO's Gaussian (Sec. 4.2.1), means and standard deviations fitted apart, the other parameter
/// taken from the prior.
///
/// `weights` [N, B, 1], `actions` [N, B, D]; `policy` and `prior` [1, B, D]. Weights, actions and the prior are
/// constants. Each part gives one number; the loss is their sum.
pub fn decoupled_nll<'g>(
    weights: Node<'g>,
    actions: Node<'g>,
    policy: Gaussian<'g>,
    prior: Gaussian<'g>,
) -> DecoupledNll<'g> {
    let actions = actions.stop_gradient();
    let of_mean = Gaussian { mean: policy.mean, std: prior.std.stop_gradient() };
    let of_std = Gaussian { mean: prior.mean.stop_gradient(), std: policy.std };
    DecoupledNll {
        mean: weighted_nll(weights, of_mean.log_prob(actions)),
        std: weighted_nll(weights, of_std.log_prob(actions)),
    }
}
