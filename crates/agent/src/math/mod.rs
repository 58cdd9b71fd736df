//! The mathematics under the columns of Table 1: each function one formula, of slices or of nodes, and nothing else.
//!
//! Of slices, for what is computed over a whole buffer between updates; all of them write into the caller's
//! memory and accumulate in f64, from first to last:
//! * [`returns`]: targets of a value function along an episode
//! * [`statistics`]: mean and standard deviation, standardised advantages
//! * [`weights`]: the weights of AWR and AWAC, and what is logged of them
//! * [`reps`]: the dual of a temperature and a value function at once, in f64; [`least_squares`]: linear fits
//!
//! Of slices too, but with a state of their own, because an update goes through them a piece at a time:
//! * [`conjugate`]: conjugate gradients, a product a piece; [`line_search`]: how far to go along what they give
//! * [`lbfgs`]: the minimum of a smooth function, an evaluation a piece
//!
//! Of nodes, for what an update differentiates. N action samples are groups, B states are rows:
//! * [`estep`]: the non-parametric posterior's weights and the dual of its temperature
//! * [`posterior`]: the same over every action of a discrete task, with no samples
//! * [`dual`]: positive scalars learned against a bound
//! * [`mstep`]: weighted maximum likelihood; [`gaussian_kl`]: its trust region
//! * [`surrogate`]: ratios to the policy that took a rollout's actions; [`top`]: weights of its best actions
//! * [`bounds`]: what keeps actions inside the box; [`double_q`]: one value of two critics

pub mod bounds;
pub mod conjugate;
pub mod double_q;
pub mod dual;
pub mod estep;
pub mod gaussian_kl;
pub mod lbfgs;
pub mod least_squares;
pub mod line_search;
pub mod mstep;
pub mod posterior;
pub mod reps;
pub mod returns;
pub mod statistics;
pub mod surrogate;
pub mod top;
pub mod weights;
