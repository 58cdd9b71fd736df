//! The grid of a study: a line an arm, a column a task, and in each cell how far its seeds are.

use crate::load::Loaded;
use crate::plan::Plan;
use crate::store::State;
use coadapt_run::human_numbers;

/// Marks a run in progress.
const RUNNING: char = '▸';

/// Counts over all runs together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Runs of the study.
    pub runs: usize,
    /// Done, diverged ones included.
    pub done: usize,
    /// Diverged.
    pub diverged: usize,
    /// In progress.
    pub running: usize,
    /// Damaged.
    pub damaged: usize,
    /// Environment steps a second of those in progress.
    pub steps_per_second: f64,
    /// Environment steps that are left.
    pub steps_left: u64,
    /// Seconds of one core that are left, where something is known of it.
    pub core_seconds_left: Option<f64>,
}

/// Counts the runs.
pub fn totals(loaded: &[Loaded<'_>]) -> Totals {
    let mut totals = Totals { runs: loaded.len(), ..Totals::default() };
    for one in loaded {
        let mut left = one.run.steps;
        match &one.state {
            State::Finished => (totals.done, left) = (totals.done + 1, 0),
            State::Diverged { .. } => {
                (totals.done, totals.diverged, left) = (totals.done + 1, totals.diverged + 1, 0);
            }
            State::Running { step, steps_per_second } => {
                totals.running += 1;
                totals.steps_per_second += steps_per_second;
                left = left.saturating_sub(*step);
            }
            State::Partial { step } => left = left.saturating_sub(*step),
            State::Damaged { .. } => totals.damaged += 1,
            State::Missing => {}
        }
        totals.steps_left += left;
    }
    totals
}

/// The grid as lines of text: `3/10` done, `†` for each diverged one, `▸37%` for each in progress.
pub fn lines(plan: &Plan, loaded: &[Loaded<'_>]) -> Vec<String> {
    let tasks = plan.tasks.len();
    let mut cells: Vec<Vec<&Loaded<'_>>> = vec![Vec::new(); plan.arms.len() * tasks];
    for one in loaded {
        cells[one.run.arm * tasks + one.run.task].push(one);
    }
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(plan.tasks.iter().map(|task| task.spec.id.clone()));
    for (arm, named) in plan.arms.iter().enumerate() {
        let of_arm = cells[arm * tasks..][..tasks].iter();
        rows.push(std::iter::once(named.label.clone()).chain(of_arm.map(|runs| cell(runs))).collect());
    }
    aligned(&rows)
}

/// As many of `lines` as a terminal of `columns` and `rows` can redraw in place, cut to its width. The first stays; of
/// the others those in progress come first, in their order, and the last line says how many are not shown.
pub fn fitted(lines: &[String], columns: usize, rows: usize) -> Vec<String> {
    let cut = |line: &String| match line.chars().count() > columns {
        true => line.chars().take(columns.saturating_sub(1)).chain(['…']).collect(),
        false => line.clone(),
    };
    let room = rows.max(3);
    if lines.len() <= room {
        return lines.iter().map(cut).collect();
    }
    let shown = room - 1;
    let mut order: Vec<usize> = (1..lines.len()).collect();
    order.sort_by_key(|line| !lines[*line].contains(RUNNING));
    let mut chosen: Vec<usize> = std::iter::once(0).chain(order.into_iter().take(shown - 1)).collect();
    chosen.sort_unstable();
    let mut fitting: Vec<String> = chosen.iter().map(|line| cut(&lines[*line])).collect();
    fitting.push(cut(&format!("… and {} more", human_numbers::counted((lines.len() - shown) as u64, "arm"))));
    fitting
}

fn cell(runs: &[&Loaded<'_>]) -> String {
    let done = runs.iter().filter(|one| one.state.is_done()).count();
    let mut text = format!("{done}/{}", runs.len());
    for one in runs {
        match &one.state {
            State::Diverged { .. } => text.push('†'),
            State::Damaged { .. } => text.push('!'),
            State::Running { step, .. } => {
                text.push_str(&format!(" {RUNNING}{}%", 100 * step.min(&one.run.steps) / one.run.steps));
            }
            State::Partial { step } => {
                text.push_str(&format!(" ·{}%", 100 * step.min(&one.run.steps) / one.run.steps));
            }
            State::Missing | State::Finished => {}
        }
    }
    text
}

/// The last line: everything together, and the time left if as many runs go on as do now.
pub fn summary(totals: &Totals) -> String {
    let done = human_numbers::grouped(totals.done as u64);
    let mut text = format!("{done} of {} done", human_numbers::counted(totals.runs as u64, "run"));
    let mut more = |count: usize, what: &str| {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    };
    more(totals.diverged, "of them diverged (†)");
    more(totals.running, "running");
    more(totals.damaged, "damaged (!)");
    if totals.steps_per_second > 0.0 {
        let by_speed = totals.steps_left as f64 / totals.steps_per_second;
        let left = totals.core_seconds_left.map_or(by_speed, |all| all / totals.running.max(1) as f64);
        text.push_str(&format!(
            ", {} steps/s, about {} left",
            human_numbers::grouped(totals.steps_per_second as u64),
            human_numbers::clock(left)
        ));
    }
    text
}

/// Columns of equal width; the first to the left, the others too.
pub fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..columns)
        .map(|c| rows.iter().filter_map(|row| row.get(c)).map(|t| wide(t)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells =
            row.iter().zip(&widths).map(|(text, width)| format!("{text}{}", " ".repeat(width - wide(text))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_that_does_not_fit_keeps_its_head_and_what_goes_on() {
        let lines: Vec<String> =
            ["   task", "a  3/3", "b  3/3", "c  1/3 ▸50%", "d  0/3"].map(String::from).into();
        assert_eq!(fitted(&lines, 20, 5), lines);
        assert_eq!(fitted(&lines, 20, 4), ["   task", "a  3/3", "c  1/3 ▸50%", "… and 2 arms more"]);
        assert_eq!(fitted(&lines, 6, 9)[3], "c  1/…");
    }
}
