//! V of every stored observation, a chunk at a time.

use super::chunk::{CHUNK, write_chunk};
use super::{Piece, Work};
use crate::critic;
use crate::episodes::Episodes;
use crate::nets::Nets;
use crate::plan::{Plan, VCritic};
use coadapt_nn::{Graph, Program, Shape, Slot};

/// V of a chunk of observations.
#[derive(Debug)]
pub(crate) struct Values {
    program: Program,
    obs: Slot,
    value: Slot,
}

pub(super) fn about(_: &Plan) -> Vec<String> {
    vec![format!("V(s) of every stored observation, {CHUNK} at a time, with the critic as it is")]
}

impl Values {
    pub(crate) fn compile(plan: &Plan, of_v: VCritic, nets: &Nets) -> Self {
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, CHUNK, plan.dims.obs));
        let value = critic::state_value(of_v, nets, &graph, obs);
        graph.output(value);
        let program = Program::compile_at(&graph, plan.code.precision.into());
        Values { obs: program.slot(obs), value: program.slot(value), program }
    }

    pub(crate) fn advance(&mut self, piece: u64, episodes: &Episodes, work: &mut Work<'_>) -> Piece {
        let start = piece as usize * CHUNK;
        let end = (start + CHUNK).min(episodes.rows());
        let obs = episodes.obs_rows(start..end);
        write_chunk(&mut self.program, self.obs, obs);
        self.program.run(work.params, work.pool);
        work.table.values[start..end].copy_from_slice(&self.program.read(self.value)[..end - start]);
        if end == episodes.rows() { Piece::Last } else { Piece::More }
    }

    /// Floating-point operations of the matrix products of `rows` observations.
    pub(crate) fn product_flops(&self, rows: usize) -> u64 {
        rows.div_ceil(CHUNK) as u64 * self.program.product_flops()
    }
}
