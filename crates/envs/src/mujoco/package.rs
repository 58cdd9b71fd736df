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
    /// Options of pip that make it pick this archive whatever Python runs it.
    pub(super) pip_arguments: &'static [&'static str],
    /// Files that are kept of it.
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

/// The models of the DeepMind Control Suite (Apache-2.0).
pub const DM_CONTROL: Package = Package {
    name: "dm_control",
    version: "1.0.50",
    archive: Archive::Wheel,
    archive_sha256: "5434e1e51ff69016867426da7df6064b18d140e4d0a628f879bbcf0e7d0a586d",
    size: "56.5 MB",
    pip_arguments: &["--python-version", "3.11"],
    by_hand: "the .xml files of its wheel can also be put by hand into the folder dm_control-1.0.50 there",
    files: &[
        File {
            path: "dm_control/suite/acrobot.xml",
            sha256: "e203285c5779113bace0d9e1c6a1b1c7246dc019df6ded9790a99b8185ec5ed8",
        },
        File {
            path: "dm_control/suite/ball_in_cup.xml",
            sha256: "34c70aafdc3459db807acb61f401e7157cfc35369bbcb712eda0e820ccb3a4f5",
        },
        File {
            path: "dm_control/suite/cartpole.xml",
            sha256: "b1d184ffa2f74260a6ad3113cbf6f539a048055fcf735b7ca2dbe426dd66fc22",
        },
        File {
            path: "dm_control/suite/cheetah.xml",
            sha256: "47e3152e1213d6895ef36b36bbd399f1c7e0edf7d39f05675cd72bc5fbc14faa",
        },
        File {
            path: "dm_control/suite/finger.xml",
            sha256: "7d106eafc8c7ec95dd4cfb00c9216d1522862aa7bdf2ee86f64f923c551dacef",
        },
        File {
            path: "dm_control/suite/fish.xml",
            sha256: "a08777b8b3623359ff68a8d35f2df10ecae1e771c97fa270926bbd29254394c9",
        },
        File {
            path: "dm_control/suite/hopper.xml",
            sha256: "6e86c37515e34af796af664c4e24e0586e4047fe5243f304de119e83769048b8",
        },
        File {
            path: "dm_control/suite/humanoid.xml",
            sha256: "3aea178a6030ad10fde4889a0806085ee5d2cf69c4b5996577a7f7f8cfa39451",
        },
        File {
            path: "dm_control/suite/manipulator.xml",
            sha256: "7f00a4b2c90104d6ac73769bda5913a18f89eabf06f2daa83dcaef2974e9e59b",
        },
        File {
            path: "dm_control/suite/pendulum.xml",
            sha256: "6ce0aceacde5bd30bf9965d08a7f4e31e61319d85b59b03c1bda523e5710a115",
        },
        File {
            path: "dm_control/suite/point_mass.xml",
            sha256: "2567ced7cf592f28fb4551e9de26074fd11ad0e343d2928b03ce5b21b9d9c8d0",
        },
        File {
            path: "dm_control/suite/reacher.xml",
            sha256: "849e1e3dd8e79b8f5796bd6e32b0d7a51b916355584402d8f803d74ad35ad193",
        },
        File {
            path: "dm_control/suite/swimmer.xml",
            sha256: "5ac233aa94bd0df6369ec683dfd56878e6431c2911f49c6a7bfc768e664bf3a1",
        },
        File {
            path: "dm_control/suite/walker.xml",
            sha256: "e8b6dd3bb40826dffed0faed978d9c5dd0aead7efaa28c27c4bb2df663af874c",
        },
        File {
            path: "dm_control/suite/common/materials.xml",
            sha256: "83ee4f7d3f0c9b3003ad121c2c35169a32a922c437321278f27db60d577ccfac",
        },
        File {
            path: "dm_control/suite/common/skybox.xml",
            sha256: "71db77c7c88dd4e1b54eb394deecfba673bbf539d110de68aa229dee00abf107",
        },
        File {
            path: "dm_control/suite/common/visual.xml",
            sha256: "1e338ca511de35b902c4ca944d857c23fe4e7a5aea46a475cdc317dd454245b0",
        },
        File {
            path: "dm_control-1.0.50.dist-info/licenses/LICENSE",
            sha256: "58d1e17ffe5109a7ae296caafcadfdbe6a7d176f0bc4ab01e12a689b0499d8bd",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checksum_is_one_and_names_are_unique() {
        for package in [&MUJOCO, &GYMNASIUM, &GYM, &DM_CONTROL] {
            let sums = package.files.iter().map(|file| file.sha256).chain([package.archive_sha256]);
            assert!(sums.clone().all(|sum| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit())));
            let names: std::collections::HashSet<_> = package.files.iter().map(File::name).collect();
            assert_eq!(names.len(), package.files.len(), "{}", package.label());
        }
        assert!(MUJOCO.files.iter().any(|file| file.name() == LIBRARY_FILE));
    }
}
