//! A run of a compiled update allocates nothing, on any number of threads.

use coadapt_nn::init::Init;
use coadapt_nn::mlp::{First, MlpConfig};
use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Act, Axis, Graph, Node, Params, Pool, Precision, Program, Shape};
use coadapt_testing::CountingAllocator;
use rand_core::SeedableRng;
use rand_pcg::Pcg64;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

// Without the usual harness, whose own thread would allocate while we count.
fn main() {
    let mut params = Params::new();
    let config = MlpConfig {
        inputs: 9,
        hidden: vec![64, 48],
        outputs: 1,
        act: Act::Elu,
        first: First::LayerNormTanh,
        hidden_init: Init::XavierUniform { gain: 1.0 },
        output_init: Init::XavierUniform { gain: 1.0 },
        bias_init: Init::FanIn,
        output_bias_init: Init::Zeros,
        groups: 2,
    };
    let critic = config.register(&mut params, "critic", &mut Pcg64::seed_from_u64(1));
    let target_set = params.add_copy(&critic.set, "critic", "target");
    let target = critic.with_set(&target_set);
    let optim = OptimConfig { clip_norm: 40.0, ..OptimConfig::adam(1e-3) };
    let optimizer = Optimizer::new(&mut params, "adam", &critic.set, optim);
    let graph = Graph::new();
    let x = graph.input(Shape::new(1, 32, 9));
    let y = target.forward(&graph, x).log_sum_exp(Axis::Group).stop_gradient();
    let loss = (critic.forward(&graph, x) - y).square().mean_all();
    graph.minimize(&optimizer, loss);
    graph.polyak(&critic.set, &target_set, 5e-3);
    let probe: Node<'_> = loss * 1.0;
    graph.output(probe);
    for (threads, precision) in [(1, Precision::F32), (2, Precision::F32), (2, Precision::Bf16x3)] {
        let mut pool = Pool::new(threads);
        let mut program = Program::compile_at(&graph, precision);
        let slot = program.slot(x);
        program.write(slot).iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32).sin());
        program.run(&mut params, &mut pool);
        let first = program.read(program.slot(probe))[0];
        let before = ALLOCATOR.allocations();
        for _ in 0..50 {
            program.run(&mut params, &mut pool);
        }
        let after = ALLOCATOR.allocations();
        assert_eq!(after - before, 0, "with {threads} threads at {precision:?}");
        let last = program.read(program.slot(probe))[0];
        assert!(last < first, "the update did not do its work: {first} then {last}");
    }
}
