//! Every ablation of the paper as data: a table or figure, its arms, and each arm as overrides of an algorithm.

mod benchmarks;
mod code_details;
mod implementation;
mod overrides;
mod rollout_details;
mod tasks;
mod td3_details;

use crate::error::{Error, nearest};
use crate::method::Method;
use crate::paper;
use coadapt_envs::Spec;

pub use tasks::{SEEDS, steps};

/// A path and a value, written as after `--set`.
pub type Override = (&'static str, &'static str);

/// An algorithm with overrides, under the label that a table or figure has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arm {
    /// The label, as printed.
    pub label: &'static str,
    /// The algorithm.
    pub algo: &'static str,
    /// The overrides; none for an algorithm as it is.
    pub overrides: &'static [Override],
    /// The tasks it was run on, if not on all of its table.
    pub only: Option<&'static [&'static str]>,
}

/// A table or figure: arms that were run on the same tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The short name, such as `table2`.
    pub id: &'static str,
    /// The subject, in a few words.
    pub caption: &'static str,
    /// The ids of its tasks.
    pub tasks: &'static [&'static str],
    /// The environment steps of one run, where they are not those that the paper has for the task.
    pub steps: Option<u64>,
    /// The arms, in the table's order.
    pub arms: &'static [Arm],
}

/// All of them, in the paper's order, and after them those that are ours.
pub const TABLES: [Table; 24] = [
    benchmarks::FIGURE_1,
    implementation::TABLE_2,
    implementation::TABLE_3,
    code_details::TABLE_4,
    code_details::TABLE_5,
    benchmarks::TABLE_10,
    benchmarks::FIGURE_3,
    benchmarks::FIGURE_4,
    implementation::TABLE_11,
    code_details::TABLE_12,
    implementation::TABLE_13,
    implementation::TABLE_14,
    implementation::TABLE_15,
    code_details::swap("table16", &["Hopper-v2"]),
    code_details::swap("table17", &["Walker2d-v2"]),
    code_details::swap("table18", &["HalfCheetah-v2"]),
    code_details::swap("table19", &["Ant-v2"]),
    code_details::swap("table20", &["Humanoid-v2"]),
    code_details::swap("table21", &["Swimmer-v2"]),
    implementation::APPENDIX_G,
    implementation::SAC_WITHOUT_TANH_READINGS,
    td3_details::TD3_DETAILS,
    rollout_details::PPO_DETAILS,
    rollout_details::VMPO_DETAILS,
];

const fn base(label: &'static str, algo: &'static str) -> Arm {
    arm(label, algo, &[])
}

const fn arm(label: &'static str, algo: &'static str, overrides: &'static [Override]) -> Arm {
    Arm { label, algo, overrides, only: None }
}

impl Arm {
    /// The label as one word: lower case, and everything but letters, digits, `+` and `.` a dash.
    pub fn slug(&self) -> String {
        slug(self.label)
    }

    /// The overrides as [`paper::resolve`] takes them.
    pub fn overrides(&self) -> Vec<(String, String)> {
        self.overrides.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    }

    /// The method of this arm on the task `spec`.
    pub fn method(&self, spec: &Spec) -> Result<Method, Error> {
        paper::resolve(self.algo, spec, &self.overrides())
    }
}

impl Table {
    /// The tasks that `arm` was run on.
    pub fn tasks_of(&self, arm: &Arm) -> &'static [&'static str] {
        arm.only.unwrap_or(self.tasks)
    }

    /// The environment steps of one run on `task`.
    pub fn steps_on(&self, task: &str) -> u64 {
        self.steps.unwrap_or_else(|| steps(task))
    }

    /// The name by which `arm` of this table is found again.
    pub fn name_of(&self, arm: &Arm) -> String {
        format!("{}/{}", self.id, arm.slug())
    }
}

