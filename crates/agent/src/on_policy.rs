//! Steps on minibatches of a rollout: the critic towards the returns, and the policy up a surrogate (KL control, Sec. 4.1.2)
//! or towards the best of its actions (EM control, Sec. 4.1.1).

use crate::code::ValueLoss;
use crate::columns::{Divergence, TrustRegion};
use crate::critic;
use crate::diagnostics;
use crate::em;
use crate::math::{gaussian_kl, mstep, surrogate, top};
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::plan::{Plan, Policy, Posterior, Surrogate, Temperature, VCritic, regression_loss};
use coadapt_nn::dist::Categorical;
use coadapt_nn::{Graph, Node, Shape};

/// The columns of what is known of each transition of a minibatch, in this order.
pub const KNOWN: usize = 4;

/// A minibatch of a rollout, as nodes: all [1, B, width].
#[derive(Clone, Copy)]
pub struct RolloutNodes<'g> {
    /// s
    pub obs: Node<'g>,
    /// a
    pub action: Node<'g>,
    /// A(s, a), as the policy is to see it.
    pub advantage: Node<'g>,
    /// G, what the critic is regressed on.
    pub returns: Node<'g>,
    /// V(s) before the iteration.
    pub old_value: Node<'g>,
    /// 1 where the action is one of the best, else 0.
    pub mark: Node<'g>,
    /// The policy that took the action, as [`Policy::written`] says it.
    pub prior: Node<'g>,
}

impl<'g> RolloutNodes<'g> {
    /// Of observations, actions, the four columns that are known of each transition, and the policy that acted.
    pub fn of([obs, action, known, prior]: [Node<'g>; 4]) -> Self {
        let [advantage, returns, old_value, mark] = [0, 1, 2, 3].map(|at| known.columns(at, 1));
        RolloutNodes { obs, action, advantage, returns, old_value, mark, prior }
    }
}

/// Records one step of critic and policy on a minibatch, and of the policy's duals where it has any.
pub fn step<'g>(
    plan: &Plan,
    critic: VCritic,
    nets: &Nets,
    (graph, batch): (&'g Graph, RolloutNodes<'g>),
) -> Logged<'g> {
    let mut logged = value_step(plan, critic, nets, (graph, batch));
    logged.extend(match plan.posterior {
        Posterior::Surrogate(bound) => surrogate_step(plan, nets, (graph, batch), bound),
        Posterior::Top { eta, .. } => top_step(plan, nets, (graph, batch), eta),
        Posterior::Reparameterised { .. }
        | Posterior::PerState { .. }
        | Posterior::AllActions { .. }
        | Posterior::PerBatch { .. }
        | Posterior::OverData { .. } => panic!("a step on a rollout where the plan keeps other data"),
    });
    nets.sync(graph);
    logged
}

/// Records one step of the critic towards the returns.
pub fn value_step<'g>(
    plan: &Plan,
    critic: VCritic,
    nets: &Nets,
    (graph, batch): (&'g Graph, RolloutNodes<'g>),
) -> Logged<'g> {
    match plan.code.value_loss {
        ValueLoss::Plain => critic::state_step(critic, nets, graph, (batch.obs, batch.returns)),
        ValueLoss::Clipped { epsilon } => {
            let scale = critic.scale as f32;
            let (old, returns) = (batch.old_value * scale, batch.returns * scale);
            let value = nets.state_critic(graph, batch.obs);
            let loss = surrogate::clipped_regression(value, (old, returns), (epsilon * critic.scale) as f32);
            nets.step_critics(graph, loss);
            vec![(Metric::CriticLoss, regression_loss(value, returns))]
        }
    }
}

/// Records one step of the policy up the surrogate of PPO.
fn surrogate_step<'g>(
    plan: &Plan,
    nets: &Nets,
    (graph, batch): (&'g Graph, RolloutNodes<'g>),
    bound: Surrogate,
) -> Logged<'g> {
    let policy = nets.policy(graph, batch.obs);
    let prior = plan.policy.read(batch.prior);
    let ratio = surrogate::ratio(policy.log_prob(batch.action), prior.log_prob(batch.action));
    let kl = prior.kl(policy).mean_all();
    let mut logged = Vec::new();
    let gain = match bound {
        Surrogate::Clipped { epsilon } => {
            logged.push((Metric::ClippedFraction, surrogate::beyond(ratio, epsilon as f32)));
            surrogate::clipped(ratio, batch.advantage, epsilon as f32)
        }
        Surrogate::Constrained(_) => panic!("a gradient step where the plan takes a constrained one"),
        Surrogate::Penalised { eta: temperature, divergence } => {
            let eta = temperature.node(graph, nets.duals.raw_temperature(graph));
            logged.push((Metric::Eta, eta));
            let plain = surrogate::plain(ratio, batch.advantage);
            match (temperature, divergence) {
                (Temperature::Zero, _) => plain,
                (_, Divergence::QToP) => plain - eta.stop_gradient() * policy.kl(prior).mean_all(),
                (_, Divergence::PToQ | Divergence::Mmd) => plain - eta.stop_gradient() * kl,
            }
        }
    };
    let loss = with_entropy(plan, policy, em::with_policy_cost(plan, policy, -gain));
    nets.step_policy(graph, loss);
    logged.extend([(Metric::PolicyLoss, loss), (Metric::ScoreMean, gain), (Metric::KlStep, kl)]);
    logged.extend(em::about_policy(policy));
    logged
}

