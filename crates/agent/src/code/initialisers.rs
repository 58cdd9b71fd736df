//! Initialisers of weights and biases, as a method writes them.

use coadapt_nn::init::Init;
use serde::{Deserialize, Serialize};

/// An initialiser of weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightInit {
    /// U(-g, g), g = gain sqrt(6 / (in + out)).
    XavierUniform {
        /// The gain.
        gain: f64,
    },
    /// U(-b, b), b = sqrt(3 scale / out).
    VarianceScalingUniform {
        /// The scale.
        scale: f64,
    },
    /// N(0, scale / in).
    VarianceScalingNormal {
        /// The scale.
        scale: f64,
    },
    /// U(-bound, bound).
    Uniform {
        /// The bound.
        bound: f64,
    },
    /// U(-b, b), b = 1 / sqrt(in): torch's default.
    FanIn,
    /// `gain` times a random semi-orthogonal matrix, as `torch.nn.init.orthogonal_` (Saxe et al. 2014).
    Orthogonal {
        /// The gain.
        gain: f64,
    },
}

/// The initialiser of the critics' last layer: that of the layers before it, or one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CriticOutputInit {
    /// [`Code::weight_init`](super::Code::weight_init), as of the other layers.
    #[default]
    AsHidden,
    /// [`WeightInit::XavierUniform`].
    XavierUniform {
        /// The gain.
        gain: f64,
    },
    /// [`WeightInit::VarianceScalingUniform`].
    VarianceScalingUniform {
        /// The scale.
        scale: f64,
    },
    /// [`WeightInit::VarianceScalingNormal`].
    VarianceScalingNormal {
        /// The scale.
        scale: f64,
    },
    /// [`WeightInit::Uniform`].
    Uniform {
        /// The bound.
        bound: f64,
    },
    /// [`WeightInit::FanIn`].
    FanIn,
    /// [`WeightInit::Orthogonal`].
    Orthogonal {
        /// The gain.
        gain: f64,
    },
}

impl CriticOutputInit {
    /// Whether it is the initialiser of the other layers.
    pub fn is_as_hidden(&self) -> bool {
        *self == CriticOutputInit::AsHidden
    }

    /// The initialiser where that of the other layers is `hidden`.
    pub fn or(self, hidden: WeightInit) -> WeightInit {
        match self {
            CriticOutputInit::AsHidden => hidden,
            CriticOutputInit::XavierUniform { gain } => WeightInit::XavierUniform { gain },
            CriticOutputInit::VarianceScalingUniform { scale } => {
                WeightInit::VarianceScalingUniform { scale }
            }
            CriticOutputInit::VarianceScalingNormal { scale } => WeightInit::VarianceScalingNormal { scale },
            CriticOutputInit::Uniform { bound } => WeightInit::Uniform { bound },
            CriticOutputInit::FanIn => WeightInit::FanIn,
            CriticOutputInit::Orthogonal { gain } => WeightInit::Orthogonal { gain },
        }
    }
}

impl From<WeightInit> for CriticOutputInit {
    fn from(init: WeightInit) -> CriticOutputInit {
        match init {
            WeightInit::XavierUniform { gain } => CriticOutputInit::XavierUniform { gain },
            WeightInit::VarianceScalingUniform { scale } => {
                CriticOutputInit::VarianceScalingUniform { scale }
            }
            WeightInit::VarianceScalingNormal { scale } => CriticOutputInit::VarianceScalingNormal { scale },
            WeightInit::Uniform { bound } => CriticOutputInit::Uniform { bound },
            WeightInit::FanIn => CriticOutputInit::FanIn,
            WeightInit::Orthogonal { gain } => CriticOutputInit::Orthogonal { gain },
        }
    }
}

/// An initialiser of biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BiasInit {
    /// U(-b, b), b = 1 / sqrt(in): torch's default, which the released code leaves in place.
    FanIn,
    /// Zero.
    Zeros,
}

impl From<WeightInit> for Init {
    fn from(init: WeightInit) -> Init {
        match init {
            WeightInit::XavierUniform { gain } => Init::XavierUniform { gain: gain as f32 },
            WeightInit::VarianceScalingUniform { scale } => {
                Init::VarianceScalingUniform { scale: scale as f32 }
            }
            WeightInit::VarianceScalingNormal { scale } => {
                Init::VarianceScalingNormal { scale: scale as f32 }
            }
            WeightInit::Uniform { bound } => Init::Uniform { bound: bound as f32 },
            WeightInit::FanIn => Init::FanIn,
            WeightInit::Orthogonal { gain } => Init::Orthogonal { gain: gain as f32 },
        }
    }
}

impl From<BiasInit> for Init {
    fn from(init: BiasInit) -> Init {
        match init {
            BiasInit::FanIn => Init::FanIn,
            BiasInit::Zeros => Init::Zeros,
        }
    }
}
