//! The struct layout of each known MuJoCo version: tables kept as data, parsed when the library is loaded.

use std::collections::HashMap;

/// The tables, made by `tools/mujoco_layout.py` from the headers of each version.
const TABLES: [&str; 1] = [include_str!("layout/3.17.0.txt")];

/// A field of a struct: where it lies and how many bytes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Bytes from the start of the struct.
    pub(super) offset: usize,
    /// Bytes of the field (of the pointer, where it is one).
    pub(super) size: usize,
}

/// One version's table.
#[derive(Debug)]
pub(super) struct Layout {
    version: i64,
    fields: HashMap<(&'static str, &'static str), Field>,
    enums: HashMap<&'static str, i64>,
}

impl Layout {
    /// The table of the version `mj_version()` names, if it is known.
    pub(super) fn of(version: i64) -> Option<Self> {
        TABLES.iter().filter_map(|text| Layout::parse(text)).find(|layout| layout.version == version)
    }

    /// The versions there are tables for, as a list to print.
    pub(super) fn supported() -> String {
        let known = TABLES.iter().filter_map(|text| Layout::parse(text));
        known.map(|layout| version_name(layout.version)).collect::<Vec<_>>().join(", ")
    }

    /// A field, or the name of what the table lacks.
    pub(super) fn field(&self, owner: &'static str, name: &'static str) -> Result<Field, String> {
        self.fields.get(&(owner, name)).copied().ok_or_else(|| {
            format!("the layout table of {} has no {owner}.{name}", version_name(self.version))
        })
    }

    /// A field of exactly `size` bytes, or what is wrong with it.
    pub(super) fn offset(
        &self,
        owner: &'static str,
        name: &'static str,
        size: usize,
    ) -> Result<usize, String> {
        let field = self.field(owner, name)?;
        if field.size == size {
            return Ok(field.offset);
        }
        Err(format!("{owner}.{name} has {} bytes where this program reads {size}", field.size))
    }

    /// The value of an enum constant, or the name of what the table lacks.
    pub(super) fn constant(&self, name: &'static str) -> Result<i64, String> {
        self.enums
            .get(name)
            .copied()
            .ok_or_else(|| format!("the layout table of {} has no {name}", version_name(self.version)))
    }

    /// Reads a table; `None` if any line of it is not understood.
    fn parse(text: &'static str) -> Option<Self> {
        let mut version = None;
        let (mut fields, mut enums) = (HashMap::new(), HashMap::new());
        for line in text.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["version", number] => version = Some(number.parse().ok()?),
                ["sizeof", owner, bytes] => {
                    fields.insert((owner, ""), Field { offset: 0, size: bytes.parse().ok()? });
                }
                ["enum", name, value, _] => {
                    enums.insert(name, value.parse().ok()?);
                }
                [owner, name, offset, size] => {
                    let field = Field { offset: offset.parse().ok()?, size: size.parse().ok()? };
                    fields.insert((owner, name), field);
                }
                _ => return None,
            }
        }
        Some(Layout { version: version?, fields, enums })
    }
}

/// A version number of `mj_version()` as people write it: 3017000 is 3.17.0, and before that 337 was 3.3.7.
pub(super) fn version_name(version: i64) -> String {
    let (major, minor, patch) = if version >= 1_000_000 {
        (version / 1_000_000, version / 1000 % 1000, version % 1000)
    } else {
        (version / 100, version / 10 % 10, version % 10)
    };
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_understood_and_its_fields_lie_within_their_structs() {
        for text in TABLES {
            let layout = Layout::parse(text).expect("a table this program reads");
            for ((owner, name), field) in &layout.fields {
                let whole = layout.fields.get(&(*owner, ""));
                let bytes = whole.unwrap_or_else(|| panic!("{owner} has no sizeof line")).size;
                assert!(field.offset + field.size <= bytes, "{owner}.{name} lies outside {owner}");
            }
        }
    }

    #[test]
    fn versions_read_as_people_write_them() {
        let names = [3_017_000, 3_018_002, 337, 210].map(version_name);
        assert_eq!(names, ["3.17.0", "3.18.2", "3.3.7", "2.1.0"]);
        assert!(Layout::of(337).is_none());
        assert_eq!(Layout::supported(), "3.17.0");
    }

    #[test]
    fn what_a_table_lacks_is_named() {
        let layout = Layout::of(3_017_000).expect("the pinned version");
        assert_eq!(layout.offset("mjModel", "nq", 8), Ok(0));
        assert!(layout.offset("mjModel", "nq", 4).is_err_and(|problem| problem.contains("8 bytes")));
        assert!(layout.constant("mjNOSUCH").is_err_and(|problem| problem.contains("mjNOSUCH")));
    }
}
