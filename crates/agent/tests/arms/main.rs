//! Every arm of the paper: what it changes, against lists typed by hand; its label, against the published ones;
//! and that it runs.
#![allow(clippy::unwrap_used)]

mod expected;
mod rollouts;
#[path = "../toy/mod.rs"]
mod toy;

use std::collections::{BTreeMap, BTreeSet};

use coadapt_agent::code::LrDecay;
use coadapt_agent::collect::{Collect, Iteration};
use coadapt_agent::paper::arms::{Arm, SEEDS, TABLES, Table, steps, table};
use coadapt_agent::{Method, Plan, Status, Trainer, paper};
use coadapt_envs::{ActionSpace, Spec};
use serde_json::Value;

/// A task of which nothing but the name is known.
fn task(id: &str) -> Spec {
    let action = ActionSpace::boxed(3, -1.0, 1.0);
    Spec::new(id, 11, action, 1000)
}

/// Every number and word of a method by its path; a list is one.
fn leaves(method: &Method) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut left = vec![(String::new(), serde_json::to_value(method).unwrap())];
    while let Some((path, value)) = left.pop() {
        match value {
            Value::Object(fields) => {
                left.extend(fields.into_iter().map(|(key, value)| (format!("{path}.{key}"), value)));
            }
            value => {
                found.insert(path[1..].to_owned(), value);
            }
        }
    }
    found
}

/// What differs from `base`, the new value as JSON; nothing for what is gone.
fn differences(method: &Method, base: &Method) -> BTreeMap<String, String> {
    let (new, old) = (leaves(method), leaves(base));
    let paths: BTreeSet<&String> = new.keys().chain(old.keys()).collect();
    paths
        .into_iter()
        .filter(|path| new.get(*path) != old.get(*path))
        .map(|path| (path.clone(), new.get(path).map_or(String::new(), Value::to_string)))
        .collect()
}

/// Every arm with every task it was run on.
fn runs() -> impl Iterator<Item = (&'static Table, &'static Arm, &'static str)> {
    TABLES.iter().flat_map(|table| {
        let of_arm = move |arm: &'static Arm| table.tasks_of(arm).iter().map(move |task| (table, arm, *task));
        table.arms.iter().flat_map(of_arm)
    })
}

#[test]
fn an_arm_changes_what_it_claims_and_nothing_else() {
    let mut expected = expected::arms();
    for (table, arm, id) in runs() {
        let name = format!("{} | {} | {id}", table.id, arm.label);
        let base = coadapt_agent::method(arm.algo, &task(id)).unwrap();
        let method = arm.method(&task(id)).unwrap();
        Plan::of(&method, &task(id)).unwrap();
        let (algo, leaves) = expected
            .iter_mut()
            .find(|one| one.table == table.id && one.label == arm.label)
            .map(|one| {
                one.seen = true;
                (one.algo, expected::leaves(one, id))
            })
            .unwrap_or_else(|| panic!("{name} is not among the arms typed by hand"));
        assert_eq!((arm.algo, differences(&method, &base)), (algo, leaves), "{name}");
        assert_eq!(arm.overrides.is_empty(), method == base, "{name}");
    }
    let unseen: Vec<_> = expected.iter().filter(|one| !one.seen).map(|one| (one.table, one.label)).collect();
    assert_eq!(unseen, []);
}

/// A published label in our spelling.
fn spelled(label: &str) -> String {
    match label.strip_prefix("algo=").and_then(|rest| rest.split_once(",arch=")) {
        Some((algo, arch)) => format!("{algo} ({arch})"),
        None => label.replace(" +", "+").replace("+ ", "+"),
    }
}

/// A published task in our spelling.
fn spelled_task(id: &str) -> String {
    if id.contains("-v") {
        return id.to_owned();
    }
    let domains = ["ball_in_cup", "point_mass"];
    let domain = domains.into_iter().find(|d| id.starts_with(d)).or(id.split('_').next()).unwrap();
    format!("dm_control/{domain}-{}-v0", &id[domain.len() + 1..])
}

