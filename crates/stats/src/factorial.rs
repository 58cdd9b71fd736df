//! Full factorial studies: main effects, and how much two components depend on each other.

use crate::contrast::{Term, contrast};
use crate::{Aggregate, Bootstrap, Error, Estimate, Normalised};
use std::collections::{BTreeMap, BTreeSet};

/// A component that was varied, and its levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// The component, such as "layer norm".
    pub name: String,
    /// Its levels, such as "off" and "on"; effects go from an earlier to a later one.
    pub levels: Vec<String>,
}

impl Factor {
    /// A factor with its levels.
    pub fn new(name: &str, levels: &[&str]) -> Self {
        Factor { name: name.to_string(), levels: levels.iter().map(|level| level.to_string()).collect() }
    }
}

/// A factor moved from one level to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The factor.
    pub factor: String,
    /// The level before.
    pub from: String,
    /// The level after.
    pub to: String,
}

/// What changing one component does, averaged over all levels of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct MainEffect {
    /// The change.
    pub change: Change,
    /// Its effect in normalised score, or why it is undefined.
    pub effect: Result<Estimate, Error>,
}

/// How much the effect of one change depends on another.
#[derive(Debug, Clone, PartialEq)]
pub struct CoadaptationIndex {
    /// One change, A₀ to A₁.
    pub first: Change,
    /// The other, B₀ to B₁.
    pub second: Change,
    /// (A₁B₁ - A₀B₁) - (A₁B₀ - A₀B₀) in normalised score, or why it is undefined. Above 0: each gains by the other;
    /// 0: they add up; below 0: each loses by the other.
    pub index: Result<Estimate, Error>,
}

/// A study with an arm at every combination of its factors' levels.
///
/// Effects are contrasts of an [`Aggregate`] over tasks. With [`Aggregate::Mean`] they are the averages over tasks of
/// differences of mean normalised scores; with [`Aggregate::Iqm`] a few runs at minus infinity do not make them
/// infinite. Other factors are averaged over, all combinations weighing the same. Intervals are one by one: a study
/// with many pairs has some that miss zero by chance.
#[derive(Debug, Clone)]
pub struct Factorial {
    factors: Vec<Factor>,
    arms: BTreeMap<Vec<usize>, Normalised>,
}

impl Factorial {
    /// A study of `factors`; each arm comes with its level of each factor, in the factors' order.
    ///
    /// # Errors
    /// [`Error::Nothing`] without factors, [`Error::BadFactor`], [`Error::StrayCombination`],
    /// [`Error::MissingCombination`], [`Error::TasksDiffer`], [`Error::ReferencesDiffer`].
    pub fn new(factors: Vec<Factor>, arms: Vec<(Vec<String>, Normalised)>) -> Result<Self, Error> {
        if factors.is_empty() {
            return Err(Error::Nothing { name: "factor" });
        }
        for Factor { name, levels } in &factors {
            let distinct = levels.iter().collect::<BTreeSet<_>>().len();
            if distinct < 2 || distinct != levels.len() {
                return Err(Error::BadFactor { factor: name.clone(), levels: distinct });
            }
        }
        let mut study = Factorial { factors, arms: BTreeMap::new() };
        for (levels, arm) in arms {
            let stray = || Error::StrayCombination { cell: levels.join(", ") };
            let cell = study.cell(&levels).ok_or_else(stray)?;
            if let Some((_, first)) = study.arms.first_key_value() {
                first.same_scale(&arm)?;
            }
            if study.arms.insert(cell, arm).is_some() {
                return Err(stray());
            }
        }
        match study.cells(&[]).into_iter().find(|cell| !study.arms.contains_key(cell)) {
            Some(cell) => Err(Error::MissingCombination { cell: study.name(&cell) }),
            None => Ok(study),
        }
    }

    /// What each change of each factor does: (1/C) Σ over the C combinations of the others of A₁ - A₀.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for an aggregate's target; what is undefined is said in its place.
    pub fn main_effects(
        &self,
        aggregate: Aggregate,
        bootstrap: &Bootstrap,
    ) -> Result<Vec<MainEffect>, Error> {
        aggregate.validate()?;
        let changes = (0..self.factors.len()).flat_map(|factor| self.changes(factor));
        Ok(changes
            .map(|(from, to)| {
                let signed = [(vec![to], 1.0), (vec![from], -1.0)];
                let change = self.change(from, to);
                let what = format!("the effect of {}", said(&change));
                MainEffect { change, effect: self.effect(&what, &signed, aggregate, bootstrap) }
            })
            .collect())
    }

