//! Each arm against one other: who wins how often, by how much, and how many seeds would show it.

use coadapt_chart::{Chart, intervals};
use coadapt_stats::{
    Bootstrap, Design, Error, Estimate, Moments, Paired, PairedOutcome, SeedsNeeded, Spread, Welch, paired,
    probability_of_improvement, seeds_needed, welch,
};

use super::aggregates;
use super::data_table::{Column, DataTable, Entry, INTERVAL, ONE};
use super::in_parallel::map;
use super::number_format;
use super::scale::Scale;
use super::scored_runs::ScoredRuns;

/// Two-sided level of intervals.
const LEVEL: f64 = 0.95;

/// The arm that `arm` is compared with: that of the same algorithm with nothing changed; of one with nothing changed,
/// and where there is none, the first arm of the study. The first arm itself may have none.
pub fn reference(scored: &ScoredRuns<'_>, arm: usize) -> Option<usize> {
    let arms = &scored.plan.arms;
    // In a factorial, the arm at the first level of every factor.
    let plain = |other: &usize| match arms[*other].levels.is_empty() {
        true => arms[*other].overrides.is_empty(),
        false => arms[*other].levels.iter().all(|level| *level == 0),
    };
    let base = (0..arms.len()).filter(|other| arms[*other].algo == arms[arm].algo).find(plain);
    base.filter(|base| *base != arm).or(Some(0)).filter(|base| *base != arm)
}

/// The comparisons over all tasks, as a table and a picture of P(X > Y).
pub fn over_tasks(
    scored: &ScoredRuns<'_>,
    scale: &Scale,
    bootstrap: &Bootstrap,
) -> (DataTable, Option<Chart>) {
    let pairs = pairs(scored);
    let found = map(&pairs, |(arm, base)| {
        let wins = probability_of_improvement(&scored.arms[*arm], &scored.arms[*base], bootstrap);
        let difference = match (&scale.arms[*arm], &scale.arms[*base]) {
            (Ok(x), Ok(y)) => paired(x, y, bootstrap),
            (Err(error), _) | (_, Err(error)) => Err(error.clone()),
        };
        (wins, difference)
    });
    let label = |arm: usize| scored.plan.arms[arm].label.as_str();
    let mut drawn = Vec::new();
    let mut rows = Vec::new();
    for ((arm, base), (wins, difference)) in pairs.iter().zip(&found) {
        let mut row = vec![Entry::words(label(*arm)), Entry::words(label(*base))];
        row.push(match wins {
            Ok(estimate) => with_one_run(estimate),
            Err(why) => Entry::reason(short(why)),
        });
        row.extend(paired_entries(difference));
        if let Ok(estimate) = wins {
            let name = format!("{} over {}", label(*arm), label(*base));
            drawn.push(aggregates::interval(&name, estimate));
        }
        rows.push(row);
    }
    let columns = vec![
        Column::words("Variant X"),
        Column::words("against Y"),
        Column::numbers("P(X > Y)", INTERVAL),
        Column::numbers("Paired difference", INTERVAL),
        Column::numbers("Won–tied–lost", &[" won", " tied", " lost"]),
        Column::numbers("p, sign flips", ONE),
        Column::numbers("p, sign test", ONE),
    ];
    let caption =
        "Over all tasks: probability of improvement, and differences of normalised scores over shared seeds";
    let table = DataTable { id: "comparisons".into(), caption: caption.into(), columns, rows };
    let title = "Probability that a run of X beats a run of Y, 95 % interval";
    (table, intervals::chart("improvement", title, &drawn, Some(0.5)))
}

/// An estimate, and whether it is of one run a cell.
fn with_one_run(estimate: &Estimate) -> Entry {
    let mut entry = aggregates::number(estimate);
    entry.below.extend((estimate.spread == Spread::OneRunEach).then(|| "one run each".to_owned()));
    entry
}

/// Why there is no number, in a row whose arms and task are named already.
fn short(why: &Error) -> String {
    match why {
        Error::EmptyCell { task, .. } | Error::NoPairs { task, .. } => format!("no finished run on {task}"),
        Error::TooFewRuns { .. } => "needs two runs of each".into(),
        Error::MinusInfinity { .. } => "a run is at −∞".into(),
        Error::NoSpread { .. } => "neither varies".into(),
        other => other.to_string(),
    }
}

