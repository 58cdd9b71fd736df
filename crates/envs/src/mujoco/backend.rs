//! A build backend that builds nothing, so that pip hands over a source archive without running it.
//!
//! Before pip gives a source archive away it asks the build backend of the project for its name and version,
//! which for an old project means to run its setup.py: code of others, with tools that may not be there. The
//! archive names no backend of its own, so pip asks for `setuptools` by that name; this one stands in front
//! of it on the path and answers from what is pinned.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Package;

/// The build backend that stands in for `setuptools.build_meta`.
const BUILD_META: &str = r#"import os


class __legacy__:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, metadata_directory, config_settings=None):
        folder = "NAME-VERSION.dist-info"
        os.makedirs(os.path.join(metadata_directory, folder))
        with open(os.path.join(metadata_directory, folder, "METADATA"), "w") as file:
            file.write("Metadata-Version: 2.1\nName: NAME\nVersion: VERSION\n")
        return folder


__legacy__ = __legacy__()
get_requires_for_build_wheel = __legacy__.get_requires_for_build_wheel
prepare_metadata_for_build_wheel = __legacy__.prepare_metadata_for_build_wheel
"#;

/// Writes the backend under `folder`; what belongs in front of Python's path.
pub(super) fn write(package: &Package, folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join("backend");
    let module = path.join("setuptools");
    fs::create_dir_all(&module)?;
    fs::write(module.join("__init__.py"), "")?;
    let text = BUILD_META.replace("NAME", package.name).replace("VERSION", package.version);
    fs::write(module.join("build_meta.py"), text)?;
    Ok(path)
}
