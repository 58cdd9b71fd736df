//! Two arms compared over the seeds they share.

use crate::resample::{Resampler, estimate};
use crate::sign::{SignFlip, sign_flip, sign_test};
use crate::{Arm, Bootstrap, Counts, Error, Estimate, Normalised, Score};
use std::cmp::Ordering;

/// What the pairs of one task, or of several, say.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedOutcome {
    /// The mean difference x - y, over pairs and then over tasks, with a paired bootstrap interval: within each task
    /// pairs are redrawn whole. None where minus infinity would be subtracted from itself.
    pub difference: Option<Estimate>,
    /// Pairs that x won.
    pub wins: usize,
    /// Pairs that are equal; two runs at minus infinity are.
    pub ties: usize,
    /// Pairs that x lost.
    pub losses: usize,
    /// The sign-flip test of the mean difference. None with a run at minus infinity: read the sign test.
    pub sign_flip: Option<SignFlip>,
    /// Two-sided p-value of the exact sign test of wins against losses.
    pub sign_test: f64,
    /// Runs of either arm whose seed the other has not finished; they did not enter.
    pub unpaired: usize,
    /// The runs that entered, of both arms; `single_run_cells` are tasks with one pair.
    pub counts: Counts,
}

/// A paired comparison on several tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    /// By task, in order of name.
    pub tasks: Vec<(String, PairedOutcome)>,
    /// Over all tasks, each weighing the same.
    pub overall: PairedOutcome,
}

/// Compares two normalised arms over the seeds they share, by task and over tasks.
///
/// Nothing makes two arms' runs of one seed alike in reinforcement learning beyond their start; where they are not,
/// pairing neither helps nor misleads.
///
/// # Errors
/// [`Error::TasksDiffer`], [`Error::ReferencesDiffer`], [`Error::NoPairs`] on any task.
pub fn paired(x: &Normalised, y: &Normalised, bootstrap: &Bootstrap) -> Result<Paired, Error> {
    x.same_scale(y)?;
    let pairs: Result<Vec<_>, Error> =
        x.arm().tasks().map(|(task, _)| Pairs::new(x.arm(), y.arm(), task)).collect();
    let pairs = pairs?;
    let what = format!("the mean difference of {} and {}", x.name(), y.name());
    let by_task = pairs.iter().map(|one| {
        let what = format!("{what} on {}", one.task);
        Ok((one.task.to_string(), outcome(std::slice::from_ref(one), what, bootstrap)?))
    });
    let tasks = by_task.collect::<Result<Vec<_>, Error>>()?;
    Ok(Paired { tasks, overall: outcome(&pairs, what, bootstrap)? })
}

/// Compares two arms on one task over the seeds they share, in the units of their scores.
///
/// # Errors
/// [`Error::UnknownTask`], [`Error::NoPairs`].
pub fn paired_on(x: &Arm, y: &Arm, task: &str, bootstrap: &Bootstrap) -> Result<PairedOutcome, Error> {
    let what = format!("the mean difference of {} and {} on {task}", x.name(), y.name());
    outcome(&[Pairs::new(x, y, task)?], what, bootstrap)
}

/// The pairs of one task.
struct Pairs<'a> {
    task: &'a str,
    scores: Vec<(f64, f64)>,
    unpaired: usize,
    counts: Counts,
}

impl<'a> Pairs<'a> {
    fn new(x: &Arm, y: &Arm, task: &'a str) -> Result<Self, Error> {
        let (runs_x, runs_y) = (x.runs(task)?, y.runs(task)?);
        let finished = |score: &Option<Score>| score.is_some();
        let both: Vec<(Score, Score)> =
            runs_x.iter().filter_map(|(seed, score)| Some(((*score)?, (*runs_y.get(seed)?)?))).collect();
        if both.is_empty() {
            let (first, second) = (x.name().to_string(), y.name().to_string());
            return Err(Error::NoPairs { first, second, task: task.to_string() });
        }
        let all = [runs_x, runs_y].map(|runs| runs.values().filter(|score| finished(score)).count());
        let mut counts = Counts::of_cell(both.iter().flat_map(|(x, y)| [Some(*x), Some(*y)]));
        counts.missing = [runs_x, runs_y].map(|runs| runs.len()).iter().sum::<usize>() - all[0] - all[1];
        counts.single_run_cells = usize::from(both.len() == 1);
        let unpaired = all[0] + all[1] - 2 * both.len();
        let scores = both.iter().map(|(x, y)| (x.value(), y.value())).collect();
        Ok(Pairs { task, scores, unpaired, counts })
    }
}

