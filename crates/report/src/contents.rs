//! The contents of a report, section by section, before it becomes a page or a file.

use anyhow::Result;
use coadapt_chart::Chart;
use coadapt_run::Build;
use coadapt_stats::Bootstrap;
use coadapt_study::plan::Plan;
use coadapt_study::stale::{Ledger, Stale};
use coadapt_study::store::Store;

use crate::data_table::DataTable;
use crate::published::Published;
use crate::scale::Scale;
use crate::scored_runs::ScoredRuns;
use crate::summary::Summary;
use crate::{aggregates, comparisons, curves, factorial, public, results, runs};

/// Every interval of every report comes from resamples of this seed: the same store gives the same bytes.
const BOOTSTRAP_SEED: u64 = 0;

/// A report, ready to be written.
#[derive(Debug)]
pub struct Report {
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) budget: String,
    pub(crate) summary: Summary,
    pub(crate) sections: Vec<Section>,
    /// Tables that are files only.
    pub(crate) files_only: Vec<DataTable>,
    pub(crate) runs: serde_json::Value,
    pub(crate) build: Build,
}

/// A part of the report under a heading.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) text: Vec<String>,
    pub(crate) charts: Vec<Chart>,
    pub(crate) tables: Vec<DataTable>,
}

impl Report {
    /// Reads the store and computes everything; the page names `build`.
    pub fn new(plan: &Plan, store: &Store, build: Build) -> Result<Report> {
        let scored = ScoredRuns::gather(plan, store)?;
        let stale = Ledger::load(plan, store).stale(plan, store)?;
        Report::of(&scored, &stale, build)
    }

    /// The report of what is known, with the runs that are `stale`.
    pub fn of(scored: &ScoredRuns<'_>, stale: &[Stale], build: Build) -> Result<Report> {
        let plan = scored.plan;
        let published = Published::of(plan);
        let scale = Scale::of(scored);
        let bootstrap = Bootstrap::new(BOOTSTRAP_SEED);
        let mut sections = vec![results(scored, &published)];
        sections.extend(public_curves(scored));
        sections.push(learning_curves(scored));
        sections.push(over_tasks(scored, &scale, &bootstrap));
        sections.extend((plan.arms.len() > 1).then(|| compared(scored, &scale, &bootstrap)));
        if !plan.factors.is_empty() {
            sections.push(coadaptation(scored, &scale, &bootstrap));
        }
        sections.push(how_to_read(&scale, &bootstrap));
        Ok(Report {
            title: plan.title.clone(),
            about: plan.about.clone(),
            budget: plan.budget.clone(),
            summary: Summary::of(scored, &published, stale),
            sections,
            files_only: vec![results::long(scored, &published), curves::table(scored), runs::table(scored)],
            runs: runs::json(scored)?,
            build,
        })
    }
}

fn results(scored: &ScoredRuns<'_>, published: &Published) -> Section {
    let mut text = vec![
        "Mean ± standard deviation over seeds (ddof 0, NumPy's default; the paper does not say which it used) of each run's \
         last evaluation. Bold is the largest mean of a column, as in the paper; it is no test."
            .to_owned(),
    ];
    if published.all().next().is_some() {
        let table = published.table.map_or(String::new(), |table| format!(" ({})", table.id));
        text.push(format!(
            "Below ours stands what the paper prints{table}, with 10 seeds; \"at 1M\" says that its runs had more or fewer steps \
             than ours, and how many. \"Other recipe\": the label agrees and the recipe does not."
        ));
    }
    Section {
        id: "section-results",
        heading: "Results",
        text,
        charts: Vec::new(),
        tables: vec![results::table(scored, published)],
    }
}

fn public_curves(scored: &ScoredRuns<'_>) -> Option<Section> {
    let table = public::table(scored)?;
    Some(Section {
        id: "section-public",
        heading: "Beside published learning curves",
        text: vec![
            "Points of learning curves that others have published, at the last step that our runs reach, or at the first one \
             beyond. Only arms that are an algorithm as the paper has it stand here, and no curves of MPO and AWAC are known \
             to us. Other code, other versions of tasks and simulator: agreement in size is what can be expected."
                .to_owned(),
        ],
        charts: Vec::new(),
        tables: vec![table],
    })
}

