//! The pages under docs/algorithms say what the code says: their rows, iterations, deviations and sources are written
//! from the recipes and plans that run.
//!
//! With COADAPT_WRITE_PAGES set, the parts between the marks are written anew.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use coadapt_agent::paper::table1::{HEADINGS, TABLE_1};
use coadapt_agent::paper::{RECIPES, Recipe};
use coadapt_agent::{Plan, paper};
use coadapt_envs::{ActionSpace, Spec};

/// What encloses a part that is written from the code: its beginning, with its name, and its end.
const BEGIN: &str = "<!-- from the code: ";
const END: &str = "<!-- end -->";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/algorithms")
}

/// The sizes of Hopper-v4, on which the pages show an iteration.
fn hopper() -> Spec {
    let action = ActionSpace::boxed(3, -1.0, 1.0);
    Spec::new("Hopper-v4", 11, action, 1000)
}

fn table(headings: &[&str], lines: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", headings.join(" | "), "---|".repeat(headings.len()));
    for line in lines {
        let cells: Vec<String> = line.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(text, "| {} |", cells.join(" | ")).unwrap();
    }
    text
}

/// The row as Table 1 prints it, and as it runs where that is something else.
fn row(recipe: &Recipe) -> String {
    let printed = &TABLE_1.iter().find(|named| named.name == recipe.table_row).unwrap().row;
    let runs = recipe.method(&hopper()).unwrap().row();
    let line =
        |name: &str, row: &coadapt_agent::row::Row| [vec![name.to_owned()], row.cells().to_vec()].concat();
    let mut lines = vec![line("printed", printed)];
    if runs.cells() != printed.cells() {
        lines.push(line("runs as", &runs));
    }
    table(&[&[""], &HEADINGS[1..]].concat(), &lines)
}

/// One iteration on Hopper-v4.
fn iteration(recipe: &Recipe) -> String {
    let method = recipe.method(&hopper()).unwrap();
    let plan = Plan::of(&method, &hopper()).unwrap();
    let name = recipe.name;
    let lines = plan.outline().join("\n");
    format!("What `coadapt explain --algo {name} --env Hopper-v4` tells:\n\n```text\n{lines}\n```\n")
}

fn deviations(recipe: &Recipe) -> String {
    let mut text = String::new();
    for deviation in recipe.deviations(&hopper()) {
        writeln!(text, "- `{}`: {}", deviation.path, deviation.what).unwrap();
    }
    if text.is_empty() { "None.\n".to_owned() } else { text }
}

fn sources(recipe: &Recipe) -> String {
    recipe.references.iter().fold(String::new(), |text, source| text + "- " + source + "\n")
}

/// All of Table 1, with what runs.
fn table_1() -> String {
    let lines: Vec<Vec<String>> = TABLE_1
        .iter()
        .map(|named| {
            let page = RECIPES.iter().find(|recipe| recipe.table_row == named.name);
            let name =
                page.map_or(named.name.to_owned(), |recipe| format!("[{}]({}.md)", named.name, recipe.name));
            let runs = named.row.lower().map_or_else(|refusal| refusal.to_string(), |_| "yes".to_owned());
            [vec![name], named.row.cells().to_vec(), vec![runs]].concat()
        })
        .collect();
    table(&[&HEADINGS[..], &["runs as printed"]].concat(), &lines)
}

/// The part called `part` of the page called `page`.
fn part(page: &str, part: &str) -> String {
    if part == "table 1" {
        return table_1();
    }
    // `iteration of awr_xbp` stands on the page of awr.
    let (what, algo) = part.split_once(" of ").unwrap_or((part, page));
    let recipe = paper::recipe(algo).unwrap();
    match what {
        "row" => row(recipe),
        "iteration" => iteration(recipe),
        "deviations" => deviations(recipe),
        "sources" => sources(recipe),
        other => panic!("{page}: nothing is called {other}"),
    }
}

/// `text` with every part written anew, and how many there are.
fn rewritten(page: &str, text: &str) -> (String, usize) {
    let mut pieces = text.split(BEGIN);
    let mut written = pieces.next().unwrap().to_owned();
    let mut count = 0;
    for piece in pieces {
        let (name, rest) = piece.split_once(" -->").unwrap();
        let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{page}: `{name}` has no end"));
        write!(written, "{BEGIN}{name} -->\n\n{}\n{END}{after}", part(page, name)).unwrap();
        count += 1;
    }
    (written, count)
}

#[test]
fn pages_say_what_the_code_says() {
    let mut pages: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
    // On the page of awr.
    pages.retain(|page| *page != "awr_xbp");
    pages.push("README");
    for page in pages {
        let path = folder().join(format!("{page}.md"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (written, count) = rewritten(page, &text);
        assert!(count >= if page == "README" { 1 } else { 4 }, "{page} has {count} parts from the code");
        if std::env::var_os("COADAPT_WRITE_PAGES").is_some() {
            std::fs::write(&path, &written).unwrap();
        } else {
            assert!(
                text == written,
                "{page}.md is not what the code says; COADAPT_WRITE_PAGES=1 writes it anew"
            );
        }
    }
}

#[test]
fn a_part_that_was_changed_by_hand_is_found() {
    let text = format!("# A\n\n{BEGIN}sources of sac -->\n\nmine\n{END}\n\nMore.\n");
    let (written, count) = rewritten("sac", &text);
    assert_eq!(count, 1);
    assert!(written.contains("Haarnoja") && !written.contains("mine") && written.ends_with("\n\nMore.\n"));
}