    /// The co-adaptation index of every pair of changes of two factors: a difference in differences,
    /// (A₁B₁ - A₀B₁) - (A₁B₀ - A₀B₀), averaged over all combinations of the other factors.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for an aggregate's target; what is undefined is said in its place.
    pub fn coadaptation(
        &self,
        aggregate: Aggregate,
        bootstrap: &Bootstrap,
    ) -> Result<Vec<CoadaptationIndex>, Error> {
        aggregate.validate()?;
        let mut found = Vec::new();
        for a in 0..self.factors.len() {
            for b in a + 1..self.factors.len() {
                for (a0, a1) in self.changes(a) {
                    for (b0, b1) in self.changes(b) {
                        let signed = [
                            (vec![a1, b1], 1.0),
                            (vec![a0, b1], -1.0),
                            (vec![a1, b0], -1.0),
                            (vec![a0, b0], 1.0),
                        ];
                        let (first, second) = (self.change(a0, a1), self.change(b0, b1));
                        let what = format!("the co-adaptation of {} and {}", said(&first), said(&second));
                        let index = self.effect(&what, &signed, aggregate, bootstrap);
                        found.push(CoadaptationIndex { first, second, index });
                    }
                }
            }
        }
        Ok(found)
    }

    /// The contrast of groups of cells, each given by the levels it fixes and its sign; a group is averaged.
    fn effect(
        &self,
        what: &str,
        signed: &[(Vec<Level>, f64)],
        aggregate: Aggregate,
        bootstrap: &Bootstrap,
    ) -> Result<Estimate, Error> {
        let mut terms = Vec::new();
        for (fixed, sign) in signed {
            let cells = self.cells(fixed);
            let coefficient = sign / cells.len() as f64;
            terms.extend(
                cells.iter().filter_map(|cell| self.arms.get(cell)).map(|arm| Term { arm, coefficient }),
            );
        }
        contrast(what, &terms, aggregate, bootstrap)
    }

    /// All combinations with the levels in `fixed`, in order.
    fn cells(&self, fixed: &[Level]) -> Vec<Vec<usize>> {
        let mut cells = vec![Vec::new()];
        for (factor, Factor { levels, .. }) in self.factors.iter().enumerate() {
            let only = fixed.iter().find(|level| level.factor == factor).map(|level| level.index);
            let allowed = (0..levels.len()).filter(|index| only.is_none_or(|only| only == *index));
            let allowed: Vec<usize> = allowed.collect();
            let longer = |cell: &Vec<usize>| {
                let with = |index: &usize| [cell.as_slice(), &[*index]].concat();
                allowed.iter().map(with).collect::<Vec<_>>()
            };
            cells = cells.iter().flat_map(longer).collect();
        }
        cells
    }

    /// The combination with these levels' names, if it is one.
    fn cell(&self, levels: &[String]) -> Option<Vec<usize>> {
        let place = |(factor, level): (&Factor, &String)| factor.levels.iter().position(|l| l == level);
        let same_length = levels.len() == self.factors.len();
        same_length.then(|| self.factors.iter().zip(levels).map(place).collect()).flatten()
    }

    fn name(&self, cell: &[usize]) -> String {
        let part =
            |(factor, index): (&Factor, &usize)| format!("{} = {}", factor.name, factor.levels[*index]);
        self.factors.iter().zip(cell).map(part).collect::<Vec<_>>().join(", ")
    }

    /// All pairs of an earlier and a later level of a factor.
    fn changes(&self, factor: usize) -> Vec<(Level, Level)> {
        let levels = self.factors[factor].levels.len();
        let at = |index| Level { factor, index };
        (0..levels).flat_map(|from| (from + 1..levels).map(move |to| (at(from), at(to)))).collect()
    }

    fn change(&self, from: Level, to: Level) -> Change {
        let Factor { name, levels } = &self.factors[from.factor];
        Change { factor: name.clone(), from: levels[from.index].clone(), to: levels[to.index].clone() }
    }
}

/// One level of one factor, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    factor: usize,
    index: usize,
}

fn said(change: &Change) -> String {
    format!("{} from {} to {}", change.factor, change.from, change.to)
}
