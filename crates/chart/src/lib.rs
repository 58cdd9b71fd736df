//! Pictures as SVG, each a string: learning curves, intervals, performance profiles.
//!
//! A picture is given numbers and words, and knows neither runs nor studies; it stands alone as a file or in a page.

pub mod axis;
pub mod curves;
mod drawing;
mod escape;
pub mod intervals;
pub mod palette;
pub mod profiles;
pub mod tick_label;

pub use drawing::{Chart, Frame};
pub use escape::escaped;
