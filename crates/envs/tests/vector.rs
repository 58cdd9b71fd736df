//! Copies stepped together give what each gives alone, for any number of threads, saved and restored too.

#![allow(clippy::unwrap_used)]

use coadapt_envs::{Cache, Env, EnvError, Spec, Step, VectorEnv, make};

const COPIES: usize = 5;
const STEPS: usize = 260;
const NO_STEP: Step = Step { reward: 0.0, terminated: false, truncated: false };
/// Built in and in a simulator; with early ends, and with a part of the model drawn at a reset.
const TASKS: [&str; 4] = ["Pendulum-v1", "CartPole-v1", "Hopper-v4", "dm_control/reacher-easy-v0"];

fn one(id: &str) -> Box<dyn Env> {
    make(id, &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap()
}

fn vector(id: &str, threads: usize) -> VectorEnv {
    VectorEnv::new((0..COPIES).map(|_| one(id)).collect(), threads).unwrap()
}

/// A different action in every copy and step, and one that every task takes.
fn action(spec: &Spec, copy: usize, step: usize) -> Vec<f64> {
    let k = 7 * copy + 3 * step;
    (0..spec.action.dim())
        .map(|d| if spec.id.starts_with("CartPole") { k % 2 } else { (k + d) % 3 } as f64)
        .collect()
}

/// Record of a walk: the bits of every observation, reward, position, velocity and drawn number, and the ends.
type Seen = Vec<Vec<u64>>;

fn bits(values: &[f64]) -> impl Iterator<Item = u64> {
    values.iter().map(|value| value.to_bits())
}

fn alone(id: &str, copy: usize) -> Vec<u64> {
    let mut env = one(id);
    let (mut obs, mut seen, mut reset) = (vec![0.0; env.spec().obs_dim], Vec::new(), true);
    env.seed(copy as u64 + 10);
    for t in 0..STEPS {
        if reset {
            env.reset(&mut obs).unwrap();
            seen.extend(bits(&obs));
        }
        let step = env.step(&action(env.spec(), copy, t), &mut obs).unwrap();
        seen.extend(bits(&obs).chain([step.reward.to_bits(), step.terminated.into(), step.truncated.into()]));
        if let Some(simulated) = env.simulated() {
            let mut model = vec![0.0; simulated.model_len()];
            simulated.model(&mut model);
            seen.extend(bits(simulated.qpos()).chain(bits(simulated.qvel())).chain(bits(&model)));
        }
        reset = step.ended();
    }
    seen
}

struct Walk {
    vector: VectorEnv,
    obs: Vec<f64>,
    reset: Vec<bool>,
    seen: Seen,
}

impl Walk {
    fn new(id: &str, threads: usize) -> Walk {
        let mut vector = vector(id, threads);
        vector.seed(&(10..10 + COPIES as u64).collect::<Vec<_>>());
        let obs = vec![0.0; COPIES * vector.spec().obs_dim];
        Walk { vector, obs, reset: vec![true; COPIES], seen: vec![Vec::new(); COPIES] }
    }

    fn walk(&mut self, steps: std::ops::Range<usize>) {
        let Walk { vector, obs, reset, seen } = self;
        let (spec, width) = (vector.spec().clone(), vector.spec().obs_dim);
        let mut told = [NO_STEP; COPIES];
        for t in steps {
            vector.reset(reset, obs).unwrap();
            for copy in (0..COPIES).filter(|copy| reset[*copy]) {
                seen[copy].extend(bits(&obs[copy * width..(copy + 1) * width]));
            }
            let actions: Vec<f64> = (0..COPIES).flat_map(|copy| action(&spec, copy, t)).collect();
            vector.step(&actions, obs, &mut told).unwrap();
            let [mut qpos, mut qvel, mut model] = vector.physics_len().map(|n| vec![0.0; n]);
            for (copy, step) in told.iter().enumerate() {
                vector.physics(copy, &mut qpos, &mut qvel);
                vector.model(copy, &mut model);
                let ends = [step.reward.to_bits(), step.terminated.into(), step.truncated.into()];
                seen[copy].extend(bits(&obs[copy * width..(copy + 1) * width]).chain(ends));
                seen[copy].extend(bits(&qpos).chain(bits(&qvel)).chain(bits(&model)));
                reset[copy] = step.ended();
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_what_each_copy_gives_alone() {
    for id in TASKS {
        let expected: Seen = (0..COPIES).map(|copy| alone(id, copy)).collect();
        assert_ne!(expected[0], expected[1]);
        for threads in [1, 2, 3, 99] {
            let mut walk = Walk::new(id, threads);
            assert_eq!(walk.vector.threads(), threads.min(COPIES));
            walk.walk(0..STEPS);
            assert!(walk.seen == expected, "{id} on {threads} threads");
        }
    }
}

#[test]
fn saved_copies_go_on_to_the_bit_on_another_number_of_threads() {
    for id in TASKS {
        let mut whole = Walk::new(id, 1);
        whole.walk(0..50);
        let mut state = Vec::new();
        whole.vector.save(&mut state);
        let mut again = Walk::new(id, 2);
        again.vector.restore(&state).unwrap();
        again.reset.clone_from(&whole.reset);
        whole.seen = vec![Vec::new(); COPIES];
        whole.walk(50..STEPS);
        again.walk(50..STEPS);
        assert!(whole.seen == again.seen, "{id}");
    }
}

#[test]
fn a_state_that_does_not_fit_changes_nothing() {
    let mut walk = Walk::new("Pendulum-v1", 2);
    walk.walk(0..3);
    let (mut state, mut other, mut after) = (Vec::new(), Vec::new(), Vec::new());
    walk.vector.save(&mut state);
    let mut pair = VectorEnv::new(vec![one("Pendulum-v1"), one("Pendulum-v1")], 2).unwrap();
    pair.save(&mut other);
    let error = walk.vector.restore(&other).unwrap_err().to_string();
    assert!(error.contains("it is one of 2 copies, and there are 5"), "{error}");
    assert!(walk.vector.restore(&state[..state.len() - 1]).unwrap_err().to_string().contains("cut short"));
    // The last copy's state is damaged: those before it were restored already, and are put back.
    let mut damaged = Walk::new("Pendulum-v1", 1);
    damaged.walk(0..7);
    let (mut bytes, length) = (Vec::new(), state.len());
    damaged.vector.save(&mut bytes);
    let last = (length - 8) / COPIES - 8;
    bytes[length - last] ^= 1;
    assert!(walk.vector.restore(&bytes).unwrap_err().to_string().contains("was not written by a coadapt"));
    walk.vector.save(&mut after);
    assert_eq!(after, state);
}

#[test]
fn what_does_not_fit_is_refused_with_a_sentence() {
    let refused = |envs| VectorEnv::new(envs, 1).unwrap_err().to_string();
    assert!(refused(Vec::new()).ends_with("there are none"));
    let mixed = refused(vec![one("Pendulum-v1"), one("CartPole-v1")]);
    assert!(mixed.contains("number 1 is CartPole-v1, and number 0 is another task (Pendulum-v1)"), "{mixed}");
    let mut pair = VectorEnv::new(vec![one("Pendulum-v1"), one("Pendulum-v1")], 2).unwrap();
    let (mut obs, mut steps) = ([0.0; 6], [NO_STEP; 2]);
    assert!(matches!(pair.step(&[0.0; 2], &mut obs, &mut steps), Err(EnvError::NotReset { .. })));
    pair.reset(&[true, true], &mut obs).unwrap();
    let error = pair.step(&[0.0; 3], &mut obs, &mut steps);
    assert!(matches!(error, Err(EnvError::ActionLength { expected: 2, found: 3, .. })));
    assert!(matches!(pair.reset(&[true, true], &mut [0.0; 5]), Err(EnvError::ObsLength { expected: 6, .. })));
    // The copy in the other thread is the one that fails; the first did step and goes on.
    let error = pair.step(&[0.5, f64::NAN], &mut obs, &mut steps).unwrap_err();
    assert!(matches!(error, EnvError::ActionNotFinite { .. }), "{error}");
    pair.step(&[0.5, 0.5], &mut obs, &mut steps).unwrap();
    assert!(obs.iter().all(|x| x.is_finite()) && steps[0].reward < 0.0);
}

/// An environment whose step is a bug.
struct Broken(Box<dyn Env>);

impl Env for Broken {
    fn spec(&self) -> &Spec {
        self.0.spec()
    }
    fn seed(&mut self, seed: u64) {
        self.0.seed(seed);
    }
    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.0.reset(obs)
    }
    fn step(&mut self, _: &[f64], _: &mut [f64]) -> Result<Step, EnvError> {
        panic!("this is the panic of the test")
    }
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }
    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        self.0.restore(state)
    }
}

#[test]
fn a_panic_in_a_thread_is_a_panic_of_the_caller_and_no_hang() {
    let envs: Vec<Box<dyn Env>> = vec![one("Pendulum-v1"), Box::new(Broken(one("Pendulum-v1")))];
    let mut pair = VectorEnv::new(envs, 2).unwrap();
    pair.reset(&[true, true], &mut [0.0; 6]).unwrap();
    let mut steps = [NO_STEP; 2];
    let step = std::panic::AssertUnwindSafe(|| pair.step(&[0.0; 2], &mut [0.0; 6], &mut steps));
    assert!(std::panic::catch_unwind(step).is_err());
}
