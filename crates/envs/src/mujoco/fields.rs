//! Where the fields lie that are read and written: offsets in MuJoCo's structs, found when the library is loaded.

use std::ffi::c_int;

use super::layout::Layout;
use super::raw::RawFiles;

/// Where the fields that are read lie, and the constants that are passed.
#[derive(Debug)]
pub(super) struct Offsets {
    pub(super) nq: usize,
    pub(super) nv: usize,
    pub(super) nu: usize,
    pub(super) timestep: usize,
    pub(super) qpos0: usize,
    pub(super) actuator_ctrlrange: usize,
    pub(super) qpos: usize,
    pub(super) qvel: usize,
    pub(super) ctrl: usize,
    pub(super) warning: usize,
    /// Bytes of one warning counter, whose last four are the count.
    pub(super) warning_size: usize,
    /// The warnings after which the simulation is not to be trusted, with what each says.
    pub(super) unstable: [(usize, &'static str); 7],
    pub(super) state_qpos: c_int,
    pub(super) state_qvel: c_int,
    pub(super) state_ctrl: c_int,
    pub(super) state_integration: c_int,
}

impl Offsets {
    pub(super) fn of(layout: &Layout) -> Result<Self, String> {
        let pointer = size_of::<*const f64>();
        let size = size_of::<i64>();
        let index = |name| layout.constant(name).map(|value| value as usize);
        let signature = |name| layout.constant(name).map(|value| value as c_int);
        let warning_size = layout.field("mjWarningStat", "")?.size;
        Ok(Offsets {
            nq: layout.offset("mjModel", "nq", size)?,
            nv: layout.offset("mjModel", "nv", size)?,
            nu: layout.offset("mjModel", "nu", size)?,
            timestep: layout.offset("mjModel", "opt.timestep", size_of::<f64>())?,
            qpos0: layout.offset("mjModel", "qpos0", pointer)?,
            actuator_ctrlrange: layout.offset("mjModel", "actuator_ctrlrange", pointer)?,
            qpos: layout.offset("mjData", "qpos", pointer)?,
            qvel: layout.offset("mjData", "qvel", pointer)?,
            ctrl: layout.offset("mjData", "ctrl", pointer)?,
            warning: layout.offset("mjData", "warning", warning_size * index("mjNWARNING")?)?,
            warning_size,
            unstable: [
                (index("mjWARN_BADQPOS")?, "a position is not finite or too large"),
                (index("mjWARN_BADQVEL")?, "a velocity is not finite or too large"),
                (index("mjWARN_BADQACC")?, "an acceleration is not finite or too large"),
                (index("mjWARN_BADCTRL")?, "a control is not finite or too large"),
                (index("mjWARN_INERTIA")?, "the inertia matrix is singular"),
                (index("mjWARN_CONTACTFULL")?, "there are more contacts than its buffer holds"),
                (index("mjWARN_CNSTRFULL")?, "there are more constraints than its buffer holds"),
            ],
            state_qpos: signature("mjSTATE_QPOS")?,
            state_qvel: signature("mjSTATE_QVEL")?,
            state_ctrl: signature("mjSTATE_CTRL")?,
            state_integration: signature("mjSTATE_INTEGRATION")?,
        })
    }
}

/// Kind of object that an array has a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Body,
    Joint,
    Dof,
    Geom,
    Site,
    Light,
    Sensor,
}

/// An array of numbers, `width` of them an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// Where the pointer to it lies in its struct.
    pub(super) pointer: usize,
    pub(super) kind: Kind,
    pub(super) width: usize,
}

/// Where the objects' arrays and counts lie, and the constants that name their kinds.
#[derive(Debug)]
pub(super) struct ObjectFields {
    /// Offset of the count of each kind in mjModel, in the order of [`Kind`].
    pub(super) counts: [usize; 7],
    /// Codes of mj_name2id for each kind, in the same order; the degrees of freedom have no names.
    pub(super) codes: [c_int; 7],
    /// Of joints that are free, of a ball, sliding and hinged.
    pub(super) joint_types: [c_int; 4],
    pub(super) jnt_type: usize,
    pub(super) jnt_limited: usize,
    pub(super) jnt_range: usize,
    pub(super) jnt_qposadr: usize,
    pub(super) jnt_dofadr: usize,
    pub(super) sensor_adr: usize,
    pub(super) sensor_dim: usize,
    pub(super) xpos: Rows,
    pub(super) xquat: Rows,
    pub(super) xmat: Rows,
    pub(super) xipos: Rows,
    pub(super) xanchor: Rows,
    pub(super) geom_xpos: Rows,
    pub(super) geom_xmat: Rows,
    pub(super) site_xpos: Rows,
    pub(super) site_xmat: Rows,
}

