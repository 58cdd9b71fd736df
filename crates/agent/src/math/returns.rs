//! Targets of a value function, from one uninterrupted stretch of an episode (the column "G estimate").
//!
//! The two ends of an episode are told apart. Where step t *terminated* the episode, `discounts[t]` is 0 and
//! nothing after it counts, wherever in the stretch that is. Where the stretch merely stops (a time limit, the
//! end of the data), the last discount stays gamma and every recursion starts from the bootstrap value, the
//! value of the state it stopped in. So a rollout of several episodes is cut at each truncation, and each
//! stretch brings a bootstrap value of its own; a termination needs no cut.
//!
//! All slices hold one number a step, first step first; each function fills `targets`, one number a step.

#[cfg(test)]
mod tests;

/// A stretch of T steps with the values of its states.
#[derive(Debug, Clone, Copy)]
pub struct Trajectory<'a> {
    /// r_t, T of them.
    pub rewards: &'a [f32],
    /// gamma, or 0 where the step terminated the episode; T of them.
    pub discounts: &'a [f32],
    /// V(s_0) to V(s_T): T + 1 of them, the last the bootstrap value.
    pub values: &'a [f32],
}

impl Trajectory<'_> {
    fn check(&self, targets: &[f32]) {
        let steps = targets.len();
        let found = [self.rewards.len(), self.discounts.len(), self.values.len()];
        assert!(
            found == [steps, steps, steps + 1],
            "{steps} targets need {steps} rewards, {steps} discounts and {} values, not {found:?}",
            steps + 1
        );
    }

    /// (r_t, discount_t, V(s_t), V(s_{t+1})) in f64.
    fn step(&self, t: usize) -> [f64; 4] {
        [self.rewards[t], self.discounts[t], self.values[t], self.values[t + 1]].map(f64::from)
    }
}

/// TD(0): y_t = r_t + discount_t V(s_{t+1}).
pub fn one_step(trajectory: Trajectory<'_>, targets: &mut [f32]) {
    n_step(trajectory, 1, targets);
}

/// n-step TD: y_t = r_t + discount_t (r_{t+1} + discount_{t+1} ( ... V(s_{t+n}))).
///
/// The last n - 1 targets are shorter: they bootstrap where the stretch stops.
pub fn n_step(trajectory: Trajectory<'_>, n: usize, targets: &mut [f32]) {
    trajectory.check(targets);
    assert!(n > 0, "an n-step target looks at least one step ahead, not {n}");
    let steps = targets.len();
    for (t, target) in targets.iter_mut().enumerate() {
        let end = t.saturating_add(n).min(steps);
        let bootstrap = f64::from(trajectory.values[end]);
        let sum = (t..end).rev().fold(bootstrap, |next, i| {
            let [reward, discount, ..] = trajectory.step(i);
            reward + discount * next
        });
        *target = sum as f32;
    }
}

/// TD(lambda) (AWR, Sec. 4.2.2): G_t = r_t + discount_t ((1 - lambda) V(s_{t+1}) + lambda G_{t+1}).
///
/// G after the last step is the bootstrap value. lambda = 0 is TD(0), lambda = 1 is [`monte_carlo`].
pub fn lambda_returns(trajectory: Trajectory<'_>, lambda: f64, targets: &mut [f32]) {
    trajectory.check(targets);
    let mut next = trajectory.values.last().copied().map_or(0.0, f64::from);
    for (t, target) in targets.iter_mut().enumerate().rev() {
        let [reward, discount, _, next_value] = trajectory.step(t);
        next = reward + discount * ((1.0 - lambda) * next_value + lambda * next);
        *target = next as f32;
    }
}

/// TD(1): G_t = r_t + discount_t G_{t+1}, the G after the last step being `bootstrap`.
pub fn monte_carlo(rewards: &[f32], discounts: &[f32], bootstrap: f32, targets: &mut [f32]) {
    let (steps, found) = (targets.len(), [rewards.len(), discounts.len()]);
    assert!(found == [steps; 2], "{steps} targets need as many rewards and discounts, not {found:?}");
    let mut next = f64::from(bootstrap);
    for (target, (&reward, &discount)) in targets.iter_mut().zip(rewards.iter().zip(discounts)).rev() {
        next = f64::from(reward) + f64::from(discount) * next;
        *target = next as f32;
    }
}

/// Generalised advantage estimation (Schulman et al. 2016): A_t = delta_t + discount_t lambda A_{t+1} with
/// delta_t = r_t + discount_t V(s_{t+1}) - V(s_t), and no advantage after the last step.
///
/// It is [`lambda_returns`] less V(s_t).
pub fn gae(trajectory: Trajectory<'_>, lambda: f64, advantages: &mut [f32]) {
    trajectory.check(advantages);
    let mut next = 0.0;
    for (t, advantage) in advantages.iter_mut().enumerate().rev() {
        let [reward, discount, value, next_value] = trajectory.step(t);
        next = reward + discount * next_value - value + discount * lambda * next;
        *advantage = next as f32;
    }
}
