//! One number of a method, and whether a run could use it.

/// A number of the method, and whether a run could use it.
pub(super) struct Check {
    pub(super) field: &'static str,
    pub(super) value: f64,
    pub(super) ok: bool,
    pub(super) valid: &'static str,
}

impl Check {
    pub(super) fn positive(field: &'static str, value: f64) -> Self {
        // The update computes in f32, where the number must still be one.
        let ok = value as f32 > 0.0 && (value as f32).is_finite();
        Check { field, value, ok, valid: "a number above 0 that f32 can hold" }
    }

    pub(super) fn count(field: &'static str, value: u64) -> Self {
        Check { field, value: value as f64, ok: value >= 1, valid: "at least 1" }
    }
}
