//! Six columns, a task of one's own, a policy in a file: `cargo run --release -p coadapt --example compose`.
use coadapt_agent::columns::*;
use coadapt_agent::{Event, Method, TrainedPolicy, Trainer, row::Row};
use own_task::Point;

#[allow(dead_code, reason = "the task of the other example")]
mod own_task;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let std = Std::ExpClamp { min: -20.0, max: 2.0 };
    let method = Method::compose(Row {
        family: Family::Kl,
        pi_q: PiQ::Gradient { eta: Eta::Fixed { value: 0.02 }, divergence: Divergence::QToP },
        pi_p: PiP::Fixed { to: Prior::Uniform },
        g: G::SoftQ { bonus: Bonus::Eta },
        estimate: Estimate::new(0.9, Target::Td, Critics::Mean, Next::Online),
        pi: PiTheta {
            head: Head::Normal { mean: Mean::Linear, std },
            bounds: Bounds::Tanh { inset: 0.0 },
            penalty: Penalty::Off,
        },
    })?;
    let method = method.with("collect.warmup", 300)?.with("collect.learn_after", 300)?;
    let method = method.with("collect.batch", 64)?.with("schedule.eval_every", 1000)?;
    let mut trainer = Trainer::new(&method, Box::new(Point::idle()), Box::new(Point::idle()), 0, 1)?;
    trainer.run(2000, &mut |event| {
        if let Event::Evaluation { step, evaluation } = event {
            println!("step {step}: mean return {:.2}", evaluation.mean());
        }
    })?;
    println!("ten more episodes: {:.2}", trainer.evaluate(10, 7)?.mean());
    let path = std::env::temp_dir().join("point.policy");
    std::fs::write(&path, trainer.policy()?.to_bytes()?)?;
    let mut policy = TrainedPolicy::from_bytes(&std::fs::read(&path)?)?;
    let mut action = [0.0];
    policy.act(&[-0.5, 0.5], &mut action);
    println!("at -0.5, with the goal at 0.5, it acts {:.2}", action[0]);
    Ok(())
}
