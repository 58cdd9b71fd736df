//! Sizes of networks by the names that Table 5 has for them.

/// Hidden layers of policy and critics by the name that Table 5 has for them.
pub(super) struct Sizes {
    /// S, M or L.
    pub(super) name: &'static str,
    /// Hidden layers of the policy.
    pub(super) policy: &'static [usize],
    /// Hidden layers of each critic.
    pub(super) critic: &'static [usize],
}

/// AWR's.
pub(super) const SMALL: Sizes = Sizes { name: "S", policy: &[128, 64], critic: &[128, 64] };
/// SAC's.
pub(super) const MEDIUM: Sizes = Sizes { name: "M", policy: &[256, 256], critic: &[256, 256] };
/// MPO's.
pub(super) const LARGE: Sizes = Sizes { name: "L", policy: &[256, 256, 256], critic: &[512, 512, 256] };
