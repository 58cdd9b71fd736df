//! What a study's file says, and what is refused in it.

use super::*;

const GOOD: &str = r#"
title = "Table 2"
about = "Clipped double Q."

[[arm]]
label = "SAC (D)"
algo = "sac"

[[arm]]
label = "SAC (S)"
algo = "sac"
set = { "estimate.critics" = "single", "pi.bounds" = { kind = "tanh", inset = 1e-6 }, code.layer_norm = true }

[budget.smoke]
tasks = { "Pendulum-v1" = 2000, "Hopper-v4" = 3000 }
seeds = 2
set = { "schedule.eval_every" = 1000 }

[budget.paper]
tasks = { "Hopper-v2" = 1000000 }
seeds = [3, 1]
"#;

#[test]
fn a_study_is_read() {
    let study = StudyFile::parse(GOOD).unwrap();
    assert_eq!(study.arms.len(), 2);
    let set = &study.arms[1].overrides;
    let expected = [
        ("estimate.critics", "single"),
        ("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }"),
        ("code.layer_norm", "true"),
    ];
    assert_eq!(set.len(), 3);
    for ((path, value), (expected_path, expected_value)) in set.iter().zip(expected) {
        assert_eq!(path, expected_path);
        let parsed = |text: &str| format!("x = {text}").parse::<Table>().ok();
        assert!(value == expected_value || parsed(value) == parsed(expected_value), "{value}");
    }
    let smoke = study.budget("smoke").unwrap();
    assert_eq!(smoke.tasks, [("Pendulum-v1".to_owned(), 2000), ("Hopper-v4".to_owned(), 3000)]);
    assert_eq!((smoke.seeds.as_slice(), smoke.overrides.len()), (&[0, 1][..], 1));
    assert_eq!(study.budget("paper").unwrap().seeds, [3, 1]);
    let error = study.budget("lunch").unwrap_err().to_string();
    assert_eq!(error, "the study has no budget `lunch`; it has `paper`, `smoke`");
}

#[test]
fn a_factorial_crosses_its_levels() {
    let text = r#"
title = "Two by two"
[factorial]
algo = "mpo"
set = { "collect.batch" = 64 }
[[factorial.factor]]
name = "critics"
level = { single = {}, twin = { "estimate.critics" = "twin" } }
[[factorial.factor]]
name = "norm"
level = { with = {}, without = { "code.layer_norm" = false } }
[budget.smoke]
tasks = { "Pendulum-v1" = 2000 }
seeds = 1
"#;
    let study = StudyFile::parse(text).unwrap();
    let labels: Vec<_> = study.arms.iter().map(|arm| arm.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "critics: single, norm: with",
            "critics: single, norm: without",
            "critics: twin, norm: with",
            "critics: twin, norm: without"
        ]
    );
    assert_eq!(study.arms[3].levels, [1, 1]);
    assert_eq!(study.arms[3].overrides.len(), 3);
    assert_eq!(study.factors[1].levels, ["with", "without"]);
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |old: &str, new: &str| {
        assert!(GOOD.contains(old), "{old}");
        format!("{:#}", StudyFile::parse(&GOOD.replacen(old, new, 1)).unwrap_err())
    };
    assert_eq!(
        refused("SAC (S)", "SAC (D)"),
        "two arms are called `SAC (D)`; a label is the name of one arm"
    );
    assert!(refused("seeds = [3, 1]", "seeds = [3, 3]").ends_with("seed 3 is listed twice"));
    assert!(refused("seeds = 2", "seeds = 0").contains("budget `smoke`: `seeds` is 0, but must be how many"));
    assert!(refused("seeds = 2", "seeds = [-1]").contains("a list of different seeds"));
    assert!(refused("= 2000", "= 0").contains("the steps of Pendulum-v1 are 0"));
    assert!(refused("algo = \"sac\"\n\n[[arm]]", "[[arm]]").contains("arm `SAC (D)`: `algo` is missing"));
    assert!(refused("title", "titel").contains("there is no `titel`"));
    assert!(
        refused("[budget.paper]", "[budget.paper]\nsteps = 3")
            .contains("budget `paper`: there is no `steps`")
    );
    let empty = refused("[budget.smoke]", "[[arm]]\n[budget.smoke]");
    assert_eq!(empty, "arm 3 is empty: an arm has a label and an algo");
    let error = StudyFile::parse("title = 3\nbudget = {}").unwrap_err().to_string();
    assert!(error.contains("`title` is 3"), "{error}");
    let none = StudyFile::parse("title = \"x\"\n[budget.a]\ntasks = {}\nseeds = 1").unwrap_err().to_string();
    assert!(none.contains("there is no arm"), "{none}");
}

#[test]
fn what_is_wrong_with_a_factorial_is_named() {
    let refused = |factors: &str| {
        let text = format!(
            "title = \"x\"\n[factorial]\nalgo = \"sac\"\n{factors}\n[budget.a]\ntasks = {{ \"Pendulum-v1\" = 1 }}\nseeds = 1"
        );
        format!("{:#}", StudyFile::parse(&text).unwrap_err())
    };
    let factor = |name: &str, levels: &str| {
        format!("[[factorial.factor]]\nname = \"{name}\"\nlevel = {{ {levels} }}\n")
    };
    let two = "single = {}, twin = { \"estimate.critics\" = \"twin\" }";
    assert!(refused("").contains("factorial: `factor` is missing"), "{}", refused(""));
    assert!(refused(&factor("a", two)).contains("at least two factors"));
    let twice = refused(&(factor("a", two) + &factor("a", two)));
    assert_eq!(twice, "two factors are called `a`");
    let one = refused(&(factor("a", two) + &factor("b", "only = {}")));
    assert_eq!(one, "factor `b` must have at least two levels");
    let level = refused(&(factor("a", two) + &factor("b", "x = 3, y = {}")));
    assert_eq!(level, "factor `b`, level `x` is 3, but must be a table");
    let key = refused("factors = 3");
    assert!(key.contains("factorial: there is no `factors`; here there is `algo`"), "{key}");
}

#[test]
fn what_cannot_stand_beside_each_other_is_named() {
    let refused = |old: &str, new: &str| {
        assert!(GOOD.contains(old), "{old}");
        format!("{:#}", StudyFile::parse(&GOOD.replacen(old, new, 1)).unwrap_err())
    };
    let twice = refused("\"estimate.critics\" = \"single\"", "\"code.layer_norm\" = true");
    assert_eq!(twice, "arm `SAC (S)`: `code.layer_norm` is set twice");
    assert!(refused("label = \"SAC (D)\"", "label = \" \"").contains("`label` is empty"));
    assert!(refused("seeds = 2", "seeds = []").contains("`seeds` is []"));
    assert!(refused("seeds = 2", "seeds = 2.5").contains("`seeds` is 2.5"));
    assert!(refused("= 2000", "= \"many\"").contains("the steps of Pendulum-v1 are \"many\""));
    assert!(refused("\"Hopper-v4\" = 3000", "\"Pendulum-v1\" = 3000").starts_with("line "));
    let task = refused("seeds = 2", "seeds = 2\ntask = { clip = true }");
    assert!(task.starts_with("budget `smoke`, `task`: there is no `clip`; here there is"), "{task}");
}
