//! The paper as data: Table 1, Tables 7 to 9, and where the experiments leave them. Every number has its home
//! here.

pub mod arms;
pub(crate) mod presets;
mod recipes;
mod sizes;
pub mod table1;
mod warnings;

pub use recipes::{Deviation, RECIPES, Recipe, Settings};
#[cfg(test)]
pub(crate) use recipes::{awac, awr, awr_xbp, ddpg, mpo, ppo, ppo_clip, sac, td3, vmpo};
pub use warnings::Warning;

use crate::component;
use crate::error::{Error, nearest};
use crate::method::Method;
use crate::plan::Plan;
use crate::row::Row;
use coadapt_envs::{ActionSpace, Spec};
use serde_json::Value;

/// The algorithms that run.
pub const ALGORITHMS: &[&str] = &names();

const fn names() -> [&'static str; RECIPES.len()] {
    let mut names = [""; RECIPES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = RECIPES[at].name;
        at += 1;
    }
    names
}

/// How the ids of DeepMind Control's tasks begin.
const DM_CONTROL: &str = "dm_control/";
/// Deviation of every algorithm there.
const TIME_LIMITS: Deviation = Deviation {
    path: "estimate.time_limits",
    what: "the released code's wrapper reports the end of the clock as the end of the task, and its replay gives that state no \
           value; here it has one (`terminal` has it their way)",
};

/// The recipe of the algorithm `name`, in whatever case it is typed.
pub fn recipe(name: &str) -> Result<&'static Recipe, Error> {
    let found = RECIPES.into_iter().find(|recipe| recipe.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Error::UnknownAlgorithm {
        name: name.to_owned(),
        hint: nearest(name, ALGORITHMS.iter().copied()),
        known: ALGORITHMS.join(", "),
    })
}

/// The algorithm `name` as [`ALGORITHMS`] spells it.
pub fn algorithm(name: &str) -> Result<&'static str, Error> {
    recipe(name).map(|recipe| recipe.name)
}

/// `algo` for the task `spec`: its row of Table 1 as it ran, Table 7, the numbers that go with the task, and a softmax
/// policy where its actions are discrete.
pub fn method(algo: &str, spec: &Spec) -> Result<Method, Error> {
    recipe(algo)?.method(spec)
}

impl Method {
    /// A method of the six columns alone, or the cell that keeps `row` from running.
    ///
    /// Networks and optimisers are SAC's (Table 7) and an update follows every step; a row whose weights are made over
    /// all data goes through it every 3,000 steps instead. [`Method::with`] changes any of it.
    pub fn compose(row: Row) -> Result<Method, Error> {
        Ok(recipes::composed(row, row.lower()?.posterior))
    }
}

impl Recipe {
    /// The method of this algorithm on the task `spec`.
    pub fn method(&self, spec: &Spec) -> Result<Method, Error> {
        let (mut method, _) = self.on(spec);
        if let ActionSpace::Discrete { n } = spec.action {
            let Some(form) = &self.discrete else {
                let known: Vec<&str> = RECIPES
                    .iter()
                    .filter(|recipe| recipe.discrete.is_some())
                    .map(|recipe| recipe.name)
                    .collect();
                let (algo, task, known) = (self.name, spec.id.clone(), known.join(", "));
                return Err(Error::NoDiscreteForm { algo, task, n, known });
            };
            (form.adapt)(&mut method, &spec.id);
        }
        Ok(method)
    }

    /// The source of its numbers for the task `spec`.
    pub fn settings(&self, spec: &Spec) -> Settings {
        self.on(spec).1
    }

    /// Pairings in `method`, which was made from this recipe, that were seen to fail on tasks like `task`.
    pub fn warnings(&self, method: &Method, task: &str) -> Vec<Warning> {
        (self.warnings)(method, task)
    }

    /// Those deviations that are left of this algorithm's on the task `spec` in `method`, which was made from this recipe: where
    /// it has at their place what the recipe has there.
    pub fn deviations_left(&self, spec: &Spec, method: &Method) -> impl Iterator<Item = &'static Deviation> {
        let tree = |method: &Method| component::tree(method);
        let (base, changed) = (self.method(spec).as_ref().map_or(Value::Null, tree), tree(method));
        self.deviations(spec).filter(move |deviation| {
            let place = format!("/{}", deviation.path.replace('.', "/"));
            changed.pointer(&place).is_some_and(|value| base.pointer(&place) == Some(value))
        })
    }

    /// Every place where this algorithm on the task `spec` is not what the paper's tables print: of its own those that its
    /// form there has.
    pub fn deviations(&self, spec: &Spec) -> impl Iterator<Item = &'static Deviation> {
        let of_form = match (&spec.action, &self.discrete) {
            (ActionSpace::Discrete { .. }, Some(form)) => form.deviations,
            (ActionSpace::Discrete { .. } | ActionSpace::Continuous { .. }, _) => &[],
        };
        let of_suite: &[Deviation] = if spec.id.starts_with(DM_CONTROL) { &[TIME_LIMITS] } else { &[] };
        let tree = self.method(spec).map_or(Value::Null, |method| component::tree(&method));
        let there = move |deviation: &&Deviation| {
            tree.pointer(&format!("/{}", deviation.path.replace('.', "/"))).is_some()
        };
        self.deviations.iter().filter(there).chain(of_form).chain(of_suite)
    }
}

