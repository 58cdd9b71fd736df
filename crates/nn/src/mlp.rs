//! The one network shape of the paper: linear layers with an activation, perhaps layer norm on the first.

use crate::graph::{Graph, Node};
use crate::init::Init;
use crate::op::Act;
use crate::params::{ParamSet, Params, Span};
use crate::shape::Shape;
use rand_core::Rng;

/// Added to the variance in layer normalisation.
pub const LAYER_NORM_EPS: f32 = 1e-5;

/// The layers that follow the first linear one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// The activation, as everywhere.
    Plain,
    /// Layer norm and tanh in place of the activation, as MPO's released code has it.
    LayerNormTanh,
    /// Layer norm, tanh and then the activation, as the paper's listing in Appendix A has it.
    LayerNormTanhAct,
}

/// A network before it has parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct MlpConfig {
    /// Numbers in.
    pub inputs: usize,
    /// Sizes of the hidden layers.
    pub hidden: Vec<usize>,
    /// Numbers out, with no activation.
    pub outputs: usize,
    /// Activation of the hidden layers.
    pub act: Act,
    /// Activation or normalisation behind the first layer.
    pub first: First,
    /// Initialiser of the hidden layers' weights.
    pub hidden_init: Init,
    /// Initialiser of the last layer's weights.
    pub output_init: Init,
    /// Initialiser of the biases of the hidden layers.
    pub bias_init: Init,
    /// Initialiser of the last layer's bias.
    pub output_bias_init: Init,
    /// Independent copies side by side: 2 for twin critics.
    pub groups: usize,
}

#[derive(Debug, Clone)]
struct Layer {
    weight: Span,
    bias: Span,
    norm: Option<(Span, Span)>,
}

/// A network whose parameters are registered.
#[derive(Debug, Clone)]
pub struct Mlp {
    layers: Vec<Layer>,
    act: Act,
    first: First,
    /// All its parameters.
    pub set: ParamSet,
}

impl MlpConfig {
    /// Registers the parameters as `name.0.weight`, `name.0.bias`, ... and draws them from `rng`.
    pub fn register(&self, params: &mut Params, name: &str, rng: &mut impl Rng) -> Mlp {
        params.align();
        let mut layers = Vec::new();
        let mut inputs = self.inputs;
        let sizes = self.hidden.iter().chain([&self.outputs]);
        for (i, &outputs) in sizes.enumerate() {
            let last = i == self.hidden.len();
            let (weight_init, bias_init) = if last {
                (self.output_init, self.output_bias_init)
            } else {
                (self.hidden_init, self.bias_init)
            };
            let weight = params.add(format!("{name}.{i}.weight"), Shape::new(self.groups, inputs, outputs));
            for one in params.get_mut(weight).chunks_exact_mut(inputs * outputs) {
                weight_init.fill(rng, inputs, outputs, one);
            }
            let row = Shape::new(self.groups, 1, outputs);
            let bias = params.add(format!("{name}.{i}.bias"), row);
            for one in params.get_mut(bias).chunks_exact_mut(outputs) {
                bias_init.fill(rng, inputs, outputs, one);
            }
            let normed = i == 0 && !last && self.first != First::Plain;
            let norm = normed.then(|| {
                let gain = params.add(format!("{name}.{i}.norm.gain"), row);
                params.get_mut(gain).fill(1.0);
                (gain, params.add(format!("{name}.{i}.norm.offset"), row))
            });
            layers.push(Layer { weight, bias, norm });
            inputs = outputs;
        }
        let set = params.set(&format!("{name}."));
        Mlp { layers, act: self.act, first: self.first, set }
    }
}

