//! `coadapt tasks`: the list, all of one task, and a name that is none.

#![allow(clippy::unwrap_used)]

use coadapt_testing::Folder;

fn told(arguments: &[&str]) -> String {
    let output = Folder::new().command(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_task_is_listed_and_tells_every_number() {
    let list = told(&["tasks"]);
    for task in coadapt_envs::tasks() {
        assert!(list.lines().any(|line| line.starts_with(&format!("{} ", task.id))), "{}", task.id);
        let all = told(&["tasks", task.id]);
        for what in ["rules", "simulator", "a step", "an episode", "reward", "ends early"] {
            assert!(all.lines().any(|line| line.starts_with(&format!("  {what} "))), "{}: {what}", task.id);
        }
        let (_, observation) = all.split_once("\nobservation: ").unwrap();
        let numbered = |line: &&str| line.trim_start().starts_with(|c: char| c.is_ascii_digit());
        assert_eq!(observation.lines().skip(1).filter(numbered).count(), task.obs_dim, "{}", task.id);
    }
}

#[test]
fn a_task_tells_whose_rules_it_follows_and_what_its_numbers_mean() {
    let ant = told(&["tasks", "Ant-v2"]);
    for line in [
        "Ant-v2: run forward on four legs without falling over",
        "  rules       gym 0.21 -v2, as on MuJoCo 2.0 (contact forces are zero)",
        "  simulator   MuJoCo 3.17.0",
        "  a step      0.05 s",
        "  an episode  1000 steps",
        "action: 8 numbers",
        "    0  hip_4    [-1, 1]       1 is 150 N m",
        "observation: 111 numbers",
        "  contact forces, zero as on MuJoCo 2.0",
    ] {
        assert!(ant.lines().any(|found| found == line), "{line}\n{ant}");
    }
    let cart_pole = told(&["tasks", "CartPole-v1"]);
    assert!(cart_pole.contains("action: one of 2 choices\n    0  push left with 10 N\n"), "{cart_pole}");
}

#[test]
fn a_name_that_is_no_task_is_answered_with_the_nearest() {
    let output = Folder::new().command(&["tasks", "Humanoid-v3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("there is no task 'Humanoid-v3'; the nearest names are Humanoid-v"), "{said}");
}
