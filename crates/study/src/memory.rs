//! How much memory can still be had: by the machine's account, and by that of every control group around this process.

use std::path::{Path, PathBuf};

/// Bytes that can be had now; `None` where nothing tells.
pub fn available() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| of_machine(&text));
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    machine.into_iter().chain(of_groups(Path::new("/sys/fs/cgroup"), &groups)).min()
}

/// Bytes of memory that the process `pid` holds; 0 for one that is gone.
pub fn resident(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    kib(&text, "VmRSS:").unwrap_or(0)
}

/// `MemAvailable` of /proc/meminfo.
fn of_machine(text: &str) -> Option<u64> {
    kib(text, "MemAvailable:")
}

fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib << 10)
}

/// The memory that the tightest control group leaves, of those that /proc/self/cgroup names and the groups around them.
fn of_groups(root: &Path, groups: &str) -> Option<u64> {
    let mut rooms = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (mounts, names) = match controllers {
            "" => (vec![root.to_path_buf(), root.join("unified")], &V2),
            named if named.split(',').any(|one| one == "memory") => (vec![root.join("memory")], &V1),
            _ => continue,
        };
        // Inside a container the path may be that of outside: then the mount itself is our group.
        for mount in mounts {
            let inside = PathBuf::from(path.trim_start_matches('/'));
            rooms.extend(inside.ancestors().filter_map(|group| room(&mount.join(group), names)));
        }
    }
    rooms.into_iter().min()
}

/// The files of one version of control groups.
struct Names {
    limit: &'static str,
    usage: &'static str,
    inactive: &'static str,
}

const V2: Names = Names { limit: "memory.max", usage: "memory.current", inactive: "inactive_file " };
const V1: Names = Names {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    inactive: "total_inactive_file ",
};

/// The memory that the group in `folder` leaves of its limit, the cache of files that it would give up not counted as used.
fn room(folder: &Path, names: &Names) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    let (limit, usage) = (number(names.limit)?, number(names.usage)?);
    let stat = read("memory.stat").unwrap_or_default();
    let cached = stat.lines().find_map(|line| line.strip_prefix(names.inactive)?.trim().parse().ok());
    Some(limit.saturating_sub(usage.saturating_sub(cached.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn group(folder: &Path, names: &Names, limit: &str, usage: &str, stat: &str) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in [(names.limit, limit), (names.usage, usage), ("memory.stat", stat)] {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_tightest_group_counts_and_cached_files_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(of_groups(root, "0::/user/job\n"), None);
        group(&root.join("user"), &V2, "1000\n", "700\n", "anon 1\ninactive_file 100\n");
        assert_eq!(of_groups(root, "0::/user/job\n"), Some(400));
        group(&root.join("user/job"), &V2, "max\n", "5\n", "");
        assert_eq!(of_groups(root, "0::/user/job\n"), Some(400));
        group(&root.join("user/job"), &V2, "300\n", "250\n", "");
        assert_eq!(of_groups(root, "0::/user/job\n"), Some(50));
        // As in a container of the first version: the path is that of outside.
        group(&root.join("memory"), &V1, "90\n", "80\n", "total_inactive_file 20\n");
        assert_eq!(of_groups(root, "4:memory:/docker/ab\n3:cpuset:/\n"), Some(30));
    }

    #[test]
    fn this_machine_tells() {
        assert_eq!(of_machine("MemTotal: 9 kB\nMemAvailable:   2 kB\n"), Some(2048));
        if cfg!(target_os = "linux") {
            assert!(available().unwrap() > 1 << 20 && resident(std::process::id()) > 1 << 20);
        }
    }
}