impl Mlp {
    /// The network's value at `x` [g, rows, inputs], with its parameters as they stand in the record.
    pub fn forward<'g>(&self, graph: &'g Graph, x: Node<'g>) -> Node<'g> {
        let mut y = x;
        for (i, layer) in self.layers.iter().enumerate() {
            let (weight, bias) = (graph.param(layer.weight), graph.param(layer.bias));
            let last = i + 1 == self.layers.len();
            y = match layer.norm {
                Some((gain, offset)) => {
                    let (gain, offset) = (graph.param(gain), graph.param(offset));
                    let normed = y.linear(weight, bias, Act::Identity).layer_norm(
                        gain,
                        offset,
                        LAYER_NORM_EPS,
                        Act::Tanh,
                    );
                    if self.first == First::LayerNormTanhAct { normed.activated(self.act) } else { normed }
                }
                None => y.linear(weight, bias, if last { Act::Identity } else { self.act }),
            };
        }
        y
    }

    /// The value at `x` [1, rows, inputs] of copy number `number` alone, [1, rows, outputs]. Nothing is to be differentiated by the
    /// network's parameters through it.
    pub fn forward_one<'g>(&self, graph: &'g Graph, number: usize, x: Node<'g>) -> Node<'g> {
        let one = |Span { offset, shape }: Span| {
            assert!(number < shape.groups, "copy {number} of {}", shape.groups);
            let shape = Shape { groups: 1, ..shape };
            Span { offset: offset + number * shape.len(), shape }
        };
        self.moved(self.set.clone(), one).forward(graph, x)
    }

    /// The same network with other parameters: a target network's, or a lagged policy's.
    pub fn with_set(&self, set: &ParamSet) -> Mlp {
        self.moved(set.clone(), |span| {
            let at = self.set.spans.iter().position(|s| *s == span);
            at.map_or(span, |i| set.spans[i])
        })
    }

    fn moved(&self, set: ParamSet, moved: impl Fn(Span) -> Span) -> Mlp {
        let layers = self
            .layers
            .iter()
            .map(|l| Layer {
                weight: moved(l.weight),
                bias: moved(l.bias),
                norm: l.norm.map(|(gain, offset)| (moved(gain), moved(offset))),
            })
            .collect();
        Mlp { layers, act: self.act, first: self.first, set }
    }
}

impl<'g> Node<'g> {
    /// act(self)
    pub fn activated(self, act: Act) -> Node<'g> {
        match act {
            Act::Identity => self,
            Act::Relu => self.relu(),
            Act::Elu => self.elu(),
            Act::Tanh => self.tanh(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pool, Program};
    use rand_core::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn one_copy_alone_says_what_it_says_among_the_others() {
        let config = MlpConfig {
            inputs: 3,
            hidden: vec![5, 4],
            outputs: 2,
            act: Act::Elu,
            first: First::LayerNormTanh,
            hidden_init: Init::XavierUniform { gain: 1.0 },
            output_init: Init::XavierUniform { gain: 1.0 },
            bias_init: Init::XavierUniform { gain: 1.0 },
            output_bias_init: Init::XavierUniform { gain: 1.0 },
            groups: 2,
        };
        let mut params = Params::new();
        let net = config.register(&mut params, "net", &mut Pcg64::seed_from_u64(1));
        let graph = Graph::new();
        let x = graph.input(Shape::new(1, 2, 3));
        let [all, first, second] =
            [net.forward(&graph, x), net.forward_one(&graph, 0, x), net.forward_one(&graph, 1, x)];
        [all, first, second].into_iter().for_each(|node| graph.output(node));
        let mut program = Program::compile(&graph);
        let [x, all, first, second] = [x, all, first, second].map(|node| program.slot(node));
        program.write(x).copy_from_slice(&[0.3, -1.0, 0.2, 0.9, 0.1, -0.4]);
        program.run(&mut params, &mut Pool::new(1));
        assert_eq!((first.shape(), program.read(all).len()), (Shape::new(1, 2, 2), 8));
        assert_eq!([program.read(first), program.read(second)].concat(), program.read(all));
        assert_ne!(program.read(first), program.read(second));
    }
}
