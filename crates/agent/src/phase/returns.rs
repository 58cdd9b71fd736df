//! TD(lambda) returns of every stored transition, from the values as they are (Sec. 4.2.2).

use super::{Piece, Work};
use crate::columns::TimeLimits;
use crate::episodes::Episodes;
use crate::plan::{Critic, Plan};

fn lambda(plan: &Plan) -> f64 {
    match plan.critic {
        Critic::V(critic) => critic.lambda,
        Critic::Q(_) => panic!("returns of stored episodes are of a critic of states"),
    }
}

pub(super) fn about(plan: &Plan) -> Vec<String> {
    let (lambda, gamma) = (lambda(plan), plan.discount);
    vec![
        format!(
            "G_t = r_t + {gamma} ((1 - {lambda}) V(s_t+1) + {lambda} G_t+1) along each episode (TD(lambda), Sec. 4.2.2)"
        ),
        match plan.time_limits {
            TimeLimits::Bootstrap => {
                "a termination ends the sum; a time limit or the end of the data goes on with V"
            }
            TimeLimits::Terminal => {
                "a termination and a time limit end the sum; the end of the data goes on with V"
            }
        }
        .to_owned(),
    ]
}

pub(super) fn advance(episodes: &Episodes, work: &mut Work<'_>) -> Piece {
    work.table.fill_returns(episodes, lambda(work.plan));
    Piece::Last
}
