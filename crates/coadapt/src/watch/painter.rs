//! A picture of a task as it is now, whatever it shows of itself.

use anyhow::{Result, bail};
use coadapt_envs::mujoco::{Backend, Renderer};
use coadapt_envs::{Env, Frame, View};

use super::canvas;

/// Makes pictures of one task.
#[derive(Debug)]
pub struct Painter {
    size: [usize; 2],
    renderer: Option<Renderer>,
}

impl Painter {
    /// A painter of frames of so many pixels (columns, rows).
    pub fn new(size: [usize; 2]) -> Self {
        Painter { size, renderer: None }
    }

    /// The present state of `env`. OpenGL is looked for at the first simulation.
    pub fn paint(&mut self, env: &mut dyn Env) -> Result<Frame> {
        let id = env.spec().id.clone();
        match env.view() {
            Some(View::Sketch(sketch)) => Ok(canvas::draw(&sketch, self.size)),
            Some(View::Simulation(sim, camera)) => {
                let renderer = match &mut self.renderer {
                    Some(renderer) => renderer,
                    none => none.insert(Renderer::new(sim.model(), camera, self.size, &Backend::ALL)?),
                };
                Ok(renderer.frame(sim)?)
            }
            None => bail!("{id} has no looks: there is nothing to draw"),
        }
    }
}
