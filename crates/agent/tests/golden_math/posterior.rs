//! The E-step over every action against brute force in f64, a bandit whose posterior is known, and its worst cases.

use crate::vectors::{assert_within, evaluate};
use coadapt_agent::math::dual::{RAW_FLOOR, softplus_dual};
use coadapt_agent::math::estep;
use coadapt_agent::math::posterior::Posterior;
use coadapt_nn::Shape;

const EPSILON: f64 = 0.1;

/// What the E-step makes of its input: by the code, or by brute force.
#[derive(Debug)]
struct Solved {
    /// [n, b], state by state within an action.
    weights: Vec<f64>,
    dual: f64,
    /// d dual / d eta
    slope: f64,
    kl: f64,
    ess: f64,
}

/// A task of `n` actions at `b` states: ln p and G, [n, b] each, f32 numbers.
#[derive(Debug, Clone)]
struct Task {
    n: usize,
    b: usize,
    log_prior: Vec<f64>,
    scores: Vec<f64>,
}

impl Task {
    /// Numbers that look random; prior probabilities from e^-8 up.
    fn new(n: usize, b: usize, spread: f64) -> Task {
        let number = |i: usize, salt: usize| ((i * 7919 + salt) % 509) as f64 / 509.0;
        let logits: Vec<f64> = (0..n * b).map(|i| 8.0 * number(i, 104_729)).collect();
        let scores = (0..n * b).map(|i| spread * (number(i, 1_299_709) - 0.5)).collect();
        Task::of(n, b, &logits, scores)
    }

    fn of(n: usize, b: usize, logits: &[f64], scores: Vec<f64>) -> Task {
        let mut log_prior = logits.to_vec();
        for state in 0..b {
            let total: f64 = (0..n).map(|a| logits[a * b + state].exp()).sum();
            (0..n).for_each(|a| log_prior[a * b + state] -= total.ln());
        }
        let narrow = |values: Vec<f64>| values.into_iter().map(|x| f64::from(x as f32)).collect();
        Task { n, b, log_prior: narrow(log_prior), scores: narrow(scores) }
    }

    /// The code under test.
    fn solved(&self, eta: f32) -> Solved {
        let shape = Shape::new(self.n, self.b, 1);
        let wide = |values: &[f64]| (shape, values.iter().map(|&x| x as f32).collect::<Vec<_>>());
        let arrays = [wide(&self.log_prior), wide(&self.scores), (Shape::SCALAR, vec![eta])];
        let found = evaluate(&arrays, |graph, x| {
            let posterior = Posterior::new(x[0], x[1], x[2]);
            let (weights, dual) = (posterior.weights(), posterior.dual_loss(EPSILON as f32));
            let slopes = graph.gradients(dual + weights.sum_all(), &[x[2], x[0], x[1]]);
            let (kl, ess) = (posterior.kl(), posterior.effective_sample_size());
            vec![weights, dual, slopes[0], kl, ess, slopes[1], slopes[2]]
        });
        assert!(found[5].iter().chain(&found[6]).all(|&g| g == 0.0), "prior and scores are constants");
        let one = |i: usize| f64::from(found[i][0]);
        let weights = found[0].iter().map(|&w| f64::from(w)).collect();
        Solved { weights, dual: one(1), slope: one(2), kl: one(3), ess: one(4) }
    }

    /// g(eta) by its definition, but for a largest exponent taken out.
    fn dual(&self, eta: f64) -> f64 {
        let log_mass = |state: usize| {
            let term = |a: usize| self.log_prior[a * self.b + state] + self.scores[a * self.b + state] / eta;
            let top = (0..self.n).map(term).fold(f64::NEG_INFINITY, f64::max);
            top + (0..self.n).map(|a| (term(a) - top).exp()).sum::<f64>().ln()
        };
        eta * EPSILON + eta * (0..self.b).map(log_mass).sum::<f64>() / self.b as f64
    }