/// `algo` for the task `spec`, changed by `overrides`; refused where it would not run there.
pub fn resolve(algo: &str, spec: &Spec, overrides: &[(String, String)]) -> Result<Method, Error> {
    let mut method = method(algo, spec)?;
    method.set_all_on(spec, overrides)?;
    Plan::of(&method, spec)?;
    Ok(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_valid_and_prints_its_line() {
        let lines = [
            (sac(), "KL | SG | (Fixed to Unif.) | Q^π_q_soft | TD(0) + TD3 | π_q = Tanh(N(μθ(s), Σθ(s)))"),
            (mpo(), "EM | Analytic + TR | SG + TR | Q^π_p | TD(0) | π_p = N(μθ(s), Σθ(s))"),
            (awac(), "EM | Analytic | Mixture + SG | Q^π_p | TD(0) + TD3 | π_p = N(μθ(s), Σθ)"),
            (awr(), "EM | Analytic | Mixture + SG | A^π_p | TD(λ) | π_p = N(μθ(s), Σ)"),
            (awr_xbp(), "EM | Analytic | Mixture + SG | A^π_p | TD(λ) | π_p = N(μθ(s), Σ)"),
            (ppo(), "KL | SG + TR | π_q | A^π_p | GAE | π_q = N(μθ(s), Σθ)"),
            (ppo_clip(), "KL | SG + clip | π_q | A^π_p | GAE | π_q = N(μθ(s), Σθ)"),
            (vmpo(), "EM | Analytic + TR | SG + TR | A^π_p | GAE | π_p = N(μθ(s), Σθ(s))"),
            (ddpg(), "KL | SG | (Fixed) | Q^π_q | TD(0) | π_q = μθ(s)"),
            (td3(), "KL | SG | (Fixed) | Q^π_q | TD(0) + TD3 | π_q = μθ(s)"),
        ];
        for (method, line) in lines {
            method.validate().unwrap();
            method.row().lower().unwrap();
            assert_eq!(method.row().to_string(), line);
        }
    }

    #[test]
    fn deviations_name_places_that_exist() {
        let discrete = |discrete: bool| {
            let action =
                if discrete { ActionSpace::Discrete { n: 3 } } else { ActionSpace::boxed(2, -1.0, 1.0) };
            Spec::new("dm_control/x-v0", 4, action, 9)
        };
        for recipe in RECIPES {
            for spec in [discrete(false), discrete(true)] {
                let Ok(method) = recipe.method(&spec) else { continue };
                let tree = crate::component::tree(&method);
                assert!(recipe.deviations(&spec).any(|deviation| deviation.path == "estimate.time_limits"));
                if !matches!(spec.action, ActionSpace::Discrete { .. }) {
                    let told: Vec<_> = recipe.deviations(&spec).collect();
                    assert!(recipe.deviations.iter().all(|own| told.contains(&own)), "{}", recipe.name);
                }
                for Deviation { path, .. } in recipe.deviations(&spec) {
                    let place = format!("/{}", path.replace('.', "/"));
                    assert!(tree.pointer(&place).is_some(), "{}: {path}", recipe.name);
                }
            }
        }
    }

    #[test]
    fn a_recipe_names_its_row_and_says_whose_numbers_a_task_has() {
        for recipe in RECIPES {
            assert!(table1::TABLE_1.iter().any(|named| named.name == recipe.table_row), "{}", recipe.name);
            assert!(!recipe.references.is_empty());
        }
        let settings = |algo: &str, id: &str| {
            let action = ActionSpace::boxed(2, -1.0, 1.0);
            let spec = Spec::new(id, 4, action, 9);
            recipe(algo).unwrap().settings(&spec).to_string()
        };
        assert_eq!(settings("awr", "Hopper-v4"), "numbers for this task from Table 9");
        assert!(settings("awr_xbp", "Reacher-v4").starts_with("Table 9 has no learning rate"));
        assert_eq!(settings("mpo", "Reacher-v4"), "numbers for this task from the released code");
        assert!(settings("mpo", "MyTask-v0").starts_with("Table 8 has no bounds"));
        assert_eq!(settings("sac", "MyTask-v0"), "none of its numbers goes with a task");
        assert!(settings("awac", "Pendulum-v1").starts_with("our own numbers"));
    }
}
