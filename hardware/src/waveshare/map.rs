//! What the coils and registers mean (Waveshare wiki, "Modbus RTU Relay", development protocol).

use std::time::Duration;

use crate::modbus::Request;

/// Function 05 at this address is about all coils.
const ALL_COILS: u16 = 0x00FF;
/// Function 05 at 0x0200 + n: coil n closes and opens again by itself after value x 100 ms.
const FLASH_ON: u16 = 0x0200;
/// The longest flash.
const FLASH_MAX: u16 = 0x7FFF;
/// The unit of a flash.
const FLASH_UNIT: Duration = Duration::from_millis(100);
/// Holding register: what input n does to coil n; 0 is nothing.
const INPUT_MODE: u16 = 0x1000;
/// Holding register: the board's address.
const ADDRESS: u16 = 0x4000;
/// Holding register: the firmware's version times 100.
const VERSION: u16 = 0x8000;

/// How long a motor turns, in the board's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pulse(u16);

impl Pulse {
    /// Rounded up to whole units; `None` if the board cannot do it.
    pub(super) fn new(duration: Duration) -> Option<Self> {
        let units = duration.as_micros().div_ceil(FLASH_UNIT.as_micros());
        let units = u16::try_from(units).ok()?;
        (1..=FLASH_MAX).contains(&units).then_some(Self(units))
    }

    pub(super) fn duration(self) -> Duration {
        FLASH_UNIT * u32::from(self.0)
    }
}

/// The coil closes for one pulse, which the board times: it ends even if the host dies.
pub(super) const fn flash_on(coil: u16, pulse: Pulse) -> Request {
    Request::WriteCoil { coil: FLASH_ON + coil, value: pulse.0 }
}

pub(super) const fn all_off() -> Request {
    Request::WriteCoil { coil: ALL_COILS, value: 0 }
}

pub(super) const fn read_coils(count: u16) -> Request {
    Request::ReadCoils { start: 0, count }
}

pub(super) const fn read_inputs(count: u16) -> Request {
    Request::ReadDiscreteInputs { start: 0, count }
}

pub(super) fn unlink_inputs(count: u16) -> Request {
    Request::WriteHoldings { start: INPUT_MODE, values: vec![0; usize::from(count)] }
}

pub(super) const fn read_address() -> Request {
    Request::ReadHolding { start: ADDRESS, count: 1 }
}

pub(super) const fn read_version() -> Request {
    Request::ReadHolding { start: VERSION, count: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modbus::hex;

    #[test]
    fn a_pulse_is_whole_units_that_the_board_can_count() {
        let pulse =
            |ms| Pulse::new(Duration::from_millis(ms)).map(|pulse| pulse.duration().as_millis());
        assert_eq!(pulse(2500), Some(2500));
        assert_eq!(pulse(2501), Some(2600));
        assert_eq!(pulse(1), Some(100));
        assert_eq!(pulse(3_276_700), Some(3_276_700));
        assert_eq!(pulse(0), None);
        assert_eq!(pulse(3_276_701), None);
    }

    #[test]
    fn the_frames_are_those_of_the_manual() -> Result<(), &'static str> {
        let pulse = Pulse::new(Duration::from_millis(2500)).ok_or("pulse")?;
        assert_eq!(hex(&flash_on(2, pulse).encode(1)), "01 05 02 02 00 19 AC 78");
        assert_eq!(hex(&all_off().encode(1)), "01 05 00 FF 00 00 FD FA");
        assert_eq!(hex(&read_coils(8).encode(1)), "01 01 00 00 00 08 3D CC");
        assert_eq!(hex(&read_inputs(8).encode(1)), "01 02 00 00 00 08 79 CC");
        assert_eq!(hex(&read_address().encode(1)), "01 03 40 00 00 01 91 CA");
        assert_eq!(hex(&read_version().encode(1)), "01 03 80 00 00 01 AD CA");
        let all_normal =
            "01 10 10 00 00 08 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0B 5C";
        assert_eq!(hex(&unlink_inputs(8).encode(1)), all_normal);
        Ok(())
    }
}
