//! The paper's printed numbers, and which of them belongs beside which arm: by its recipe, else by its label.

use std::sync::LazyLock;

use coadapt_agent::Method;
use coadapt_agent::paper::arms::{self, TABLES, Table};
use serde::Deserialize;

use super::data;
use coadapt_study::plan::{Plan, Planned};

/// The numbers, by table, row and task.
const NUMBERS: &str = include_str!("data/published.csv");

/// One printed cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// Its table, such as `table3`.
    pub table: String,
    /// Its row, as the arms in the code are called.
    pub label: String,
    /// Its task.
    pub task: String,
    /// The mean; minus infinity where the return diverged, nothing where it was not run.
    pub mean: Option<f64>,
    /// The standard deviation.
    pub std: Option<f64>,
    /// Both as they are printed.
    pub text: String,
    /// Whether some of its runs ended in numerical errors.
    pub dagger: bool,
}

/// How a printed cell was found to be that of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The arm's recipe is the paper's, how often it is evaluated aside.
    ByRecipe,
    /// Only the label and the algorithm are the same: the recipe is another.
    ByLabel,
}

/// A printed cell beside one of ours.
#[derive(Debug, Clone, Copy)]
pub struct Beside {
    /// The cell.
    pub cell: &'static Printed,
    /// How it was found.
    pub found: Found,
    /// The paper's environment steps.
    pub steps: u64,
}

/// The paper's printed numbers of a study's arms.
#[derive(Debug)]
pub struct Published {
    /// The table that the study is most like.
    pub table: Option<&'static Table>,
    /// By arm, then by task.
    pub beside: Vec<Vec<Option<Beside>>>,
}

/// A row of the numbers as they are typed in.
#[derive(Deserialize)]
struct Typed {
    table: String,
    label: String,
    task: String,
    mean: String,
    std: String,
    mark: String,
}

/// All printed cells.
pub fn printed() -> &'static [Printed] {
    static ALL: LazyLock<Vec<Printed>> = LazyLock::new(|| {
        let cell = |Typed { table, label, task, mean, std, mark }| Printed {
            table,
            label,
            task,
            text: text(&mean, &std),
            mean: mean.parse().ok(),
            std: std.parse().ok(),
            dagger: mark == "dagger",
        };
        data::rows(NUMBERS).map(cell).collect()
    });
    &ALL
}

/// Digits as the paper has them, the minus sign as everywhere here.
fn text(mean: &str, std: &str) -> String {
    let mean = mean.replace("-inf", "−∞").replace('-', "−");
    if std.is_empty() { mean } else { format!("{mean} ± {std}") }
}

/// The largest printed mean on a task of this family, with where it stands.
pub fn best(family: &str) -> Option<&'static Printed> {
    let on_task = printed().iter().filter(|cell| data::family(&cell.task) == family && cell.mean.is_some());
    // The first of equals: the same runs stand in several tables.
    on_task.fold(None, |best: Option<&Printed>, cell| match best {
        Some(so_far) if so_far.mean >= cell.mean => Some(so_far),
        _ => Some(cell),
    })
}

/// An arm of the paper with its recipe on one task of the study, and what was printed of it.
struct Candidate {
    table: usize,
    arm: &'static arms::Arm,
    method: Method,
    cell: &'static Printed,
}

impl Published {
    /// Finds what was printed of the arms of `plan`.
    pub fn of(plan: &Plan) -> Published {
        let candidates: Vec<Vec<Candidate>> = plan.tasks.iter().map(|task| candidates(&task.spec)).collect();
        let table = most_like(plan, &candidates);
        let mut beside = vec![vec![None; plan.tasks.len()]; plan.arms.len()];
        for run in plan.runs.iter().take(plan.tasks.len() * plan.arms.len()) {
            let label = &plan.arms[run.arm];
            let of_task = &candidates[run.task];
            let in_table = |candidate: &&Candidate| Some(candidate.table) == table;
            let by_recipe = || of_task.iter().filter(|candidate| is_run(candidate, run));
            let named = |candidate: &&Candidate| {
                candidate.arm.label == label.label && candidate.arm.algo == label.algo
            };
            let exact = by_recipe().filter(in_table).find(named).or_else(|| by_recipe().find(in_table));
            let by_label = || of_task.iter().filter(in_table).find(named);
            let found = exact
                .map(|candidate| (candidate, Found::ByRecipe))
                .or_else(|| by_label().map(|candidate| (candidate, Found::ByLabel)))
                .or_else(|| by_recipe().next().map(|candidate| (candidate, Found::ByRecipe)));
            beside[run.arm][run.task] = found.map(|(candidate, found)| Beside {
                cell: candidate.cell,
                found,
                steps: arms::steps(&candidate.cell.task),
            });
        }
        Published { table: table.map(|place| &TABLES[place]), beside }
    }

