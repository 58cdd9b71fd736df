#!/usr/bin/env python3
"""Write the table of MuJoCo struct offsets that crates/envs reads (developer time only).

Fetches the `mujoco` wheel of one version with pip, compiles an `offsetof` program against the
headers in that wheel with cc, and prints the table:

    python3 tools/mujoco_layout.py 3.17.0 > crates/envs/src/mujoco/layout/3.17.0.txt

A line is one of
    version NUMBER                 what mj_version() returns
    sizeof STRUCT BYTES
    STRUCT FIELD OFFSET BYTES      a pointer field has the size of a pointer
    enum NAME VALUE 0

Only Linux x86-64 is described: another platform needs its own wheel and its own table.
A new version is added by running this, reading the difference, and naming the file in
crates/envs/src/mujoco/layout.rs.
"""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

SIZES = "mjvScene mjvCamera mjvOption mjvPerturb mjrContext mjrRect mjWarningStat mjVFS mjModel mjData".split()

FIELDS = {
    "mjModel": """
        nq nv nu na nbody njnt ngeom nsite nsensor nsensordata ntendon ncam nlight
        opt.timestep opt.integrator opt.disableflags vis.global.offwidth vis.global.offheight
        vis.quality.shadowsize
        stat.extent stat.center
        qpos0 body_mass body_pos body_quat jnt_type jnt_qposadr jnt_dofadr jnt_limited jnt_range
        dof_damping geom_size geom_pos geom_rgba site_size site_pos site_rgba light_pos wrap_prm
        actuator_ctrllimited actuator_ctrlrange actuator_gear actuator_trnid sensor_adr sensor_dim geom_bodyid""",
    "mjData": """
        time ncon warning qpos qvel act qacc_warmstart ctrl xpos xquat xmat xipos xanchor geom_xpos geom_xmat
        site_xpos site_xmat subtree_com cinert cvel cfrc_ext qfrc_actuator qfrc_constraint qacc sensordata
        ten_length ten_velocity""",
    "mjvCamera": "type fixedcamid trackbodyid lookat distance azimuth elevation",
    "mjvScene": "ngeom",
}

ENUMS = """
    mjJNT_FREE mjJNT_BALL mjJNT_SLIDE mjJNT_HINGE mjOBJ_LIGHT
    mjOBJ_BODY mjOBJ_JOINT mjOBJ_GEOM mjOBJ_SITE mjOBJ_CAMERA mjOBJ_SENSOR
    mjDSBL_ACTUATION mjINT_RK4 mjCAMERA_FREE mjCAMERA_TRACKING mjCAMERA_FIXED mjCAT_ALL
    mjFB_OFFSCREEN
    mjSTATE_QPOS mjSTATE_QVEL mjSTATE_CTRL mjSTATE_INTEGRATION
    mjNWARNING mjWARN_INERTIA mjWARN_CONTACTFULL mjWARN_CNSTRFULL
    mjWARN_BADQPOS mjWARN_BADQVEL mjWARN_BADQACC mjWARN_BADCTRL"""


def fetch_headers(version, folder):
    """Unpacks the headers of the wheel under `folder`; returns the include path."""
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", "3.11"]
    command += ["--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_28_x86_64"]
    subprocess.run(command + ["-d", str(wheels), f"mujoco=={version}"], check=True, stdout=sys.stderr)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [n for n in archive.namelist() if n.startswith("mujoco/include/")])
    return folder / "mujoco" / "include"


def program():
    """The C program that prints the table."""
    lines = [
        "#include <stddef.h>",
        "#include <stdio.h>",
        "#include <mujoco/mujoco.h>",
        "#define SIZE(s) printf(\"sizeof %s %zu\\n\", #s, sizeof(s))",
        "#define FIELD(s, f) "
        "printf(\"%s %s %zu %zu\\n\", #s, #f, offsetof(s, f), sizeof(((s*)0)->f))",
        "#define ENUM(e) printf(\"enum %s %lld 0\\n\", #e, (long long)(e))",
        "int main(void) {",
        "  printf(\"version %d\\n\", mjVERSION_HEADER);",
    ]
    lines += [f"  SIZE({name});" for name in SIZES]
    lines += [f"  FIELD({struct}, {field});" for struct, fields in FIELDS.items() for field in fields.split()]
    lines += [f"  ENUM({name});" for name in ENUMS.split()]
    return "\n".join(lines + ["  return 0;", "}", ""])


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: mujoco_layout.py VERSION, such as 3.17.0")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        include = fetch_headers(sys.argv[1], folder)
        source, binary = folder / "layout.c", folder / "layout"
        source.write_text(program())
        subprocess.run(["cc", "-I", str(include), "-o", str(binary), str(source)], check=True)
        sys.stdout.write(subprocess.run([str(binary)], check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
