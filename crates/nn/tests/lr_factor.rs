//! Learning rates multiplied by a parameter, against steps by hand; and Adam's eps.
#![allow(clippy::unwrap_used)]

use coadapt_nn::optim::{OptimConfig, Optimizer, Rule};
use coadapt_nn::{Graph, Isa, Params, Pool, Program, Shape};

const START: [f32; 4] = [1.0, -0.5, 2.0, 0.25];
const GRADIENTS: [[f32; 4]; 3] = [[0.1, -2.0, 3e-4, 0.0], [0.2, 1.0, -1e-4, 5.0], [-0.4, 0.5, 2e-5, 1.0]];

/// The parameters after each of three steps, before each of which the factor is written, where there is one.
fn stepped(isa: Isa, config: OptimConfig, factors: Option<[f32; 3]>) -> [Vec<f32>; 3] {
    let mut params = Params::new();
    let span = params.add("p", Shape::new(1, 1, START.len()));
    params.get_mut(span).copy_from_slice(&START);
    let set = params.set("p");
    let factor = factors.map(|_| params.add("factor", Shape::SCALAR));
    let optimizer = Optimizer::new(&mut params, "optimizer", &set, config);
    let optimizer = match factor {
        Some(factor) => optimizer.with_lr_factor(factor),
        None => optimizer,
    };
    let graph = Graph::new();
    let gradient = graph.input(span.shape);
    graph.step(&optimizer, &[gradient]);
    let mut program = Program::compile_for(&graph, isa);
    let slot = program.slot(gradient);
    std::array::from_fn(|i| {
        if let (Some(factor), Some(factors)) = (factor, factors) {
            params.get_mut(factor)[0] = factors[i];
        }
        program.write(slot).copy_from_slice(&GRADIENTS[i]);
        program.run(&mut params, &mut Pool::new(2));
        params.get(span).to_vec()
    })
}

/// The same in f64, as the rules are written.
fn by_hand(config: OptimConfig, factors: [f64; 3]) -> [Vec<f64>; 3] {
    let mut p = START.map(f64::from);
    let (mut first, mut second) = ([0.0f64; 4], [0.0f64; 4]);
    std::array::from_fn(|i| {
        let lr = f64::from(config.lr) * factors[i];
        let t = i as i32 + 1;
        for at in 0..4 {
            let g = f64::from(GRADIENTS[i][at]) + f64::from(config.weight_decay) * p[at];
            match config.rule {
                Rule::Adam { beta1, beta2, eps } => {
                    let (beta1, beta2) = (f64::from(beta1), f64::from(beta2));
                    first[at] = beta1 * first[at] + (1.0 - beta1) * g;
                    second[at] = beta2 * second[at] + (1.0 - beta2) * g * g;
                    let (m, v) = (first[at] / (1.0 - beta1.powi(t)), second[at] / (1.0 - beta2.powi(t)));
                    p[at] -= lr * m / (v.sqrt() + f64::from(eps));
                }
                Rule::Sgd { momentum } => {
                    first[at] = f64::from(momentum) * first[at] + g;
                    p[at] -= lr * first[at];
                }
            }
        }
        p.to_vec()
    })
}

fn assert_close(what: &str, found: &[Vec<f32>; 3], expected: &[Vec<f64>; 3]) {
    for (i, (found, expected)) in found.iter().flatten().zip(expected.iter().flatten()).enumerate() {
        let error = (f64::from(*found) - expected).abs();
        assert!(error < 1e-6 * expected.abs().max(1.0), "{what}[{i}] is {found}, expected {expected}");
    }
}

fn configs() -> [OptimConfig; 4] {
    let decayed = |config| OptimConfig { weight_decay: 0.1, ..config };
    let (adam, sgd) = (OptimConfig::adam(0.01), OptimConfig::sgd(0.01, 0.9));
    [adam, sgd, decayed(adam), decayed(sgd)]
}

#[test]
fn a_step_is_as_long_as_its_factor_says() {
    for isa in Isa::available() {
        for config in configs() {
            let what = format!("{config:?}");
            let found = stepped(isa, config, Some([1.0, 0.5, 0.125]));
            assert_close(&what, &found, &by_hand(config, [1.0, 0.5, 0.125]));
            let without = stepped(isa, config, None);
            assert_close(&what, &without, &by_hand(config, [1.0; 3]));
            assert_ne!(found[1], without[1], "{what}");
        }
    }
}

#[test]
fn a_factor_of_one_changes_no_bit_and_one_of_zero_lets_nothing_move() {
    for isa in Isa::available() {
        for config in configs() {
            let bits =
                |steps: [Vec<f32>; 3]| steps.map(|p| p.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
            assert_eq!(bits(stepped(isa, config, Some([1.0; 3]))), bits(stepped(isa, config, None)));
            let still = stepped(isa, config, Some([0.0, 1.0, 0.0]));
            assert_eq!(still[0], START);
            assert_ne!(still[1], START);
            assert_eq!(still[2], still[1]);
            // The moments went on meanwhile.
            assert_close(&format!("{config:?}"), &still, &by_hand(config, [0.0, 1.0, 0.0]));
        }
    }
}

#[test]
fn adam_adds_its_eps_to_the_root() {
    for isa in Isa::available() {
        let with = |eps| OptimConfig {
            rule: Rule::Adam { beta1: 0.9, beta2: 0.999, eps },
            ..OptimConfig::adam(0.01)
        };
        for eps in [1e-8, 1e-5, 1e-3] {
            assert_close(
                &format!("eps {eps}"),
                &stepped(isa, with(eps), None),
                &by_hand(with(eps), [1.0; 3]),
            );
        }
        // Of small gradients alone it makes a difference: here of 3e-4 and less.
        let [usual, larger] = [1e-8, 1e-5].map(|eps| stepped(isa, with(eps), None));
        let differs: Vec<bool> = (0..4).map(|at| (usual[2][at] - larger[2][at]).abs() > 1e-4).collect();
        assert_eq!(differs, [false, false, true, false]);
    }
}

#[test]
fn a_target_that_holds_the_factor_follows_after_the_step() {
    for isa in Isa::available() {
        let mut params = Params::new();
        let names = ["own", "target"];
        let [own, target] = names.map(|name| params.add(name, Shape::SCALAR));
        params.get_mut(own)[0] = 1.0;
        params.get_mut(target)[0] = 0.5;
        let [own_set, target_set] = names.map(|name| params.set(name));
        let optimizer =
            Optimizer::new(&mut params, "adam", &own_set, OptimConfig::adam(0.25)).with_lr_factor(target);
        let graph = Graph::new();
        graph.minimize(&optimizer, graph.param(own) * 3.0);
        graph.polyak(&own_set, &target_set, 1.0);
        Program::compile_for(&graph, isa).run(&mut params, &mut Pool::new(1));
        assert!((params.get(own)[0] - 0.875).abs() < 1e-6, "{:?}", params.get(own));
        assert_eq!(params.get(target), params.get(own));
    }
}

#[test]
#[should_panic(expected = "changes the factor of its own learning rate")]
fn a_factor_is_no_moment() {
    let mut params = Params::new();
    params.add("p", Shape::SCALAR);
    let set = params.set("p");
    let optimizer = Optimizer::new(&mut params, "adam", &set, OptimConfig::adam(0.1));
    let moment = params.span("adam.second_moment").unwrap();
    let _ = optimizer.with_lr_factor(moment);
}
