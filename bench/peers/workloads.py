"""What every peer is given to do: the sizes, the numbers of the recipes, and the data."""

import numpy

OBS, ACTION, BATCH = 17, 6, 256
DISCOUNT, TAU = 0.99, 5e-3

# SAC and AWAC: networks 256-256 with ReLU, twin critics, Adam.
HIDDEN, LEARNING_RATE = 256, 3e-4
LOG_STD_MIN, LOG_STD_MAX, TARGET_ENTROPY = -20.0, 2.0, -float(ACTION)
WEIGHT_DECAY, WEIGHT_CLIP = 1e-4, 20.0  # AWAC's, and the clip is AWR's too

# MPO: layer norm and tanh after the first layer, then ELU; Adam, gradients clipped to a norm.
POLICY_SIZES, CRITIC_SIZES = (256, 256, 256), (512, 512, 256)
SAMPLES, MPO_LEARNING_RATE, DUAL_LEARNING_RATE, CLIP_NORM, COPY_PERIOD = 20, 1e-4, 1e-2, 40.0, 100
INITIAL_STD, STD_FLOOR, DUAL_OFFSET, DUAL_FLOOR = 0.5, 1e-6, 1e-8, -18.0
EPSILON, EPSILON_PENALTY, EPSILON_MEAN, EPSILON_STD = 0.1, 1e-3, 1e-3, 1e-6
RAW_DUALS = {"temperature": 1.0, "penalty": 1.0, "mean": 1.0, "std": 10.0}  # before softplus

# AWR: networks 128-64 with ReLU, a critic of states, SGD with momentum, iterations over all data.
AWR_SIZES, AWR_STD, MEAN_PENALTY, LAMBDA = (128, 64), 0.4, 10.0, 0.95
AWR_CRITIC_RATE, AWR_POLICY_RATE, MOMENTUM, ADVANTAGE_EPS = 1e-2, 5e-5, 0.9, 1e-5
EPISODES, EPISODE_STEPS, CRITIC_STEPS, POLICY_STEPS = 50, 1000, 293, 1465
VARIANCE_EPS, OBS_CLIP = 1e-2, 5.0

# DDPG and TD3: networks 256-256 with ReLU, one critic or two, Adam; a policy that ends in tanh.
TARGET_NOISE, NOISE_CLIP, POLICY_DELAY = 0.2, 0.5, 2

# PPO, V-MPO and TRPO: networks 64-64 with tanh, GAE, iterations over a rollout; PPO and TRPO with a deviation that is none
# of the state.
ROLLOUT_SIZES, ROLLOUT_RATE, ROLLOUT_ADAM_EPS, ADVANTAGE_FLOOR = (64, 64), 3e-4, 1e-5, 1e-8
PPO = {"steps": 2048, "size": 64, "epochs": 10, "discount": 0.995, "lambda_": 0.97}
VMPO = {"steps": 2048, "size": 256, "epochs": 8, "discount": 0.99, "lambda_": 0.95}
TRPO = {"steps": 5000, "size": 64, "epochs": 5, "discount": 0.995, "lambda_": 0.97}
PPO_CLIP = 0.2
VMPO_EPSILON, VMPO_EPSILON_MEAN, VMPO_EPSILON_STD, VMPO_RAW_DUAL = 0.1, 5e-3, 5e-6, 0.5413
TRPO_RATE, TRPO_KL, TRPO_GRADIENTS, TRPO_DAMPING, TRPO_TRIALS, TRPO_SHRINK = 1e-3, 0.01, 20, 0.1, 10, 0.5

REPLAY_ROWS = 100_000  # where a peer's own replay is in the timing
BATCHES = 16  # taken in turn where it is not: a replay does not hand out the same, still cached rows twice running


def transitions(count, seed=0):
    """obs, action, reward, next_obs, discount of `count` random transitions; one in a hundred is terminal."""
    random = numpy.random.default_rng(seed)
    draw = lambda width: random.uniform(-1, 1, (count, width)).astype(numpy.float32)
    continues = (random.random(count) >= 0.01).astype(numpy.float32)
    return draw(OBS), draw(ACTION), draw(1)[:, 0], draw(OBS), numpy.float32(DISCOUNT) * continues


def batches():
    """BATCHES lists of the arrays of `transitions`, BATCH rows each."""
    arrays = transitions(BATCHES * BATCH)
    return [[array[i * BATCH : (i + 1) * BATCH] for array in arrays] for i in range(BATCHES)]


def episodes():
    """obs [episodes, steps + 1, ...], action and reward [episodes, steps, ...]; a time limit ends each."""
    random = numpy.random.default_rng(0)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype(numpy.float32)
    steps = (EPISODES, EPISODE_STEPS)
    return draw(EPISODES, EPISODE_STEPS + 1, OBS), draw(*steps, ACTION), draw(*steps)


def rollout(steps):
    """obs, action, reward of `steps` transitions; whether an episode ends with each; the observations that those end in.
    Episodes have EPISODE_STEPS transitions, the last has what is left, and a time limit ends each."""
    random = numpy.random.default_rng(0)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype(numpy.float32)
    ends = numpy.arange(1, steps + 1) % EPISODE_STEPS == 0
    ends[-1] = True
    return draw(steps, OBS), draw(steps, ACTION), draw(steps), ends, draw(int(ends.sum()), OBS)


def minibatches(random, count, rows=EPISODES * EPISODE_STEPS, size=BATCH):
    """`count` minibatches of rows, every row once before any comes twice."""
    epochs = -(-count * size // rows)
    return numpy.concatenate([random.permutation(rows) for _ in range(epochs)])[: count * size].reshape(count, size)


def minibatch_count(steps, size, epochs, **_):
    """Minibatches of an iteration over a rollout."""
    return -(-steps * epochs // size)
