//! The bias of the critics as a run measures it: on a stream of its own, moving nothing else of the run.
#![allow(clippy::unwrap_used)]

mod toy;

use coadapt_agent::{Event, Method, Trainer};
use toy::{Toy, small};

/// What a run tells: everything but the biases, and the biases, floats as bits.
fn told(method: &Method, seed: u64) -> (Vec<u64>, Vec<Option<[u64; 3]>>) {
    let mut trainer = Trainer::new(method, Toy::boxed(), Toy::boxed(), seed, 1).unwrap();
    let (mut rest, mut biases) = (Vec::new(), Vec::new());
    for _ in 0..400 {
        trainer
            .advance(&mut |event| match event {
                Event::Train { values, .. } => rest.extend(values.iter().map(|(_, x)| x.to_bits())),
                Event::Evaluation { evaluation, .. } => {
                    rest.extend(evaluation.returns.iter().map(|x| x.to_bits()));
                    rest.extend(evaluation.lengths.iter().map(|&n| u64::from(n)));
                    biases.push(evaluation.bias.map(|bias| bias.values().map(|(_, x)| x.to_bits())));
                }
            })
            .unwrap();
    }
    (rest, biases)
}

#[test]
fn measuring_moves_nothing_else_of_the_run() {
    for algo in coadapt_agent::ALGORITHMS {
        let mut method = small(algo);
        let (rest, biases) = told(&method, 1);
        assert_eq!(biases.len(), 4);
        assert!(biases.iter().all(Option::is_some), "{algo}");
        assert_eq!((&rest, &biases), (&told(&method, 1).0, &told(&method, 1).1), "{algo}");
        method.set("schedule.bias_episodes", "5").unwrap();
        let (rest_of_five, five) = told(&method, 1);
        assert_eq!(rest, rest_of_five, "{algo}");
        assert_ne!(biases, five, "{algo}");
        method.set("schedule.bias_episodes", "0").unwrap();
        assert_eq!(told(&method, 1), (rest, vec![None; 4]), "{algo}");
    }
}

#[test]
fn a_critic_that_has_learned_is_nearly_right() {
    let mut method = small("sac");
    for (path, value) in [
        ("collect.capacity", "1e4"),
        ("schedule.eval_every", "1500"),
        ("schedule.bias_episodes", "20"),
        ("estimate.critics", "single"),
        ("estimate.discount", "0.9"),
    ] {
        method.set(path, value).unwrap();
    }
    let mut trainer = Trainer::new(&method, Toy::boxed(), Toy::boxed(), 0, 1).unwrap();
    let mut relative = Vec::new();
    trainer.evaluate_now(&mut |event| push(&mut relative, &event)).unwrap();
    for _ in 0..3_000 {
        trainer.advance(&mut |event| push(&mut relative, &event)).unwrap();
    }
    assert!(relative[0].abs() > 0.5 && relative[2].abs() < 0.2, "{relative:?}");
}

fn push(relative: &mut Vec<f64>, event: &Event<'_>) {
    if let Event::Evaluation { evaluation, .. } = event {
        relative.push(evaluation.bias.unwrap().relative);
    }
}