    fn brute_force(&self, eta: f64) -> Solved {
        let mut weights = vec![0.0; self.n * self.b];
        let (mut kl, mut ess) = (0.0, 0.0);
        for state in 0..self.b {
            let at = |a: usize| a * self.b + state;
            let best = (0..self.n).map(|a| self.scores[at(a)]).fold(f64::NEG_INFINITY, f64::max);
            let raised = |a: usize| (self.log_prior[at(a)] + (self.scores[at(a)] - best) / eta).exp();
            let total: f64 = (0..self.n).map(raised).sum();
            let mut squares = 0.0;
            for a in 0..self.n {
                let (w, log_p) = (raised(a) / total, self.log_prior[at(a)]);
                weights[at(a)] = w;
                if w > 0.0 {
                    kl += w * (w.ln() - log_p);
                    squares += (2.0 * w.ln() - log_p).exp();
                }
            }
            ess += 1.0 / squares;
        }
        let step = 1e-5 * eta;
        let slope = (self.dual(eta + step) - self.dual(eta - step)) / (2.0 * step);
        Solved { weights, dual: self.dual(eta), slope, kl: kl / self.b as f64, ess: ess / self.b as f64 }
    }
}

fn assert_same(what: &str, found: &Solved, expected: &Solved) {
    for (i, (f, e)) in found.weights.iter().zip(&expected.weights).enumerate() {
        assert!((f - e).abs() < 2e-6 + 2e-5 * e, "{what}: weight {i} is {f}, not {e}");
    }
    for (name, f, e) in [
        ("dual", found.dual, expected.dual),
        ("slope", found.slope, expected.slope),
        ("KL", found.kl, expected.kl),
        ("effective sample size", found.ess, expected.ess),
    ] {
        assert!((f - e).abs() < 2e-5 * e.abs().max(1.0), "{what}: {name} is {f}, not {e}");
    }
}

#[test]
fn weights_dual_and_its_slope_agree_with_brute_force() {
    for (n, b) in [(2, 1), (3, 7), (18, 5), (1, 4)] {
        let task = Task::new(n, b, 4.0);
        for eta in [0.05f32, 0.3, 1.0, 10.0, 1000.0] {
            let (found, expected) = (task.solved(eta), task.brute_force(f64::from(eta)));
            assert_same(&format!("{n} actions, {b} states, eta {eta}"), &found, &expected);
            assert!((found.slope - (EPSILON - found.kl)).abs() < 2e-5, "the slope is epsilon less the KL");
        }
    }
}

#[test]
fn under_a_uniform_prior_it_is_the_estep_on_samples() {
    let task = Task { log_prior: vec![f64::from((1.0 / 6.0f32).ln()); 30], ..Task::new(6, 5, 4.0) };
    let scores: Vec<f32> = task.scores.iter().map(|&x| x as f32).collect();
    for eta in [0.1f32, 2.0] {
        let arrays = [(Shape::new(6, 5, 1), scores.clone()), (Shape::SCALAR, vec![eta])];
        let samples = evaluate(&arrays, |_, x| {
            let weights = estep::boltzmann_weights(x[0], x[1]);
            let dual = estep::dual_loss(x[0], x[1], EPSILON as f32);
            vec![weights, dual, estep::kl_to_uniform(weights), estep::effective_sample_size(weights)]
        });
        let exact = task.solved(eta);
        assert_within("weights", &samples[0], &exact.weights, 1e-6);
        assert_within("dual", &samples[1], &[exact.dual], 1e-5);
        assert_within("KL", &samples[2], &[exact.kl], 1e-5);
        assert_within("effective sample size", &samples[3], &[exact.ess], 1e-5);
    }
}

