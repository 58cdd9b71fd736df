//! Fetching with a pip made of a shell script: what is kept, what is refused, what each failure says.

use super::super::package::Archive;
use super::*;

/// A package whose wheel is made here.
struct Shop {
    folder: tempfile::TempDir,
    package: &'static Package,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("toy-1.0-any.whl");
        let mut archive = zip::ZipWriter::new(File::create(&wheel).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        for (path, content) in [("toy/model.xml", "<toy/>"), ("toy/LICENSE", "free"), ("toy/rest.py", "")] {
            archive.start_file(path, options).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let sum = |bytes: &[u8]| leak(sha256(bytes).unwrap());
        let files = vec![
            Kept { path: "toy/model.xml", sha256: sum(b"<toy/>") },
            Kept { path: "toy/LICENSE", sha256: sum(b"free") },
        ];
        let package = Box::leak(Box::new(Package {
            name: "toy",
            version: "1.0",
            archive: Archive::Wheel,
            archive_sha256: sum(&fs::read(&wheel).unwrap()),
            size: "1 kB",
            by_hand: "COADAPT_MUJOCO can name another",
            pip_arguments: &[],
            files: Box::leak(files.into_boxed_slice()),
        }));
        Shop { folder, package }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// A script for sh in place of pip; `$folder` is where the wheel belongs.
    fn pip(&self, name: &str, script: &str) -> String {
        let path = self.folder.path().join(name);
        let wheel = self.folder.path().join("toy-1.0-any.whl");
        let text = format!(
            "wheel={}\nwhile [ \"$1\" != -d ]; do shift; done\nfolder=$2\n{script}\n",
            wheel.display()
        );
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Fetches the model by the given scripts, [`ABSENT`] among them; also what progress was told.
    fn fetch(&self, scripts: &[&str]) -> (Result<PathBuf, EnvError>, Vec<String>) {
        // Not run directly: a file that another test's child holds open for writing cannot be.
        let commands: Vec<&[&str]> = scripts
            .iter()
            .map(|script| if *script == ABSENT { vec![ABSENT] } else { vec!["sh", script] })
            .map(|command| -> &[&str] { Vec::leak(command) })
            .collect();
        let root = self.root();
        let mut told = Vec::new();
        let fetch = Fetch { package: self.package, root: &root, commands: &commands };
        let result = fetch.file("model.xml", &mut |line| told.push(line.to_owned()));
        // A child that another test is just starting holds every open lock until it runs its program.
        told.retain(|line| !line.starts_with("waiting for another process"));
        (result, told)
    }

    fn failure(&self, script: &str) -> EnvError {
        self.fetch(&[&self.pip("pip", script)]).0.unwrap_err()
    }

    /// What lies in the cache, sorted, without the lock.
    fn kept(&self) -> Vec<String> {
        let mut kept = Vec::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.path() {
                    path if path.is_dir() => folders.push(path),
                    path => kept.push(file_name(&path)),
                }
            }
        }
        kept.retain(|name| name != ".lock");
        kept.sort();
        kept
    }
}

const ABSENT: &str = "/nonexistent/pip";
const WORKS: &str = "cp \"$wheel\" \"$folder\"";

#[test]
fn what_is_pinned_is_kept_and_not_fetched_again() {
    let shop = Shop::new();
    let (path, told) = shop.fetch(&[&shop.pip("pip", WORKS)]);
    assert_eq!(fs::read_to_string(path.unwrap()).unwrap(), "<toy/>");
    assert_eq!(shop.kept(), ["LICENSE", "model.xml"]);
    let root = shop.root();
    let fetching = format!("fetching toy-1.0 (1 kB) with pip into {}", root.display());
    assert_eq!(told, [fetching.as_str(), "fetched toy-1.0"]);
    let (path, told) = shop.fetch(&[&shop.pip("pip", "exit 1")]);
    assert!(path.is_ok() && told.is_empty());
}

#[test]
fn a_damaged_file_is_named_and_replaced() {
    let shop = Shop::new();
    let path = shop.fetch(&[&shop.pip("pip", WORKS)]).0.unwrap();
    fs::write(&path, "<to").unwrap();
    let (mended, told) = shop.fetch(&[&shop.pip("pip", WORKS)]);
    assert_eq!(fs::read_to_string(mended.unwrap()).unwrap(), "<toy/>");
    assert!(told[0].starts_with(&format!("{} is damaged", path.display())), "{told:?}");
}

#[test]
fn a_sound_file_put_there_by_hand_serves() {
    let shop = Shop::new();
    let folder = shop.root().join("toy-1.0");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("model.xml"), "<toy/>").unwrap();
    assert_eq!(shop.fetch(&[ABSENT]).0.unwrap(), folder.join("model.xml"));
}

/// pip runs no code of a source archive: it asks a backend of ours, and is told what is pinned.
#[test]
fn a_source_archive_is_asked_for_with_a_backend_that_builds_nothing() {
    let mut shop = Shop::new();
    let archive = shop.folder.path().join("toy-1.0.tar.gz");
    let mut tar = Vec::new();
    let mut header = [0; 512];
    header[..13].copy_from_slice(b"toy/model.xml");
    header[124..135].copy_from_slice(b"00000000006");
    tar.extend(header);
    tar.extend(b"<toy/>");
    tar.resize(2048, 0);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    fs::write(&archive, gzip.finish().unwrap()).unwrap();
    let sum: &'static str =
        Box::leak(sha256(fs::read(&archive).unwrap().as_slice()).unwrap().into_boxed_str());
    let wheel = shop.package;
    shop.package = Box::leak(Box::new(Package {
        archive: Archive::Source,
        archive_sha256: sum,
        files: &wheel.files[..1],
        ..*wheel
    }));
    let script = format!(
        "test \"$PIP_USE_PEP517\" = 1 && grep -q 'Name: toy.nVersion: 1.0' \
         \"$PYTHONPATH/setuptools/build_meta.py\" && cp {} \"$folder\"",
        archive.display()
    );
    let (path, _) = shop.fetch(&[&shop.pip("pip", &script)]);
    assert_eq!(fs::read_to_string(path.unwrap()).unwrap(), "<toy/>");
    assert_eq!(shop.kept(), ["model.xml"]);
}

