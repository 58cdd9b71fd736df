//! Reports a made-up study of 12 arms on 6 tasks with 10 seeds, and how long the statistics took.

use coadapt_stats::*;
use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use std::collections::BTreeMap;
use std::time::Instant;

const TASKS: [&str; 6] = ["Ant", "HalfCheetah", "Hopper", "Humanoid", "Swimmer", "Walker2d"];

/// Ten returns a task around 1000 `skill`; one run stops by numerical error.
fn arm(name: &str, skill: f64, rng: &mut Pcg64) -> Result<Normalised, Error> {
    let mut arm = Arm::new(name);
    let mut references = BTreeMap::new();
    for task in TASKS {
        for seed in 0..10 {
            let noise: f64 = StandardNormal.sample(rng);
            let value = 1000.0 * skill + 200.0 * noise;
            let daggered = task == "Ant" && seed == 0;
            let score = if daggered { Score::Daggered(value) } else { Score::Value(value) };
            arm.record(task, seed, Some(score))?;
        }
        references.insert(task.to_string(), Reference::new(("nothing", 0.0), ("a thousand", 1000.0)));
    }
    Normalised::new(&arm, &references)
}

fn main() -> Result<(), Error> {
    let mut rng = Pcg64::seed_from_u64(1);
    let mut cells = Vec::new();
    for (size, gain) in [("S", 0.5), ("M", 0.7), ("L", 0.6)] {
        for (norm, more) in [("off", 0.0), ("on", 0.1)] {
            for (tanh, factor) in [("off", 1.0), ("on", 1.2)] {
                let name = format!("{size}, norm {norm}, tanh {tanh}");
                let levels = [size, norm, tanh].map(str::to_string).to_vec();
                cells.push((levels, arm(&name, (gain + more) * factor, &mut rng)?));
            }
        }
    }
    let bootstrap = Bootstrap::new(0);
    let began = Instant::now();
    for (_, arm) in &cells {
        let found = aggregate(arm, &Aggregate::ALL, &bootstrap)?;
        let shown: Vec<_> =
            Aggregate::ALL.iter().zip(&found).map(|(a, e)| format!("{} {e}", a.name())).collect();
        println!("{}: {} ({})", arm.name(), shown.join(", "), found[0].counts);
    }
    let seconds = began.elapsed().as_secs_f64();
    let better = probability_of_improvement(cells[7].1.arm(), cells[0].1.arm(), &bootstrap)?;
    println!("P({} > {}) = {better}", cells[7].1.name(), cells[0].1.name());
    let factors = vec![
        Factor::new("size", &["S", "M", "L"]),
        Factor::new("norm", &["off", "on"]),
        Factor::new("tanh", &["off", "on"]),
    ];
    for found in Factorial::new(factors, cells)?.coadaptation(Aggregate::Iqm, &bootstrap)? {
        let (a, b) = (found.first, found.second);
        let index = found.index?;
        println!("{} {} to {}, {} {} to {}: {index}", a.factor, a.from, a.to, b.factor, b.from, b.to);
    }
    println!("the four aggregates of twelve arms took {seconds:.3} s");
    Ok(())
}
