//! What a plan holds, and what is refused before anything runs.

use super::*;

const STUDY: &str = r#"
title = "t"
[[arm]]
label = "a"
algo = "sac"
[[arm]]
label = "b"
algo = "sac"
set = { "estimate.critics" = "single" }
[budget.smoke]
tasks = { "Pendulum-v1" = 2000, "MountainCarContinuous-v0" = 4000 }
seeds = 2
set = { "schedule.eval_every" = 500 }
"#;

fn plan(text: &str) -> Result<Plan> {
    Plan::new(&StudyFile::parse(text)?, "smoke")
}

#[test]
fn runs_fill_the_table_evenly() {
    let plan = plan(STUDY).unwrap();
    let order: Vec<_> = plan.runs.iter().map(|r| (r.seed, r.task, r.arm)).collect();
    let expected = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)];
    assert_eq!(order, expected);
    assert_eq!((plan.runs[2].steps, plan.runs[2].method.schedule.eval_every), (4000, 500));
    let names: BTreeSet<_> = plan.runs.iter().map(|r| r.address.name().unwrap()).collect();
    assert_eq!(names.len(), 8);
    assert!(plan.twins().is_empty());
    assert_eq!(plan.name(&plan.runs[1]), "b on Pendulum-v1, seed 0");
}

#[test]
fn everything_wrong_is_refused_before_anything_runs() {
    let refused = |old: &str, new: &str| {
        assert!(STUDY.contains(old), "{old}");
        format!("{:#}", plan(&STUDY.replacen(old, new, 1)).unwrap_err())
    };
    assert!(
        refused("\"single\"", "\"twin\"")
            .contains("arm `b` on Pendulum-v1: `estimate.critics` is twin already")
    );
    assert!(refused("estimate.critics", "estimate.crits").contains("did you mean `critics`?"));
    assert!(
        refused("Pendulum-v1\" = 2000", "Pendulum-v1\" = 2100").contains("its 2100 steps are no multiple")
    );
    assert!(refused("Pendulum-v1", "Pendulum-v2").contains("there is no task 'Pendulum-v2'"));
    assert!(refused("algo = \"sac\"", "algo = \"sacc\"").contains("there is no algorithm `sacc`"));
    assert!(
        refused("eval_every\" = 500", "eval_every\" = 1000")
            .contains("in every arm: the override changes nothing")
    );
    let twice = refused("\"single\" }", "\"single\", \"schedule.eval_every\" = 250 }");
    assert!(twice.contains("is set by the arm and by the budget"), "{twice}");
}

#[test]
fn arms_of_one_recipe_are_refused() {
    let text = STUDY.replace("{ \"estimate.critics\" = \"single\" }", "{}");
    let error = plan(&text).unwrap_err().to_string();
    assert!(
        error.starts_with("arms `a` and `b` are the same recipe on every task of budget `smoke`"),
        "{error}"
    );
}

#[test]
fn a_changed_task_is_another_run_and_an_option_in_vain_is_refused() {
    let with = |arm: &str, budget: &str| {
        let text = STUDY.replace("\"single\" }", &format!("\"single\" }}\n{arm}"));
        plan(&text.replace("seeds = 2", &format!("seeds = 2\n{budget}")))
    };
    let plain = with("", "").unwrap();
    assert!(plain.runs.iter().all(|run| run.options.is_none() && run.name == run.address.name().unwrap()));
    let arm = with("task = { clip_action = true, action_repeat = 2 }", "").unwrap();
    assert!(arm.runs.iter().zip(&plain.runs).all(|(a, b)| (a.name == b.name) == (a.arm == 0)));
    assert_eq!((arm.runs[1].options.action_repeat, arm.runs[1].address.options.clip_action), (2, true));
    // Of the two tasks, only the other has another limit.
    let budget = with("", "task = { time_limit = 200 }").unwrap();
    assert_eq!((budget.runs[0].options.time_limit, budget.runs[2].options.time_limit), (None, Some(200)));
    assert_eq!(budget.runs[0].name, plain.runs[0].name);
    let refused = |arm: &str, budget: &str| format!("{:#}", with(arm, budget).unwrap_err());
    let error = refused("task = { time_limit = 200 }", "");
    assert_eq!(
        error,
        "arm `b` on Pendulum-v1: `task.time_limit` is 200 already: the change of the task changes nothing"
    );
    let error = refused("", "task = { action_repeat = 1 }");
    assert!(error.contains("budget `smoke`: `task.action_repeat` is 1 already in every arm"), "{error}");
    let error = refused("task = { action_repeat = 2 }", "task = { action_repeat = 4 }");
    assert!(error.contains("is set by the arm and by the budget"), "{error}");
    assert!(
        refused("task = { repeat = 2 }", "").contains("there is no `repeat`; here there is `clip_action`")
    );
}
