//! The whole program on tasks of discrete actions: runs, evaluations, resumed runs, refusals.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use coadapt_testing::{Folder, signal};

/// A small run of `algo` on CartPole-v1 into `out`, with updates and evaluations.
fn small<'a>(algo: &'a str, out: &'a str) -> Vec<&'a str> {
    // So long that a signal finds it at work, on a fast and idle machine too.
    let steps = if algo == "mpo" { "12000" } else { "60000" };
    let mut arguments = vec!["train", "--out", out, "--algo", algo, "--env", "CartPole-v1", "--steps", steps];
    let mut set = vec!["schedule.eval_every=700", "schedule.eval_episodes=2", "schedule.log_every=100"];
    set.extend(["code.policy_sizes=[16, 16]", "code.critic_sizes=[16, 16]", "collect.batch=16"]);
    if algo == "mpo" {
        set.extend(["collect.learn_after=200", "collect.warmup=200", "collect.capacity=2000"]);
    } else {
        set.extend([
            "collect.iteration={ kind = \"fixed\", every = 400, critic_steps = 10, policy_steps = 20 }",
            "collect.capacity=1500",
        ]);
    }
    arguments.extend(set.into_iter().flat_map(|change| ["--set", change]));
    arguments
}

#[test]
fn a_stopped_run_continues_to_the_bit_and_can_be_evaluated() {
    let folder = Folder::new();
    for algo in ["mpo", "awr"] {
        let (whole, stopped) = (format!("{algo}-whole"), format!("{algo}-stopped"));
        folder.must(&small(algo, &whole));
        let child = folder.start_until(&stopped, 12, &small(algo, &stopped));
        signal(&child, "TERM");
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
        folder.must(&["evaluate", &stopped, "--episodes", "2"]);
        folder.must(&["train", "--resume", &stopped]);
        for file in ["metrics.jsonl", "curve.svg", "config.toml"] {
            let read = |run: &str| folder.read(&format!("{run}/{file}"));
            assert_eq!(read(&stopped), read(&whole), "{algo}: {file}");
        }
        let json = folder.must(&["evaluate", &whole, "--episodes", "3", "--json"]);
        let found: serde_json::Value = serde_json::from_str(&json).unwrap();
        let returns: Vec<f64> =
            found["returns"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(returns.len() == 3 && returns.iter().all(|r| (1.0..=500.0).contains(r)), "{returns:?}");
        assert_eq!(json, folder.must(&["evaluate", &whole, "--episodes", "3", "--json"]));
        assert_eq!(json, folder.must(&["evaluate", &whole, "--episodes", "3", "--json", "--threads", "2"]));
        let metrics = folder.read(&format!("{whole}/metrics.jsonl"));
        assert!(metrics.contains("\"logit_size\"") && metrics.contains("\"entropy\""), "{metrics}");
        assert!(!metrics.contains("\"policy_std\""), "a softmax has no standard deviation");
    }
}

#[test]
fn the_discrete_form_is_explained() {
    let folder = Folder::new();
    let text = folder.must(&["explain", "--algo", "mpo", "--env", "CartPole-v1"]);
    for line in ["π_p = Softmax", "deviation  pi.head: ", "kind = \"all\"", "kind = \"whole\""] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let text = folder.must(&["explain", "--algo", "awr", "--env", "Acrobot-v1"]);
    assert!(text.contains("kind = \"logit_l2\"") && text.contains("deviation  pi.penalty: "), "{text}");
    let changes = ["--set", "pi.head=softmax", "--set", "pi.penalty=off"];
    for command in ["explain", "train"] {
        let arguments = [&[command, "--algo", "awr", "--env", "Pendulum-v1"], &changes[..]].concat();
        assert!(folder.refused(&arguments).contains("a softmax policy needs discrete actions"));
    }
    assert!(folder.must(&["tasks"]).contains("2 choices"));
}

#[test]
fn an_algorithm_without_a_discrete_form_is_refused_before_anything_is_written() {
    let folder = Folder::new();
    for command in ["train", "explain"] {
        let text = folder.refused(&[command, "--env", "CartPole-v1"]);
        assert_eq!(
            text,
            "error: sac does not run on the 2 discrete actions of `CartPole-v1`; there, these do: mpo, awr, awr_xbp, ppo, ppo_clip, vmpo, trpo\n"
        );
    }
    let head = "pi.head={ kind = \"normal\", mean = \"linear\", std = { kind = \"constant\", value = 0.4 } }";
    let text = folder.refused(&[
        "train",
        "--algo",
        "awr",
        "--env",
        "CartPole-v1",
        "--set",
        head,
        "--set",
        "pi.penalty=off",
    ]);
    assert!(text.contains("a Gaussian policy needs continuous actions"), "{text}");
    assert!(!folder.path("runs").exists());
}
