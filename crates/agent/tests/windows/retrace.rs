//! The learner's Retrace targets against the formula over slices, given values asked for one at a time.

use crate::evaluator::*;
use crate::slices::{OffPolicyTrajectory, retrace};
use coadapt_agent::math::returns::monte_carlo;
use coadapt_agent::rng::stream;
use coadapt_nn::Pool;

const LENGTH: usize = 5;
const SAMPLES: usize = 3;

fn with_target(target: &str, changes: &[(&str, &str)]) -> coadapt_agent::Method {
    let own = [("pi_p.actions.samples", "3"), ("estimate.target", target)];
    method("mpo", &own.iter().chain(changes).copied().collect::<Vec<_>>())
}

/// Windows of every length there is, each ending in a termination and without one.
fn all_windows() -> Vec<Window> {
    let mut rng = stream(2, "test");
    let ends = (1..=LENGTH).flat_map(|length| [(length, false), (length, true)]);
    ends.map(|(length, terminated)| Window { terminated, ..Window::drawn(length, &mut rng) }).collect()
}

#[test]
fn the_target_is_that_of_the_formula_for_every_window() {
    let soft = "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.3 } }";
    let variants: [&[(&str, &str)]; 4] = [
        &[],
        &[("estimate.critics", "twin")],
        &[("g", soft)],
        &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }")],
    ];
    for changes in variants {
        let method = with_target("{ kind = \"retrace\", lambda = 0.9, length = 5 }", changes);
        let (mut cut, mut kept) = (0, 0);
        for window in &mut all_windows() {
            let mut learner = learner(&method);
            let mut ask = Evaluator::new(&method, &learner);
            let noise = noise(LENGTH, SAMPLES, &mut stream(3, "test"));
            let steps = window.len();
            let mut values = Vec::new();
            let (mut q, mut log_rhos) = (Vec::new(), Vec::new());
            for t in 1..=steps {
                values.push(ask.value(&mut learner, window.obs(t), &noise[t - 1]));
                if t < steps {
                    let (log_pi, action_value) = ask.of(&mut learner, window.obs(t), &window.actions[t]);
                    // Ratios on both sides of 1.
                    window.log_mu[t] += log_pi;
                    log_rhos.push(log_pi - window.log_mu[t]);
                    q.push(action_value);
                }
            }
            kept += log_rhos.iter().filter(|&&x| x >= 0.0).count();
            cut += log_rhos.iter().filter(|&&x| x < 0.0).count();
            let discounts = window.discounts(&method);
            let trajectory = OffPolicyTrajectory {
                rewards: &window.rewards,
                discounts: &discounts,
                next_values: &values,
                next_q: &q,
                next_log_rhos: &log_rhos,
            };
            let mut expected = vec![f32::NAN; steps];
            retrace(trajectory, 0.9, &mut expected);
            learner.update_on_windows(&[&window.steps()], &borrowed(&noise), &mut Pool::new(1));
            let what = format!("{changes:?}, {steps} steps, last discount {}", discounts[steps - 1]);
            assert_near(target(&learner), expected[0], &what);
            assert_eq!(learner.first_not_finite(), None, "{what}");
        }
        assert!(kept >= 5 && cut >= 5, "{kept} ratios above 1, {cut} below");
    }
}

#[test]
fn without_traces_the_update_is_that_of_one_step_to_the_bit() {
    let noise = noise(LENGTH, SAMPLES, &mut stream(3, "test"));
    for window in all_windows() {
        let steps = window.steps();
        let mut one_step = learner(&with_target("{ kind = \"n_step\", n = 1 }", &[]));
        one_step.update_on(&[steps[0].transition], &borrowed(&noise[..1]), &mut Pool::new(1));
        let mut td = learner(&method("mpo", &[("pi_p.actions.samples", "3")]));
        td.update_on(&[steps[0].transition], &borrowed(&noise[..1]), &mut Pool::new(1));
        let mut untraced = learner(&with_target("{ kind = \"retrace\", lambda = 0, length = 5 }", &[]));
        untraced.update_on_windows(&[&steps], &borrowed(&noise), &mut Pool::new(1));
        let mut short = learner(&with_target("{ kind = \"retrace\", lambda = 1, length = 1 }", &[]));
        short.update_on_windows(&[&steps[..1]], &borrowed(&noise[..1]), &mut Pool::new(1));
        for other in [&one_step, &untraced, &short] {
            assert_eq!(target(other), target(&td));
            assert_eq!(parameters(other), parameters(&td));
        }
    }
}

#[test]
fn on_policy_with_values_of_states_it_is_the_monte_carlo_return() {
    let method = with_target("{ kind = \"retrace\", lambda = 1, length = 5 }", &[]);
    let noise = noise(LENGTH, SAMPLES, &mut stream(3, "test"));
    for window in &mut all_windows() {
        let mut learner = learner(&method);
        // A critic that does not look at the action: Q(s, a) = V(s).
        let weight = learner.params.span("target_critic.0.weight").unwrap();
        let of_actions = DIMS.obs * weight.shape.cols;
        learner.params.get_mut(weight)[of_actions..].fill(0.0);
        let mut ask = Evaluator::new(&method, &learner);
        for t in 0..window.len() {
            window.log_mu[t] = ask.of(&mut learner, window.obs(t), &window.actions[t]).0;
        }
        let end = ask.value(&mut learner, window.obs(window.len()), &noise[0]);
        let mut expected = vec![f32::NAN; window.len()];
        monte_carlo(&window.rewards, &window.discounts(&method), end, &mut expected);
        learner.update_on_windows(&[&window.steps()], &borrowed(&noise), &mut Pool::new(1));
        assert_near(target(&learner), expected[0], &format!("{} steps", window.len()));
    }
}

#[test]
fn an_action_of_unknown_density_spoils_the_target_and_is_not_taken_for_likely() {
    let method = with_target("{ kind = \"retrace\", lambda = 0.9, length = 2 }", &[]);
    let mut window = Window::drawn(2, &mut stream(2, "test"));
    let noise = noise(2, SAMPLES, &mut stream(3, "test"));
    let mut learner_of = |log_mu| {
        window.log_mu = vec![log_mu; 2];
        let mut learner = learner(&method);
        learner.update_on_windows(&[&window.steps()], &borrowed(&noise), &mut Pool::new(1));
        target(&learner)
    };
    assert!(learner_of(f32::NAN).is_nan());
    assert!(learner_of(0.0).is_finite());
}
