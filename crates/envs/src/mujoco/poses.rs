//! Where the objects of a simulation are: positions and orientations MuJoCo derives from the joints.

use super::fields::Rows;
use super::objects::{Body, Geom, Joint, Site};
use super::sim::Sim;

impl Body {
    /// Origin of its frame (m).
    pub fn xpos(self, sim: &Sim) -> [f64; 3] {
        sim.row(&sim.model.library.objects.xpos, self.0)
    }

    /// Its orientation as a quaternion (w, x, y, z).
    pub fn xquat(self, sim: &Sim) -> [f64; 4] {
        sim.row(&sim.model.library.objects.xquat, self.0)
    }

    /// Its orientation as a matrix, row by row: element 3 i + j is the i-th world coordinate of its j-th axis.
    pub fn xmat(self, sim: &Sim) -> [f64; 9] {
        sim.row(&sim.model.library.objects.xmat, self.0)
    }

    /// Its centre of mass (m).
    pub fn xipos(self, sim: &Sim) -> [f64; 3] {
        sim.row(&sim.model.library.objects.xipos, self.0)
    }
}

impl Joint {
    /// Its anchor (m).
    pub fn xanchor(self, sim: &Sim) -> [f64; 3] {
        sim.row(&sim.model.library.objects.xanchor, self.index)
    }
}

impl Geom {
    /// Its centre (m).
    pub fn xpos(self, sim: &Sim) -> [f64; 3] {
        sim.row(&sim.model.library.objects.geom_xpos, self.0)
    }

    /// Its orientation as a matrix, row by row.
    pub fn xmat(self, sim: &Sim) -> [f64; 9] {
        sim.row(&sim.model.library.objects.geom_xmat, self.0)
    }
}

impl Site {
    /// Its place (m).
    pub fn xpos(self, sim: &Sim) -> [f64; 3] {
        sim.row(&sim.model.library.objects.site_xpos, self.0)
    }

    /// Its orientation as a matrix, row by row.
    pub fn xmat(self, sim: &Sim) -> [f64; 9] {
        sim.row(&sim.model.library.objects.site_xmat, self.0)
    }
}

impl Sim {
    /// Row `index` of an array of mjData with `N` numbers an object.
    fn row<const N: usize>(&self, rows: &Rows, index: usize) -> [f64; N] {
        assert!(index < self.model.count_of(rows.kind) && N == rows.width, "an object of another model");
        // SAFETY: by the layout table a pointer lies at this field of an mjData to `width` numbers for each
        // object of the kind, and the index is below their count.
        unsafe {
            let start = self.raw.as_ptr().cast::<u8>().add(rows.pointer).cast::<*const f64>().read();
            start.add(index * N).cast::<[f64; N]>().read()
        }
    }
}
