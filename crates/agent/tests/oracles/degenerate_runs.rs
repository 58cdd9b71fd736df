//! Whole runs at their worst: less data than a batch, and tanh in an EM row without clipping (Table 15).

use crate::toy::{Toy, run, small};
use coadapt_agent::collect::Iteration;
use coadapt_agent::{Event, Status, Trainer};

#[test]
fn before_the_replay_holds_a_batch_nothing_is_learned() {
    for algo in ["sac", "mpo", "awac"] {
        let mut method = small(algo);
        for (path, value) in [("collect.learn_after", "0"), ("schedule.log_every", "1")] {
            method.set(path, value).unwrap();
        }
        method.set("collect.update_every", if algo == "mpo" { "1" } else { "2" }).unwrap();
        let every = if algo == "mpo" { 1 } else { 2 };
        let mut trainer = Trainer::new(&method, Toy::boxed(), Toy::boxed(), 1, 1).unwrap();
        let mut learned = Vec::new();
        for _ in 0..40 {
            let status = trainer.advance(&mut |event| {
                if let Event::Train { step, values } = event
                    && values.iter().any(|(name, _)| *name == "critic_loss")
                {
                    learned.push(step);
                }
            });
            assert_eq!(status.unwrap(), Status::Running);
        }
        let expected: Vec<u64> = (32u64..=40).filter(|step| step.is_multiple_of(every)).collect();
        assert_eq!(learned, expected, "{algo}");
        assert_eq!(trainer.updates(), expected.len() as u64, "{algo}");
    }
}

#[test]
fn over_all_data_fewer_transitions_than_a_minibatch_are_gone_through_again() {
    for algo in ["awr", "awr_xbp"] {
        let mut method = small(algo);
        let iteration = match method.collect.iteration() {
            Some(Iteration::ByEpisodes { .. }) => {
                "{ kind = \"by_episodes\", samples = 20, critic_steps = 4, policy_steps = 6 }"
            }
            _ => "{ kind = \"fixed\", every = 20, critic_steps = 4, policy_steps = 6 }",
        };
        for (path, value) in [("collect.iteration", iteration), ("collect.learn_after", "0")] {
            method.set(path, value).unwrap();
        }
        // One episode of twenty transitions, minibatches of thirty-two.
        let mut trainer = Trainer::new(&method, Toy::boxed(), Toy::boxed(), 1, 1).unwrap();
        for step in 1..=60 {
            assert_eq!(trainer.advance(&mut |_| {}).unwrap(), Status::Running, "{algo}, step {step}");
        }
        assert!(trainer.updates() >= 10, "{algo}: {}", trainer.updates());
    }
}

#[test]
fn unclipped_tanh_in_an_em_row_diverges_and_names_the_loss() {
    // Deviations of seven to twenty before squashing: tanh is 1 in f32 from nine on.
    let stds = [
        ("awac", "{ kind = \"exp_clamp\", min = 2, max = 3 }"),
        ("awr", "{ kind = \"constant\", value = 9 }"),
        ("mpo", "{ kind = \"softplus\", initial = 9 }"),
    ];
    for (algo, std) in stds {
        let mut method = small(algo);
        if algo == "awac" {
            method.set("pi.head.mean", "linear").unwrap();
        }
        for (path, value) in [("pi.head.std", std), ("pi.bounds", "{ kind = \"tanh\", inset = 0 }")] {
            method.set(path, value).unwrap();
        }
        let Status::Diverged(divergence) = run(&method, Toy::new(), 0, 400).0 else {
            panic!("{algo} should have diverged as in Table 15")
        };
        assert_eq!(divergence.what, "policy_loss is not finite", "{algo}");
        method.set("pi.bounds.inset", "1e-6").unwrap();
        assert_eq!(run(&method, Toy::new(), 0, 400).0, Status::Running, "{algo}");
    }
}
