//! Polyak averaging behind an Adam step: the two are one pass where nothing can tell, and two where something can.
#![allow(clippy::unwrap_used)]

use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::params::ParamSet;
use coadapt_nn::{Graph, Isa, Params, Pool, Program, Shape, Span};

const LEN: usize = 3_001;
const TAU: f32 = 0.125;

/// A set, one that follows it, a third, and Adam of the first and the third.
struct Sets {
    params: Params,
    sets: [ParamSet; 3],
    spans: [Span; 3],
    optimizers: [Optimizer; 2],
}

fn sets() -> Sets {
    let mut params = Params::new();
    let names = ["own.", "target.", "third."];
    let spans = names.map(|name| params.add(format!("{name}weight"), Shape::new(1, 1, LEN)));
    for (i, &span) in spans.iter().enumerate() {
        params.get_mut(span).iter_mut().enumerate().for_each(|(at, x)| *x = ((at + 7 * i) as f32).sin());
    }
    let sets = names.map(|name| params.set(name));
    let optimizers = [("a", 0), ("b", 2)]
        .map(|(name, set)| Optimizer::new(&mut params, name, &sets[set], OptimConfig::adam(1e-2)));
    Sets { params, sets, spans, optimizers }
}

fn bits(params: &Params, span: Span) -> Vec<u32> {
    params.get(span).iter().map(|x| x.to_bits()).collect()
}

fn compiled(isa: Isa, graph: &Graph) -> Program {
    let mut program = Program::compile_for(graph, isa);
    program.divide_everything();
    program
}

#[test]
fn averaging_on_the_way_gives_the_bits_of_averaging_afterwards() {
    for isa in Isa::available() {
        for (threads, tau) in [(1, TAU), (2, TAU), (1, 1.0)] {
            let mut pool = Pool::new(threads);
            let [mut one, mut two] = [sets(), sets()];
            let loss = |graph: &Graph, sets: &Sets| {
                let own = graph.param(sets.spans[0]) - graph.param(sets.spans[1]) * 0.5;
                graph.minimize(&sets.optimizers[0], own.square().mean_all());
            };
            let graph = Graph::new();
            loss(&graph, &one);
            let alone = compiled(isa, &graph).steps();
            graph.polyak(&one.sets[0], &one.sets[1], tau);
            let mut both = compiled(isa, &graph);
            assert_eq!(both.steps(), alone);
            let (step, average) = (Graph::new(), Graph::new());
            loss(&step, &two);
            average.polyak(&two.sets[0], &two.sets[1], tau);
            let (mut step, mut average) = (compiled(isa, &step), compiled(isa, &average));
            for _ in 0..3 {
                both.run(&mut one.params, &mut pool);
                step.run(&mut two.params, &mut pool);
                average.run(&mut two.params, &mut pool);
            }
            for span in one.spans {
                assert_eq!(bits(&one.params, span), bits(&two.params, span), "{threads} threads, tau {tau}");
            }
        }
    }
}

#[test]
fn what_reads_the_target_after_the_step_sees_it_unmoved() {
    for isa in Isa::available() {
        let Sets { mut params, sets, spans, optimizers } = sets();
        let twice: Vec<f32> = params.get(spans[1]).iter().map(|x| x * 2.0).collect();
        let graph = Graph::new();
        let target = graph.param(spans[1]).stop_gradient();
        graph.minimize(&optimizers[0], graph.param(spans[0]).square().mean_all());
        let seen = target * 2.0;
        graph.polyak(&sets[0], &sets[1], TAU);
        graph.output(seen);
        let mut program = compiled(isa, &graph);
        program.run(&mut params, &mut Pool::new(1));
        assert_eq!(program.read(program.slot(seen)), twice);
        assert!(params.get(spans[1]).iter().zip(&twice).any(|(now, twice)| now * 2.0 != *twice));
    }
}

#[test]
fn another_step_between_keeps_them_apart_only_if_it_touches_them() {
    for isa in Isa::available() {
        let steps = |between: usize| {
            let Sets { sets, spans, optimizers, .. } = sets();
            let graph = Graph::new();
            graph.minimize(&optimizers[0], graph.param(spans[0]).square().mean_all());
            match between {
                0 => graph.minimize(&optimizers[1], graph.param(spans[2]).square().mean_all()),
                1 => graph.polyak(&sets[2], &sets[0], TAU),
                _ => graph.polyak(&sets[2], &sets[1], TAU),
            }
            let before = compiled(isa, &graph).steps();
            graph.polyak(&sets[0], &sets[1], TAU);
            compiled(isa, &graph).steps() - before
        };
        assert_eq!([0, 1, 2].map(steps), [0, 1, 1]);
    }
}
