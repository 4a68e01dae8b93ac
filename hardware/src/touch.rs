//! Touch screens: where a finger came down, in pixels of the picture.

mod calibration;
mod decoder;
mod screen;

pub use calibration::{Axis, Calibration};
pub use decoder::{Contact, Decoder};
pub use screen::{Settings, TouchScreen};

/// A finger came down here. Moves and lifts are nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Pixels from the left edge of the picture.
    pub x: u32,
    /// Pixels from its upper edge.
    pub y: u32,
}
