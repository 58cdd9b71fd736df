//! TD(lambda) returns of every stored transition, from the values as they are (Sec. 4.2.2).

use super::{Piece, Work};
use crate::columns::TimeLimits;
use crate::episodes::Episodes;
use crate::plan::{Critic, Plan, Returns};

fn returns(plan: &Plan) -> Returns {
    match plan.critic {
        Critic::V(critic) => critic.returns,
        Critic::Q(_) => panic!("returns of stored episodes are of a critic of states"),
    }
}

pub(super) fn about(plan: &Plan) -> Vec<String> {
    let gamma = plan.discount;
    vec![
        match returns(plan) {
            Returns::Lambda { lambda } => format!(
                "G_t = r_t + {gamma} ((1 - {lambda}) V(s_t+1) + {lambda} G_t+1) along each episode (TD(lambda), Sec. 4.2.2)"
            ),
            Returns::NStep { n } => format!(
                "G_t = the sum of {n} discounted rewards + {gamma}^{n} V(s_t+{n}) along each episode, fewer where the data end"
            ),
        },
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
    work.table.fill_returns(episodes, returns(work.plan));
    Piece::Last
}
