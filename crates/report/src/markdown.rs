//! The report as Markdown.

use std::fmt::Write;

use super::contents::{Report, Section};

/// The text.
pub fn text(report: &Report) -> String {
    let mut text = format!("# {}\n\n", plain(&report.title));
    if !report.about.is_empty() {
        let _ = writeln!(text, "{}\n", plain(&report.about));
    }
    let _ = writeln!(text, "Budget `{}`. Written by `coadapt study report`.\n", plain(&report.budget));
    for (name, fact) in &report.summary.facts {
        let _ = writeln!(text, "- {}: {}", plain(name), plain(fact));
    }
    if !report.summary.notices.is_empty() {
        let _ = writeln!(text, "\nRead this first:\n");
        report.summary.notices.iter().for_each(|notice| {
            let _ = writeln!(text, "- {}", plain(notice));
        });
    }
    report.sections.iter().for_each(|section| add(&mut text, section));
    text
}

fn add(text: &mut String, section: &Section) {
    let _ = writeln!(text, "\n## {}", section.heading);
    for paragraph in &section.text {
        let _ = writeln!(text, "\n{}", plain(paragraph));
    }
    for chart in &section.charts {
        let _ = writeln!(text, "\n![{}]({}.svg)", plain(&chart.title).replace(['[', ']'], ""), chart.id);
    }
    for table in &section.tables {
        let _ = write!(text, "\n{}", table.to_markdown());
    }
}

/// Text whose marks mean themselves.
fn plain(text: &str) -> String {
    text.replace('<', "&lt;").replace('\n', " ")
}
