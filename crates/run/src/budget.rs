//! Whether a run has something to continue, and up to which step.

use std::path::Path;

use anyhow::{Result, bail};

use crate::config::Config;
use crate::human_numbers;
use crate::result::{self, Earlier};
use crate::{checkpoint, directory};

/// The earlier end of the run in `place`, whose newest checkpoint is at step `reached`.
///
/// A result is only written after a checkpoint: one without the other means that something was removed, and
/// starting again would overwrite what is left. Only a divergence can come before the first checkpoint.
pub fn earlier_end(place: &Path, reached: Option<u64>) -> Result<Option<Earlier>> {
    let earlier = result::read(place);
    let is_divergence = |end: &Earlier| end.outcome == "diverged";
    let place = place.display();
    match (&earlier, reached) {
        (_, Some(_)) => earlier,
        (Ok(None), None) => Ok(None),
        (Ok(Some(end)), None) if is_divergence(end) => earlier,
        (_, None) => bail!(
            "{place} has a {} but no checkpoint, from which it would be continued: put {place}/{} back as it was, or \
             start a new run elsewhere with --out",
            directory::RESULT,
            checkpoint::FOLDER
        ),
    }
}

/// The steps to train for in total, or why there is nothing to continue.
pub fn budget(
    place: &Path,
    config: &Config,
    wanted: Option<u64>,
    reached: u64,
    earlier: Option<&Earlier>,
) -> Result<u64> {
    let budget = wanted.unwrap_or(config.steps);
    let place = place.display();
    if let Some(earlier) = earlier.filter(|earlier| earlier.outcome == "diverged") {
        let what = earlier.diverged_what.as_deref().unwrap_or("a value is not finite");
        bail!("{place} diverged at step {} ({what}), and would again: nothing to continue", earlier.steps);
    }
    if budget < reached && wanted.is_none() {
        bail!(
            "{place} is at step {reached} already, but `steps` is {budget} in its {}: write the larger total back, \
             or give it with --steps",
            directory::CONFIG
        );
    }
    if budget < reached {
        bail!(
            "{place} is at step {reached} already: --steps {budget} is the total, and must not be below that"
        );
    }
    if let Some(earlier) = earlier.filter(|end| end.outcome == "finished" && budget <= end.steps) {
        let steps = human_numbers::counted(earlier.steps, "step");
        bail!("{place} is finished: it took its {steps}; --steps with a larger total extends it");
    }
    Ok(budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(wanted: Option<u64>, outcome: Option<(&str, u64)>) -> Result<u64, String> {
        let method = Default::default();
        let config = Config {
            algo: "sac".into(),
            env: "Ant-v4".into(),
            seed: 0,
            steps: 1000,
            task: Default::default(),
            method,
        };
        let earlier = outcome.map(|(name, steps)| Earlier {
            outcome: name.into(),
            steps,
            diverged_what: Some("q".into()),
            wall_seconds: None,
        });
        budget(Path::new("runs/x"), &config, wanted, 500, earlier.as_ref()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_budget_is_the_old_one_or_a_larger_one() {
        assert_eq!(answer(None, None), Ok(1000));
        assert_eq!(answer(None, Some(("interrupted", 500))), Ok(1000));
        assert_eq!(answer(Some(2000), Some(("finished", 1000))), Ok(2000));
        // Killed while it was being extended: the result is still that of the shorter run.
        assert_eq!(answer(None, Some(("finished", 600))), Ok(1000));
        assert!(answer(None, Some(("finished", 1000))).unwrap_err().contains("it took its 1,000 steps;"));
        assert!(answer(Some(400), None).unwrap_err().contains("is at step 500 already: --steps 400"));
        assert!(
            answer(Some(2000), Some(("diverged", 800))).unwrap_err().contains("diverged at step 800 (q)")
        );
    }

    #[test]
    fn a_total_that_was_never_typed_is_not_blamed_on_the_command_line() {
        let config = Config {
            algo: "sac".into(),
            env: "Ant-v4".into(),
            seed: 0,
            steps: 300,
            task: Default::default(),
            method: Default::default(),
        };
        let error = budget(Path::new("runs/x"), &config, None, 500, None).unwrap_err().to_string();
        assert!(error.contains("`steps` is 300 in its config.toml"), "{error}");
    }

    #[test]
    fn a_result_without_a_checkpoint_is_not_started_over() {
        let run = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(run.path().join(directory::RESULT), text).unwrap();
        let refused = |reached| format!("{:#}", earlier_end(run.path(), reached).unwrap_err());
        assert!(earlier_end(run.path(), None).unwrap().is_none());
        write("{\"outcome\": \"diverged\", \"steps\": 9, \"diverged_what\": \"q\"}");
        assert_eq!(earlier_end(run.path(), None).unwrap().unwrap().steps, 9);
        write("{\"outcome\": \"finished\", \"steps\": 3000}");
        assert!(refused(None).contains("has a result.json but no checkpoint"), "{}", refused(None));
        assert_eq!(earlier_end(run.path(), Some(3000)).unwrap().unwrap().steps, 3000);
        for damaged in ["{", "[]", "", "{\"outcome\": 3}"] {
            write(damaged);
            assert!(refused(None).contains("but no checkpoint"), "{}", refused(None));
            let text = refused(Some(3000));
            assert!(text.contains("result.json is damaged") && text.contains("can be deleted"), "{text}");
        }
    }
}
