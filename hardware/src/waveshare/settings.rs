//! Which relay board, and where.

use std::path::PathBuf;

/// More coils or inputs than any board of the family has.
const LINES_MAX: u16 = 32;
/// The highest address of a Modbus board; the boards take more, other devices on the line need not.
const ADDRESS_MAX: u8 = 247;

/// One relay board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayBoard {
    /// The serial port, by a name that survives a change of plugs.
    pub port: PathBuf,
    /// 4800 to 256000; boards come with 9600. No parity, one stop bit.
    pub baud: u32,
    /// 1 to 247; boards come with 1.
    pub address: u8,
    /// 8, 16 or 32.
    pub coils: u16,
    /// Discrete inputs for drop sensors, 1 to 32: a board without inputs cannot tell whether
    /// something fell.
    pub inputs: u16,
    /// Switch the inputs' link to the coils off at each start. The "(D)" variants come with it on:
    /// then a drop sensor would switch motors (Waveshare wiki, registers 0x1000 and up).
    pub unlink_inputs: bool,
}

/// A board that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongSettings {
    /// Out of range.
    #[error("a relay board's address is 1 to {ADDRESS_MAX}, not {0}")]
    Address(u8),
    /// Out of range.
    #[error("a relay board has 1 to {LINES_MAX} coils, not {0}")]
    Coils(u16),
    /// Out of range.
    #[error("a relay board needs 1 to {LINES_MAX} inputs for drop sensors, not {0}")]
    Inputs(u16),
    /// Not one of the board's.
    #[error(
        "a relay board speaks 4800, 9600, 19200, 38400, 57600, 115200, 128000 or 256000 baud, \
         not {0}"
    )]
    Baud(u32),
}

impl RelayBoard {
    /// A board as it comes out of its box, with eight inputs.
    #[must_use]
    pub const fn new(port: PathBuf) -> Self {
        Self { port, baud: 9600, address: 1, coils: 8, inputs: 8, unlink_inputs: false }
    }

    /// Looks whether there can be such a board.
    ///
    /// # Errors
    /// Says which setting is wrong.
    pub fn check(&self) -> Result<(), WrongSettings> {
        if !(1..=ADDRESS_MAX).contains(&self.address) {
            return Err(WrongSettings::Address(self.address));
        }
        if !(1..=LINES_MAX).contains(&self.coils) {
            return Err(WrongSettings::Coils(self.coils));
        }
        if !(1..=LINES_MAX).contains(&self.inputs) {
            return Err(WrongSettings::Inputs(self.inputs));
        }
        // Waveshare wiki, register 0x2000.
        let bauds = [4800, 9600, 19200, 38400, 57600, 115_200, 128_000, 256_000];
        if bauds.contains(&self.baud) { Ok(()) } else { Err(WrongSettings::Baud(self.baud)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_that_cannot_be_is_refused() {
        let board = RelayBoard::new("/dev/vend-relay".into());
        assert_eq!(board.check(), Ok(()));
        let wrong = [
            (RelayBoard { address: 0, ..board.clone() }, WrongSettings::Address(0)),
            (RelayBoard { address: 248, ..board.clone() }, WrongSettings::Address(248)),
            (RelayBoard { coils: 0, ..board.clone() }, WrongSettings::Coils(0)),
            (RelayBoard { inputs: 33, ..board.clone() }, WrongSettings::Inputs(33)),
            (RelayBoard { baud: 9601, ..board }, WrongSettings::Baud(9601)),
        ];
        for (board, expected) in wrong {
            assert_eq!(board.check(), Err(expected));
        }
    }
}
