//! Data at their worst, for rows that learn from all of them at once.

use crate::reference::case::small;
use crate::reference::{Change, Sample};
use coadapt_agent::Dims;
use coadapt_agent::Metric;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_nn::Pool;

const ONE: Dims = Dims { obs: 1, action: 1 };
/// Every row, with its variants: name, overrides.
const ROWS: [(&str, &[Change]); 5] = [
    ("awr", &[]),
    ("awr_xbp", &[]),
    ("awr", &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }")]),
    ("awr", &[("pi.head", "{ kind = \"normal\", mean = \"linear\", std = { kind = \"learned\" } }")]),
    ("awr", &[("estimate.target.lambda", "1")]),
];

fn sample(reward: f32) -> Sample {
    Sample {
        obs: vec![0.4],
        action: vec![0.2],
        reward,
        terminated: true,
        truncated: false,
        next_obs: vec![-0.3],
    }
}

fn learner(algo: &str, changes: &[Change], batch: &str) -> Learner {
    let mut method = small(algo, ONE, changes);
    method.set("collect.batch", batch).unwrap();
    crate::plans::learner(&method, ONE, 3)
}

fn store(samples: &[Sample]) -> Episodes {
    let mut store = Episodes::new(1000, 1, 1);
    samples.iter().for_each(|sample| {
        store.push(sample.transition());
    });
    store
}

fn assert_finite(learner: &Learner, what: &str) {
    assert_eq!(learner.first_not_finite(), None, "{what}");
    assert_eq!(learner.params.first_not_finite(), None, "{what}");
}

#[test]
fn one_transition_of_one_number_each() {
    for (algo, changes) in ROWS {
        let mut learner = learner(algo, changes, "1");
        let store = store(&[sample(2.5)]);
        for _ in 0..20 {
            learner.iterate(&store, [Minibatches::Shuffled(5); 2], &mut Pool::new(1));
            assert_eq!(
                (learner.returns(), learner.weights()),
                (&[2.5][..], &[1.0][..]),
                "{algo} {changes:?}"
            );
        }
        assert_finite(&learner, algo);
    }
}

#[test]
fn rewards_of_a_million_weigh_as_those_of_one_do_and_those_of_nothing_alike() {
    for (algo, changes) in ROWS {
        let what = format!("{algo} {changes:?}");
        // Half up and half down: one deviation each, whatever its size.
        let mut learner = learner(algo, changes, "4");
        let rewards = [1e6, -1e6, -1e6, 1e6];
        learner.iterate(
            &store(&rewards.map(sample)),
            [Minibatches::Shuffled(0), Minibatches::Shuffled(10)],
            &mut Pool::new(1),
        );
        for (weight, reward) in learner.weights().iter().zip(rewards) {
            assert!((weight - f32::exp(reward.signum())).abs() < 1e-5, "{what}: {weight}");
        }
        assert_finite(&learner, &what);
        learner.iterate(&store(&[0.0; 4].map(sample)), [Minibatches::Shuffled(10); 2], &mut Pool::new(1));
        assert_eq!(learner.weights(), [1.0; 4], "{what}");
        assert!(learner.metrics().any(|(m, x)| m == Metric::AdvantageStd && x == 0.0), "{what}");
        assert_finite(&learner, &what);
    }
}

#[test]
fn where_both_ends_meet_termination_counts() {
    for (algo, changes) in ROWS {
        let what = format!("{algo} {changes:?}");
        let returned = |terminated: bool, next: f32| {
            let mut learner = learner(algo, changes, "2");
            // Whatever its units do, this critic has a value for every state.
            let bias = learner.params.span("critic.2.bias").unwrap();
            learner.params.get_mut(bias)[0] += 0.5;
            let one = Sample { terminated, truncated: true, next_obs: vec![next], ..sample(1.5) };
            learner.iterate(&store(&[one]), [Minibatches::Shuffled(0); 2], &mut Pool::new(1));
            learner.returns()[0]
        };
        assert_eq!((returned(true, 0.7), returned(true, -9.0)), (1.5, 1.5), "{what}");
        assert_ne!(returned(false, 0.7), 1.5, "{what}: a time limit does not cut");
    }
}
