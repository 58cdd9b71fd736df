//! A study resolved: every run it asks for, with its recipe and its address. Everything wrong is refused here.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use coadapt_agent::Method;
use coadapt_envs::Spec;
use toml::Table;

use crate::address::Address;
use crate::file::{Arm, Budget, Factor, StudyFile};
use coadapt_run::task::TaskOptions;
use coadapt_run::{config, learner};

/// A study at one of its budgets.
#[derive(Debug, Clone)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct Task {
    /// What it is.
    pub spec: Spec,
    /// Environment steps of each run.
    pub steps: u64,
}

/// One run that the study asks for.
#[derive(Debug, Clone)]
#[non_exhaustive]
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
    /// What is changed about the task.
    pub options: TaskOptions,
    /// What its result depends on.
    pub address: Address,
    /// Its name among the runs of its task: that of the address.
    pub name: String,
    /// The recipe as it stands at the end of a config.toml.
    pub recipe: Arc<str>,
}

impl Plan {
    /// Resolves `study` at the budget called `name`.
    pub fn new(study: &StudyFile, name: &str) -> Result<Plan> {
        let budget = study.budget(name)?;
        let tasks = tasks(budget)?;
        let mut grid = Vec::new();
        let mut effective = Effective::default();
        for task in &tasks {
            for arm in &study.arms {
                let context = || format!("arm `{}` on {}", arm.label, task.spec.id);
                grid.push(kind(arm, budget, task, &mut effective).with_context(context)?);
            }
        }
        effective.require_all(name, budget)?;
        let mut runs = Vec::with_capacity(budget.seeds.len() * grid.len());
        for seed in &budget.seeds {
            for (place, kind) in grid.iter().enumerate() {
                let (task, arm) = (place / study.arms.len(), place % study.arms.len());
                runs.push(kind.run(arm, task, *seed, tasks[task].steps)?);
            }
        }
        let plan = Plan {
            title: study.title.clone(),
            about: study.about.clone(),
            budget: name.to_owned(),
            arms: study.arms.clone(),
            factors: study.factors.clone(),
            seeds: budget.seeds.clone(),
            tasks,
            runs,
        };
        match plan.twins().first() {
            None => Ok(plan),
            Some((a, b)) => bail!(
                "arms `{}` and `{}` are the same recipe on every task of budget `{name}`: nothing can be compared \
                 between them, and one of them must change or go",
                plan.arms[*a].label,
                plan.arms[*b].label
            ),
        }
    }

    /// `SAC (S) on Hopper-v4, seed 3`.
    pub fn name(&self, run: &Planned) -> String {
        format!("{} on {}, seed {}", self.arms[run.arm].label, self.tasks[run.task].spec.id, run.seed)
    }

    /// Pairs of arms that are one recipe on every task.
    pub fn twins(&self) -> Vec<(usize, usize)> {
        let arms = self.arms.len();
        // The first seed's runs stand first, task by task.
        let names = |arm: usize| (0..self.tasks.len()).map(move |task| &self.runs[task * arms + arm].name);
        let pairs = (0..arms).flat_map(|b| (0..b).map(move |a| (a, b)));
        pairs.filter(|(a, b)| names(*a).eq(names(*b))).collect()
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

/// The part that all seeds of an arm on a task have in common.
struct Kind {
    method: Method,
    overrides: Vec<(String, String)>,
    address: Address,
    recipe: Arc<str>,
}

impl Kind {
    fn run(&self, arm: usize, task: usize, seed: u64, steps: u64) -> Result<Planned> {
        let address = Address { seed, ..self.address.clone() };
        let name = address.named(&self.address.hash()?);
        let (method, overrides) = (self.method.clone(), self.overrides.clone());
        let (options, recipe) = (address.options, self.recipe.clone());
        Ok(Planned { arm, task, seed, steps, method, overrides, options, address, name, recipe })
    }
}

/// Overrides of a budget that change something in some arm on some task: the rest would be written in vain.
#[derive(Default)]
struct Effective {
    overrides: BTreeSet<usize>,
    idle_everywhere: Option<Vec<(&'static str, String)>>,
}

impl Effective {
    fn note_options(&mut self, idle: Vec<(&'static str, String)>) {
        let before = self.idle_everywhere.take();
        self.idle_everywhere = Some(match before {
            None => idle,
            Some(before) => before.into_iter().filter(|one| idle.contains(one)).collect(),
        });
    }

    fn require_all(&self, name: &str, budget: &Budget) -> Result<()> {
        let overrides = budget.overrides.iter().enumerate();
        let mut idle = overrides.filter(|(i, _)| !self.overrides.contains(i)).map(|(_, o)| (&*o.0, &o.1));
        let options = self.idle_everywhere.iter().flatten().map(|(path, value)| (*path, value)).next();
        if let Some((path, value)) = idle.next().or(options) {
            bail!("budget `{name}`: `{path}` is {value} already in every arm: the override changes nothing");
        }
        Ok(())
    }
}

/// One arm on one task.
fn kind(arm: &Arm, budget: &Budget, task: &Task, effective: &mut Effective) -> Result<Kind> {
    let (method, overrides) = recipe(arm, budget, task, &mut effective.overrides)?;
    if let Some((path, value)) = arm.task.without_effect(&task.spec).first() {
        bail!("`{path}` is {value} already: the change of the task changes nothing");
    }
    let options = arm.task.with(&budget.task)?.options(&task.spec);
    effective.note_options(budget.task.without_effect(&task.spec));
    let address = Address::of(&method, &task.spec, options, 0)?;
    let recipe = config::recipe_text(&Table::try_from(&method).context("the recipe is no TOML")?)?.into();
    Ok(Kind { method, overrides, address, recipe })
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
    coadapt_agent::Plan::of(&method, &task.spec)?;
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
mod tests;