/// The table or figure called `name`: `table2`, or `2`.
pub fn table(name: &str) -> Result<&'static Table, Error> {
    let wanted = name.to_lowercase().replace([' ', '_'], "");
    let found =
        TABLES.iter().find(|table| table.id == wanted || table.id.strip_prefix("table") == Some(&wanted));
    found.ok_or_else(|| Error::UnknownTable {
        name: name.to_owned(),
        hint: nearest(&wanted, TABLES.iter().map(|table| table.id)),
        known: TABLES.map(|table| table.id).join(", "),
    })
}

/// The arm called `name`: its label or its slug, with `table2/` or the like before it where the label alone is
/// not the same arm everywhere.
pub fn find(name: &str) -> Result<(&'static Table, &'static Arm), Error> {
    let within = name.split_once('/').and_then(|(place, label)| Some((table(place).ok()?, label)));
    let (tables, label) = match within {
        Some((table, label)) => (std::slice::from_ref(table), label),
        None => (&TABLES[..], name),
    };
    let wanted = slug(label);
    let all = || tables.iter().flat_map(|table| table.arms.iter().map(move |arm| (table, arm)));
    let found: Vec<_> = all().filter(|(_, arm)| arm.slug() == wanted).collect();
    match found.as_slice() {
        [] => {
            let known: Vec<String> = match within {
                Some(_) => all().map(|(table, arm)| table.name_of(arm)).collect(),
                None => all().map(|(_, arm)| arm.slug()).collect(),
            };
            let asked = within.map_or(wanted.clone(), |(table, _)| format!("{}/{wanted}", table.id));
            let hint = nearest(&asked, known.iter().map(String::as_str));
            Err(Error::UnknownArm { name: name.to_owned(), hint })
        }
        [first, others @ ..] => {
            let alike = |arm: &Arm| (arm.algo, arm.overrides) == (first.1.algo, first.1.overrides);
            if others.iter().all(|(_, arm)| alike(arm)) {
                return Ok(*first);
            }
            let places: Vec<String> = found.iter().map(|(table, arm)| table.name_of(arm)).collect();
            Err(Error::AmbiguousArm { name: name.to_owned(), places: places.join(", ") })
        }
    }
}

fn slug(label: &str) -> String {
    let word = |c: char| if c.is_alphanumeric() || "+.".contains(c) { c } else { '-' };
    let dashed: String = label.to_lowercase().chars().map(word).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_are_found_by_label_and_by_slug() {
        let (table, arm) = find("table2/SAC (S)").unwrap();
        assert_eq!((table.id, arm.label, table.name_of(arm).as_str()), ("table2", "SAC (S)", "table2/sac-s"));
        assert_eq!(find("table2/sac-s").unwrap(), (table, arm));
        assert_eq!(find("2/SAC(S)").unwrap(), (table, arm));
        // A label with a slash is no table; one that means the same everywhere needs no table.
        assert_eq!(find("MPO (w/ Soft Q)").unwrap().0.id, "table11");
        assert_eq!(find("table3/SAC (w/o)").unwrap().1.overrides.len(), 2);
        assert_eq!(find("MPO (D)").unwrap().0.id, "table2");
        assert_eq!(find("SAC-E+L+").unwrap().0.id, "table4");
    }

    #[test]
    fn a_name_that_is_no_arm_is_answered_with_one_that_is() {
        let refused = |name: &str| find(name).unwrap_err().to_string();
        assert_eq!(
            refused("SAC (S)"),
            "`SAC (S)` is not the same in every table; name the table too: table2/sac-s, table5/sac-s"
        );
        assert_eq!(
            refused("table2/SAC (X)"),
            "there is no arm `table2/SAC (X)` (did you mean `table2/sac-d`?); `coadapt arms` lists them all"
        );
        assert!(refused("SAC-E-L+").contains("did you mean `sac-e+l+`"));
        let told = table("tabel2").unwrap_err().to_string();
        assert!(told.starts_with(
            "there are no arms of `tabel2` (did you mean `table2`?); there are those of figure1, table2,"
        ));
    }

    #[test]
    fn names_lead_back_to_their_arms() {
        for table in &TABLES {
            for arm in table.arms {
                assert_eq!(find(&table.name_of(arm)).unwrap(), (table, arm));
            }
        }
    }
}
