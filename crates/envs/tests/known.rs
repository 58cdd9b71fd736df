//! The tasks with known answers: what their best policy earns, found by dynamic programming, is what they say of themselves.
#![allow(clippy::unwrap_used)]

use coadapt_envs::classic::{Classic, Equations};
use coadapt_envs::known::{Bandit, Bits, Chain, Regulator};
use coadapt_envs::{Env, find};

/// The optimum as a task tells it.
fn told(id: &str) -> &'static str {
    find(id).unwrap().describe().optimum.unwrap()
}

/// The return of an episode in which `choose` says what to do at each observation.
fn episode<E: Equations>(env: &mut Classic<E>, mut choose: impl FnMut(&[f64]) -> Vec<f64>) -> f64 {
    let mut obs = vec![0.0; E::OBS_DIM];
    env.reset(&mut obs).unwrap();
    let mut sum = 0.0;
    loop {
        let action = choose(&obs);
        let step = env.step(&action, &mut obs).unwrap();
        sum += step.reward;
        if step.ended() {
            return sum;
        }
    }
}

#[test]
fn the_bandit_pays_one_for_a_linear_answer_and_less_for_any_other() {
    let mut env = Classic::<Bandit>::new();
    for _ in 0..100 {
        assert_eq!(episode(&mut env, |obs| Bandit::best([obs[0], obs[1]]).to_vec()), 1.0);
        let aside = episode(&mut env, |obs| {
            let [a, b] = Bandit::best([obs[0], obs[1]]);
            vec![a + 0.3, b - 0.4]
        });
        // 0.3^2 + 0.4^2 = 0.25, which is half of the width.
        assert!((aside - (-0.5f64).exp()).abs() < 1e-12, "{aside}");
    }
    assert!(told("LinearBandit-v0").starts_with("1, "));
}

/// V at the first step on a grid of states, and the best action at every step and state of it.
fn regulated(grid: &[f64], actions: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let at = |values: &[f64], s: f64| {
        let x = (s - grid[0]) / (grid[1] - grid[0]);
        let i = x.floor();
        // Beyond the grid nothing is earned.
        if i < 0.0 || i as usize + 1 >= grid.len() {
            return 0.0;
        }
        let (i, part) = (i as usize, x - i);
        values[i] * (1.0 - part) + values[i + 1] * part
    };
    let mut values = vec![0.0; grid.len()];
    let mut policies = Vec::new();
    for _ in 0..Regulator::MAX_EPISODE_STEPS {
        let best = grid.iter().map(|&s| {
            let worth = |&a: &f64| (-s * s - 0.1 * a * a).exp() + at(&values, s + 0.3 * a);
            let all = actions.iter().map(|a| (worth(a), *a));
            all.fold((f64::MIN, 0.0), |best, one| if one.0 > best.0 { one } else { best })
        });
        let (worths, choices): (Vec<f64>, Vec<f64>) = best.unzip();
        values = worths;
        policies.insert(0, choices);
    }
    (values, policies)
}

#[test]
fn the_regulator_s_best_is_that_of_dynamic_programming() {
    let grid: Vec<f64> = (0..=400).map(|i| f64::from(i) / 200.0 - 1.0).collect();
    let actions: Vec<f64> = (0..=600).map(|i| f64::from(i) / 100.0 - 3.0).collect();
    let (values, policies) = regulated(&grid, &actions);
    // Starts are uniform over the grid; its ends count half.
    let mean = |values: &[f64]| {
        let ends = 0.5 * (values[0] + values[values.len() - 1]);
        (values.iter().sum::<f64>() - ends) / (values.len() - 1) as f64
    };
    let (best, none) = (mean(&values), mean(&grid.iter().map(|s| 20.0 * (-s * s).exp()).collect::<Vec<_>>()));
    let said = told("Regulator-v0");
    assert!(
        said.starts_with(&format!("{best:.2} ")) && said.ends_with(&format!(" {none:.2}")),
        "{said}: {best} {none}"
    );
    // The task itself pays what was computed.
    let mut env = Classic::<Regulator>::new();
    let (episodes, mut sums) = (2000, [0.0; 2]);
    for _ in 0..episodes {
        let mut t = 0;
        sums[0] += episode(&mut env, |obs| {
            t += 1;
            let i = ((obs[0] + 1.0) * 200.0).round().clamp(0.0, 400.0) as usize;
            vec![policies[t - 1][i]]
        });
        sums[1] += episode(&mut env, |_| vec![0.0]);
    }
    let [found, idle] = sums.map(|sum| sum / f64::from(episodes));
    assert!((found - best).abs() < 0.05 && (idle - none).abs() < 0.3, "{found} {idle}");
}

