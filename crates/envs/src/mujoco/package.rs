//! The packages fetched at first use: versions, checksums and the files kept of each.

/// An archive of the Python package index, used as a container only.
#[derive(Debug)]
pub struct Package {
    /// Name on the index.
    pub name: &'static str,
    /// The pinned version.
    pub version: &'static str,
    /// Its form.
    pub(super) archive: Archive,
    /// SHA-256 of the archive.
    pub(super) archive_sha256: &'static str,
    /// Download size, for the progress line.
    pub(super) size: &'static str,
    /// How to do without fetching it, for who cannot: the end of a sentence.
    pub(super) by_hand: &'static str,
    /// What pip is told so that it picks this archive whatever Python runs it.
    pub(super) pip_arguments: &'static [&'static str],
    /// What is kept of it.
    pub(super) files: &'static [File],
}

/// The form of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    /// A wheel, which is a zip.
    Wheel,
    /// A source archive, which is a tar in gzip. Nothing of it is run.
    Source,
}

impl Archive {
    /// How a file of this form is named.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Archive::Wheel => ".whl",
            Archive::Source => ".tar.gz",
        }
    }
}

/// A file kept of a package.
#[derive(Debug)]
pub(super) struct File {
    /// Its path in the archive; the last part is its name in the cache.
    pub(super) path: &'static str,
    /// SHA-256 of its content.
    pub(super) sha256: &'static str,
}

impl Package {
    /// Name and version as one word, which also names the folder in the cache.
    pub fn label(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

impl File {
    /// Its name in the cache.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit_once('/').map_or(self.path, |(_, name)| name)
    }
}

/// The library among [`MUJOCO`]'s files.
pub(super) const LIBRARY_FILE: &str = "libmujoco.so.3.17.0";

/// The simulator (Apache-2.0).
pub const MUJOCO: Package = Package {
    name: "mujoco",
    version: "3.17.0",
    archive: Archive::Wheel,
    archive_sha256: "d66928d86a2d1b601bbaa4dc11db50214d17d5301bb8afd84721313b67ff0874",
    size: "26.5 MB",
    by_hand: "COADAPT_MUJOCO can name an existing libmujoco.so",
    pip_arguments: &[
        "--python-version",
        "3.11",
        "--implementation",
        "cp",
        "--abi",
        "cp311",
        "--platform",
        "manylinux_2_28_x86_64",
    ],
    files: &[
        File {
            path: "mujoco/libmujoco.so.3.17.0",
            sha256: "23496b023ee80fb61ab71167e94bc649f9941710fde96b18bb8204fb332523ad",
        },
        File {
            path: "mujoco-3.17.0.dist-info/licenses/LICENSE",
            sha256: "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
        },
        File {
            path: "mujoco-3.17.0.dist-info/licenses/LICENSES_THIRD_PARTY.md",
            sha256: "aec5167579b94d6926340175b4f764b5159f4933657556d89bbfb8238d3b3eb8",
        },
    ],
};

/// The models of the Gym tasks (gymnasium is MIT; the models carry a notice of their own, so they are fetched
/// and not kept in this repository).
pub const GYMNASIUM: Package = Package {
    name: "gymnasium",
    version: "1.4.0",
    archive: Archive::Wheel,
    archive_sha256: "1cb947c59e7c72d8eabb2c2274c00cd20948e69f8452a9ef4092223be24fdf0e",
    size: "0.5 MB",
    by_hand: "the .xml files of its wheel can also be put by hand into the folder gymnasium-1.4.0 there",
    pip_arguments: &["--python-version", "3.11"],
    files: &[
        File {
            path: "gymnasium/envs/mujoco/assets/ant.xml",
            sha256: "cd5f83ef0ea35b0969e65d360c5bacd5b74ccaef6b27e4433b5168c605e3e2be",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/half_cheetah.xml",
            sha256: "11797a5d69e8ac955e89ca6fdd3a0087f1c990094fda401ac51420de1b6c5494",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/hopper.xml",
            sha256: "3ce93a055ffdcd83c0c701d2400768e40d2cbb9532f3c4ae33377c27f8b39f9e",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/humanoid.xml",
            sha256: "85816f372c826d2094b4a598918233bd9c5843b2439119eece2733bdc2e0d073",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/inverted_double_pendulum.xml",
            sha256: "2b4eadf03bd79a8772abd4c1a626b5755747f841801a694ea9528cc49211ba46",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/inverted_pendulum.xml",
            sha256: "80910a9af85cd47072be82d6f92c5e6a115d0eecc3eb464e58542b285c89fb7f",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/pusher.xml",
            sha256: "561fb1a4f254afbbcdaf44b980aeaeb1a77ed67773f5f4d1653ecf2e1457dff5",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/pusher_v5.xml",
            sha256: "3c9a717f6d2cecd555ab9b78694dba71019fa233230c68c8197ebb07d6713879",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/reacher.xml",
            sha256: "3fabc64fc738326485a8231a9a649f784090a0c3d8215f8d2ccd6038b8e60cc4",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/swimmer.xml",
            sha256: "25b0d46bf5522920fea6a579353aee39d391ad9e2a0574b53f83704c11b21b12",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/walker2d.xml",
            sha256: "ac13373c7ac9003a5311c4704b314ed11149b3dd7600bbc02770487300f9ad2d",
        },
        File {
            path: "gymnasium/envs/mujoco/assets/walker2d_v5.xml",
            sha256: "6bed53a6cc3ca73c4fe8ac3486d3b4228927264a6454f4ef16d3eed3c58bc09d",
        },
        File {
            path: "gymnasium-1.4.0.dist-info/licenses/LICENSE",
            sha256: "7dacaa9772e856aee6943b32ef663d3634d91d72ec7bbc74d136943673f91e18",
        },
    ],
};

/// The model of Striker, which no wheel has (gym is MIT, its models as above).
pub const GYM: Package = Package {
    name: "gym",
    version: "0.22.0",
    archive: Archive::Source,
    archive_sha256: "339144c89951758187c378111919bc0e2f1695f9e9d9699e3f19279a6398148d",
    size: "0.6 MB",
    by_hand: "striker.xml of its source archive can also be put by hand into the folder gym-0.22.0 there",
    pip_arguments: &[],
    files: &[
        File {
            path: "gym-0.22.0/gym/envs/mujoco/assets/striker.xml",
            sha256: "ed7e4c0be909e72e72321363acdca7c6be8cfe8cd80066014337c3f63dae94de",
        },
        File {
            path: "gym-0.22.0/LICENSE.md",
            sha256: "35a71b00eb145a1f5102fc80f383cf5fe915e55d677aa3f7ac6f9ea1f56a7040",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checksum_is_one_and_names_are_unique() {
        for package in [&MUJOCO, &GYMNASIUM, &GYM] {
            let sums = package.files.iter().map(|file| file.sha256).chain([package.archive_sha256]);
            assert!(sums.clone().all(|sum| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit())));
            let names: std::collections::HashSet<_> = package.files.iter().map(File::name).collect();
            assert_eq!(names.len(), package.files.len(), "{}", package.label());
        }
        assert!(MUJOCO.files.iter().any(|file| file.name() == LIBRARY_FILE));
    }
}
