//! What a board says when it refuses a request.

use std::fmt;

/// An exception code (Modbus Application Protocol 1.1b3, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// 01: the board does not know the function.
    IllegalFunction,
    /// 02: no such coil, input or register.
    IllegalAddress,
    /// 03: the value is out of range.
    IllegalValue,
    /// 04: the board tried and failed.
    DeviceFailure,
    /// 05: accepted, still working on it.
    Acknowledge,
    /// 06: busy, ask again.
    Busy,
    /// Any other code.
    Other(u8),
}

impl From<u8> for Exception {
    fn from(code: u8) -> Self {
        match code {
            0x01 => Self::IllegalFunction,
            0x02 => Self::IllegalAddress,
            0x03 => Self::IllegalValue,
            0x04 => Self::DeviceFailure,
            0x05 => Self::Acknowledge,
            0x06 => Self::Busy,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IllegalFunction => f.write_str("illegal function (01)"),
            Self::IllegalAddress => f.write_str("illegal address (02)"),
            Self::IllegalValue => f.write_str("illegal value (03)"),
            Self::DeviceFailure => f.write_str("device failure (04)"),
            Self::Acknowledge => f.write_str("still working (05)"),
            Self::Busy => f.write_str("busy (06)"),
            Self::Other(code) => write!(f, "exception {code:02X}"),
        }
    }
}
