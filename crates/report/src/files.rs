//! The files of a report: the page, the text, a CSV file a table and an SVG file a picture.

use std::path::Path;

use anyhow::{Context, Result};
use coadapt_run::directory;

use crate::contents::Report;
use crate::{markdown, page};

/// A file of the report.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReportFile {
    /// Its name within the report's folder.
    pub name: String,
    /// What is in it.
    pub contents: String,
}

impl Report {
    /// The page: everything in one file that needs nothing else.
    pub fn to_html(&self) -> Result<String> {
        page::page(self, page::Live::No)
    }

    /// The page as it is served while runs go on: it asks whether there is something new.
    pub fn to_live_html(&self) -> Result<String> {
        page::page(self, page::Live::Yes)
    }

    /// The text.
    pub fn to_markdown(&self) -> String {
        markdown::text(self)
    }

    /// All files, the page first.
    pub fn files(&self) -> Result<Vec<ReportFile>> {
        let file = |name: String, contents: String| ReportFile { name, contents };
        let mut files =
            vec![file("report.html".into(), self.to_html()?), file("report.md".into(), self.to_markdown())];
        let tables = self.sections.iter().flat_map(|section| &section.tables).chain(&self.files_only);
        for table in tables {
            files.push(file(format!("{}.csv", table.id), table.to_csv()?));
        }
        let charts = self.sections.iter().flat_map(|section| &section.charts);
        files.extend(charts.map(|chart| file(format!("{}.svg", chart.id), chart.to_svg())));
        Ok(files)
    }

    /// Writes all files into `folder`, which is made if it is not there.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
        for ReportFile { name, contents } in self.files()? {
            directory::write_whole(&folder.join(name), contents.as_bytes())?;
        }
        Ok(())
    }
}
