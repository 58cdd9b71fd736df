//! A study resolved: every run it asks for, with its recipe and its address. Everything wrong is refused here.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow, bail};
use coadapt_agent::Method;
use coadapt_envs::Spec;

use crate::run::learner;
use crate::run::task::TaskOptions;
use crate::study::address::Address;
use crate::study::file::{Arm, Budget, Factor, StudyFile};

/// A study at one of its budgets.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What heads its report.
    pub title: String,
    /// What it asks.
    pub about: String,
    /// The budget's name.
    pub budget: String,
    /// The arms.
    pub arms: Vec<Arm>,
    /// The factors, where it is a factorial.
    pub factors: Vec<Factor>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// Every run, seed by seed, so that tables fill evenly; within a seed task by task.
    pub runs: Vec<Planned>,
}

/// A task with its steps.
#[derive(Debug, Clone)]
pub struct Task {
    /// What it is.
    pub spec: Spec,
    /// Environment steps of each run.
    pub steps: u64,
}

/// One run that the study asks for.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Place of its arm among the study's.
    pub arm: usize,
    /// Place of its task among the study's.
    pub task: usize,
    /// The seed.
    pub seed: u64,
    /// Environment steps.
    pub steps: u64,
    /// The recipe.
    pub method: Method,
    /// All overrides of it: the arm's and the budget's.
    pub overrides: Vec<(String, String)>,
    /// What its result depends on.
    pub address: Address,
}

impl Plan {
    /// Resolves `study` at the budget called `name`.
    pub fn new(study: &StudyFile, name: &str) -> Result<Plan> {
        let budget = study.budget(name)?;
        let tasks = tasks(budget)?;
        let mut grid = Vec::new();
        let mut effective = BTreeSet::new();
        for task in &tasks {
            for arm in &study.arms {
                let context = || format!("arm `{}` on {}", arm.label, task.spec.id);
                grid.push(recipe(arm, budget, task, &mut effective).with_context(context)?);
            }
        }
        if let Some((path, value)) =
            budget.overrides.iter().enumerate().find(|(i, _)| !effective.contains(i)).map(|(_, o)| o)
        {
            bail!("budget `{name}`: `{path}` is {value} already in every arm: the override changes nothing");
        }
        let mut runs = Vec::new();
        for seed in &budget.seeds {
            for (place, (method, overrides)) in grid.iter().enumerate() {
                let (task, arm) = (place / study.arms.len(), place % study.arms.len());
                let address = Address::of(method, &tasks[task].spec, *seed)
                    .with_context(|| format!("arm `{}` on {}", study.arms[arm].label, tasks[task].spec.id))?;
                let (method, overrides) = (method.clone(), overrides.clone());
                runs.push(Planned {
                    arm,
                    task,
                    seed: *seed,
                    steps: tasks[task].steps,
                    method,
                    overrides,
                    address,
                });
            }
        }
        Ok(Plan {
            title: study.title.clone(),
            about: study.about.clone(),
            budget: name.to_owned(),
            arms: study.arms.clone(),
            factors: study.factors.clone(),
            seeds: budget.seeds.clone(),
            tasks,
            runs,
        })
    }

    /// `SAC (S) on Hopper-v4, seed 3`.
    pub fn name(&self, run: &Planned) -> String {
        format!("{} on {}, seed {}", self.arms[run.arm].label, self.tasks[run.task].spec.id, run.seed)
    }

    /// Arms that are one recipe on every task: they share their runs.
    pub fn twins(&self) -> Vec<(usize, usize)> {
        let of = |arm: usize| self.runs.iter().filter(move |run| run.arm == arm).map(|run| &run.address);
        let pairs = (0..self.arms.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        pairs.filter(|(a, b)| of(*a).eq(of(*b))).collect()
    }
}

/// Makes every task once, to know its spaces and the simulator behind it.
fn tasks(budget: &Budget) -> Result<Vec<Task>> {
    let make = |(id, steps): &(String, u64)| {
        let env = learner::make_task(id, TaskOptions::NONE)?;
        Ok(Task { spec: env.spec().clone(), steps: *steps })
    };
    budget.tasks.iter().map(make).collect()
}

/// The recipe of one arm on one task with all its overrides. Those of the budget that change something here are
/// noted in `effective`: one that is there already is fine as long as it changes another arm.
fn recipe(
    arm: &Arm,
    budget: &Budget,
    task: &Task,
    effective: &mut BTreeSet<usize>,
) -> Result<(Method, Vec<(String, String)>)> {
    let mut method = coadapt_agent::paper::resolve(&arm.algo, &task.spec, &arm.overrides)?;
    method.check_task(&task.spec)?;
    let mut overrides = arm.overrides.clone();
    for (i, (path, value)) in budget.overrides.iter().enumerate() {
        if arm.overrides.iter().any(|(own, _)| own == path) {
            bail!("`{path}` is set by the arm and by the budget: one of the two would be lost");
        }
        match method.set(path, value) {
            Ok(()) => {
                effective.insert(i);
                overrides.push((path.clone(), value.clone()));
            }
            Err(coadapt_agent::Error::ChangesNothing { .. }) => {}
            Err(error) => return Err(anyhow!(error).context("an override of the budget")),
        }
    }
    method.row().algorithm()?;
    let every = method.schedule.eval_every;
    if !task.steps.is_multiple_of(every) {
        bail!(
            "its {} steps are no multiple of schedule.eval_every, which is {every}: a run ends with an evaluation, and \
             one that is continued later must have made the same ones",
            task.steps
        );
    }
    Ok((method, overrides))
}

#[cfg(test)]
mod tests {
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
        let expected =
            [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)];
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
            refused("Pendulum-v1\" = 2000", "Pendulum-v1\" = 2100")
                .contains("its 2100 steps are no multiple")
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
    fn arms_of_one_recipe_share_their_runs() {
        let text = STUDY.replace("{ \"estimate.critics\" = \"single\" }", "{}");
        assert_eq!(plan(&text).unwrap().twins(), [(0, 1)]);
    }
}
