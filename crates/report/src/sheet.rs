//! A table of the report, to be read as a page, as Markdown and as CSV.

use std::fmt::Write;

use super::figures::NOTHING;
use coadapt_chart::escaped;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
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

/// What an interval adds to its heading in a CSV file.
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
        let values_text = values.iter().map(|value| super::figures::raw(*value)).collect();
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

impl Sheet {
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
    pub fn to_csv(&self) -> String {
        let heads = self.columns.iter().flat_map(|c| c.parts.iter().map(|part| format!("{}{part}", c.name)));
        let mut text = csv_line(heads);
        for row in &self.rows {
            let values = self.columns.iter().zip(row).flat_map(|(column, entry)| {
                (0..column.parts.len()).map(|i| entry.values.get(i).cloned().unwrap_or_default())
            });
            text.push_str(&csv_line(values));
        }
        text
    }

    /// The table as a part of a page.
    pub fn to_html(&self) -> String {
        let mut html = format!("<div class=\"sheet\" id=\"{}\">\n", escaped(&self.id));
        if self.rows.len() > 3 {
            html.push_str(
                "<label class=\"filter\">Filter rows <input type=\"search\" autocomplete=\"off\"></label>\n",
            );
        }
        let _ = write!(
            html,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\n\
             <caption>{caption}</caption>\n<thead><tr>",
            caption = escaped(&self.caption)
        );
        for column in &self.columns {
            let class = column.class();
            let _ = write!(html, "<th scope=\"col\"{class}>{}</th>", escaped(&column.name));
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for (place, (entry, column)) in row.iter().zip(&self.columns).enumerate() {
                html.push_str(&entry.to_html(place, column));
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table></div></div>\n");
        html
    }
}

impl Column {
    fn class(&self) -> &'static str {
        match self.reads {
            Reads::Words => "",
            Reads::Numbers => " class=\"n\"",
        }
    }
}

impl Entry {
    fn to_html(&self, place: usize, column: &Column) -> String {
        let (open, close) = if place == 0 { ("<th scope=\"row\"", "</th>") } else { ("<td", "</td>") };
        let key = self.key.map(|key| format!(" data-key=\"{}\"", super::figures::raw(key)));
        let mut html = format!("{open}{}{}>", column.class(), key.unwrap_or_default());
        html.push_str(&match self.weight {
            Weight::Plain => escaped(&self.text),
            Weight::Best => format!("<b>{}</b>", escaped(&self.text)),
            Weight::Reason => format!("<span class=\"none\">{}</span>", escaped(&self.text)),
        });
        for line in &self.below {
            let _ = write!(html, "<small>{}</small>", escaped(line));
        }
        for line in &self.beside {
            let _ = write!(html, "<small class=\"beside\">{}</small>", escaped(line));
        }
        if let Some((arm, task)) = self.recipe {
            let _ = write!(
                html,
                "<button class=\"recipe\" data-arm=\"{arm}\" data-task=\"{task}\" aria-label=\"recipe of {}\">recipe</button>",
                escaped(&self.text)
            );
        }
        html + close
    }
}

/// One line of CSV, quoted where a program would trip.
pub fn csv_line(values: impl Iterator<Item = String>) -> String {
    let quoted = values.map(|value| {
        // A spreadsheet would take a leading =, + or @ for a formula; a number may begin with a minus.
        let formula =
            value.starts_with(['=', '+', '@']) || (value.starts_with('-') && value.parse::<f64>().is_err());
        let value = if formula { format!("'{value}") } else { value };
        let special = value.contains([',', '"', '\n', '\r']);
        if special { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
