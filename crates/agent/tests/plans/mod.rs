//! Plans of methods on tasks of which nothing but the sizes of their spaces is known.
#![allow(dead_code, clippy::unwrap_used)]

use coadapt_agent::Dims;
use coadapt_agent::columns::Head;
use coadapt_agent::learner::Learner;
use coadapt_agent::{Method, Plan};
use coadapt_envs::{ActionSpace, Spec};

/// A task with spaces of these sizes, whose actions `method` has the policy for.
pub fn spec(method: &Method, dims: Dims) -> Spec {
    let action = match method.pi.head {
        Head::Softmax => ActionSpace::Discrete { n: dims.action },
        Head::Normal { .. } | Head::Delta { .. } => ActionSpace::boxed(dims.action, -1.0, 1.0),
    };
    Spec::new("Nowhere-v0", dims.obs, action, 1000)
}

/// The plan of `method` there.
pub fn plan(method: &Method, dims: Dims) -> Plan {
    Plan::of(method, &spec(method, dims)).unwrap()
}

/// A learner of it.
pub fn learner(method: &Method, dims: Dims, seed: u64) -> Learner {
    Learner::new(&plan(method, dims), seed)
}

/// Why it is refused.
pub fn refusal(method: &Method, dims: Dims) -> String {
    Plan::of(method, &spec(method, dims)).unwrap_err().to_string()
}
