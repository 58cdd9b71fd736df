//! Scores put on one scale over tasks, by reference points that are named.

use crate::{Arm, Counts, Error};
use std::collections::BTreeMap;

/// A named return of a task, such as 12.3 of "uniformly random actions".
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// What reached it.
    pub name: String,
    /// The return.
    pub value: f64,
}

/// The two reference points of a task: normalised score 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Normalised score 0.
    pub low: Anchor,
    /// Normalised score 1.
    pub high: Anchor,
}

impl Reference {
    /// Reference points, each with its name.
    pub fn new(low: (&str, f64), high: (&str, f64)) -> Self {
        let anchor = |(name, value): (&str, f64)| Anchor { name: name.to_string(), value };
        Reference { low: anchor(low), high: anchor(high) }
    }
}

/// An arm whose scores are normalised, (x - low) / (high - low) by task, together with the reference points.
///
/// Scores are neither clipped nor floored: they may exceed 1 or be negative, and minus infinity stays what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalised {
    arm: Arm,
    references: BTreeMap<String, Reference>,
}

impl Normalised {
    /// `arm` by the reference points of its tasks; those of other tasks are left out.
    ///
    /// # Errors
    /// [`Error::NoReference`] for a task without, [`Error::BadReference`] unless low < high, [`Error::NoTasks`],
    /// [`Error::ScoreOutOfRange`] where the points lie so close that a score leaves the range.
    pub fn new(arm: &Arm, references: &BTreeMap<String, Reference>) -> Result<Self, Error> {
        let mut scaled = Arm::new(arm.name());
        let mut used = BTreeMap::new();
        for (task, runs) in arm.tasks() {
            let Some(reference) = references.get(task) else {
                return Err(Error::NoReference { task: task.to_string() });
            };
            let (low, high) = (reference.low.value, reference.high.value);
            if !(low.is_finite() && high.is_finite() && low < high) {
                return Err(Error::BadReference { task: task.to_string(), low, high });
            }
            for (seed, score) in runs {
                scaled.record(task, *seed, score.map(|s| s.map(|x| (x - low) / (high - low))))?;
            }
            used.insert(task.to_string(), reference.clone());
        }
        scaled.same_tasks(arm)?;
        Ok(Normalised { arm: scaled, references: used })
    }

    /// The normalised scores.
    pub fn arm(&self) -> &Arm {
        &self.arm
    }

    /// The arm's name.
    pub fn name(&self) -> &str {
        self.arm.name()
    }

    /// The counts of all runs.
    pub fn counts(&self) -> Counts {
        self.arm.counts()
    }

    /// The reference points, by task.
    pub fn references(&self) -> &BTreeMap<String, Reference> {
        &self.references
    }

    /// The same arm on one of its tasks.
    ///
    /// # Errors
    /// [`Error::UnknownTask`].
    pub fn only(&self, task: &str) -> Result<Normalised, Error> {
        let mut arm = Arm::new(self.arm.name());
        for (seed, score) in self.arm.runs(task)? {
            arm.record(task, *seed, *score)?;
        }
        let references = self.references.iter().filter(|(name, _)| *name == task);
        Ok(Normalised { arm, references: references.map(|(n, r)| (n.clone(), r.clone())).collect() })
    }

    /// Refuses to compare with an arm on other tasks or another scale.
    pub(crate) fn same_scale(&self, other: &Normalised) -> Result<(), Error> {
        self.arm.same_tasks(&other.arm)?;
        let differs = |(task, reference): &(&String, &Reference)| {
            other.references.get(*task).is_none_or(|theirs| {
                (theirs.low.value, theirs.high.value) != (reference.low.value, reference.high.value)
            })
        };
        match self.references.iter().find(differs) {
            None => Ok(()),
            Some((task, _)) => Err(Error::ReferencesDiffer {
                first: self.name().to_string(),
                second: other.name().to_string(),
                task: task.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Score;

    fn references() -> BTreeMap<String, Reference> {
        let reference = Reference::new(("random actions", -20.0), ("SAC, Table 2", 180.0));
        BTreeMap::from([("Hopper".to_string(), reference)])
    }

    #[test]
    fn the_reference_points_become_zero_and_one() {
        let mut arm = Arm::of_values("MPO", &[("Hopper", &[-20.0, 180.0, 80.0])]).unwrap();
        arm.record("Hopper", 8, Some(Score::Daggered(380.0))).unwrap();
        arm.record("Hopper", 9, Some(Score::MinusInfinity)).unwrap();
        let normalised = Normalised::new(&arm, &references()).unwrap();
        let values = normalised.arm().values("Hopper").unwrap();
        assert_eq!(values, [f64::NEG_INFINITY, 0.0, 0.5, 1.0, 2.0]);
        assert_eq!(normalised.counts(), arm.counts());
        assert_eq!(normalised.references()["Hopper"].high.name, "SAC, Table 2");
    }

    #[test]
    fn what_has_no_scale_is_refused() {
        let arm = Arm::of_values("MPO", &[("Ant", &[1.0])]).unwrap();
        let error = Normalised::new(&arm, &references()).unwrap_err();
        assert_eq!(error, Error::NoReference { task: "Ant".into() });
        let flat = BTreeMap::from([("Ant".to_string(), Reference::new(("a", 1.0), ("b", 1.0)))]);
        assert!(matches!(Normalised::new(&arm, &flat), Err(Error::BadReference { .. })));
        assert!(matches!(Normalised::new(&Arm::new("x"), &flat), Err(Error::NoTasks { .. })));
        let near = BTreeMap::from([("Ant".to_string(), Reference::new(("a", 0.0), ("b", 1e-200)))]);
        assert!(matches!(Normalised::new(&arm, &near), Err(Error::ScoreOutOfRange { .. })));
    }

    #[test]
    fn arms_on_different_scales_are_not_compared() {
        let arm = Arm::of_values("MPO", &[("Ant", &[1.0])]).unwrap();
        let by = |high| {
            let map = BTreeMap::from([("Ant".to_string(), Reference::new(("a", 0.0), ("b", high)))]);
            Normalised::new(&arm, &map).unwrap()
        };
        assert!(by(2.0).same_scale(&by(2.0)).is_ok());
        assert!(matches!(by(2.0).same_scale(&by(3.0)), Err(Error::ReferencesDiffer { .. })));
    }
}
