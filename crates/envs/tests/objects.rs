//! Models compiled from text, their objects by name, their numbers changed, and what MuJoCo warns of.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use coadapt_envs::mujoco::{JointKind, Library, Model, Sim, Slot, Warning, prepare};
use coadapt_envs::{Cache, EnvError};

const ARM: &str = r#"<mujoco>
  <include file="./parts/motor.xml"/>
  <option timestep="0.01"/>
  <worldbody>
    <light name="lamp" pos="0 0 3"/>
    <geom name="floor" type="plane" size="1 1 1"/>
    <body name="arm" pos="0 0 2">
      <joint name="elbow" type="hinge" axis="0 1 0" range="-90 45" limited="true" damping="0.5"/>
      <joint name="turn" type="hinge" axis="0 0 1"/>
      <geom name="bone" type="capsule" fromto="0 0 0 0 0 1" size="0.1"/>
      <site name="tip" pos="0 0 1" size="0.02"/>
    </body>
    <body name="ball" pos="3 0 2"><freejoint name="free"/><geom name="ball" size="0.2"/></body>
  </worldbody>
  <sensor><jointpos name="angle" joint="elbow"/><framepos name="tip" objtype="site" objname="tip"/>
    <actuatorfrc name="force" actuator="motor"/></sensor>
</mujoco>"#;
const MOTOR: &str = r#"<mujoco><actuator><motor name="motor" joint="elbow" gear="5"/></actuator></mujoco>"#;

fn library() -> &'static Library {
    prepare(&Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap()
}

fn compiled(texts: &[(&str, &str)]) -> Result<Arc<Model>, EnvError> {
    Model::from_texts(library(), Path::new("arm.xml"), texts)
}

fn arm() -> Sim {
    Sim::new(compiled(&[("model.xml", ARM), ("./parts/motor.xml", MOTOR)]).unwrap()).unwrap()
}

#[test]
fn objects_are_found_by_name_and_tell_where_they_are() {
    let mut sim = arm();
    let model = Arc::clone(sim.model());
    let (elbow, turn) = (model.joint("elbow").unwrap(), model.joint("turn").unwrap());
    let free = model.joint("free").unwrap();
    assert_eq!([elbow.kind, turn.kind, free.kind], [JointKind::Hinge, JointKind::Hinge, JointKind::Free]);
    assert_eq!((elbow.qpos, turn.qpos, free.qpos, free.dof), (0, 1, 2, 2));
    let [low, high] = elbow.range.unwrap();
    assert!((low + std::f64::consts::FRAC_PI_2).abs() < 1e-12 && (high - low / -2.0).abs() < 1e-12);
    assert_eq!((turn.range, model.joints().len()), (None, 3));

    sim.qpos_mut()[elbow.qpos] = -std::f64::consts::FRAC_PI_2;
    sim.forward();
    let close =
        |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
    let (body, tip) = (model.body("arm").unwrap(), model.site("tip").unwrap());
    assert!(close(&tip.xpos(&sim), &[-1.0, 0.0, 2.0]));
    assert!(close(&body.xpos(&sim), &[0.0, 0.0, 2.0]) && close(&body.xipos(&sim), &[-0.5, 0.0, 2.0]));
    assert!(close(&body.xmat(&sim), &[0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0]));
    assert!(close(&body.xmat(&sim), &tip.xmat(&sim)));
    let half = std::f64::consts::FRAC_1_SQRT_2;
    assert!(close(&body.xquat(&sim), &[half, 0.0, -half, 0.0]));
    assert!(close(&elbow.xanchor(&sim), &[0.0, 0.0, 2.0]));
    assert!(close(&model.geom("bone").unwrap().xpos(&sim), &[-0.5, 0.0, 2.0]));
    assert!(close(sim.sensor(model.sensor("tip").unwrap()), &[-1.0, 0.0, 2.0]));
    assert!((sim.sensor_value(model.sensor("angle").unwrap()) - low).abs() < 1e-12);
    assert_eq!(sim.sensordata().len(), 5);
}

