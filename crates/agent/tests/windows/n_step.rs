//! n-step targets of every row that learns from batches, and the batches drawn from a replay.

use crate::evaluator::*;
use coadapt_agent::Method;
use coadapt_agent::math::returns::{Trajectory, n_step};
use coadapt_agent::replay::Replay;
use coadapt_agent::rng::stream;
use coadapt_nn::Pool;
use rand_core::Rng;

/// Rows with a target of `target`, the samples a state of their next values, and arrays of noise.
fn rows(target: &str) -> [(Method, usize, usize); 3] {
    let target = ("estimate.target", target);
    [
        (method("sac", &[("g", "q"), target]), 1, 2),
        (method("awac", &[target]), 1, 2),
        (method("mpo", &[("pi_p.actions.samples", "3"), target]), 3, 1),
    ]
}

#[test]
fn the_target_is_that_of_the_formula_for_every_window() {
    for (method, samples, arrays) in rows("{ kind = \"n_step\", n = 4 }") {
        let mut rng = stream(2, "test");
        for (length, terminated) in (1..=4).flat_map(|length| [(length, false), (length, true)]) {
            let window = Window { terminated, ..Window::drawn(length, &mut rng) };
            let noise = noise(arrays, samples, &mut rng);
            let mut learner = learner(&method);
            let end = Evaluator::new(&method, &learner).value(&mut learner, window.obs(length), &noise[0]);
            let values = [vec![f32::NAN; length], vec![end]].concat();
            let discounts = window.discounts(&method);
            let trajectory = Trajectory { rewards: &window.rewards, discounts: &discounts, values: &values };
            let mut expected = vec![f32::NAN; length];
            n_step(trajectory, 4, &mut expected);
            learner.update_on_windows(&[&window.steps()], &borrowed(&noise), &mut Pool::new(1));
            let what = format!("{}, {length} steps, terminated: {terminated}", method.pi_q);
            assert_near(target(&learner), expected[0], &what);
        }
    }
}

#[test]
fn a_batch_is_of_windows_that_begin_at_uniformly_drawn_transitions() {
    let retrace = "{ kind = \"retrace\", lambda = 0.9, length = 3 }";
    let with_retrace = method("mpo", &[("pi_p.actions.samples", "3"), ("estimate.target", retrace)]);
    let [with_n_steps, ..] = rows("{ kind = \"n_step\", n = 3 }").map(|(method, ..)| method);
    // Sizes of the arrays of noise an action: samples at each state that is looked at, or two single actions.
    for (mut method, noises) in [(with_retrace, vec![3; 3]), (with_n_steps, vec![1; 2])] {
        method.set("collect.batch", "40").unwrap();
        let (mut drawing, mut given) = (learner(&method), learner(&method));
        let episodes: Vec<Window> = {
            let mut rng = stream(2, "test");
            [4, 1, 2, 7, 5]
                .map(|length| Window { terminated: length == 2, ..Window::drawn(length, &mut rng) })
                .into()
        };
        let mut replay = Replay::keeping_log_mu(17, DIMS.obs, DIMS.action).unwrap();
        let mut steps: Vec<_> = Vec::new();
        for (i, episode) in episodes.iter().enumerate() {
            let mut own = episode.steps();
            // The newest episode still runs.
            let last = own.last_mut().unwrap();
            last.transition.truncated = i + 1 < episodes.len() && !last.transition.terminated;
            steps.extend(own);
        }
        steps.iter().for_each(|step| replay.push_step(*step));
        let held = &steps[steps.len() - 17..];
        let mut choices = stream(0, "replay");
        let mut windows = Vec::new();
        for _ in 0..40 {
            let start = ((u128::from(choices.next_u64()) * held.len() as u128) >> 64) as usize;
            let ended = held[start..].iter().position(|step| step.transition.ended());
            let end = ended.map_or(held.len(), |after| start + after + 1).min(start + 3);
            windows.push(&held[start..end]);
        }
        assert!((1..=3).all(|length| windows.iter().any(|window| window.len() == length)));
        let mut rng = stream(0, "update");
        let noise: Vec<_> = noises.iter().map(|samples| noise(1, 40 * samples, &mut rng).remove(0)).collect();
        drawing.update(&replay, &mut Pool::new(1));
        given.update_on_windows(&windows, &borrowed(&noise), &mut Pool::new(1));
        assert_eq!(target(&drawing), target(&given));
        assert_eq!(parameters(&drawing), parameters(&given));
    }
}

#[test]
#[should_panic(expected = "a window is longer than the target reads")]
fn a_window_that_is_too_long_is_refused() {
    let [(method, ..), ..] = rows("{ kind = \"n_step\", n = 2 }");
    let window = Window::drawn(3, &mut stream(2, "test"));
    let mut learner = crate::plans::learner(&method, DIMS, 0);
    learner.update_on_windows(&[&window.steps()], &[&[0.0; 2], &[0.0; 2]], &mut Pool::new(1));
}
