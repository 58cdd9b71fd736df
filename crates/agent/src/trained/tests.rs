//! A policy leaves its run and comes back from bytes as it was; bytes that lie are refused by name.

use super::*;
use crate::paper;
use crate::train::Trainer;
use coadapt_envs::{Cache, make};

fn trained(algo: &str, task: &str) -> Trainer {
    let env = || make(task, &Cache::from_environment(), &mut |_| ()).unwrap();
    let mut method = paper::method(algo, env().spec()).unwrap();
    for (path, value) in
        [("code.policy_sizes", "[9, 8]"), ("code.critic_sizes", "[8, 8]"), ("collect.capacity", "500")]
    {
        method.set(path, value).unwrap();
    }
    let mut trainer = Trainer::new(&method, env(), env(), 3, 1).unwrap();
    trainer.run(300, &mut |_| ()).unwrap();
    trainer
}

#[test]
fn a_policy_acts_as_its_run_does_before_and_after_it_was_bytes() {
    for (algo, task) in
        [("sac", "Pendulum-v1"), ("awac", "Pendulum-v1"), ("awr", "Pendulum-v1"), ("mpo", "CartPole-v1")]
    {
        let mut trainer = trained(algo, task);
        let mut policy = trainer.policy().unwrap();
        let bytes = policy.to_bytes().unwrap();
        let mut read = TrainedPolicy::from_bytes(&bytes).unwrap();
        assert_eq!(read.to_bytes().unwrap(), bytes, "{algo}");
        assert_eq!((read.method(), read.action_space()), (trainer.method(), policy.action_space()));
        let obs: Vec<f64> = (0..policy.obs_dim()).map(|i| 0.1 - 0.2 * i as f64).collect();
        let width = policy.action_space().dim();
        let mut rngs = [stream(5, "actor"), stream(5, "actor"), stream(5, "actor")];
        let mut actions = [const { Vec::new() }; 6];
        actions.iter_mut().for_each(|action| action.resize(width, f64::NAN));
        let [a, b, c, d, e, f] = &mut actions;
        trainer.act_at(&obs, None, a);
        policy.act(&obs, b);
        read.act(&obs, c);
        trainer.act_at(&obs, Some(&mut rngs[0]), d);
        policy.sample(&obs, &mut rngs[1], e);
        read.sample(&obs, &mut rngs[2], f);
        assert_eq!((&*a, &*a), (&*b, &*c), "{algo}");
        assert_eq!((&*d, &*d), (&*e, &*f), "{algo}");
    }
}

#[test]
fn bytes_that_are_no_policy_are_refused() {
    let bytes = trained("awr", "Pendulum-v1").policy().unwrap().to_bytes().unwrap();
    let refused = |bytes: &[u8]| TrainedPolicy::from_bytes(bytes).unwrap_err().to_string();
    assert!(refused(b"PK").contains("too short"));
    for cut in 0..bytes.len() {
        if cut % 7 == 0 || cut < 64 {
            refused(&bytes[..cut]);
        }
    }
    let text = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        let mut changed = bytes.clone();
        changed[at..at + to.len()].copy_from_slice(to.as_bytes());
        refused(&changed)
    };
    assert!(text("coadapt-policy", "coadapt-polity").contains("its format is `coadapt-polity`"));
    assert!(text(r#""version":"1""#, r#""version":"9""#).contains("its version is 9; this program reads 1"));
    assert!(text("policy.0.weight", "policy.7.weight").contains("no array `policy.0.weight`"));
    assert!(text("\"F32\"", "\"F64\"").contains("of F64"));
    let mut broken = bytes.clone();
    let end = broken.len();
    broken[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(refused(&broken).contains("holds NaN"));
}
