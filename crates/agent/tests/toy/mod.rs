//! A task whose optimum is known: a point on a line, pushed towards a goal.
#![allow(dead_code, clippy::unwrap_used)]

use coadapt_agent::collect::{Collect, Iteration};
use coadapt_agent::{Event, Method, Status, Trainer};
use coadapt_envs::{ActionSpace, Env, EnvError, Spec, Step};

/// x' = x + 0.3 a; reward -(x - 0.5)^2 - 0.01 a^2. Episodes terminate beyond |x| = 2 and end at 20 steps.
pub struct Toy {
    spec: Spec,
    x: f64,
    clock: u32,
    draws: u64,
    /// Added to every reward.
    bonus: f64,
    /// From this step of its life on, observations are not finite.
    breaks_at: Option<u64>,
    life: u64,
}

impl Toy {
    pub fn new() -> Self {
        let action = ActionSpace::Continuous { low: vec![-1.0], high: vec![1.0] };
        let spec = Spec::new("Toy-v0", 2, action, 20);
        Toy { spec, x: 0.0, clock: 0, draws: 0, bonus: 0.0, breaks_at: None, life: 0 }
    }

    /// The same with three choices, a = -1, 0 or 1, and 1 added to every reward: running away to the end of the episode
    /// must not pay, from which a policy that has given up its other actions never returns.
    pub fn discrete() -> Self {
        let Toy { mut spec, .. } = Toy::new();
        (spec.id, spec.action) = ("Toy-v0-choices".to_owned(), ActionSpace::Discrete { n: 3 });
        Toy { spec, ..Toy::paying(1.0) }
    }

    /// The task to evaluate on where this one is trained on.
    fn for_evaluation(&self) -> Box<dyn Env> {
        match self.spec.action {
            ActionSpace::Continuous { .. } => Toy::boxed(),
            ActionSpace::Discrete { .. } => Box::new(Toy::discrete()),
        }
    }

    /// Whether its actions are choices.
    pub fn is_discrete(&self) -> bool {
        matches!(self.spec.action, ActionSpace::Discrete { .. })
    }

    /// The same with `bonus` added to every reward.
    pub fn paying(bonus: f64) -> Self {
        Toy { bonus, ..Toy::new() }
    }

    /// The same until step `at` of its life, from which on observations are not finite.
    pub fn breaking_at(at: u64) -> Self {
        Toy { breaks_at: Some(at), ..Toy::new() }
    }

    pub fn boxed() -> Box<dyn Env> {
        Box::new(Toy::new())
    }

    fn write(&self, obs: &mut [f64]) {
        obs.copy_from_slice(&[self.x, self.x * self.x]);
        if self.breaks_at.is_some_and(|at| self.life >= at) {
            obs[0] = f64::NAN;
        }
    }
}

impl Env for Toy {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.draws = seed;
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.draws =
            self.draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.x = (self.draws >> 33) as f64 / f64::from(1u32 << 31) * 2.0 - 1.0;
        self.clock = 0;
        self.write(obs);
        Ok(())
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        let action = match self.spec.action {
            ActionSpace::Continuous { .. } => action[0],
            ActionSpace::Discrete { n } => {
                let choice = action[0];
                assert!(action.len() == 1 && choice.fract() == 0.0 && (0.0..n as f64).contains(&choice));
                choice - 1.0
            }
        };
        self.x += 0.3 * action;
        self.clock += 1;
        self.life += 1;
        self.write(obs);
        let reward = -(self.x - 0.5).powi(2) - 0.01 * action.powi(2) + self.bonus;
        Ok(Step { reward, terminated: self.x.abs() > 2.0, truncated: self.clock >= 20 })
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(self.x.to_le_bytes());
        out.extend(self.draws.to_le_bytes());
        out.extend(self.clock.to_le_bytes());
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let word = |at: usize| <[u8; 8]>::try_from(&state[at..at + 8]).unwrap();
        self.x = f64::from_le_bytes(word(0));
        self.draws = u64::from_le_bytes(word(8));
        self.clock = u32::from_le_bytes(state[16..20].try_into().unwrap());
        Ok(())
    }
}

/// SAC with small networks and a short schedule.
pub fn small_method() -> Method {
    small("sac")
}

/// `algo` with small networks and a short schedule.
pub fn small(algo: &str) -> Method {
    small_on(&Toy::new(), algo)
}

/// `algo` as it runs on `task`, with small networks and a short schedule.
pub fn small_on(task: &Toy, algo: &str) -> Method {
    let mut method = coadapt_agent::method(algo, task.spec()).unwrap();
    let stored: &[_] = match method.collect {
        Collect::Rollout { .. } => &[("collect.steps", "96"), ("collect.epochs", "6")],
        _ => &[("collect.warmup", "50"), ("collect.learn_after", "50"), ("collect.capacity", "300")],
    };
    let small = [
        ("code.policy_sizes", "[32, 32]"),
        ("code.critic_sizes", "[32, 32]"),
        ("code.policy_lr", "3e-3"),
        ("code.critic_lr", "3e-3"),
        ("collect.batch", "32"),
        ("schedule.eval_every", "100"),
        ("schedule.eval_episodes", "3"),
        ("schedule.log_every", "20"),
    ];
    let changes: Vec<_> =
        small.iter().chain(stored).map(|(path, value)| (path.to_string(), value.to_string())).collect();
    method.set_all(&changes).unwrap();
    if algo == "vmpo" {
        // A copy an iteration, as it has it.
        method.set("code.targets.period", "18").unwrap();
    }
    if algo == "trpo" {
        // A step an iteration, of which there are few.
        method.set("pi_q.epsilon", "0.05").unwrap();
    }
    let Some(iteration) = method.collect.iteration() else { return method };
    let iteration = match iteration {
        Iteration::Fixed { .. } => "{ kind = \"fixed\", every = 100, critic_steps = 20, policy_steps = 60 }",
        Iteration::ByEpisodes { .. } => {
            "{ kind = \"by_episodes\", samples = 100, critic_steps = 20, policy_steps = 60 }"
        }
    };
    let changes = [("collect.iteration", iteration), ("code.policy_lr", "1e-3"), ("code.critic_lr", "1e-2")];
    changes.iter().for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

/// Runs `method` for `steps` steps, or until it diverges: how it stands, and the mean of each evaluation.
pub fn run(method: &Method, env: Toy, seed: u64, steps: u64) -> (Status, Vec<f64>) {
    let evaluation = env.for_evaluation();
    let mut trainer = Trainer::new(method, Box::new(env), evaluation, seed, 1).unwrap();
    let mut means = Vec::new();
    for _ in 0..steps {
        let status = trainer
            .advance(&mut |event| {
                if let Event::Evaluation { evaluation, .. } = event {
                    means.push(evaluation.mean());
                }
            })
            .unwrap();
        if status != Status::Running {
            return (status, means);
        }
    }
    (Status::Running, means)
}
