//! Named parameters in one flat array: registered once, then read and stepped in place.

use crate::kernels::{Aligned, LINE};
use crate::shape::Shape;
use std::ops::Range;

/// Where a named array lies in the flat storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first number.
    pub offset: usize,
    /// Its shape.
    pub shape: Shape,
}

impl Span {
    /// The numbers it covers.
    pub fn range(self) -> Range<usize> {
        self.offset..self.offset + self.shape.len()
    }
}

/// Some arrays registered one after the other: what an optimiser steps, or a target network copies, as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamSet {
    /// The arrays, in the order of registration.
    pub spans: Vec<Span>,
    /// The numbers they cover together.
    pub range: Range<usize>,
}

/// Everything an update reads and changes: weights, targets, dual variables, optimiser moments.
#[derive(Debug, Clone, Default)]
pub struct Params {
    names: Vec<String>,
    spans: Vec<Span>,
    values: Aligned,
}

impl Params {
    /// No parameters yet.
    pub fn new() -> Self {
        Params::default()
    }

    /// Lets the next array begin at a cache line, as the first of a set should: kernels read whole lines.
    pub(crate) fn align(&mut self) {
        self.values.resize(self.values.len().next_multiple_of(LINE));
    }

    /// Registers an array of zeros. Names are unique.
    pub fn add(&mut self, name: impl Into<String>, shape: Shape) -> Span {
        let name = name.into();
        assert!(!self.names.contains(&name), "two parameters are named `{name}`");
        let span = Span { offset: self.values.len(), shape };
        self.values.resize(span.offset + shape.len());
        self.names.push(name);
        self.spans.push(span);
        span
    }

    /// Registers a copy of every array of `set`, with `from` at the start of the names replaced by `to`.
    pub fn add_copy(&mut self, set: &ParamSet, from: &str, to: &str) -> ParamSet {
        self.align();
        let spans: Vec<Span> = set
            .spans
            .iter()
            .map(|&span| {
                let name = self.name_of(span).to_owned();
                let renamed = format!("{to}{}", name.strip_prefix(from).unwrap_or(&name));
                let copy = self.add(renamed, span.shape);
                self.values.copy_within(span.range(), copy.offset);
                copy
            })
            .collect();
        let start = spans.first().map_or(self.values.len(), |s| s.offset);
        ParamSet { range: start..start + set.range.len(), spans }
    }

    fn name_of(&self, span: Span) -> &str {
        let found = self.spans.iter().position(|s| *s == span);
        found.map_or("", |i| self.names[i].as_str())
    }

    /// The arrays whose names begin with `prefix`; they must have been registered one after the other.
    pub fn set(&self, prefix: &str) -> ParamSet {
        let named = self.names.iter().zip(&self.spans).filter(|(name, _)| name.starts_with(prefix));
        let spans: Vec<Span> = named.map(|(_, &span)| span).collect();
        let start = spans.first().map_or(0, |s| s.offset);
        let end = spans.iter().fold(start, |at, span| {
            assert!(span.offset == at, "the parameters `{prefix}*` are not registered one after the other");
            at + span.shape.len()
        });
        ParamSet { spans, range: start..end }
    }

    /// The array named `name`.
    pub fn span(&self, name: &str) -> Option<Span> {
        self.names.iter().position(|n| n == name).map(|i| self.spans[i])
    }

    /// Every array: name and place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Span)> {
        self.names.iter().map(String::as_str).zip(self.spans.iter().copied())
    }

    /// The numbers of `span`.
    pub fn get(&self, span: Span) -> &[f32] {
        &self.values[span.range()]
    }

    /// The numbers of `span`, to be changed.
    pub fn get_mut(&mut self, span: Span) -> &mut [f32] {
        &mut self.values[span.range()]
    }

    /// The numbers of all arrays of `set`, one after the other.
    pub fn flat(&self, set: &ParamSet) -> &[f32] {
        &self.values[set.range.clone()]
    }

    /// Assigns `numbers`, laid out as [`flat`](Self::flat) gives them, to the arrays of `set`.
    ///
    /// # Panics
    /// When there are more or fewer numbers than in the set.
    pub fn assign_flat(&mut self, set: &ParamSet, numbers: &[f32]) {
        assert!(
            numbers.len() == set.range.len(),
            "{} numbers for a set of {}",
            numbers.len(),
            set.range.len()
        );
        self.values[set.range.clone()].copy_from_slice(numbers);
    }

    /// Hard copy: `to` becomes equal to `from`.
    pub fn copy(&mut self, from: &ParamSet, to: &ParamSet) {
        assert!(from.range.len() == to.range.len(), "a copy between sets of different size");
        self.values.copy_within(from.range.clone(), to.range.start);
    }

    /// Whether every number is finite; otherwise the name of the first array that is not.
    pub fn first_not_finite(&self) -> Option<&str> {
        let bad = |span: &Span| self.values[span.range()].iter().any(|x| !x.is_finite());
        self.spans.iter().position(bad).map(|i| self.names[i].as_str())
    }

    /// How many numbers there are in all, gaps between sets included.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}
