//! The report of a study: its tables, pictures and statistics as one page, as Markdown, CSV and SVG.

mod aggregates;
mod comparisons;
mod contents;
mod curves;
mod data;
mod data_table;
mod factorial;
mod files;
mod in_parallel;
mod markdown;
mod number_format;
mod page;
mod public;
mod published;
mod results;
mod runs;
mod scale;
pub mod scored_runs;
pub mod serve;
mod summary;

pub use contents::Report;
pub use files::ReportFile;