#[test]
fn at_the_duals_optimum_it_is_the_best_policy_within_the_bound() {
    // Two arms that pay 1 and 0, the worse one preferred: the best policy within the bound leans towards the better
    // one until its KL is the bound.
    let prior = [0.2f64, 0.8];
    let task = Task::of(2, 1, &prior.map(f64::ln), vec![1.0, 0.0]);
    let kl = |q: f64| q * (q / prior[0]).ln() + (1.0 - q) * ((1.0 - q) / prior[1]).ln();
    let bisected = |mut low: f64, mut high: f64, above: &dyn Fn(f64) -> bool| {
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if above(middle) { high = middle } else { low = middle }
        }
        low
    };
    let best = bisected(prior[0], 1.0, &|q| kl(q) > EPSILON);
    let eta = bisected(0.01, 10.0, &|eta| task.solved(eta as f32).slope > 0.0);
    let found = task.solved(eta as f32);
    assert!((found.weights[0] - best).abs() < 1e-5, "{found:?} instead of {best}");
    assert!((found.kl - EPSILON).abs() < 1e-5);
    // In closed form eta is 1 over the log odds that the rewards have to add.
    let log_odds = (best / (1.0 - best)).ln() - (prior[0] / prior[1]).ln();
    assert!((eta - 1.0 / log_odds).abs() < 1e-4, "{eta}");
}

#[test]
fn equal_scores_leave_the_prior_as_it_is() {
    for score in [0.0, -3.5, 1e6] {
        let task = Task { scores: vec![score; 12], ..Task::new(4, 3, 0.0) };
        for eta in [2.5e-8f32, 1.0, 1e6] {
            let found = task.solved(eta);
            for (w, log_p) in found.weights.iter().zip(&task.log_prior) {
                assert!((w - log_p.exp()).abs() < 1e-6, "{w} instead of {}", log_p.exp());
            }
            assert!(found.kl.abs() < 1e-6 && (found.ess - 1.0).abs() < 1e-6, "{found:?}");
            assert!((found.slope - EPSILON).abs() < 1e-6, "{}", found.slope);
        }
    }
}

#[test]
fn an_action_whose_probability_is_zero_in_f32_still_counts() {
    // e^-200 is 0 in f32. Its action is better by 1: worth nothing at eta = 1, everything at eta = 1e-3.
    let task = Task::of(2, 1, &[-200.0, 0.0], vec![1.0, 0.0]);
    let warm = task.solved(1.0);
    assert_eq!(warm.weights, [0.0, 1.0]);
    assert!(warm.kl.abs() < 1e-6 && (warm.ess - 1.0).abs() < 1e-6 && (warm.slope - EPSILON).abs() < 1e-6);
    let cold = task.solved(1e-3);
    assert_eq!(cold.weights, [1.0, 0.0]);
    assert!((cold.kl - 200.0).abs() < 1e-3 && (cold.slope - EPSILON + 200.0).abs() < 1e-3, "{cold:?}");
    // 1 / sum q^2 / p = p of that action.
    assert!(cold.ess < 1e-30);
}

#[test]
fn at_its_floor_the_temperature_is_greedy_and_learns_its_way_back() {
    let floor = evaluate(&[(Shape::SCALAR, vec![RAW_FLOOR])], |_, x| vec![softplus_dual(x[0])])[0][0];
    assert!((floor - 2.5e-8).abs() < 1e-9, "{floor}");
    // The first action is the best, but for a tie at the second state.
    let task = Task::of(3, 2, &[-1.0, -1.0, 2.0, 0.0, 0.5, 0.5], vec![3.0, 1.0, 2.0, 1.0, -1e4, 0.0]);
    let found = task.solved(floor);
    let tied = 1.0 / (1.0 + 1f64.exp());
    for (w, e) in found.weights.iter().zip([1.0, tied, 0.0, 1.0 - tied, 0.0, 0.0]) {
        assert!((w - e).abs() < 1e-6, "{found:?}");
    }
    assert!(found.slope < 0.0, "a posterior this far from its prior raises eta: {found:?}");
    assert!((found.dual - 2.0).abs() < 1e-6, "the dual is the mean of the best scores: {found:?}");
    assert!(found.kl > EPSILON && found.kl.is_finite() && found.ess > 0.0);
}