#[test]
fn the_arms_are_the_published_ones_one_to_one() {
    let mut published = BTreeMap::new();
    for line in include_str!("../data/published_arms.txt").lines().filter(|line| !line.starts_with('#')) {
        let [table, label, tasks] = line.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let tasks: Vec<_> = tasks.split(' ').filter(|t| !t.ends_with('!')).map(spelled_task).collect();
        published.insert((table.replace('T', "table"), spelled(label)), tasks);
    }
    assert_eq!(published.len(), 122);
    let tables: BTreeSet<String> = published.keys().map(|(table, _)| table.clone()).collect();
    let mut ours = BTreeMap::new();
    for table in TABLES.iter().filter(|table| tables.contains(table.id)) {
        for arm in table.arms {
            let tasks: Vec<_> = table.tasks_of(arm).iter().map(|task| (*task).to_owned()).collect();
            let twice = ours.insert((table.id.to_owned(), arm.label.to_owned()), tasks);
            assert_eq!(twice, None, "{} {}", table.id, arm.label);
        }
    }
    // The one arm of ours: Table 14's with the clipping that the paper's probably had not.
    assert!(ours.remove(&("table14".to_owned(), "MPO (Soft Q, Tanh, clipped)".to_owned())).is_some());
    assert_eq!(ours, published);
    let others: Vec<_> = TABLES.iter().map(|t| t.id).filter(|id| !tables.contains(*id)).collect();
    assert_eq!(
        others,
        [
            "figure1",
            "figure3",
            "figure4",
            "appendixg",
            "sac-without-tanh",
            "td3-details",
            "ppo-details",
            "vmpo-details"
        ]
    );
}

#[test]
fn a_run_is_as_long_as_the_papers() {
    let million = |id: &str| steps(id) as f64 / 1e6;
    let locomotion: Vec<f64> = table("2").unwrap().tasks.iter().map(|id| million(id)).collect();
    assert_eq!(locomotion, [1.0, 3.0, 3.0, 3.0, 10.0, 3.0]);
    let suite: f64 = table("10").unwrap().tasks.iter().map(|id| million(id)).sum();
    assert_eq!(suite, 25.0 * 2.5 + 3.0 * 14.0);
    assert!(table("figure3").unwrap().tasks.iter().all(|id| million(id) == 3.0));
    assert_eq!((million("Ant-v5"), SEEDS), (3.0, 10));
}

#[test]
fn rates_that_fall_reach_zero_where_a_run_ends() {
    let mut seen = 0;
    for (table, arm, id) in runs() {
        if let LrDecay::Linear { steps } = arm.method(&task(id)).unwrap().code.lr_decay {
            assert_eq!(steps, table.steps_on(id), "{}: {} on {id}", table.id, arm.label);
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}

#[test]
fn names_do_not_collide() {
    for table in &TABLES {
        let names: BTreeSet<String> = table.arms.iter().map(|arm| table.name_of(arm)).collect();
        assert_eq!(names.len(), table.arms.len(), "{}", table.id);
        assert!(names.iter().all(|name| !name.contains([' ', '(', ','])), "{names:?}");
    }
}

#[test]
fn every_arm_learns() {
    let mut distinct = BTreeMap::new();
    for (_, arm, id) in runs().filter(|(_, _, id)| *id == "Hopper-v2" || id.ends_with("walker-walk")) {
        distinct.entry((arm.algo, arm.overrides)).or_insert((arm, id));
    }
    assert!(distinct.len() > 50, "{}", distinct.len());
    for (arm, id) in distinct.into_values() {
        let mut method = paper::resolve(arm.algo, &task(id), &arm.overrides()).unwrap();
        let (capacity, batch, warmup, learn_after) = (1000, 4, 0, 10);
        method.collect = match method.collect {
            Collect::Episodes { .. } => {
                let iteration = Iteration::Fixed { every: 25, critic_steps: 2, policy_steps: 2 };
                Collect::Episodes { capacity, batch, warmup, learn_after, iteration }
            }
            other => {
                let (update_every, updates, exploration) = (5, 1, other.exploration());
                Collect::Replay { capacity, batch, warmup, learn_after, update_every, updates, exploration }
            }
        };
        let (env, eval) = (toy::Toy::boxed(), toy::Toy::boxed());
        let mut trainer = Trainer::new(&method, env, eval, 0, 1).unwrap();
        let before: Vec<f32> = weights(&trainer);
        for _ in 0..30 {
            assert_eq!(trainer.advance(&mut |_| {}).unwrap(), Status::Running, "{arm:?}");
        }
        assert_ne!(weights(&trainer), before, "{arm:?}");
    }
}

/// The policy's first weights.
fn weights(trainer: &Trainer) -> Vec<f32> {
    let snapshot = trainer.snapshot().unwrap();
    let found = snapshot.arrays.iter().find(|(name, ..)| name == "params.policy.0.weight");
    found.map(|(_, _, data)| data.to_vec()).unwrap()
}

#[test]
fn every_task_of_an_arm_is_there() {
    let known: Vec<_> = coadapt_envs::tasks().iter().map(|task| task.id.to_owned()).collect();
    for table in &TABLES {
        for task in table.arms.iter().flat_map(|arm| table.tasks_of(arm)) {
            assert!(known.iter().any(|id| id == task), "{}: {task}", table.id);
        }
    }
}
