//! Rows that learn from all data at once: variants, divergence, degenerate data, refusals.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::Dims;
use coadapt_agent::collect::Collect;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::plan::{Moment, Net, Step};
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric, Status, Trainer};
use coadapt_nn::Pool;
use toy::{Toy, run, small};

const DIMS: Dims = Dims { obs: 2, action: 1 };
const STEPS: [Minibatches<'static>; 2] = [Minibatches::Shuffled(20), Minibatches::Shuffled(20)];

fn changed(name: &str, changes: &[(&str, &str)]) -> Method {
    let mut method = small(name);
    changes.iter().for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

#[test]
fn every_variant_of_the_row_learns_finite_numbers() {
    let overrides: [&[(&str, &str)]; 9] = [
        &[("pi.penalty", "off")],
        &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }")],
        &[("pi.head.mean", "tanh"), ("pi.head.std", "learned")],
        &[("pi.head.std", "{ kind = \"softplus\", initial = 0.5 }")],
        &[("estimate.target.lambda", "0"), ("pi_q.eta.value", "0.5")],
        &[("code.layer_norm", "true"), ("code.activation", "elu"), ("code.input_norm", "off")],
        &[("code.optimizer", "adam"), ("code.gradient_clip", "{ kind = \"norm\", max = 1 }")],
        &[("code.input_norm.ingest", "each")],
        &[("collect.batch", "1")],
    ];
    for change in overrides {
        let (status, means) = run(&changed("awr", change), Toy::new(), 0, 300);
        assert_eq!(status, Status::Running, "{change:?}");
        assert!(means.iter().all(|m| m.is_finite()), "{change:?}");
    }
}

#[test]
fn what_a_row_cannot_use_is_refused_with_a_sentence() {
    let refused =
        |method: &Method| Trainer::new(method, Toy::boxed(), Toy::boxed(), 0, 1).err().unwrap().to_string();
    let mut awr = small("awr");
    awr.collect = small("sac").collect;
    assert_eq!(
        refused(&awr),
        "`collect.kind` is replay, but must be episodes for a row that learns from all data at once"
    );
    let mut sac = small("sac");
    sac.collect = small("awr").collect;
    assert!(
        refused(&sac).contains("`collect.kind` is episodes, but must be replay for a row that learns from")
    );
    sac.collect = Collect::Dataset { batch: 1 };
    let told = refused(&sac);
    assert!(told.starts_with("`collect` = dataset does not run here yet"), "{told}");
    sac.collect = small("ppo").collect;
    assert!(refused(&sac).starts_with("`collect.kind` is rollout, but must be replay for a row that"));
    let mut ppo = small("ppo");
    ppo.collect = small("sac").collect;
    assert!(refused(&ppo).starts_with("`collect.kind` is replay, but must be rollout for a row that"));
    let norm = |ingest: &str| {
        let mut sac = small("sac");
        let numbers = "variance_eps = 0.01, std_floor = 0, clip = 5, until = 100";
        sac.set("code.input_norm", &format!("{{ kind = \"running\", ingest = \"{ingest}\", {numbers} }}"))
            .unwrap();
        sac
    };
    assert!(refused(&norm("buffer")).starts_with("`code.input_norm.ingest` is over stored episodes"));
    assert_eq!(run(&norm("each"), Toy::new(), 0, 200).0, Status::Running);
    assert!(
        refused(&changed("awr", &[("estimate.critics", "twin")])).starts_with("`estimate` = TD(λ) + TD3")
    );
    assert!(refused(&changed("awr", &[("g", "q")])).starts_with("`g` = Q^π_p"));
}

/// A store of one-step episodes: state x, action, reward; terminated.
fn one_step_episodes(steps: &[(f32, f32, f32)]) -> Episodes {
    let mut store = Episodes::new(100, 2, 1);
    for &(x, action, reward) in steps {
        let (obs, action, next_obs) = (&[x, x * x], &[action], &[9.0, 9.0]);
        store.push(Transition { obs, action, reward, terminated: true, truncated: false, next_obs });
    }
    store
}

fn numbers(learner: &Learner) -> Vec<f32> {
    learner.params.iter().flat_map(|(_, span)| learner.params.get(span).to_vec()).collect()
}

fn learner(method: &Method) -> Learner {
    plans::learner(method, DIMS, 0)
}

#[test]
fn one_step_episodes_that_terminate_return_their_reward() {
    let store = one_step_episodes(&[(0.1, 0.2, 3.0), (-0.5, 0.1, -2.0), (0.7, -0.3, 0.5)]);
    let mut learner = learner(&small("awr"));
    learner.iterate(&store, STEPS, &mut Pool::new(1));
    assert_eq!(learner.returns(), [3.0, -2.0, 0.5]);
    assert_eq!(learner.first_not_finite(), None);
}

/// As in the released code: returns for the critic, statistics of all states that were acted on, the critic's steps.
#[test]
fn input_statistics_take_in_what_was_acted_on_once_the_critic_has_returns() {
    let steps = plans::plan(&small("awr"), DIMS).steps();
    let expected =
        [Step::Values, Step::Returns, Step::Observe(Moment::BeforeCritic), Step::Minibatches(Net::Critic)];
    assert_eq!(steps[..4], expected);
    assert_eq!(steps.iter().filter(|step| matches!(step, Step::Observe(_))).count(), 1);
    let mut trainer = Trainer::new(&small("awr"), Toy::boxed(), Toy::boxed(), 4, 1).unwrap();
    trainer.run(100, &mut |_| ()).unwrap();
    let snapshot = trainer.snapshot().unwrap();
    let of = |name: &str| snapshot.arrays.iter().find(|array| array.0.ends_with(name)).unwrap().2;
    // Each episode has one observation more than transitions: its last.
    let ended = of("episodes.terminated").iter().zip(of("episodes.truncated")).map(|(a, b)| a + b > 0.0);
    let mut acted_on = Vec::new();
    let mut obs = of("episodes.obs").chunks(2);
    for ended in ended {
        acted_on.push(obs.next().unwrap());
        if ended {
            obs.next();
        }
    }
    assert!(acted_on.len() > 60, "{}", acted_on.len());
    for (d, &mean) in of("input_norm.mean").iter().enumerate() {
        let expected = acted_on.iter().map(|obs| f64::from(obs[d])).sum::<f64>() / acted_on.len() as f64;
        assert!((f64::from(mean) - expected).abs() < 1e-6, "{mean}, not {expected}");
    }
}

#[test]
fn equal_advantages_weigh_one_each() {
    for copies in [1, 7] {
        let mut learner = learner(&small("awr"));
        let store = one_step_episodes(&vec![(0.3, 0.2, 5.0); copies]);
        learner.iterate(&store, STEPS, &mut Pool::new(1));
        assert_eq!(learner.weights(), vec![1.0; copies]);
        let logged: Vec<_> = learner.metrics().collect();
        for expected in
            [(Metric::AdvantageStd, 0.0), (Metric::WeightEss, 1.0), (Metric::ClippedFraction, 0.0)]
        {
            assert!(logged.contains(&expected), "{expected:?}: {logged:?}");
        }
        assert_eq!(learner.first_not_finite(), None);
    }
}

#[test]
fn without_an_episode_nothing_happens() {
    let mut learner = learner(&small("awr"));
    let before = numbers(&learner);
    let mut store = Episodes::new(100, 2, 1);
    learner.iterate(&store, STEPS, &mut Pool::new(1));
    let (obs, action, next_obs) = (&[0.0; 2], &[0.0], &[1.0; 2]);
    store.push(Transition { obs, action, reward: 1.0, terminated: false, truncated: false, next_obs });
    learner.iterate(&store, STEPS, &mut Pool::new(1));
    assert_eq!((learner.updates, learner.metrics().count(), numbers(&learner)), (0, 0, before));
    // Iterations that come due before the first episode is over wait for the next time.
    let eager = "{ kind = \"fixed\", every = 3, critic_steps = 1, policy_steps = 1 }";
    assert_eq!(run(&changed("awr", &[("collect.iteration", eager)]), Toy::new(), 0, 60).0, Status::Running);
}

#[test]
fn an_action_at_the_edge_diverges_under_tanh_unless_kept_inside() {
    // Table 15: ln pi of an action of exactly +-1 is infinite.
    let store = one_step_episodes(&[(0.1, 1.0, 3.0), (-0.5, -1.0, -2.0), (0.7, 0.5, 0.5)]);
    let outcome = |inset: &str| {
        let bounds = format!("{{ kind = \"tanh\", inset = {inset} }}");
        let mut learner =
            learner(&changed("awr", &[("pi.bounds", bounds.as_str()), ("code.policy_lr", "1e-5")]));
        learner.iterate(&store, STEPS, &mut Pool::new(1));
        learner.first_not_finite()
    };
    assert_eq!(outcome("0.0"), Some(Metric::PolicyLoss));
    assert_eq!(outcome("1e-6"), None);
}

#[test]
fn rewards_of_a_million_are_a_run_or_a_named_divergence() {
    let Status::Diverged(divergence) = run(&small("awr"), Toy::paying(4e6), 0, 400).0 else {
        panic!("plain SGD at this learning rate cannot hold values of a million");
    };
    assert!(divergence.what.ends_with("is not finite") && divergence.step >= 100, "{divergence:?}");
    let slow = changed("awr", &[("code.critic_lr", "1e-8"), ("code.optimizer", "adam")]);
    assert_eq!(run(&slow, Toy::paying(4e6), 0, 400).0, Status::Running);
}