    /// Every printed cell that stands beside one of ours, with the place of its task.
    pub fn all(&self) -> impl Iterator<Item = (usize, &Beside)> {
        self.beside
            .iter()
            .flat_map(|row| row.iter().enumerate())
            .filter_map(|(t, cell)| Some((t, cell.as_ref()?)))
    }
}

/// Every arm of the paper with a number on a task of this family.
fn candidates(spec: &coadapt_envs::Spec) -> Vec<Candidate> {
    let family = data::family(&spec.id);
    let mut found = Vec::new();
    for (place, table) in TABLES.iter().enumerate() {
        for arm in table.arms {
            let here = |cell: &&Printed| {
                cell.table == table.id && cell.label == arm.label && data::family(&cell.task) == family
            };
            let cell = printed().iter().filter(|cell| cell.mean.is_some()).find(here);
            if let (Some(cell), Ok(method)) = (cell, cell.map_or(Ok(None), |_| arm.method(spec).map(Some))) {
                found.extend(method.map(|method| Candidate { table: place, arm, method, cell }));
            }
        }
    }
    found
}

/// The table that most cells agree with: in recipe and label, then in recipe, then in label.
fn most_like(plan: &Plan, candidates: &[Vec<Candidate>]) -> Option<usize> {
    let mut agreement = vec![(0, 0, 0); TABLES.len()];
    for run in plan.runs.iter().take(plan.tasks.len() * plan.arms.len()) {
        for candidate in &candidates[run.task] {
            let recipe = is_run(candidate, run);
            let label = candidate.arm.label == plan.arms[run.arm].label;
            let agree = &mut agreement[candidate.table];
            agree.0 += usize::from(recipe && label);
            agree.1 += usize::from(recipe);
            agree.2 += usize::from(label);
        }
    }
    let most = agreement.iter().max().filter(|most| **most > (0, 0, 0))?;
    agreement.iter().position(|agree| agree == most)
}

/// Whether `run` is of the candidate's recipe, on the task as it is.
fn is_run(candidate: &Candidate, run: &Planned) -> bool {
    run.options.is_none() && same_recipe(&candidate.method, &run.method)
}

/// Whether two recipes teach the same: how often they are evaluated and logged changes nothing that is learned.
pub fn same_recipe(a: &Method, b: &Method) -> bool {
    let mut a = a.clone();
    a.schedule.eval_every = b.schedule.eval_every;
    a.schedule.eval_episodes = b.schedule.eval_episodes;
    a.schedule.bias_episodes = b.schedule.bias_episodes;
    a.schedule.log_every = b.schedule.log_every;
    a == *b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_printed_cell_is_of_an_arm_and_a_task_in_the_code() {
        assert_eq!(printed().len(), 594);
        for cell in printed() {
            let table = arms::table(&cell.table).unwrap();
            let arm = table.arms.iter().find(|arm| arm.label == cell.label);
            let arm = arm.unwrap_or_else(|| panic!("{cell:?}"));
            assert!(table.tasks.contains(&cell.task.as_str()), "{cell:?}");
            assert_eq!(cell.mean.is_some(), table.tasks_of(arm).contains(&cell.task.as_str()), "{cell:?}");
        }
        let infinite = printed().iter().filter(|cell| cell.mean == Some(f64::NEG_INFINITY)).count();
        let daggered = printed().iter().filter(|cell| cell.dagger).count();
        assert_eq!((infinite, daggered), (12, 24));
    }

    #[test]
    fn the_best_of_a_task_is_found() {
        let best = best("HalfCheetah").unwrap();
        assert_eq!(
            (best.label.as_str(), best.table.as_str(), best.mean),
            ("SAC (MPO)", "table18", Some(16541.0))
        );
        assert!(super::best("Pendulum").is_none());
    }
}
