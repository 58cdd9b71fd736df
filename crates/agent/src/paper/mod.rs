//! The paper as data: Table 1, Tables 7 to 9, and where the experiments leave them. Every number has its home
//! here.

pub mod arms;
mod per_task;
mod recipes;
pub(crate) mod swaps;
pub mod table1;
mod warnings;

pub use recipes::{DEPARTURES, Departure};
#[cfg(test)]
pub(crate) use recipes::{awac, awr, awr_xbp, mpo, sac};
pub use warnings::{Warning, warnings};

use crate::error::{Error, nearest};
use crate::method::Method;
use coadapt_envs::Spec;

/// The algorithms that run.
pub const ALGORITHMS: &[&str] = &["sac", "mpo", "awac", "awr", "awr_xbp"];

/// The algorithm `name` as [`ALGORITHMS`] spells it.
pub fn algorithm(name: &str) -> Result<&'static str, Error> {
    let found = ALGORITHMS.iter().find(|known| known.eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| Error::UnknownAlgorithm {
        name: name.to_owned(),
        hint: nearest(name, ALGORITHMS.iter().copied()),
        known: ALGORITHMS.join(", "),
    })
}

/// `algo` for the task `spec`: its row of Table 1 as it ran, Table 7, and the numbers that go with the task.
pub fn method(algo: &str, spec: &Spec) -> Result<Method, Error> {
    let mut method = match algorithm(algo)? {
        "mpo" => recipes::mpo(),
        "awac" => recipes::awac(),
        "awr" => recipes::awr(),
        "awr_xbp" => recipes::awr_xbp(),
        _ => recipes::sac(),
    };
    per_task::adjust(&mut method, &spec.id);
    Ok(method)
}

/// `algo` for the task `spec`, changed by `overrides`.
pub fn resolve(algo: &str, spec: &Spec, overrides: &[(String, String)]) -> Result<Method, Error> {
    let mut method = method(algo, spec)?;
    method.set_all_on(spec, overrides)?;
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
        ];
        for (method, line) in lines {
            method.validate().unwrap();
            method.row().algorithm().unwrap();
            assert_eq!(method.row().to_string(), line);
        }
    }

    #[test]
    fn departures_name_places_that_exist() {
        for Departure { algo, path, .. } in DEPARTURES {
            let method = match algorithm(algo).unwrap() {
                "mpo" => mpo(),
                "awac" => awac(),
                "awr" => awr(),
                _ => sac(),
            };
            let tree = serde_json::to_value(&method).unwrap();
            assert!(tree.pointer(&format!("/{}", path.replace('.', "/"))).is_some(), "{algo}: {path}");
        }
    }
}