/// Every arm that has something to be compared with.
fn pairs(scored: &ScoredRuns<'_>) -> Vec<(usize, usize)> {
    let arms = 0..scored.plan.arms.len();
    arms.filter_map(|arm| Some((arm, reference(scored, arm)?))).collect()
}

fn paired_entries(found: &Result<Paired, Error>) -> Vec<Entry> {
    let outcome = match found {
        Ok(paired) => &paired.overall,
        Err(why) => {
            return vec![Entry::reason(short(why)), Entry::nothing(), Entry::nothing(), Entry::nothing()];
        }
    };
    let PairedOutcome { difference, wins, ties, losses, sign_flip, sign_test, .. } = outcome;
    let difference = match difference {
        Some(estimate) => aggregates::number(estimate),
        None => Entry::reason("−∞ on both sides"),
    };
    let mut record =
        Entry::number(format!("{wins}–{ties}–{losses}"), &[*wins as f64, *ties as f64, *losses as f64]);
    if outcome.unpaired > 0 {
        record.below.push(format!("{} without a partner", outcome.unpaired));
    }
    let p = |p: f64| Entry::number(number_format::p_value(p), &[p]);
    let flips = sign_flip.map_or(Entry::reason("needs finite scores"), |flip| p(flip.p_value));
    vec![difference, record, flips, p(*sign_test)]
}

/// The same pairs task by task, in returns: Welch's interval, and how many seeds would show the difference at hand.
pub fn by_task(scored: &ScoredRuns<'_>) -> DataTable {
    let mut rows = Vec::new();
    for (arm, base) in pairs(scored) {
        for task in &scored.plan.tasks {
            let (x, y) = (&scored.arms[arm], &scored.arms[base]);
            let moments =
                Moments::new(x, &task.spec.id).and_then(|x| Ok((x, Moments::new(y, &task.spec.id)?)));
            let compared = moments.and_then(|(x, y)| Ok((welch(&x, &y, LEVEL)?, x, y)));
            let mut row = vec![Entry::words(x.name()), Entry::words(y.name()), Entry::words(&task.spec.id)];
            row.extend(match compared {
                Ok((test, x, y)) => welch_entries(&test, seeds_needed(&x, &y, Design::CUSTOMARY)),
                Err(why) => {
                    vec![Entry::reason(short(&why)), Entry::nothing(), Entry::nothing(), Entry::nothing()]
                }
            });
            rows.push(row);
        }
    }
    let columns = vec![
        Column::words("Variant X"),
        Column::words("against Y"),
        Column::words("Task"),
        Column::numbers("X − Y, returns", INTERVAL),
        Column::numbers("p, Welch", ONE),
        Column::numbers("Seeds needed", ONE),
        Column::numbers("Power at hand", ONE),
    ];
    let caption = "Task by task: difference of mean returns with Welch's 95 % interval, and the seeds an arm that would \
                   show it (power .8 at a two-sided .05)";
    DataTable { id: "by-task".into(), caption: caption.into(), columns, rows }
}

fn welch_entries(test: &Welch, needed: Result<SeedsNeeded, Error>) -> Vec<Entry> {
    let digits = number_format::digits(test.difference.abs().max(test.standard_error));
    let text = number_format::interval(test.difference, test.low, test.high, digits);
    let mut entries = vec![
        Entry::number(text, &[test.difference, test.low, test.high]),
        Entry::number(number_format::p_value(test.p_value), &[test.p_value]),
    ];
    entries.extend(match needed {
        Ok(needed) => [
            Entry::number(needed.per_arm.to_string(), &[needed.per_arm as f64]),
            Entry::number(format!("{:.2}", needed.power_at_hand), &[needed.power_at_hand]),
        ],
        Err(Error::DifferenceTooSmall { limit, .. }) => {
            [Entry::reason(format!("more than {limit}")), Entry::nothing()]
        }
        Err(why) => [Entry::reason(short(&why)), Entry::nothing()],
    });
    entries
}
