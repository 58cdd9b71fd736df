//! The report of a study: its tables, pictures and statistics as one page, as Markdown, CSV and SVG.

mod aggregates;
mod comparisons;
mod contents;
mod curves;
mod data;
pub mod evidence;
mod factorial;
mod figures;
mod files;
mod in_parallel;
mod markdown;
mod page;
mod public;
mod published;
mod results;
mod runs;
mod scale;
pub mod serve;
mod sheet;
mod summary;

pub use contents::Report;
pub use files::ReportFile;
