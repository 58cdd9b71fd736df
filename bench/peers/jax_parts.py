"""What the updates in bare JAX are made of: networks, steps, and updates on batches."""

import math

import jax
import jax.numpy as jnp
import numpy
import optax

import workloads as w

HALF_LN_TAU = 0.5 * math.log(2 * math.pi)


def network(random, inputs, hidden, outputs, normed=False):
    """Weights [in, out] and biases of each layer, and the scale and offset of a layer norm on the first."""
    layers = []
    for fan_in, fan_out in zip((inputs, *hidden), (*hidden, outputs)):
        draw = lambda *shape: jnp.asarray(random.uniform(-1, 1, shape) * fan_in**-0.5, jnp.float32)
        layers.append([draw(fan_in, fan_out), draw(fan_out)])
    if normed:
        layers[0] += [jnp.ones(hidden[0]), jnp.zeros(hidden[0])]
    return layers


def forward(layers, x, activation=jax.nn.relu):
    for number, (weight, bias, *norm) in enumerate(layers):
        x = x @ weight + bias
        if norm:
            centred = x - x.mean(-1, keepdims=True)
            x = jnp.tanh(centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * norm[0] + norm[1])
        elif number + 1 < len(layers):
            x = activation(x)
    return x


def both(critics, obs, act):
    """Q of each critic, [B]."""
    joined = jnp.concatenate((obs, act), -1)
    return [forward(critic, joined)[:, 0] for critic in critics]


def numbers(tree):
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def regress(critics, obs, act, target):
    return sum(0.5 * ((q - target) ** 2).mean() for q in both(critics, obs, act))


def step(adam, gradients, state, weights):
    changes, state = adam.update(gradients, state, weights)
    return optax.apply_updates(weights, changes), state


def follow(targets, online):
    return jax.tree.map(lambda to, new: to + w.TAU * (new - to), targets, online)


class FromBatches:
    """Updates on batches taken in turn; a subclass has `state`, a dictionary, and `learn(state, *batch)`."""

    per_call = 1

    def __init__(self):
        self.random = numpy.random.default_rng(0)
        self.batches = [[jnp.asarray(array) for array in batch] for batch in w.batches()]
        self.count = 0
        self.compiled = jax.jit(self.learn, donate_argnums=0)

    def update(self):
        self.state, self.last = self.compiled(self.state, *self.batches[self.count % w.BATCHES])
        self.count += 1

    def losses(self):
        return [float(loss) for loss in self.last]

    def wait(self):
        jax.block_until_ready((self.state, self.last))

    def parameters(self):
        return numbers(self.state["policy"]), numbers(self.state["critic"])

    def start(self, policy, critic, adams, **more):
        self.policy_adam, self.critic_adam = adams
        moments = {"policy_adam": adams[0].init(policy), "critic_adam": adams[1].init(critic)}
        nets = {"policy": policy, "critic": critic, "target_critic": jax.tree.map(jnp.copy, critic)}
        self.state = {**nets, **moments, **more, "key": jax.random.key(0)}

    def twin_critics(self):
        return [network(self.random, w.OBS + w.ACTION, (w.HIDDEN, w.HIDDEN), 1) for _ in range(2)]
