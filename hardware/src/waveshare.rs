//! Waveshare "Modbus RTU Relay" boards: coils drive the motors, discrete inputs see the drop.

mod map;
mod port;
mod session;
mod settings;
mod vend;

pub use port::{BoardHandle, NotSent, spawn};
pub use session::RelayBoardSession;
pub use settings::{RelayBoard, WrongSettings};
