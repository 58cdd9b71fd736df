//! Frames of MuJoCo's renderer: the right way up, changing with the state, changing nothing.
//!
//! Where no OpenGL is installed that works without a display, each test holds the refusal to its sentence
//! instead, and says so.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use coadapt_envs::mujoco::{self, Backend, Camera, Model, Renderer, Sim};
use coadapt_envs::{Cache, Env, EnvError, Frame, View, make};

const SIZE: [usize; 2] = [80, 60];

/// A red box above a green one, seen from the side.
const BOXES: &str = r#"<mujoco><worldbody><light pos="0 -2 3"/>
    <geom type="box" size=".3 .3 .3" pos="0 0 .5" rgba="1 0 0 1"/>
    <body><joint type="slide" axis="1 0 0"/>
    <geom type="box" size=".3 .3 .3" pos="0 0 -.5" rgba="0 1 0 1"/></body></worldbody></mujoco>"#;

fn boxes() -> Sim {
    let library = mujoco::prepare(&Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap();
    Sim::new(Model::from_texts(library, Path::new("boxes"), &[("boxes.xml", BOXES)]).unwrap()).unwrap()
}

/// A renderer, or `None` with the reason printed where there is no OpenGL.
fn renderer(model: &Arc<Model>, camera: Camera) -> Option<Renderer> {
    match Renderer::new(model, camera, SIZE, &Backend::ALL) {
        Ok(renderer) => Some(renderer),
        Err(error @ EnvError::NoOpenGl { .. }) => {
            let text = error.to_string();
            assert!(text.contains("EGL: ") && text.contains("OSMesa: "), "{text}");
            assert!(text.contains("apt-get install libosmesa6"), "{text}");
            assert!(!is_installed(), "an OpenGL is installed, and yet: {text}");
            eprintln!("NOT RENDERED, only the refusal was tested: {text}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Whether the files of one of the packages that the refusal names are where Linux systems keep them.
fn is_installed() -> bool {
    let sets: [&[&str]; 2] = [&["libOSMesa.so.8"], &["libEGL.so.1", "libEGL_mesa.so.0", "dri/swrast_dri.so"]];
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"].map(Path::new);
    let lies_in = |folder: &Path| sets.iter().any(|set| set.iter().all(|file| folder.join(file).exists()));
    folders.into_iter().any(lies_in)
}

fn simulation(env: &mut dyn Env) -> &mut Sim {
    match env.view() {
        Some(View::Simulation(sim, _)) => sim,
        other => panic!("not a simulation: {other:?}"),
    }
}

/// Mean column and row of the pixels in which `colour` (0 red, 1 green) is twice any other.
fn centre(frame: &Frame, colour: usize) -> [f64; 2] {
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for (x, y) in (0..frame.height()).flat_map(|y| (0..frame.width()).map(move |x| (x, y))) {
        let pixel = frame.pixel(x, y);
        if (0..3).all(|other| other == colour || (pixel[colour] > 40 && pixel[colour] / 2 > pixel[other])) {
            sum = [sum[0] + x as f64, sum[1] + y as f64];
            count += 1.0;
        }
    }
    assert!(count > 30.0, "{count} pixels of colour {colour}");
    sum.map(|sum| sum / count)
}

#[test]
fn up_is_up_and_right_is_right() {
    let mut sim = boxes();
    let camera = Camera::Point([0.0; 3], [4.0, 90.0, 0.0]);
    let Some(mut renderer) = renderer(&sim.model().clone(), camera) else { return };
    sim.forward();
    let frame = renderer.frame(&mut sim).unwrap();
    assert_eq!([frame.width(), frame.height()], SIZE);
    let (red, green) = (centre(&frame, 0), centre(&frame, 1));
    assert!(red[1] + 10.0 < green[1], "red at {red:?} is above green at {green:?}");
    sim.qpos_mut()[0] = 0.5;
    sim.forward();
    let moved = centre(&renderer.frame(&mut sim).unwrap(), 1);
    assert!(moved[0] > green[0] + 5.0 && (moved[1] - green[1]).abs() < 2.0, "{green:?} to {moved:?}");
}

/// Twenty steps of one action, with frames between them or without: the bytes of the state after them.
fn walked(id: &str, camera: Option<Camera>) -> Option<Vec<u8>> {
    let mut env = make(id, &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap();
    let mut obs = vec![0.0; env.spec().obs_dim];
    let action = vec![0.3; env.spec().action.dim()];
    env.seed(5);
    env.reset(&mut obs).unwrap();
    let mut renderer = match camera {
        Some(camera) => Some(renderer(&simulation(&mut *env).model().clone(), camera)?),
        None => None,
    };
    let mut frames = Vec::new();
    for _ in 0..20 {
        if let Some(renderer) = &mut renderer {
            frames.push(renderer.frame(simulation(&mut *env)).unwrap());
        }
        env.step(&action, &mut obs).unwrap();
    }
    // Some tasks change their model at a reset, which they may only where nobody else holds it.
    env.reset(&mut obs).unwrap();
    if let (Some(first), Some(last)) = (frames.first(), frames.last()) {
        assert_ne!(first, last, "{id}: nothing moved in twenty steps");
        assert!(first.rgb().iter().any(|byte| *byte > 60), "{id} is dark");
    }
    let mut state = Vec::new();
    env.save(&mut state);
    Some(state)
}

#[test]
fn looking_changes_nothing() {
    for id in ["Hopper-v4", "dm_control/fish-swim-v0"] {
        let Some(watched) = walked(id, Some(Camera::Model)) else { return };
        assert!(walked(id, None).unwrap() == watched, "{id} went another way while it was watched");
    }
}

/// Pixels of the brown that all robots have.
fn brown(frame: &Frame) -> usize {
    let is_brown = |[r, g, b]: [u8; 3]| r > 60 && r > g && 2 * u32::from(r) > 3 * u32::from(b);
    let pixels = (0..frame.height()).flat_map(|y| (0..frame.width()).map(move |x| (x, y)));
    pixels.filter(|(x, y)| is_brown(frame.pixel(*x, *y))).count()
}

/// Each robot that moves about, and which position is how far it has come.
const TRAVELLERS: [(&str, usize); 12] = [
    ("HalfCheetah-v4", 0),
    ("Hopper-v4", 0),
    ("Walker2d-v2", 0),
    ("Ant-v4", 0),
    ("Humanoid-v4", 0),
    ("Swimmer-v5", 0),
    ("dm_control/cheetah-run-v0", 0),
    ("dm_control/hopper-hop-v0", 0),
    ("dm_control/walker-walk-v0", 1),
    ("dm_control/humanoid-run-v0", 0),
    ("dm_control/swimmer-swimmer6-v0", 0),
    ("dm_control/fish-upright-v0", 0),
];

#[test]
fn the_camera_follows_what_moves_about() {
    for (id, along) in TRAVELLERS {
        let mut env = make(id, &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap();
        let mut obs = vec![0.0; env.spec().obs_dim];
        env.seed(1);
        env.reset(&mut obs).unwrap();
        let Some(View::Simulation(sim, camera)) = env.view() else { panic!("{id} is no simulation") };
        let Some(mut renderer) = renderer(&sim.model().clone(), camera) else { return };
        let here = renderer.frame(sim).unwrap();
        let came = sim.qpos()[along];
        sim.qpos_mut()[along] = came + 7.0;
        sim.forward();
        let there = renderer.frame(sim).unwrap();
        let (before, after) = (brown(&here), brown(&there));
        assert!(before >= 10, "{id}: {before} brown pixels at the start");
        let ratio = after as f64 / before as f64;
        assert!((0.5..2.0).contains(&ratio), "{id}: {before} brown pixels, and {after} 7 m further");
    }
}

#[test]
fn a_camera_that_stays_loses_what_moves_about() {
    let mut env = make("Hopper-v4", &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap();
    let mut obs = vec![0.0; env.spec().obs_dim];
    env.reset(&mut obs).unwrap();
    let sim = simulation(&mut *env);
    let still = Camera::Point([0.0, 0.0, 0.8], [4.0, 90.0, -10.0]);
    let Some(mut renderer) = renderer(&sim.model().clone(), still) else { return };
    assert!(brown(&renderer.frame(sim).unwrap()) >= 10, "it is there at first");
    sim.qpos_mut()[0] += 7.0;
    sim.forward();
    assert_eq!(brown(&renderer.frame(sim).unwrap()), 0, "the floor is not brown");
}

#[test]
fn a_renderer_is_for_one_model() {
    let (one, mut other) = (boxes(), boxes());
    let Some(mut renderer) = renderer(&one.model().clone(), Camera::Model) else { return };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| renderer.frame(&mut other)));
    assert!(outcome.is_err());
}