#[test]
fn what_is_not_there_is_named() {
    let sim = arm();
    let said = sim.model().body("leg").unwrap_err().to_string();
    assert_eq!(
        said,
        "the model of this task has no body called 'leg', so it is not the model the task was written for"
    );
    assert!(sim.model().sensor("arm").is_err() && sim.model().geom("arm").is_err());
    let said = compiled(&[("model.xml", ARM)]).unwrap_err().to_string();
    assert!(
        said.starts_with("MuJoCo cannot load the model arm.xml: ") && said.contains("motor.xml"),
        "{said}"
    );
    assert!(compiled(&[]).unwrap_err().to_string().ends_with("it has no text"));
}

#[test]
fn a_changed_number_counts_and_outlives_a_reset() {
    let mut sim = arm();
    let (tip, elbow) = (sim.model().site("tip").unwrap(), sim.model().joint("elbow").unwrap());
    assert_eq!(sim.slot(Slot::damping(elbow)), [0.5]);
    sim.slot_mut(Slot::damping(elbow))[0] = 0.25;
    sim.slot_mut(Slot::site_pos(tip)).copy_from_slice(&[0.0, 0.0, 0.5]);
    sim.hide_site(tip);
    sim.reset();
    sim.forward();
    assert_eq!(tip.xpos(&sim), [0.0, 0.0, 2.5]);
    assert_eq!((sim.slot(Slot::damping(elbow)), sim.slot(Slot::site_size(tip))[0]), (&[0.25][..], 0.02));
    let lamp = sim.model().light("lamp").unwrap();
    assert_eq!(sim.slot(Slot::light_pos(lamp)), [0.0, 0.0, 3.0]);
}

#[test]
fn a_shared_model_is_not_changed() {
    let mut sim = arm();
    let tip = Slot::site_pos(sim.model().site("tip").unwrap());
    let shared = Arc::clone(sim.model());
    let edit = std::panic::AssertUnwindSafe(|| sim.slot_mut(tip)[0] = 1.0);
    assert!(std::panic::catch_unwind(edit).is_err());
    let forward = std::panic::AssertUnwindSafe(|| sim.forward_without_actuation());
    assert!(std::panic::catch_unwind(forward).is_err());
    drop(shared);
    sim.slot_mut(tip)[0] = 1.0;
    assert_eq!(sim.slot(tip), [1.0, 0.0, 1.0]);
}

#[test]
fn two_halves_make_a_step_and_motors_can_be_off() {
    let (mut whole, mut halves) = (arm(), arm());
    whole.ctrl_mut()[0] = 0.3;
    halves.ctrl_mut()[0] = 0.3;
    for _ in 0..50 {
        whole.step(1);
        halves.step_first_half();
        halves.step_second_half();
    }
    assert_eq!((whole.qpos(), whole.qvel(), halves.ctrl()), (halves.qpos(), halves.qvel(), &[0.3][..]));
    assert!(!whole.model().is_runge_kutta());

    let mut sim = arm();
    sim.ctrl_mut()[0] = 0.3;
    let force = sim.model().sensor("force").unwrap();
    sim.forward();
    assert_eq!(sim.sensor(force), [0.3]);
    sim.forward_without_actuation();
    assert_eq!(sim.sensor(force), [0.0]);
    sim.forward();
    assert_eq!(sim.sensor(force), [0.3]);
}

#[test]
fn full_lists_are_told_apart_from_numbers_that_blew_up() {
    let balls: String =
        (0..8).map(|i| format!("<body pos=\"0.0{i} 0 .1\"><freejoint/><geom size=\".1\"/></body>")).collect();
    let model = |memory: &str| {
        format!(
            "<mujoco><size memory=\"{memory}\"/><worldbody><geom type=\"plane\" size=\"1 1 1\"/>{balls}\
             </worldbody></mujoco>"
        )
    };
    let mut roomy = Sim::new(compiled(&[("model.xml", &model("10M"))]).unwrap()).unwrap();
    roomy.forward();
    assert_eq!((roomy.contacts(), roomy.warning()), (36, None));

    let mut tight = Sim::new(compiled(&[("model.xml", &model("50K"))]).unwrap()).unwrap();
    tight.forward();
    assert_eq!(tight.warning(), Some(Warning::Full("the list of constraints is full")));
    tight.qvel_mut()[0] = 1e12;
    tight.step(1);
    assert!(matches!(tight.warning(), Some(Warning::Unstable(_))), "{:?}", tight.warning());
}
