//! Formulas of updates over slices, written down a second time: what the recorded updates are held against.
#![allow(dead_code)]

/// A stretch of T steps of a behaviour policy mu, with what the learned policy pi makes of them.
#[derive(Debug, Clone, Copy)]
pub struct OffPolicyTrajectory<'a> {
    /// r_t, T of them.
    pub rewards: &'a [f32],
    /// gamma, or 0 where the step terminated the episode; T of them.
    pub discounts: &'a [f32],
    /// V(s_1) to V(s_T), V(s) = E_pi Q(s, a): T of them, the last the bootstrap value.
    pub next_values: &'a [f32],
    /// Q(s_1, a_1) to Q(s_{T-1}, a_{T-1}), of the actions taken: T - 1 of them.
    pub next_q: &'a [f32],
    /// ln pi(a_t|s_t) - ln mu(a_t|s_t) of the same actions, of densities or of probabilities alike.
    pub next_log_rhos: &'a [f32],
}

impl OffPolicyTrajectory<'_> {
    fn check(&self, targets: &[f32]) {
        let steps = targets.len();
        let every = [self.rewards.len(), self.discounts.len(), self.next_values.len()];
        let inner = [self.next_q.len(), self.next_log_rhos.len()];
        let between = steps.saturating_sub(1);
        assert!(
            every == [steps; 3] && inner == [between; 2],
            "{steps} targets need {steps} rewards, discounts and next values and {between} next Q and log \
             ratios, not {every:?} and {inner:?}"
        );
    }
}

/// Retrace(lambda) (Munos et al. 2016; MPO in Table 1): targets of Q(s_t, a_t),
///
/// y_t = r_t + discount_t (V(s_{t+1}) + c_{t+1} (y_{t+1} - Q(s_{t+1}, a_{t+1}))), c = lambda min(1, pi / mu);
/// the last target is one step with the bootstrap value.
///
/// lambda = 0 is the expected one-step target.
pub fn retrace(trajectory: OffPolicyTrajectory<'_>, lambda: f64, targets: &mut [f32]) {
    trajectory.check(targets);
    let mut correction = 0.0;
    for (t, target) in targets.iter_mut().enumerate().rev() {
        let [reward, discount, value] =
            [trajectory.rewards[t], trajectory.discounts[t], trajectory.next_values[t]].map(f64::from);
        let sum = reward + discount * (value + correction);
        *target = sum as f32;
        if let Some(before) = t.checked_sub(1) {
            let [log_rho, q] = [trajectory.next_log_rhos[before], trajectory.next_q[before]].map(f64::from);
            // A comparison, not `min`: a NaN ratio must spoil the target, not vanish.
            let capped = if log_rho > 0.0 { 0.0 } else { log_rho };
            correction = lambda * capped.exp() * (sum - q);
        }
    }
}

/// Eq. 2 with one Z for the whole batch (AWAC's E-step), Furuta et al. 2021, Sec. 4.2.2.
///
/// w_b = min(B exp(A_b / lambda) / sum_b' exp(A_b' / lambda), clip), of B samples, the largest advantage taken
/// out before exponentials.
pub fn awac(advantages: &[f32], lambda: f64, clip: f64, weights: &mut [f32]) {
    assert_eq!(advantages.len(), weights.len());
    let top = advantages.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised = |advantage: f32| ((f64::from(advantage) - f64::from(top)) / lambda).exp();
    let mean = advantages.iter().map(|&a| raised(a)).sum::<f64>() / advantages.len() as f64;
    for (weight, &advantage) in weights.iter_mut().zip(advantages) {
        let free = raised(advantage) / mean;
        *weight = if free > clip { clip as f32 } else { free as f32 };
    }
}
