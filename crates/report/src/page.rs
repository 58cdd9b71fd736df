//! The report as one page: style, text, pictures, data and program in a single file that asks nobody for anything.

mod table;

use anyhow::{Context, Result};
use coadapt_chart::palette;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::contents::{Report, Section};
use super::summary::Summary;

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
    let build = report.build;
    let page = html! {
        (DOCTYPE)
        html lang="en" data-live[live == Live::Yes] {
            (head(report, live))
            body {
                a.skip href="#section-results" { "To the results" }
                (header(report))
                main {
                    (summary(&report.summary))
                    @for one in &report.sections { (section(one)) }
                    (runs())
                }
                footer {
                    "Written by coadapt " (build.version) " (" (build.commit) "). This page is one file and asks no server for "
                    "anything."
                }
                (configuration())
                script type="application/json" id="data" { (PreEscaped(data)) }
                script { (PreEscaped(PROGRAM)) }
            }
        }
    };
    Ok(page.into_string() + "\n")
}

fn head(report: &Report, live: Live) -> Markup {
    let connect = match live {
        Live::Yes => "'self'",
        Live::No => "'none'",
    };
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src {connect}; \
         base-uri 'none'; form-action 'none'"
    );
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="color-scheme" content="light dark";
            link rel="icon" href="data:,";
            title { (report.title) }
            style { (PreEscaped(palette::STYLE)) (PreEscaped(STYLE)) }
        }
    }
}

fn header(report: &Report) -> Markup {
    html! {
        header {
            div.bar {
                span.brand { "coadapt" }
                fieldset.theme hidden {
                    legend { "Colours" }
                    @for (place, (value, name)) in [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")].iter().enumerate() {
                        label {
                            input type="radio" name="theme" value=(value) checked[place == 0];
                            span { (name) }
                        }
                    }
                }
            }
            h1 { (report.title) }
            p.about { (report.about) }
            p.budget { "Budget " b { (report.budget) } span.live role="status" {} }
            nav aria-label="Sections" {
                @for section in &report.sections { a href={ "#" (section.id) } { (section.heading) } " " }
                a href="#section-runs" { "Runs" }
            }
        }
    }
}

fn summary(summary: &Summary) -> Markup {
    html! {
        dl.facts {
            @for (name, fact) in &summary.facts { div { dt { (name) } dd { (fact) } } }
        }
        @if !summary.notices.is_empty() {
            div.notices {
                h2 { "Read this first" }
                ul { @for notice in &summary.notices { li { (notice) } } }
            }
        }
    }
}

fn section(section: &Section) -> Markup {
    html! {
        section id=(section.id) {
            h2 { (section.heading) }
            @for paragraph in &section.text { p { (paragraph) } }
            @if !section.charts.is_empty() {
                div.charts {
                    // A picture writes out itself what markup would take for its own.
                    @for chart in &section.charts { figure { (PreEscaped(chart.inline())) } }
                }
            }
            @for table in &section.tables { (table::table(table)) }
        }
    }
}

/// The list of runs, which the page's program fills.
fn runs() -> Markup {
    let columns = [
        ("Variant", ""),
        ("Task", ""),
        ("Seed", "n"),
        ("State", ""),
        ("Score", "n"),
        ("Step", "n"),
        ("Commit", ""),
        ("Configuration", ""),
    ];
    html! {
        section #section-runs {
            h2 { "Runs" }
            p {
                "Every run with its score and its configuration. The same list, with all digits, is in " code { "runs.csv" } "."
            }
            div.controls hidden {
                label { "Variant " select #runs-arm {} }
                label { "Task " select #runs-task {} }
                label { "State " select #runs-state {} }
                label { "Search " input #runs-search type="search" autocomplete="off"; }
                span #runs-count role="status" {}
            }
            div.scroll tabindex="0" role="region" aria-label="Runs" {
                table #runs-table {
                    caption { "Runs" }
                    thead { tr {
                        @for (name, class) in columns {
                            th scope="col" class=[Some(class).filter(|class| !class.is_empty())] { (name) }
                        }
                    } }
                    tbody {}
                }
            }
            div.pages hidden {
                button #runs-before type="button" { "Previous" }
                span #runs-page {}
                button #runs-after type="button" { "Next" }
            }
            noscript { p { "The list needs the page's own script; without it, read " code { "runs.csv" } "." } }
        }
    }
}

/// The window with the configuration of one run.
fn configuration() -> Markup {
    html! {
        dialog #config aria-labelledby="config-title" {
            form method="dialog" {
                h2 #config-title {}
                button type="submit" aria-label="Close" { "Close" }
            }
            p #config-remark {}
            dl #config-facts {}
            h3 { "Changed from the algorithm as it is" }
            pre #config-set {}
            h3 { "The whole configuration" }
            pre #config-text tabindex="0" {}
        }
    }
}
