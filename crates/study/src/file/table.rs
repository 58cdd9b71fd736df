//! Tables of a study's file, each fault named within its place.

use anyhow::{Result, anyhow};
use toml::{Table, Value};

use coadapt_run::config;

/// Reads a `T` from a table; faults are named within `place`.
pub(super) fn read<T: serde::de::DeserializeOwned>(place: &str, table: &Table) -> Result<T> {
    config::read(table).map_err(|fault| match place {
        "" => anyhow!(fault),
        place => anyhow!("{place}: {fault}"),
    })
}

/// The table that `value` must be.
pub(super) fn as_table<'a>(place: &str, value: &'a Value) -> Result<&'a Table> {
    value.as_table().ok_or_else(|| anyhow!("{place} is {value}, but must be a table"))
}