#[test]
fn a_failed_fetch_loses_nothing_that_was_there() {
    let shop = Shop::new();
    let path = shop.fetch(&[&shop.pip("pip", WORKS)]).0.unwrap();
    fs::write(&path, "<to").unwrap();
    shop.failure("exit 1");
    assert_eq!(fs::read_to_string(path).unwrap(), "<to");
    assert_eq!(shop.kept(), ["LICENSE", "model.xml"]);
}

#[test]
fn a_wrong_checksum_keeps_nothing() {
    let shop = Shop::new();
    let error = shop.failure("echo other > \"$folder/toy-1.0-any.whl\"");
    let said = error.to_string();
    assert!(matches!(error, EnvError::Checksum { .. }));
    assert!(said.starts_with("toy-1.0-any.whl has SHA-256 "), "{said}");
    assert!(said.contains(shop.package.archive_sha256) && said.contains("COADAPT_MUJOCO"), "{said}");
    assert!(said.contains(&shop.root().display().to_string()), "{said}");
    assert!(shop.kept().is_empty());
}

#[test]
fn without_pip_the_sentence_names_the_folder_and_the_variable() {
    let shop = Shop::new();
    let moduleless = shop.pip("python", "echo '/usr/bin/python3: No module named pip' >&2; exit 1");
    for programs in [&[ABSENT][..], &[&moduleless, ABSENT]] {
        let error = shop.fetch(programs).0.unwrap_err();
        assert!(matches!(error, EnvError::NoPip { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("COADAPT_MUJOCO") && said.contains(shop.root().to_str().unwrap()), "{said}");
    }
}

#[test]
fn the_next_pip_serves_where_the_first_is_none() {
    let shop = Shop::new();
    let moduleless = shop.pip("python", "echo 'No module named pip' >&2; exit 1");
    assert!(shop.fetch(&[ABSENT, &moduleless, &shop.pip("pip", WORKS)]).0.is_ok());
}

#[test]
fn no_network_a_full_disk_and_a_refusal_are_told_apart() {
    let shop = Shop::new();
    let error = shop.failure(
        "echo \"WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(no name)': \
         /simple/toy/\" >&2; echo 'ERROR: No matching distribution found for toy==1.0' >&2; exit 1",
    );
    assert!(matches!(error, EnvError::Network { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("NewConnectionError(no name)") && said.contains("COADAPT_CACHE"), "{said}");

    let error = shop.failure("echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1");
    assert!(matches!(error, EnvError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("is full"));

    let error = shop.failure("echo 'ERROR: No matching distribution found for toy==1.0' >&2; exit 1");
    assert!(matches!(error, EnvError::Download { .. }), "{error}");
    assert!(error.to_string().contains("(ERROR: No matching distribution found for toy==1.0)"), "{error}");
    assert!(shop.kept().is_empty());
}

#[test]
fn a_full_disk_is_told_apart_from_other_failures() {
    let full = std::io::Error::from(ErrorKind::StorageFull);
    let error = EnvError::io("unpacking", Path::new("f"), Path::new("cache"), full);
    assert!(matches!(error, EnvError::DiskFull { .. }));
    let other = std::io::Error::from(ErrorKind::PermissionDenied);
    let error = EnvError::io("unpacking", Path::new("f"), Path::new("cache"), other);
    assert!(error.to_string().starts_with("unpacking f failed: permission denied; COADAPT_CACHE can"));
}

#[test]
fn what_a_killed_fetch_left_is_cleared() {
    let shop = Shop::new();
    let left = shop.root().join(".fetch-toy-1.0-1-0");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("half.whl"), "half").unwrap();
    shop.fetch(&[&shop.pip("pip", WORKS)]).0.unwrap();
    assert!(!left.exists());
}

#[test]
fn many_at_once_fetch_once_and_all_end_well() {
    let shop = Shop::new();
    let counter = shop.folder.path().join("count");
    let pip = shop.pip("pip", &format!("echo run >> {}; sleep 0.2; {WORKS}", counter.display()));
    std::thread::scope(|scope| {
        let fetches: Vec<_> = (0..6).map(|_| scope.spawn(|| shop.fetch(&[&pip]).0)).collect();
        for fetch in fetches {
            assert_eq!(fs::read_to_string(fetch.join().unwrap().unwrap()).unwrap(), "<toy/>");
        }
    });
    assert_eq!(fs::read_to_string(counter).unwrap(), "run\n");
    assert_eq!(shop.kept(), ["LICENSE", "model.xml"]);
}

#[test]
fn without_a_home_the_sentence_says_what_to_set() {
    let shop = Shop::new();
    let homeless = Cache { root: None, library: None };
    let said = super::file(shop.package, "model.xml", &homeless, &mut |_| {}).unwrap_err().to_string();
    assert!(said.starts_with("there is no folder to keep toy-1.0 in") && said.contains("COADAPT_CACHE"));
}