/// Records one step of the policy towards the best actions, weighed, within its trust region (V-MPO).
fn top_step<'g>(
    plan: &Plan,
    nets: &Nets,
    (graph, batch): (&'g Graph, RolloutNodes<'g>),
    temperature: Temperature,
) -> Logged<'g> {
    let duals = &nets.duals;
    let eta = temperature.node(graph, duals.raw_temperature(graph));
    // E-step.
    let weights = top::weights(batch.advantage, batch.mark, eta);
    let dual_loss =
        temperature.bound().map(|epsilon| top::dual_loss(batch.advantage, batch.mark, eta, epsilon as f32));
    // M-step.
    let [prior, policy] = [nets.previous_policy(graph, batch.obs), nets.policy(graph, batch.obs)];
    let fit = mstep::weighted_nll(weights, policy.log_prob(batch.action));
    let fit = with_entropy(plan, policy, em::with_policy_cost(plan, policy, fit));
    let mut logged = vec![(Metric::Eta, eta)];
    logged.extend(diagnostics::of_posterior(temperature, top::kl_to_equal(weights, batch.mark)));
    let (region, of_region) = trust_region(plan, nets, graph, [prior, policy]);
    let loss = region.map_or(fit, |(penalty, _)| fit + penalty);
    nets.step_policy(graph, loss);
    // Duals, all from the values they had before the step.
    if let (Some(dual), Some(loss)) = (&duals.temperature, dual_loss) {
        dual.step(graph, loss);
    }
    if let Some((_, loss)) = region {
        duals.multipliers.iter().flatten().chain(&duals.multiplier).for_each(|dual| dual.step(graph, loss));
    }
    logged.extend(of_region);
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    let by_sample = weights.reshape(Shape::new(weights.shape().rows, 1, 1));
    logged.extend([
        (Metric::PolicyLoss, loss),
        (Metric::WeightEss, crate::math::estep::effective_sample_size(by_sample)),
    ]);
    logged.extend(em::about_policy(policy));
    logged
}

/// What a policy pays for its distance from the previous one, and the multipliers' own loss; what is logged of it.
fn trust_region<'g>(
    plan: &Plan,
    nets: &Nets,
    graph: &'g Graph,
    [prior, policy]: [Policy<'g>; 2],
) -> (Option<(Node<'g>, Node<'g>)>, Logged<'g>) {
    let (duals, region) = (&nets.duals, plan.region());
    if let (TrustRegion::MeanStd { .. }, Some([mean, std])) = (region, &duals.multipliers) {
        let kl = gaussian_kl::decoupled(prior.normal().gaussian(), policy.normal().gaussian());
        let multipliers = [mean.softplus(graph), std.softplus(graph)];
        let mut logged = diagnostics::of_step(region, kl);
        logged.push((Metric::MultiplierMean, multipliers[0].mean_all()));
        logged.push((Metric::MultiplierStd, multipliers[1].mean_all()));
        return (region.losses(multipliers, [kl.mean, kl.std]), logged);
    }
    let kl = constant(prior).kl(policy).mean_all();
    let mut logged = diagnostics::of_whole_step(region, kl);
    let Some(multiplier) = duals.multiplier.as_ref().map(|dual| dual.softplus(graph)) else {
        return (None, logged);
    };
    logged.push((Metric::Multiplier, multiplier));
    (region.whole_losses(multiplier, kl), logged)
}

/// The previous policy, through which nothing is differentiated.
fn constant(policy: Policy<'_>) -> Policy<'_> {
    match policy {
        Policy::Normal(mut normal) => {
            normal.mean = normal.mean.stop_gradient();
            normal.log_std = normal.log_std.stop_gradient();
            normal.std = normal.std.stop_gradient();
            Policy::Normal(normal)
        }
        Policy::Softmax(softmax) => Policy::Softmax(Categorical { logits: softmax.logits.stop_gradient() }),
        Policy::Delta(delta) => Policy::Delta(delta),
    }
}

/// Takes off what the policy's entropy is worth.
fn with_entropy<'g>(plan: &Plan, policy: Policy<'g>, loss: Node<'g>) -> Node<'g> {
    match plan.code.entropy_bonus {
        0.0 => loss,
        worth => loss - policy.entropy().mean_all() * worth as f32,
    }
}
