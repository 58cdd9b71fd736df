//! The policy that took a rollout's actions, at every observation of it, a chunk at a time: what ratios and KLs of the
//! iteration are to.

use super::chunk::{CHUNK, write_chunk};
use super::{Piece, Work};
use crate::episodes::Episodes;
use crate::nets::Nets;
use crate::plan::Plan;
use coadapt_nn::{Graph, Program, Shape, Slot};

/// The policy at a chunk of observations.
#[derive(Debug)]
pub(crate) struct PriorAt {
    program: Program,
    obs: Slot,
    written: Slot,
}

pub(super) fn about(_: &Plan) -> Vec<String> {
    vec![format!(
        "pi_p = pi_q at every observation of the rollout, {CHUNK} at a time, with the policy as it is"
    )]
}

impl PriorAt {
    pub(crate) fn compile(plan: &Plan, nets: &Nets) -> Self {
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, CHUNK, plan.dims.obs));
        let written = nets.policy(&graph, obs).written();
        graph.output(written);
        let program = Program::compile_at(&graph, plan.code.precision.into());
        PriorAt { obs: program.slot(obs), written: program.slot(written), program }
    }

    pub(crate) fn advance(&mut self, piece: u64, rollout: &Episodes, work: &mut Work<'_>) -> Piece {
        let start = piece as usize * CHUNK;
        let end = (start + CHUNK).min(rollout.rows());
        write_chunk(&mut self.program, self.obs, rollout.obs_rows(start..end));
        self.program.run(work.params, work.pool);
        let width = self.written.shape().cols;
        let found = &self.program.read(self.written)[..(end - start) * width];
        work.table.keep_prior(start, width, found);
        if end == rollout.rows() { Piece::Last } else { Piece::More }
    }

    /// Floating-point operations of the matrix products of `rows` observations.
    pub(crate) fn product_flops(&self, rows: usize) -> u64 {
        rows.div_ceil(CHUNK) as u64 * self.program.product_flops()
    }
}
