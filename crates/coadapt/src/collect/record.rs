//! The arrays of a collected file, and what goes into which.

use anyhow::Result;
use coadapt_envs::{ActionSpace, Step, VectorEnv};

use super::request::{Physics, Request};
use crate::npz::{Array, Element, Npz};

/// A collected file in the making. Rows lie in the order of time, and at one time in the order of the copies: row `i`
/// belongs to copy `i % envs`, and the row after it in the same copy is `i + envs`.
pub(super) struct Record {
    npz: Npz,
    envs: usize,
    is_discrete: bool,
    /// Rows so far.
    rows: i64,
    /// Rows there will be.
    all_rows: i64,
    observations: Array,
    actions: Array,
    rewards: Array,
    terminated: Array,
    truncated: Array,
    episode_starts: Array,
    final_rows: Array,
    final_observations: Array,
    physics: Option<PhysicsArrays>,
}

/// Arrays of the simulator's state.
struct PhysicsArrays {
    qpos: Array,
    qvel: Array,
    qacc_warmstart: Array,
    start_rows: Array,
    model: Array,
    buffers: [Vec<f64>; 3],
}

impl Record {
    /// The arrays, empty.
    pub(super) fn create(request: &Request, vector: &VectorEnv) -> Result<Record> {
        use Element::{Float, Integer, Truth};
        let mut npz = Npz::create(&request.out)?;
        let (obs_dim, action) = (vector.spec().obs_dim, &vector.spec().action);
        let is_discrete = matches!(action, ActionSpace::Discrete { .. });
        let actions = if is_discrete { (Integer, None) } else { (Float, Some(action.dim())) };
        Ok(Record {
            envs: vector.len(),
            is_discrete,
            rows: 0,
            all_rows: request.steps as i64,
            observations: npz.array("observations", Float, Some(obs_dim))?,
            actions: npz.array("actions", actions.0, actions.1)?,
            rewards: npz.array("rewards", Float, None)?,
            terminated: npz.array("terminated", Truth, None)?,
            truncated: npz.array("truncated", Truth, None)?,
            episode_starts: npz.array("episode_starts", Truth, None)?,
            final_rows: npz.array("final_rows", Integer, None)?,
            final_observations: npz.array("final_observations", Float, Some(obs_dim))?,
            physics: match request.physics {
                Physics::Left => None,
                Physics::Kept => Some(PhysicsArrays::create(&mut npz, vector.physics_len())?),
            },
            npz,
        })
    }

    /// Writes what the file says of itself.
    pub(super) fn about(&mut self, about: &serde_json::Value) {
        self.npz.text("about", about.to_string());
    }

    /// Writes what is known before a step of all copies; `starts` says which have just been reset.
    pub(super) fn before(
        &mut self,
        vector: &VectorEnv,
        obs: &[f64],
        actions: &[f64],
        starts: &[bool],
    ) -> Result<()> {
        self.npz.floats(self.observations, obs)?;
        if self.is_discrete {
            actions.iter().try_for_each(|action| self.npz.integer(self.actions, *action as i64))?;
        } else {
            self.npz.floats(self.actions, actions)?;
        }
        self.npz.truths(self.episode_starts, starts)?;
        let Some(physics) = &mut self.physics else { return Ok(()) };
        for (copy, start) in starts.iter().enumerate() {
            physics.write(&mut self.npz, vector, copy)?;
            if *start {
                physics.write_start(&mut self.npz, vector, copy, self.rows + copy as i64)?;
            }
        }
        Ok(())
    }

    /// Writes what a step of all copies gave. An episode that the file cuts off is given its last observation too.
    pub(super) fn after(&mut self, obs: &[f64], steps: &[Step]) -> Result<()> {
        let width = obs.len() / self.envs;
        let is_last = self.rows + self.envs as i64 == self.all_rows;
        for (copy, step) in steps.iter().enumerate() {
            self.npz.floats(self.rewards, &[step.reward])?;
            self.npz.truths(self.terminated, &[step.terminated])?;
            self.npz.truths(self.truncated, &[step.truncated])?;
            if step.ended() || is_last {
                self.npz.integer(self.final_rows, self.rows + copy as i64)?;
                self.npz.floats(self.final_observations, &obs[copy * width..][..width])?;
            }
        }
        self.rows += self.envs as i64;
        Ok(())
    }

    /// Puts the file in place.
    pub(super) fn finish(self) -> Result<()> {
        self.npz.finish()
    }
}

impl PhysicsArrays {
    fn create(npz: &mut Npz, lengths: [usize; 3]) -> Result<PhysicsArrays> {
        let [qpos, qvel, model] = lengths;
        Ok(PhysicsArrays {
            qpos: npz.array("qpos", Element::Float, Some(qpos))?,
            qvel: npz.array("qvel", Element::Float, Some(qvel))?,
            qacc_warmstart: npz.array("qacc_warmstart", Element::Float, Some(qvel))?,
            start_rows: npz.array("start_rows", Element::Integer, None)?,
            model: npz.array("model", Element::Float, Some(model))?,
            buffers: lengths.map(|length| vec![0.0; length]),
        })
    }

    fn write(&mut self, npz: &mut Npz, vector: &VectorEnv, copy: usize) -> Result<()> {
        let [qpos, qvel, _] = &mut self.buffers;
        vector.physics(copy, qpos, qvel);
        npz.floats(self.qpos, qpos)?;
        npz.floats(self.qvel, qvel)?;
        vector.warm_start(copy, qvel);
        npz.floats(self.qacc_warmstart, qvel)
    }

    fn write_start(&mut self, npz: &mut Npz, vector: &VectorEnv, copy: usize, row: i64) -> Result<()> {
        let model = &mut self.buffers[2];
        vector.model(copy, model);
        npz.integer(self.start_rows, row)?;
        npz.floats(self.model, model)
    }
}
