//! The head of a report, to be read before any number: how much is there, what is odd, what is not comparable.

use std::collections::BTreeMap;

use coadapt_stats::Score;

use super::published::Published;
use super::scored_runs::ScoredRuns;
use coadapt_run::human_numbers;
use coadapt_study::stale::Stale;
use coadapt_study::store::State;

/// So many runs are named one by one; of more, the rest is counted.
const NAMED: usize = 20;
/// Below this many seeds a bootstrap interval is much too narrow.
const FEW_SEEDS: usize = 5;

/// The head of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// What is what, each with its name.
    pub facts: Vec<(String, String)>,
    /// What must be known, a sentence or two each.
    pub notices: Vec<String>,
}

/// The runs counted by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All.
    pub planned: usize,
    /// With a score.
    pub scored: usize,
    /// Of those, stopped by numerical error.
    pub daggered: usize,
    /// Of those, at minus infinity.
    pub infinite: usize,
    /// Done, and left out.
    pub left_out: usize,
    /// In progress, or begun.
    pub begun: usize,
    /// Damaged.
    pub damaged: usize,
    /// Not begun.
    pub missing: usize,
}

impl Tally {
    /// Counts.
    pub fn of(scored: &ScoredRuns<'_>) -> Tally {
        let mut tally = Tally { planned: scored.runs.len(), ..Tally::default() };
        for seen in &scored.runs {
            match (seen.score, &seen.loaded.state) {
                (Some(score), _) => {
                    tally.scored += 1;
                    tally.daggered += usize::from(matches!(score, Score::Daggered(_)));
                    tally.infinite += usize::from(score == Score::MinusInfinity);
                }
                (None, State::Running { .. } | State::Partial { .. }) => tally.begun += 1,
                (None, State::Damaged { .. }) => tally.damaged += 1,
                (None, State::Missing) => tally.missing += 1,
                (None, _) => tally.left_out += 1,
            }
        }
        tally
    }
}

impl Summary {
    /// Sums up a study.
    pub fn of(scored: &ScoredRuns<'_>, published: &Published, stale: &[Stale]) -> Summary {
        let tally = Tally::of(scored);
        let mut notices = Vec::new();
        notices.extend(incomplete(&tally));
        notices.extend(other_budget(scored, published));
        notices.extend(endings(&tally));
        notices.extend(few_seeds(scored, &tally));
        notices.extend(late_learners(scored));
        notices.extend(several_commits(scored));
        notices.extend(named_runs(scored));
        notices.extend(older_runs(stale));
        Summary { facts: facts(scored, &tally), notices }
    }
}

fn facts(scored: &ScoredRuns<'_>, tally: &Tally) -> Vec<(String, String)> {
    let plan = scored.plan;
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: String| {
        if !text.is_empty() {
            facts.push((name.to_owned(), text));
        }
    };
    let counted = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let mut runs = vec![format!("{} of {} done", tally.scored, tally.planned)];
    runs.extend(counted(tally.begun, "in progress"));
    runs.extend(counted(tally.missing, "not begun"));
    runs.extend(counted(tally.damaged, "damaged"));
    runs.extend(counted(tally.left_out, "left out"));
    fact("Runs", runs.join(", "));
    let ended: Vec<_> =
        [counted(tally.daggered, "†"), counted(tally.infinite, "at −∞")].into_iter().flatten().collect();
    fact("Diverged", if ended.is_empty() { "none".into() } else { ended.join(", ") });
    let tasks =
        plan.tasks.iter().map(|task| format!("{} ({})", task.spec.id, human_numbers::grouped(task.steps)));
    fact("Tasks (steps)", tasks.collect::<Vec<_>>().join(", "));
    fact("Seeds", plan.seeds.len().to_string());
    fact("Set by the budget", budget_overrides(scored));
    let unique = |texts: &mut dyn Iterator<Item = String>| {
        let mut all: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
        all.sort();
        all.dedup();
        all.join(", ")
    };
    fact("MuJoCo", unique(&mut plan.runs.iter().filter_map(|run| run.address.mujoco.clone())));
    fact("Semantics", unique(&mut plan.runs.iter().map(|run| run.address.semantics.clone())));
    let versions = |run: &coadapt_study::plan::Planned| {
        format!("{} {}", plan.arms[run.arm].algo.to_uppercase(), run.address.results)
    };
    fact("Results version", unique(&mut plan.runs.iter().map(versions)));
    let commits = commits(scored);
    let commits = commits.iter().map(|(commit, runs)| format!("{} ({runs})", short(commit)));
    fact("Made by commit", commits.collect::<Vec<_>>().join(", "));
    facts
}

