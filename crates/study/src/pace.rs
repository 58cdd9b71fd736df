//! How long a study will still take, from how long its runs have taken so far.

use std::collections::BTreeMap;

use crate::load::Loaded;
use crate::plan::{Plan, Planned};
use crate::store::{State, Store};
use coadapt_run::{directory, metrics, result};

/// Seconds of one core that are left, as far as anything is known.
///
/// A step of a run takes as long as one of a run of the same arm on the same task; where none has been seen, as the
/// mean of those on the task, or of all. The speed of the moment says little: runs begin with steps that learn nothing.
pub fn core_seconds_left(plan: &Plan, store: &Store, loaded: &[Loaded<'_>]) -> Option<f64> {
    let arms = plan.arms.len();
    let mut kinds: BTreeMap<usize, Vec<&Loaded<'_>>> = BTreeMap::new();
    for one in loaded {
        kinds.entry(one.run.task * arms + one.run.arm).or_default().push(one);
    }
    let left: Vec<u64> = kinds.values().map(|runs| runs.iter().map(|one| steps_left(one)).sum()).collect();
    let seen: Vec<Option<f64>> = kinds.values().map(|runs| step_seconds(store, runs)).collect();
    let mean = |paces: &[Option<f64>]| {
        let known: Vec<f64> = paces.iter().flatten().copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let of_all = mean(&seen)?;
    let of_task = |kind: usize| mean(&seen[kind / arms * arms..][..arms]).unwrap_or(of_all);
    let each = left.iter().enumerate().map(|(kind, steps)| {
        let pace = seen[kind].unwrap_or_else(|| if *steps > 0 { of_task(kind) } else { 0.0 });
        *steps as f64 * pace
    });
    Some(each.sum())
}

fn steps_left(one: &Loaded<'_>) -> u64 {
    match &one.state {
        State::Finished | State::Diverged { .. } => 0,
        State::Running { step, .. } | State::Partial { step } => one.run.steps.saturating_sub(*step),
        State::Missing | State::Damaged { .. } => one.run.steps,
    }
}

/// Seconds of a step of the run that has come furthest.
fn step_seconds(store: &Store, runs: &[&Loaded<'_>]) -> Option<f64> {
    let furthest = runs.iter().max_by_key(|one| match &one.state {
        State::Finished => u64::MAX,
        State::Diverged { step, .. } | State::Running { step, .. } | State::Partial { step } => *step,
        State::Missing | State::Damaged { .. } => 0,
    })?;
    of_run(store, furthest.run)
}

fn of_run(store: &Store, run: &Planned) -> Option<f64> {
    let place = store.place(run).ok()?;
    let (steps, seconds) = match result::read(&place).ok()? {
        Some(end) => (end.steps, end.wall_seconds?),
        None => metrics::last_time(&place.join(directory::TIMING))?,
    };
    (steps > 0).then(|| seconds / steps as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::StudyFile;

    #[test]
    fn what_is_left_is_told_from_what_was_seen() {
        let text = "title = \"t\"\n[[arm]]\nlabel = \"a\"\nalgo = \"sac\"\n[[arm]]\nlabel = \"b\"\nalgo = \"mpo\"\n\
                    [budget.smoke]\ntasks = { \"Pendulum-v1\" = 5000 }\nseeds = 2\n\
                    set = { \"schedule.eval_every\" = 500 }";
        let plan = Plan::new(&StudyFile::parse(text).unwrap(), "smoke").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let mut loaded: Vec<_> = plan.runs.iter().map(|run| loaded(run, State::Missing)).collect();
        assert_eq!(core_seconds_left(&plan, &store, &loaded), None);
        // Arm `a` took 2 ms a step; arm `b` is at it, with 4 ms so far and 4,000 of its steps to go.
        write(
            &store,
            &plan.runs[0],
            "result.json",
            "{\"outcome\":\"finished\",\"steps\":5000,\"wall_seconds\":10.0}",
        );
        loaded[0].state = State::Finished;
        assert_eq!(core_seconds_left(&plan, &store, &loaded), Some(15_000.0 * 0.002));
        let timing = "{\"step\":500,\"steps_per_second\":1.0,\"wall_seconds\":1.0}\n\
                      {\"step\":1000,\"steps_per_second\":9999.0,\"wall_seconds\":4.0}\n{\"st";
        write(&store, &plan.runs[1], "timing.jsonl", timing);
        loaded[1].state = State::Running { step: 1000, steps_per_second: 9999.0 };
        assert_eq!(core_seconds_left(&plan, &store, &loaded), Some(5000.0 * 0.002 + 9000.0 * 0.004));
    }

    fn loaded(run: &Planned, state: State) -> Loaded<'_> {
        Loaded { run, state, evaluations: Vec::new() }
    }

    fn write(store: &Store, run: &Planned, name: &str, text: &str) {
        let place = store.place(run).unwrap();
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(name), text).unwrap();
    }
}