/// V of the first state of the chain under a probability of meaning to go right, discount 0.95.
fn chained(right: f64) -> f64 {
    let right = right * 0.9 + (1.0 - right) * 0.1;
    let mut values = [0.0; 5];
    for _ in 0..2000 {
        let next = values;
        for (at, value) in values.iter_mut().enumerate() {
            let of = |way| {
                let (reward, to) = Chain::moved(at, way);
                reward + 0.95 * next[to]
            };
            *value = right * of(1) + (1.0 - right) * of(0);
        }
    }
    values[0]
}

#[test]
fn the_chain_s_best_is_that_of_dynamic_programming() {
    // The best policy is one of the 32 that do not mix; by iterating over values.
    let mut values = [0.0f64; 5];
    for _ in 0..2000 {
        let next = values;
        for (at, value) in values.iter_mut().enumerate() {
            let of = |way: usize| {
                let after = |way| {
                    let (reward, to) = Chain::moved(at, way);
                    reward + 0.95 * next[to]
                };
                0.9 * after(way) + 0.1 * after(1 - way)
            };
            *value = of(0).max(of(1));
        }
    }
    assert!((values[0] - chained(1.0)).abs() < 1e-9, "always to the right is the best");
    let said = told("SlipperyChain-v0");
    let [best, either] = [values[0], chained(0.5)].map(|value| format!("{value:.2}"));
    assert!(said.starts_with(&best) && said.ends_with(&either), "{said}: {best} {either}");
}

#[test]
fn the_chain_slips_one_time_in_ten() {
    let mut env = Classic::<Chain>::new();
    let mut obs = [0.0; 5];
    let (mut slips, mut steps) = (0, 0);
    for _ in 0..100 {
        env.reset(&mut obs).unwrap();
        assert_eq!(obs, [1.0, 0.0, 0.0, 0.0, 0.0]);
        loop {
            let at = obs.iter().position(|x| *x == 1.0).unwrap();
            let step = env.step(&[1.0], &mut obs).unwrap();
            let (reward, to) = Chain::moved(at, 1);
            let goes = obs[to] == 1.0 && step.reward == reward;
            assert!(goes || (step.reward, 1.0) == (Chain::moved(at, 0).0, obs[Chain::moved(at, 0).1]));
            assert!(!step.terminated);
            (slips, steps) = (slips + u32::from(!goes), steps + 1);
            if step.ended() {
                break;
            }
        }
    }
    assert!(steps == 10_000 && (900..1100).contains(&slips), "{slips} of {steps}");
}

fn assert_bits<const N: usize>(id: &str) {
    let mut env = Classic::<Bits<N>>::new();
    let row: Vec<u64> = (0..N).map(Bits::<N>::right).collect();
    assert!(row.contains(&0) && row.contains(&1));
    for wrong in 0..=N {
        // Right up to `wrong`; what comes after it counts nothing.
        let mut place = 0;
        let earned = episode(&mut env, |obs| {
            assert_eq!(obs.iter().position(|x| *x == 1.0), Some(place));
            let bit = if place == wrong { 1 - row[place] } else { row[place] };
            place += 1;
            vec![bit as f64]
        });
        assert_eq!((earned, place), ((wrong as f64 / N as f64).powi(3), N));
    }
    assert!(told(id).starts_with("1, "));
}

#[test]
fn a_row_of_bits_pays_for_what_is_right_from_the_first_on() {
    assert_bits::<12>("Bits12-v0");
    assert_bits::<20>("Bits20-v0");
    assert_bits::<40>("Bits40-v0");
}
