//! The paper's ablations at the command line: listed as they are typed, found by name, told before they run.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use coadapt_testing::{Folder, small};

/// What `coadapt explain` says, from the row on.
fn explained(folder: &Folder, arguments: &[&str]) -> String {
    let text = folder.must(&[&["explain"], arguments].concat());
    text.split_once("\n\n").unwrap().1.to_owned()
}

#[test]
fn an_arm_is_what_its_line_would_type() {
    let folder = Folder::new();
    let list = folder.must(&["arms"]);
    let lines: Vec<Vec<&str>> = list.lines().skip(1).map(|line| line.splitn(2, "  ").collect()).collect();
    assert_eq!(lines.len(), 197, "{list}");
    let tables = [
        "table3/",
        "table5/",
        "table14/",
        "table16/",
        "appendixg/",
        "td3-details/",
        "ppo-details/",
        "vmpo-details/",
    ];
    for line in lines.iter().filter(|line| tables.iter().any(|table| line[0].starts_with(table))) {
        let [label_and_algo, overrides] = match line[1].split_once("  --set ") {
            Some((left, right)) => [left, &format!("--set {right}")],
            None => [line[1].trim_end_matches('-'), ""],
        };
        let algo = label_and_algo.split_whitespace().last().unwrap();
        let typed = format!("exec {} explain --algo {algo} {overrides}", env!("CARGO_BIN_EXE_coadapt"));
        let output = Command::new("sh").args(["-c", &typed]).current_dir(folder.path("")).output().unwrap();
        assert!(output.status.success(), "{typed}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.split_once("\n\n").unwrap().1, explained(&folder, &["--arm", line[0]]), "{typed}");
    }
}

#[test]
fn a_table_tells_its_tasks() {
    let folder = Folder::new();
    let text = folder.must(&["arms", "table10"]);
    assert!(text.starts_with("table10: DeepMind Control Suite"), "{text}");
    assert!(text.contains("dm_control/humanoid-run-v0 (14,000,000)") && text.contains("10 seeds"), "{text}");
    assert!(text.contains("SAC-E+ only on dm_control/manipulator-bring_ball-v0, "), "{text}");
    assert_eq!(folder.must(&["arms", "10"]), text);
    let text = folder.must(&["arms", "ppo-details"]);
    assert!(text.contains("  HalfCheetah-v4 (1,000,000)"), "{text}");
    let told = folder.refused(&["arms", "table6"]);
    assert!(told.contains("there are no arms of `table6` (did you mean `table"), "{told}");
}

#[test]
fn names_of_arms_that_do_not_exist_are_answered_with_names_that_do() {
    let folder = Folder::new();
    let told = folder.refused(&["train", "--arm", "table2/SAC (Z)"]);
    assert!(told.contains("did you mean `table2/sac-"), "{told}");
    let told = folder.refused(&["explain", "--arm", "SAC (S)"]);
    assert!(told.contains("name the table too: table2/sac-s, table5/sac-s"), "{told}");
    assert_eq!(folder.run(&["explain", "--arm", "table2/sac-s", "--algo", "sac"]).status.code(), Some(2));
    assert_eq!(folder.run(&["train", "--resume", "x", "--arm", "table2/sac-s"]).status.code(), Some(2));
    assert!(!folder.path("runs").exists());
}

#[test]
fn explain_tells_every_component_that_differs() {
    let folder = Folder::new();
    let text = folder.must(&["explain", "--arm", "table3/SAC (w/o)"]);
    assert!(text.starts_with("table3/sac-w-o (SAC) on Pendulum-v1\n"), "{text}");
    let changes: Vec<&str> = text.lines().filter(|line| line.starts_with("changes")).collect();
    assert_eq!(changes.len(), 2, "{text}");
    assert!(
        changes[0].starts_with("changes    pi.bounds: { ") && changes[0].ends_with("-> { kind = \"none\" }")
    );
    assert!(changes[1].starts_with("changes    pi.penalty: { kind = \"off\" } -> { "));
    let text = folder.must(&["explain", "--set", "code.arch=awr"]);
    let changes: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("changes    ")?.split(':').next()).collect();
    let expected = [
        "code.critic_lr",
        "code.critic_sizes",
        "code.input_norm",
        "code.optimizer",
        "code.policy_lr",
        "code.policy_output_bias_init",
        "code.policy_output_init",
        "code.policy_sizes",
    ];
    assert_eq!(changes, expected, "{text}");
    assert!(!folder.must(&["explain"]).contains("changes "));
    // Where a component was changed, the algorithm's own deviation there is none any more.
    assert!(!text.contains("deviation  code."), "{text}");
    assert!(folder.must(&["explain"]).contains("deviation  code.policy_output_init: "));
    // Nor is one of a number that is gone with its table; one beside what was changed stays.
    let of_eta = |eta: &str| {
        let eta = format!("pi_q.eta={eta}");
        folder.must(&["explain", "--algo", "mpo", "--set", &eta]).matches("deviation  pi_q.eta.").count()
    };
    assert_eq!(of_eta("{ kind = \"fixed\", value = 0.2 }"), 0);
    assert_eq!(of_eta("{ kind = \"dual\", epsilon = 0.3, initial_raw = 1.0, lr = 1e-2 }"), 2);
}

#[test]
fn overrides_that_change_too_much_are_refused() {
    let folder = Folder::new();
    let code =
        "pi_p={ update = \"sg\", actions = { kind = \"mixture\" }, trust_region = { kind = \"off\" } }";
    let told = folder.refused(&["train", "--algo", "mpo", "--set", code]);
    assert!(told.contains("2 components at once (pi_p.actions, pi_p.trust_region)"), "{told}");
    let told = folder.refused(&["train", "--set", "code.policy_sizes=[65536, 65536, 65536]"]);
    assert!(told.contains("8589934592 weights between layers, but must be"), "{told}");
    assert!(!folder.path("runs").exists());
}

#[test]
fn known_failures_are_told_before_a_run() {
    let folder = Folder::new();
    let loose = ["--set", "pi.bounds=none", "--steps", "300"];
    let output = folder.run(&small("loud", &loose));
    let text = String::from_utf8_lossy(&output.stderr);
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(
        told,
        ["warning: pi.bounds: SAC without tanh collapses where the cost sees the raw action (Table 3)"]
    );
    let output = folder.run(&small("quiet", &[&loose[..], &["--quiet"]].concat()));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_task_that_an_algorithm_has_no_settings_for_is_told_before_a_run() {
    let folder = Folder::new();
    for (env, told) in [("Reacher-v4", true), ("Hopper-v4", false)] {
        let output = folder.run(&["train", "--algo", "awr", "--env", env, "--steps", "5", "--out", env]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        let said = text.lines().any(|line| line.starts_with("settings: Table 9 has no learning rate"));
        assert_eq!(said, told, "{env}: {text}");
    }
}

#[test]
fn a_run_of_an_arm_has_a_place_of_its_own() {
    let folder = Folder::new();
    let small: Vec<&str> = small("unused", &["--arm", "table11/sac-w-o-soft-q", "--steps", "300"]);
    let arguments: Vec<&str> = small.into_iter().filter(|word| !["--out", "unused"].contains(word)).collect();
    folder.must(&arguments);
    let run = "runs/Pendulum-v1/table11-sac-w-o-soft-q-s0";
    assert_eq!(folder.result(run)["outcome"], "finished");
    let config = folder.read(&format!("{run}/config.toml"));
    assert!(config.contains("algo = \"sac\"") && config.contains("[method.g]\nkind = \"q\"\n"), "{config}");
}