fn outcome(tasks: &[Pairs<'_>], what: String, bootstrap: &Bootstrap) -> Result<PairedOutcome, Error> {
    let mut counts = Counts::default();
    tasks.iter().for_each(|pairs| counts += pairs.counts);
    let scores = || tasks.iter().flat_map(|pairs| &pairs.scores);
    let ordered = |order| scores().filter(|(x, y)| x.partial_cmp(y) == Some(order)).count();
    let [wins, ties, losses] = [Ordering::Greater, Ordering::Equal, Ordering::Less].map(ordered);
    let differences: Vec<(&str, Vec<f64>)> = tasks
        .iter()
        .map(|pairs| {
            let mut each: Vec<f64> = pairs.scores.iter().map(|(x, y)| x - y).collect();
            each.sort_unstable_by(f64::total_cmp);
            (pairs.task, each)
        })
        .collect();
    let finite = counts.minus_infinity == 0;
    Ok(PairedOutcome {
        difference: mean_difference(&differences, what, bootstrap, counts)?,
        wins,
        ties,
        losses,
        sign_flip: finite.then(|| sign_flip(&differences, bootstrap)),
        sign_test: sign_test(wins, losses),
        unpaired: tasks.iter().map(|pairs| pairs.unpaired).sum(),
        counts,
    })
}

/// The mean over tasks of the mean differences, unless one of them is infinity minus infinity.
fn mean_difference(
    differences: &[(&str, Vec<f64>)],
    what: String,
    bootstrap: &Bootstrap,
    counts: Counts,
) -> Result<Option<Estimate>, Error> {
    if differences.iter().any(|(_, each)| each.iter().any(|d| d.is_nan())) {
        return Ok(None);
    }
    let mut tables = [Resampler::new(differences, 0, bootstrap)];
    let found = estimate(&mut tables, bootstrap, counts, what, |tables| {
        tables[0].means().sum::<f64>() / differences.len() as f64
    });
    match found {
        Ok(estimate) => Ok(Some(estimate)),
        Err(Error::Undefined { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spread;

    fn arm(name: &str, scores: &[(u64, Option<Score>)]) -> Arm {
        let mut arm = Arm::new(name);
        scores.iter().for_each(|(seed, score)| arm.record("Ant", *seed, *score).unwrap());
        arm
    }

    fn value(value: f64) -> Option<Score> {
        Some(Score::Value(value))
    }

    #[test]
    fn pairs_are_by_seed_and_the_rest_is_counted() {
        let x = arm("x", &[(1, value(5.0)), (2, value(3.0)), (3, None), (7, value(0.0)), (9, value(2.0))]);
        let y =
            arm("y", &[(9, value(2.0)), (2, value(4.0)), (1, Some(Score::Daggered(1.0))), (3, value(8.0))]);
        let outcome = paired_on(&x, &y, "Ant", &Bootstrap::new(1)).unwrap();
        assert_eq!((outcome.wins, outcome.ties, outcome.losses, outcome.unpaired), (1, 1, 1, 2));
        assert_eq!(outcome.difference.as_ref().unwrap().point, 1.0);
        // |±4 ±1| is never below 3
        assert_eq!(outcome.sign_flip.unwrap().p_value, 1.0);
        assert_eq!(outcome.sign_test, 1.0);
        let Counts { runs, daggered, missing, .. } = outcome.counts;
        assert_eq!((runs, daggered, missing), (6, 1, 1));
    }

    #[test]
    fn minus_infinity_is_compared_but_not_subtracted_from_itself() {
        let diverged = Some(Score::MinusInfinity);
        let x = arm("x", &[(0, value(5.0)), (1, value(6.0)), (2, value(7.0))]);
        let y = arm("y", &[(0, diverged), (1, value(1.0)), (2, value(2.0))]);
        let outcome = paired_on(&x, &y, "Ant", &Bootstrap::new(1)).unwrap();
        let difference = outcome.difference.unwrap();
        assert_eq!((difference.point, difference.high), (f64::INFINITY, f64::INFINITY));
        assert_eq!((difference.low, difference.undefined), (5.0, 0));
        assert_eq!((outcome.wins, outcome.sign_flip), (3, None));
        let both = arm("z", &[(0, diverged), (1, value(1.0)), (2, value(9.0))]);
        let outcome = paired_on(&both, &y, "Ant", &Bootstrap::new(1)).unwrap();
        assert_eq!((outcome.difference, outcome.ties, outcome.wins), (None, 2, 1));
    }

    #[test]
    fn no_pair_is_refused_and_one_is_said() {
        let (x, y) = (arm("x", &[(0, value(1.0))]), arm("y", &[(1, value(1.0))]));
        let error = paired_on(&x, &y, "Ant", &Bootstrap::new(1)).unwrap_err();
        let sentence = "x and y share no finished seed on Ant; a paired comparison needs at least one";
        assert_eq!(error.to_string(), sentence);
        let one = paired_on(&x, &x, "Ant", &Bootstrap::new(1)).unwrap();
        assert_eq!(one.difference.unwrap().spread, Spread::OneRunEach);
    }
}
