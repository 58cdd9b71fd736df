//! Where fetched files are kept, and whether the user names a simulator of their own.

use std::ffi::OsString;
use std::path::PathBuf;

/// The cache folder and an optional library to use instead of a fetched one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Folder for what is fetched; `None` where no home folder is known, which only matters once something
    /// has to be fetched.
    pub root: Option<PathBuf>,
    /// A libmujoco.so to load instead of the fetched one.
    pub library: Option<PathBuf>,
}

impl Cache {
    /// A cache in this folder, with the simulator fetched.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Cache { root: Some(root.into()), library: None }
    }

    /// The cache that environment variables name: `COADAPT_CACHE`, else `XDG_CACHE_HOME`/coadapt, else
    /// ~/.cache/coadapt; and `COADAPT_MUJOCO` as the library. The only place of this crate that reads the environment.
    #[allow(clippy::disallowed_methods, reason = "the one door through which the environment comes in")]
    pub fn from_environment() -> Self {
        Cache::from_variables(|name| std::env::var_os(name))
    }

    /// As [`from_environment`](Self::from_environment), from any source of variables. Empty ones count as
    /// unset, and so does a relative `XDG_CACHE_HOME`, as its specification asks.
    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let root = path("COADAPT_CACHE")
            .or_else(|| path("XDG_CACHE_HOME").filter(|xdg| xdg.is_absolute()).map(|xdg| xdg.join("coadapt")))
            .or_else(|| path("HOME").map(|home| home.join(".cache").join("coadapt")));
        Cache { root, library: path("COADAPT_MUJOCO") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(variables: &[(&str, &str)]) -> Cache {
        Cache::from_variables(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, v)| v.into()))
    }

    #[test]
    fn the_nearest_variable_wins() {
        let all = [("COADAPT_CACHE", "/c"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(cache(&all), Cache::at("/c"));
        assert_eq!(cache(&all[1..]), Cache::at("/x/coadapt"));
        assert_eq!(cache(&all[2..]), Cache::at("/h/.cache/coadapt"));
        assert_eq!(cache(&[]), Cache { root: None, library: None });
    }

    #[test]
    fn empty_and_relative_variables_do_not_count() {
        let odd = [("COADAPT_CACHE", ""), ("XDG_CACHE_HOME", "x"), ("HOME", "/h"), ("COADAPT_MUJOCO", "")];
        assert_eq!(cache(&odd), Cache::at("/h/.cache/coadapt"));
        let own = cache(&[("COADAPT_MUJOCO", "/lib/libmujoco.so")]);
        assert_eq!(own.library, Some(PathBuf::from("/lib/libmujoco.so")));
    }
}
