//! A table of the report, to be read as a page, as Markdown and as CSV.

use std::fmt::Write;

use anyhow::{Context, Result};

use super::number_format::NOTHING;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct DataTable {
    /// The name of its file and its anchor.
    pub id: String,
    /// What it shows.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with an entry a column.
    pub rows: Vec<Vec<Entry>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What heads it.
    pub name: String,
    /// What a CSV file adds to the heading, one for each value of an entry; a single empty word for one value.
    pub parts: &'static [&'static str],
    /// How it reads.
    pub reads: Reads,
}

/// Words stand to the left, numbers to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// To the left, sorted by the alphabet.
    Words,
    /// To the right, sorted by size.
    Numbers,
}

/// Endings that an interval adds to its heading in a CSV file.
pub const INTERVAL: &[&str] = &["", " low", " high"];
/// One value.
pub const ONE: &[&str] = &[""];

impl Column {
    /// A column of words.
    pub fn words(name: &str) -> Column {
        Column { name: name.to_owned(), parts: ONE, reads: Reads::Words }
    }

    /// A column of numbers, of `parts` each.
    pub fn numbers(name: &str, parts: &'static [&'static str]) -> Column {
        Column { name: name.to_owned(), parts, reads: Reads::Numbers }
    }
}

/// One entry of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// What is read.
    pub text: String,
    /// What is read below it, smaller: how many runs, what is odd about them.
    pub below: Vec<String>,
    /// What stands for comparison below that: a published number.
    pub beside: Vec<String>,
    /// What a file holds.
    pub values: Vec<String>,
    /// What it is sorted by.
    pub key: Option<f64>,
    /// How it is set.
    pub weight: Weight,
    /// The arm and the task whose recipe it leads to.
    pub recipe: Option<(usize, usize)>,
}

/// How an entry is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weight {
    /// As any other.
    #[default]
    Plain,
    /// The best of its column.
    Best,
    /// Not a number but the reason why there is none.
    Reason,
}

impl Entry {
    /// Words.
    pub fn words(text: impl Into<String>) -> Entry {
        let text = text.into();
        Entry { values: vec![text.clone()], text, ..Entry::default() }
    }

    /// A number: what is read, and the values behind it, of which the first sorts.
    pub fn number(text: impl Into<String>, values: &[f64]) -> Entry {
        let values_text = values.iter().map(|value| super::number_format::raw(*value)).collect();
        Entry { text: text.into(), values: values_text, key: values.first().copied(), ..Entry::default() }
    }

    /// No number, and why.
    pub fn reason(why: impl Into<String>) -> Entry {
        Entry { text: NOTHING.into(), below: vec![why.into()], weight: Weight::Reason, ..Entry::default() }
    }

    /// No number, and nothing to say about it.
    pub fn nothing() -> Entry {
        Entry { text: NOTHING.into(), weight: Weight::Reason, ..Entry::default() }
    }
}

impl DataTable {
    /// The table as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;");
        let _ = writeln!(text, "**{}**\n", cell(&self.caption));
        let names: Vec<_> = self.columns.iter().map(|column| cell(&column.name)).collect();
        let _ = writeln!(text, "| {} |", names.join(" | "));
        let rules = self.columns.iter().map(|column| match column.reads {
            Reads::Words => "---",
            Reads::Numbers => "---:",
        });
        let _ = writeln!(text, "|{}|", rules.collect::<Vec<_>>().join("|"));
        for row in &self.rows {
            let cells = row.iter().map(|entry| {
                let bold = entry.weight == Weight::Best;
                let head = if bold { format!("**{}**", cell(&entry.text)) } else { cell(&entry.text) };
                let more = entry.below.iter().chain(&entry.beside).map(|line| cell(line));
                std::iter::once(head).chain(more).collect::<Vec<_>>().join("<br>")
            });
            let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        text
    }

    /// The table as CSV, numbers with all their digits.
    pub fn to_csv(&self) -> Result<String> {
        let attempt = || format!("the table {} could not be written as CSV", self.id);
        let mut csv = csv::Writer::from_writer(Vec::new());
        let heads = self.columns.iter().flat_map(|c| c.parts.iter().map(|part| format!("{}{part}", c.name)));
        csv.write_record(heads.map(no_formula)).with_context(attempt)?;
        for row in &self.rows {
            let values = self.columns.iter().zip(row).flat_map(|(column, entry)| {
                (0..column.parts.len()).map(|i| entry.values.get(i).cloned().unwrap_or_default())
            });
            csv.write_record(values.map(no_formula)).with_context(attempt)?;
        }
        String::from_utf8(csv.into_inner().with_context(attempt)?).with_context(attempt)
    }
}

/// A value as a spreadsheet must read it: a leading =, + or @ would make a formula of it; a number may begin with a
/// minus.
fn no_formula(value: String) -> String {
    let formula =
        value.starts_with(['=', '+', '@']) || (value.starts_with('-') && value.parse::<f64>().is_err());
    if formula { format!("'{value}") } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_reads_words_and_numbers_and_no_formula() {
        let words = ["=1+1", "@a", "-b", "a, \"b\"", "two\nlines", "-1.5e3", "-inf", ""];
        let row = |word: &&str| vec![Entry::words(*word), Entry::number("", &[1.0, f64::NEG_INFINITY])];
        let columns = vec![Column::words("+name"), Column::numbers("n", &["", " low"])];
        let rows = words.iter().map(row).collect();
        let csv = DataTable { id: "x".into(), caption: String::new(), columns, rows }.to_csv().unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap(), &["'+name", "n", "n low"][..]);
        let read: Vec<_> = reader.records().map(Result::unwrap).collect();
        let expected = ["'=1+1", "'@a", "'-b", "a, \"b\"", "two\nlines", "-1.5e3", "-inf", ""];
        assert_eq!(read.iter().map(|record| &record[0]).collect::<Vec<_>>(), expected);
        assert!(read.iter().all(|record| &record[1] == "1" && &record[2] == "-inf"));
    }
}