/// Changes of the budget to the recipes, beyond steps and seeds.
fn budget_overrides(scored: &ScoredRuns<'_>) -> String {
    let plan = scored.plan;
    let mut found: Vec<String> = Vec::new();
    for run in &plan.runs {
        for (path, value) in run.overrides.iter().skip(plan.arms[run.arm].overrides.len()) {
            let text = format!("{path} = {value}");
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found.join(", ")
}

/// Runs with a score by the commit that made them.
fn commits(scored: &ScoredRuns<'_>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for seen in scored.runs.iter().filter(|seen| seen.score.is_some()) {
        let commit = seen.origin.commit.clone().unwrap_or_else(|| "unknown".into());
        *found.entry(commit).or_default() += 1;
    }
    found
}

/// Ten digits of a hash, and what follows it.
fn short(commit: &str) -> String {
    let (hash, rest) = commit.split_at_checked(40).unwrap_or((commit, ""));
    format!("{}{rest}", hash.get(..10).unwrap_or(hash))
}

fn incomplete(tally: &Tally) -> Option<String> {
    let open = tally.planned - tally.scored;
    (open > 0).then(|| {
        format!(
            "{open} of {} have no result yet. Every number here stands on the others and will move.",
            human_numbers::counted(tally.planned as u64, "run")
        )
    })
}

fn other_budget(scored: &ScoredRuns<'_>, published: &Published) -> Option<String> {
    let mut by_task: BTreeMap<usize, u64> = BTreeMap::new();
    published.all().for_each(|(task, beside)| {
        by_task.insert(task, beside.steps);
    });
    let tasks = &scored.plan.tasks;
    let shorter: Vec<_> = by_task.iter().filter(|(task, steps)| tasks[**task].steps != **steps).collect();
    let first = shorter.first()?;
    let said = shorter.iter().map(|(task, steps)| {
        let ours = tasks[**task].steps;
        let times = **steps as f64 / ours as f64;
        format!(
            "{} on {} where ours are {} ({}times)",
            human_numbers::grouped(**steps),
            tasks[**task].spec.id,
            human_numbers::grouped(ours),
            if times >= 1.0 {
                format!("{} ", super::number_format::fixed(times, 0))
            } else {
                format!("{times:.2} ")
            }
        )
    });
    let more = if tasks[*first.0].steps < *first.1 { "full" } else { "other" };
    Some(format!(
        "Another budget: the paper's numbers are of its {more} one, {}, with 10 seeds. They stand here for orientation; \
         what differs from them is the budget first.",
        said.collect::<Vec<_>>().join("; ")
    ))
}

fn endings(tally: &Tally) -> Vec<String> {
    let mut said = Vec::new();
    if tally.daggered > 0 {
        said.push(format!(
            "†: {} stopped by numerical error. The last evaluation before it enters, and the cell is marked, as in the \
             paper.",
            human_numbers::counted(tally.daggered as u64, "run")
        ));
    }
    if tally.infinite > 0 {
        said.push(format!(
            "−∞: the return of {} fell without bound (below −1e8). One such run makes its cell's mean −∞, as in the paper; \
             the IQM trims it away as long as it can, and says so.",
            human_numbers::counted(tally.infinite as u64, "run")
        ));
    }
    said
}

fn few_seeds(scored: &ScoredRuns<'_>, tally: &Tally) -> Option<String> {
    let cells = scored.plan.arms.len() * scored.plan.tasks.len();
    let few = scored
        .arms
        .iter()
        .flat_map(|arm| arm.tasks().filter_map(|(task, _)| arm.counts_on(task).ok()))
        .filter(|counts| counts.runs < FEW_SEEDS)
        .count();
    (few > 0 && tally.scored > 0).then(|| {
        format!(
            "{few} of {cells} cells have fewer than {FEW_SEEDS} runs: their bootstrap intervals are too narrow, and no \
             test can find much."
        )
    })
}

/// Tasks where an arm spends a good part of its steps before it learns.
fn late_learners(scored: &ScoredRuns<'_>) -> Option<String> {
    let plan = scored.plan;
    let mut found: Vec<String> = Vec::new();
    for run in plan.runs.iter().take(plan.arms.len() * plan.tasks.len()) {
        let begins = run.method.collect.begins();
        if begins * 4 >= run.steps {
            let algo = plan.arms[run.arm].algo.to_uppercase();
            let text = format!(
                "{algo} on {} learns from step {} of {}",
                plan.tasks[run.task].spec.id,
                human_numbers::grouped(begins),
                human_numbers::grouped(run.steps)
            );
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    (!found.is_empty()).then(|| format!("Late learners: {}.", found.join("; ")))
}

fn several_commits(scored: &ScoredRuns<'_>) -> Option<String> {
    let commits = commits(scored).len();
    (commits > 1).then(|| {
        format!(
            "The runs are of {commits} commits. All of them give results the same meaning (the results version), or the \
             runs would not be here."
        )
    })
}

/// Runs that are damaged or left out, by name.
fn named_runs(scored: &ScoredRuns<'_>) -> Vec<String> {
    let plan = scored.plan;
    let why = |seen: &super::scored_runs::ScoredRun<'_>| match (&seen.loaded.state, &seen.left_out) {
        (State::Damaged { why }, _) => {
            Some(format!("Damaged and left out: {} ({why}).", plan.name(seen.loaded.run)))
        }
        (_, Some(why)) => Some(format!("Left out: {} ({why}).", plan.name(seen.loaded.run))),
        _ => None,
    };
    let mut all: Vec<String> = scored.runs.iter().filter_map(why).collect();
    if all.len() > NAMED {
        let rest = all.len() - NAMED;
        all.truncate(NAMED);
        all.push(format!("... and {rest} more, named in runs.csv."));
    }
    all
}

fn older_runs(stale: &[Stale]) -> Vec<String> {
    let said = stale.iter().map(|one| {
        let changes = one.differences.iter().map(|d| format!("{}: {} is now {}", d.path, d.was, d.is));
        format!(
            "{} on {} has run before under another address ({}). Those runs are unlike these and enter nothing.",
            one.arm,
            one.task,
            changes.collect::<Vec<_>>().join("; ")
        )
    });
    let mut all: Vec<String> = said.collect();
    if all.len() > NAMED {
        let rest = all.len() - NAMED;
        all.truncate(NAMED);
        all.push(format!("... and {rest} more; `coadapt study explain-stale` names them."));
    }
    all
}
