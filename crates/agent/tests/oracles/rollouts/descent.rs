//! A step of an optimiser in f64, its moments beside the parameters.

use crate::reference::State;
use coadapt_agent::code::{Code, GradientClip, OptimizerKind};

/// The numbers of an optimiser.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    kind: OptimizerKind,
    lr: f64,
    eps: f64,
    weight_decay: f64,
    clip: f64,
    /// What a number is brought back to that has fallen below it.
    floor: f64,
}

impl Rates {
    /// Those of policy or critic.
    pub fn of_network(code: &Code, lr: f64) -> Self {
        let clip = match code.gradient_clip {
            GradientClip::Norm { max } => max,
            GradientClip::Off => f64::INFINITY,
        };
        let (kind, eps, weight_decay) = (code.optimizer, code.adam_eps, code.weight_decay);
        Rates { kind, lr, eps, weight_decay, clip, floor: f64::NEG_INFINITY }
    }

    /// Those of a dual.
    pub fn of_dual(lr: f64) -> Self {
        let clip = f64::INFINITY;
        Rates { kind: OptimizerKind::Adam, lr, eps: 1e-8, weight_decay: 0.0, clip, floor: -18.0 }
    }

    /// The state after one step of the arrays `prefix`, whose moments are `optimizer`'s, down a loss of that gradient.
    pub fn descend(self, state: &State, [prefix, optimizer]: [&str; 2], mut gradient: Vec<f64>) -> State {
        let start = state.flat(prefix);
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let scale = (self.clip / (norm + 1e-6)).min(1.0);
        gradient.iter_mut().zip(&start).for_each(|(g, x)| *g = *g * scale + self.weight_decay * x);
        let mut state = state.clone();
        let moves = match self.kind {
            OptimizerKind::Adam => self.adam(&mut state, optimizer, &gradient),
            OptimizerKind::Sgd { momentum } => {
                let velocity = state.get_mut(&format!("{optimizer}.velocity"));
                velocity.iter_mut().zip(&gradient).for_each(|(v, g)| *v = momentum * *v + g);
                velocity.iter().map(|v| -self.lr * v).collect()
            }
        };
        let moves: Vec<f64> = start.iter().zip(moves).map(|(x, by)| (x + by).max(self.floor) - x).collect();
        state.moved(prefix, &moves)
    }

    /// With Adam's decays as f32 holds them: 1 - 0.999 is another number by 1e-5 of it.
    fn adam(self, state: &mut State, optimizer: &str, gradient: &[f64]) -> Vec<f64> {
        let mut blend = |which: &str, keep: f64, new: &dyn Fn(f64) -> f64| -> Vec<f64> {
            let moment = state.get_mut(&format!("{optimizer}.{which}"));
            moment.iter_mut().zip(gradient).for_each(|(m, g)| *m = keep * *m + (1.0 - keep) * new(*g));
            moment.to_vec()
        };
        let keep = [0.9f32, 0.999].map(f64::from);
        let first = blend("first_moment", keep[0], &|g| g);
        let second = blend("second_moment", keep[1], &|g| g * g);
        let steps = state.get_mut(&format!("{optimizer}.steps"));
        steps[0] += 1.0;
        let [a, b] = keep.map(|keep| 1.0 - keep.powf(steps[0]));
        let step = |(m, v): (&f64, &f64)| -self.lr * (m / a) / ((v / b).sqrt() + self.eps);
        first.iter().zip(&second).map(step).collect()
    }
}
