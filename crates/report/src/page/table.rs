//! A table of the report as a part of the page.

use maud::{Markup, html};

use crate::data_table::{Column, DataTable, Entry, Reads, Weight};
use crate::number_format;

/// Rows from which on a table has a field to filter them.
const FILTERED: usize = 4;

/// The table.
pub fn table(table: &DataTable) -> Markup {
    html! {
        div.sheet id=(table.id) {
            @if table.rows.len() >= FILTERED {
                label.filter { "Filter rows " input type="search" autocomplete="off"; }
            }
            div.scroll tabindex="0" role="region" aria-label=(table.caption) {
                table {
                    caption { (table.caption) }
                    thead { tr {
                        @for column in &table.columns {
                            th scope="col" class=[class(column)] { (column.name) }
                        }
                    } }
                    tbody {
                        @for row in &table.rows {
                            tr {
                                @for (place, (entry, column)) in row.iter().zip(&table.columns).enumerate() {
                                    (cell(place, entry, column))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn class(column: &Column) -> Option<&'static str> {
    (column.reads == Reads::Numbers).then_some("n")
}

/// One cell; the first of a row heads it.
fn cell(place: usize, entry: &Entry, column: &Column) -> Markup {
    let key = entry.key.map(number_format::raw);
    html! {
        @if place == 0 {
            th scope="row" class=[class(column)] data-key=[key] { (contents(entry)) }
        } @else {
            td class=[class(column)] data-key=[key] { (contents(entry)) }
        }
    }
}

fn contents(entry: &Entry) -> Markup {
    html! {
        @match entry.weight {
            Weight::Plain => (entry.text),
            Weight::Best => b { (entry.text) },
            Weight::Reason => span.none { (entry.text) },
        }
        @for line in &entry.below { small { (line) } }
        @for line in &entry.beside { small.beside { (line) } }
        @if let Some((arm, task)) = entry.recipe {
            button.recipe data-arm=(arm) data-task=(task) aria-label={ "recipe of " (entry.text) } { "recipe" }
        }
    }
}
