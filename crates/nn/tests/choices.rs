//! Choices: one-hot vectors, ties, and what a softmax does where its probabilities leave f32.
#![allow(clippy::unwrap_used)]

use coadapt_nn::dist::Categorical;
use coadapt_nn::init::fill_gumbel;
use coadapt_nn::{Graph, Isa, Node, Params, Pool, Program, Shape, first_largest};
use rand_core::SeedableRng;
use rand_pcg::Pcg64;

/// The result of `formula` on one array.
fn computed<F>(isa: Isa, shape: Shape, values: &[f32], threads: usize, formula: F) -> Vec<f32>
where
    F: for<'g> Fn(&'g Graph, Node<'g>) -> Node<'g>,
{
    let graph = Graph::new();
    let x = graph.input(shape);
    let y = formula(&graph, x);
    graph.output(y);
    let mut program = Program::compile_for(&graph, isa);
    program.divide_everything();
    program.write(program.slot(x)).copy_from_slice(values);
    program.run(&mut Params::new(), &mut Pool::new(threads));
    program.read(program.slot(y)).to_vec()
}

#[test]
fn every_choice_is_the_identity_by_groups() {
    for isa in Isa::available() {
        for (count, threads) in [(1, 1), (2, 1), (3, 2), (5, 3)] {
            let found =
                computed(isa, Shape::SCALAR, &[0.0], threads, |graph, x| graph.every_choice(count) + 0.0 * x);
            let expected: Vec<f32> = (0..count * count).map(|i| f32::from(i / count == i % count)).collect();
            assert_eq!(found, expected, "{count} choices, {threads} threads");
        }
    }
}

#[test]
fn the_first_of_several_largest_is_chosen() {
    for isa in Isa::available() {
        let infinity = f32::INFINITY;
        let rows = [
            ([1.0, 3.0, 3.0], 1),
            ([0.0, -0.0, 0.0], 0),
            ([-infinity, -infinity, -infinity], 0),
            ([-infinity, -5.0, infinity], 2),
            ([2.0, 2.0, 2.5], 2),
        ];
        let values: Vec<f32> = rows.iter().flat_map(|(row, _)| *row).collect();
        for threads in [1, 2] {
            let found =
                computed(isa, Shape::new(1, rows.len(), 3), &values, threads, |_, x| x.largest_choice());
            for ((row, place), found) in rows.iter().zip(found.chunks_exact(3)) {
                let expected: Vec<f32> = (0..3).map(|i| f32::from(i == *place)).collect();
                assert_eq!((found, first_largest(row)), (&expected[..], *place), "{row:?}");
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "tens of thousands of draws")]
fn samples_come_with_the_probabilities_of_the_softmax() {
    for isa in Isa::available() {
        let (rows, logits) = (40_000, [0.3f32, -1.2, 1.1]);
        let mut values = vec![0.0; rows * 3];
        fill_gumbel(&mut Pcg64::seed_from_u64(3), &mut values);
        let drawn = computed(isa, Shape::new(1, rows, 3), &values, 1, |graph, noise| {
            let logit = |i: usize| graph.constant(logits[i]).broadcast_to(Shape::new(1, rows, 1));
            Categorical { logits: Node::concat(&[logit(0), logit(1), logit(2)]) }.sample(noise)
        });
        let total: f32 = logits.iter().map(|l| l.exp()).sum();
        for (choice, logit) in logits.iter().enumerate() {
            let share = drawn.iter().skip(choice).step_by(3).sum::<f32>() / rows as f32;
            let p = logit.exp() / total;
            // Four standard deviations.
            let tolerance = 4.0 * (p * (1.0 - p) / rows as f32).sqrt();
            assert!((share - p).abs() < tolerance, "choice {choice}: {share} instead of {p}");
        }
        assert!(drawn.chunks_exact(3).all(|row| row.iter().sum::<f32>() == 1.0));
    }
}

#[test]
fn a_probability_that_underflows_spoils_nothing() {
    for isa in Isa::available() {
        // e^-400 is 0 in f32.
        let logits = [0.0, -400.0, -1.0, 0.5, -700.0, 3e38];
        let shape = Shape::new(1, 2, 3);
        let of = |formula: for<'g> fn(Categorical<'g>) -> Node<'g>| {
            computed(isa, shape, &logits, 1, |_, x| formula(Categorical { logits: x }))
        };
        let entropy = of(|pi| pi.entropy());
        let p = 1.0 / (1.0 + (-1.0f32).exp());
        let expected = -p * p.ln() - (1.0 - p) * (1.0 - p).ln();
        assert!((entropy[0] - expected).abs() < 1e-6 && entropy[1] == 0.0, "{entropy:?}");
        assert_eq!(of(|pi| pi.probs())[1], 0.0);
        assert!((of(|pi| pi.log_probs())[1] + 400.0 + (1.0f32 + (-1.0f32).exp()).ln()).abs() < 1e-3);
        assert_eq!(of(|pi| pi.kl(pi)), [0.0, 0.0]);
        let uniform = of(|pi| pi.kl(Categorical { logits: pi.logits * 0.0 }));
        assert!((uniform[0] - (3f32.ln() - expected)).abs() < 1e-6, "{uniform:?}");
        assert!((uniform[1] - 3f32.ln()).abs() < 1e-6, "{uniform:?}");
        // The derivative of a probability of 0 is 0, not NaN.
        let slope = computed(isa, shape, &logits, 1, |graph, x| {
            graph.gradients(Categorical { logits: x }.entropy().sum_all(), &[x])[0]
        });
        assert!(slope.iter().all(|x| x.is_finite()) && slope[1] == 0.0, "{slope:?}");
    }
}
