//! The report as one page: style, text, pictures, data and program in a single file that asks nobody for anything.

use std::fmt::Write;

use anyhow::{Context, Result};

use super::contents::{Report, Section};
use coadapt_chart::{escaped, palette};

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const PROGRAM: &str = include_str!("page/page.js");

/// Whether the page comes from `coadapt study watch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// It asks the server that it came from whether there is something new.
    Yes,
    /// It opens no connection.
    No,
}

/// The page.
pub fn page(report: &Report, live: Live) -> Result<String> {
    let data = serde_json::to_string(&report.runs).context("the runs could not be written as JSON")?;
    // Within a script element only these could end it or open a comment.
    let data = data.replace('<', "\\u003c");
    let style = format!("{}{STYLE}", palette::STYLE);
    let connect = match live {
        Live::Yes => "'self'",
        Live::No => "'none'",
    };
    let program = format!("coadapt {} ({})", report.build.version, report.build.commit);
    let parts = [
        ("title", escaped(&report.title)),
        ("about", escaped(&report.about)),
        ("budget", escaped(&report.budget)),
        ("connect", connect.to_owned()),
        ("live", if live == Live::Yes { " data-live".to_owned() } else { String::new() }),
        ("style", style),
        ("navigation", navigation(report)),
        ("summary", summary(report)),
        ("sections", report.sections.iter().map(section).collect()),
        ("program", escaped(&program)),
        ("data", data),
        ("script", PROGRAM.to_owned()),
    ];
    Ok(filled(&parts))
}

/// The template with its `{{names}}` replaced; what is put in is not looked at again.
fn filled(parts: &[(&str, String)]) -> String {
    let mut page = String::new();
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.extend(parts.iter().filter(|(known, _)| *known == name).map(|(_, text)| text.as_str()));
        rest = after;
    }
    page + rest
}

fn navigation(report: &Report) -> String {
    let link = |section: &Section| format!("<a href=\"#{}\">{}</a>\n", section.id, escaped(section.heading));
    report.sections.iter().map(link).collect::<String>() + "<a href=\"#section-runs\">Runs</a>\n"
}

fn summary(report: &Report) -> String {
    let mut html = String::from("<dl class=\"facts\">\n");
    for (name, fact) in &report.summary.facts {
        let _ = writeln!(html, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(name), escaped(fact));
    }
    html.push_str("</dl>\n");
    if !report.summary.notices.is_empty() {
        html.push_str("<div class=\"notices\"><h2>Read this first</h2>\n<ul>\n");
        for notice in &report.summary.notices {
            let _ = writeln!(html, "<li>{}</li>", escaped(notice));
        }
        html.push_str("</ul></div>\n");
    }
    html
}

fn section(section: &Section) -> String {
    let mut html = format!("<section id=\"{}\">\n<h2>{}</h2>\n", section.id, escaped(section.heading));
    for paragraph in &section.text {
        let _ = writeln!(html, "<p>{}</p>", escaped(paragraph));
    }
    if !section.charts.is_empty() {
        html.push_str("<div class=\"charts\">\n");
        for chart in &section.charts {
            let _ = writeln!(html, "<figure>{}</figure>", chart.inline());
        }
        html.push_str("</div>\n");
    }
    section.sheets.iter().for_each(|sheet| html.push_str(&sheet.to_html()));
    html + "</section>\n"
}