fn learning_curves(scored: &ScoredRuns<'_>) -> Section {
    let charts = curves::charts(scored);
    let text = if charts.is_empty() {
        "No run has been evaluated yet."
    } else {
        "Thin lines are runs, thick ones their mean, bands ± one standard deviation over runs. A mean is dotted where it is \
         of fewer runs than before, because some ended or are still on their way. † marks the last evaluation of a run \
         that stopped by numerical error, −∞ that of one whose return fell without bound."
    };
    Section {
        id: "section-curves",
        heading: "Learning curves",
        text: vec![text.to_owned()],
        charts,
        tables: Vec::new(),
    }
}

fn over_tasks(scored: &ScoredRuns<'_>, scale: &Scale, bootstrap: &Bootstrap) -> Section {
    let (table, iqm) = aggregates::of(scored, scale, bootstrap);
    let profiles = aggregates::profiles(scored, scale, bootstrap);
    Section {
        id: "section-aggregates",
        heading: "Over all tasks",
        text: vec![
            "Scores are normalised by two named returns of each task, listed at the end, and not clipped. The interquartile \
             mean (IQM) is the number to read first; intervals are of a stratified bootstrap over runs and say what other \
             seeds would have given, not what other tasks would."
                .to_owned(),
        ],
        charts: iqm.into_iter().chain(profiles).collect(),
        tables: vec![table],
    }
}

fn compared(scored: &ScoredRuns<'_>, scale: &Scale, bootstrap: &Bootstrap) -> Section {
    let (table, chart) = comparisons::over_tasks(scored, scale, bootstrap);
    Section {
        id: "section-comparisons",
        heading: "One against another",
        text: vec![
            "Each variant against the same algorithm with nothing changed; algorithms with nothing changed against the first \
             variant. P(X > Y) says how often a run of X beats one of Y, not by how much. A difference that caught the eye is \
             on average larger than the true one: read the seeds needed as the least to plan for."
                .to_owned(),
        ],
        charts: chart.into_iter().collect(),
        tables: vec![table, comparisons::by_task(scored)],
    }
}

fn coadaptation(scored: &ScoredRuns<'_>, scale: &Scale, bootstrap: &Bootstrap) -> Section {
    let mut text = vec![
        "Above 0, each of the two changes gains by the other; at 0 their effects add up; below 0, each loses by the other. \
         Intervals are one by one: of 20 pairs without any effect, one will miss 0."
            .to_owned(),
    ];
    let (tables, charts) = match factorial::of(scored, scale, bootstrap) {
        Ok(found) => found,
        Err(why) => {
            text.push(format!("Not yet: {why}."));
            (Vec::new(), Vec::new())
        }
    };
    Section { id: "section-coadaptation", heading: "Co-adaptation", text, charts, tables }
}

fn how_to_read(scale: &Scale, bootstrap: &Bootstrap) -> Section {
    let text = vec![
        format!(
            "Intervals: stratified percentile bootstrap, {} resamples of seed {}, nominal coverage {} %. With few seeds it is \
             too narrow (86 % of intervals hold the truth with 5 runs a cell); on one task with few seeds, read Welch's.",
            bootstrap.reps(),
            bootstrap.seed(),
            bootstrap.level() * 100.0
        ),
        "Runs are found by what their results depend on: recipe, task and its semantics, version of MuJoCo, version of the \
         results. Runs that differ in any of them but the seed never enter one cell."
            .to_owned(),
        "docs/reports.md says what each number means, docs/statistics.md how it is computed.".to_owned(),
    ];
    let table = scale.table();
    let tables = if table.rows.is_empty() { Vec::new() } else { vec![table] };
    Section { id: "section-method", heading: "Scale and method", text, charts: Vec::new(), tables }
}