impl ObjectFields {
    pub(super) fn of(layout: &Layout) -> Result<Self, String> {
        let count = |name| layout.offset("mjModel", name, size_of::<i64>());
        let code = |name| layout.constant(name).map(|value| value as c_int);
        let model = |name| layout.offset("mjModel", name, size_of::<*const f64>());
        let rows = |name, kind, width| {
            let pointer = layout.offset("mjData", name, size_of::<*const f64>())?;
            Ok::<_, String>(Rows { pointer, kind, width })
        };
        Ok(ObjectFields {
            counts: [
                count("nbody")?,
                count("njnt")?,
                count("nv")?,
                count("ngeom")?,
                count("nsite")?,
                count("nlight")?,
                count("nsensor")?,
            ],
            codes: [
                code("mjOBJ_BODY")?,
                code("mjOBJ_JOINT")?,
                -1,
                code("mjOBJ_GEOM")?,
                code("mjOBJ_SITE")?,
                code("mjOBJ_LIGHT")?,
                code("mjOBJ_SENSOR")?,
            ],
            joint_types: [
                code("mjJNT_FREE")?,
                code("mjJNT_BALL")?,
                code("mjJNT_SLIDE")?,
                code("mjJNT_HINGE")?,
            ],
            jnt_type: model("jnt_type")?,
            jnt_limited: model("jnt_limited")?,
            jnt_range: model("jnt_range")?,
            jnt_qposadr: model("jnt_qposadr")?,
            jnt_dofadr: model("jnt_dofadr")?,
            sensor_adr: model("sensor_adr")?,
            sensor_dim: model("sensor_dim")?,
            xpos: rows("xpos", Kind::Body, 3)?,
            xquat: rows("xquat", Kind::Body, 4)?,
            xmat: rows("xmat", Kind::Body, 9)?,
            xipos: rows("xipos", Kind::Body, 3)?,
            xanchor: rows("xanchor", Kind::Joint, 3)?,
            geom_xpos: rows("geom_xpos", Kind::Geom, 3)?,
            geom_xmat: rows("geom_xmat", Kind::Geom, 9)?,
            site_xpos: rows("site_xpos", Kind::Site, 3)?,
            site_xmat: rows("site_xmat", Kind::Site, 9)?,
        })
    }
}

/// Name, kind of object and numbers an object of each array, in the order of `edits::Array`.
pub(super) const EDITABLE: [(&str, Kind, usize); 8] = [
    ("body_pos", Kind::Body, 3),
    ("body_quat", Kind::Body, 4),
    ("dof_damping", Kind::Dof, 1),
    ("geom_pos", Kind::Geom, 3),
    ("geom_size", Kind::Geom, 3),
    ("light_pos", Kind::Light, 3),
    ("site_pos", Kind::Site, 3),
    ("site_size", Kind::Site, 3),
];

/// Where the arrays of the model lie that may be changed, and the colours.
#[derive(Debug)]
pub(super) struct EditFields {
    pub(super) arrays: [Rows; 8],
    pub(super) geom_rgba: usize,
    pub(super) site_rgba: usize,
}

impl EditFields {
    pub(super) fn of(layout: &Layout) -> Result<Self, String> {
        let field = |name| layout.offset("mjModel", name, size_of::<*const f64>());
        let [a, b, c, d, e, f, g, h] =
            EDITABLE.map(|(name, kind, width)| Ok::<_, String>(Rows { pointer: field(name)?, kind, width }));
        Ok(EditFields {
            arrays: [a?, b?, c?, d?, e?, f?, g?, h?],
            geom_rgba: field("geom_rgba")?,
            site_rgba: field("site_rgba")?,
        })
    }
}

/// Where the numbers of the sensors lie, and how many there are.
#[derive(Debug)]
pub(super) struct SensorFields {
    pub(super) nsensordata: usize,
    pub(super) sensordata: usize,
}

impl SensorFields {
    pub(super) fn of(layout: &Layout) -> Result<Self, String> {
        Ok(SensorFields {
            nsensordata: layout.offset("mjModel", "nsensordata", size_of::<i64>())?,
            sensordata: layout.offset("mjData", "sensordata", size_of::<*const f64>())?,
        })
    }
}

/// Where the fields lie that the phases of a step read and write.
#[derive(Debug)]
pub(super) struct PhaseFields {
    pub(super) integrator: usize,
    pub(super) runge_kutta: c_int,
    pub(super) disableflags: usize,
    pub(super) actuation: c_int,
    pub(super) time: usize,
    pub(super) ncon: usize,
    /// Every warning: of positions, velocities, accelerations and controls that blew up, of a singular inertia, of
    /// full lists of contacts and constraints.
    pub(super) warnings: [usize; 7],
}

impl PhaseFields {
    pub(super) fn of(layout: &Layout) -> Result<Self, String> {
        let int = size_of::<c_int>();
        let code = |name| layout.constant(name).map(|value| value as c_int);
        let index = |name| layout.constant(name).map(|value| value as usize);
        Ok(PhaseFields {
            integrator: layout.offset("mjModel", "opt.integrator", int)?,
            runge_kutta: code("mjINT_RK4")?,
            disableflags: layout.offset("mjModel", "opt.disableflags", int)?,
            actuation: code("mjDSBL_ACTUATION")?,
            time: layout.offset("mjData", "time", size_of::<f64>())?,
            ncon: layout.offset("mjData", "ncon", int)?,
            warnings: [
                index("mjWARN_BADQPOS")?,
                index("mjWARN_BADQVEL")?,
                index("mjWARN_BADQACC")?,
                index("mjWARN_BADCTRL")?,
                index("mjWARN_INERTIA")?,
                index("mjWARN_CONTACTFULL")?,
                index("mjWARN_CNSTRFULL")?,
            ],
        })
    }
}

/// Where the fields of bodies and of forces lie.
pub(super) struct BodyFields {
    /// Codes of the kinds of `sim::Object`, in its order.
    pub(super) objects: [c_int; 3],
    pub(super) nbody: usize,
    pub(super) njnt: usize,
    pub(super) nsite: usize,
    pub(super) body_mass: usize,
    pub(super) actuator_gear: usize,
    pub(super) actuator_trnid: usize,
    pub(super) xpos: usize,
    pub(super) xipos: usize,
    pub(super) site_xpos: usize,
    pub(super) cinert: usize,
    pub(super) cvel: usize,
    pub(super) cfrc_ext: usize,
    pub(super) qfrc_actuator: usize,
    pub(super) qfrc_constraint: usize,
    pub(super) qacc_warmstart: usize,
}

impl BodyFields {
    /// The offsets that the layout table has, or what it lacks.
    pub(super) fn of(layout: &Layout) -> Result<Self, String> {
        let size = |name| layout.offset("mjModel", name, size_of::<i64>());
        let of_model = |name| layout.offset("mjModel", name, size_of::<*const f64>());
        let of_data = |name| layout.offset("mjData", name, size_of::<*const f64>());
        let object = |name| layout.constant(name).map(|value| value as c_int);
        Ok(BodyFields {
            objects: [object("mjOBJ_BODY")?, object("mjOBJ_JOINT")?, object("mjOBJ_SITE")?],
            nbody: size("nbody")?,
            njnt: size("njnt")?,
            nsite: size("nsite")?,
            body_mass: of_model("body_mass")?,
            actuator_gear: of_model("actuator_gear")?,
            actuator_trnid: of_model("actuator_trnid")?,
            xpos: of_data("xpos")?,
            xipos: of_data("xipos")?,
            site_xpos: of_data("site_xpos")?,
            cinert: of_data("cinert")?,
            cvel: of_data("cvel")?,
            cfrc_ext: of_data("cfrc_ext")?,
            qfrc_actuator: of_data("qfrc_actuator")?,
            qfrc_constraint: of_data("qfrc_constraint")?,
            qacc_warmstart: of_data("qacc_warmstart")?,
        })
    }
}

/// Refuses a version whose file system in memory is not the one pointer this program makes room for.
pub(super) fn check_files(layout: &Layout) -> Result<(), String> {
    layout.offset("mjVFS", "", size_of::<RawFiles>()).map(|_| ())
}
