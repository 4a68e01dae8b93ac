//! The board's relays with the spirals and light beams wired to them. Pure: time is an argument.
//!
//! ```text
//!  coil n ──closes──► spiral n turns ──fall──► item drops ──► beam of input drop_inputs[n] shaded
//!     └── flash-on: opens by itself after T x 100 ms
//! ```

use std::time::{Duration, Instant};

use super::{
    frame::{Exception, Request},
    spiral::{Motion, Spiral},
};

/// Waveshare wiki, register map: this address means every relay.
const ALL_COILS: u16 = 0x00FF;
/// Waveshare wiki, function 05: flash-on of relay n at 0x0200+n, flash-off at 0x0400+n.
const FLASH_ON: u16 = 0x0200;
const FLASH_OFF: u16 = 0x0400;
/// Waveshare wiki, function 05: the greatest number of 100 ms units.
const FLASH_UNITS_MAX: u16 = 0x7FFF;
const FLASH_UNIT: Duration = Duration::from_millis(100);
const ON: u16 = 0xFF00;
const OFF: u16 = 0x0000;
const TOGGLE: u16 = 0x5500;
/// Waveshare wiki: device address and firmware version (hundredths) as holding registers.
const ADDRESS_REGISTER: u16 = 0x4000;
const VERSION_REGISTER: u16 = 0x8000;
const VERSION: u16 = 0x00C8;

/// Relays, spirals and beams.
#[derive(Debug, Clone)]
pub(super) struct Cabinet {
    address: u8,
    motion: Motion,
    coils: Vec<Coil>,
    inputs: Vec<Beam>,
}

impl Cabinet {
    /// All relays open, all spirals at the start of a turn, all beams clear. Coil n drops into
    /// the beam of input `drop_inputs[n]`.
    pub(super) fn new(
        address: u8,
        motion: Motion,
        drop_inputs: &[u16],
        stock: Option<u32>,
    ) -> Self {
        let coil = |drop_input: &u16| Coil {
            drop_input: *drop_input,
            spiral: Spiral::holding(stock),
            ..Coil::default()
        };
        Self {
            address,
            motion,
            coils: drop_inputs.iter().map(coil).collect(),
            inputs: vec![Beam::default(); drop_inputs.len()],
        }
    }

    pub(super) const fn address(&self) -> u8 {
        self.address
    }

    /// Which relays are closed.
    pub(super) fn coils(&self) -> Vec<bool> {
        self.coils.iter().map(|coil| coil.on).collect()
    }

    /// Which inputs are active (their beam interrupted).
    pub(super) fn inputs(&self) -> Vec<bool> {
        self.inputs.iter().map(Beam::is_interrupted).collect()
    }

    pub(super) fn spiral_mut(&mut self, coil: u16) -> Option<&mut Spiral> {
        Some(&mut self.coils.get_mut(usize::from(coil))?.spiral)
    }

    pub(super) fn is_jammed(&self, coil: u16) -> bool {
        self.coils.get(usize::from(coil)).is_some_and(|coil| coil.spiral.jammed)
    }

    /// Puts something into a beam for good, or takes it away.
    pub(super) fn hold(&mut self, input: u16, held: bool) {
        if let Some(beam) = self.inputs.get_mut(usize::from(input)) {
            beam.held = held;
        }
    }

    /// Lets the time pass until `now`: what happened, in order, each at its own time.
    pub(super) fn advance(&mut self, now: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at <= now) {
            match due {
                Due::Flip(coil) => {
                    let on = self.coils.get(usize::from(coil)).is_some_and(|it| it.on);
                    self.switch(coil, !on, None, at, &mut changes);
                }
                Due::Edge(coil) => self.reach_edge(coil, at, &mut changes),
                Due::Clear(input) => self.clear(input, at, &mut changes),
            }
        }
        changes
    }

    /// When something will happen by itself.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.next_due().map(|(at, _)| at)
    }

    /// Does what a write asks.
    pub(super) fn write(
        &mut self,
        request: &Request,
        now: Instant,
    ) -> Result<Vec<Change>, Exception> {
        let mut changes = Vec::new();
        match request {
            Request::WriteSingleCoil { address, value } => {
                self.write_coil(*address, *value, now, &mut changes)?;
            }
            Request::WriteMultipleCoils { first, states } => {
                let last = usize::from(*first) + states.len();
                if states.is_empty() || last > self.coils.len() {
                    return Err(Exception::IllegalDataAddress);
                }
                for (coil, on) in (*first..).zip(states) {
                    self.switch(coil, *on, None, now, &mut changes);
                }
            }
            // Control modes of the inputs, address and baud rate: nothing in this world changes.
            Request::WriteSingleRegister { .. } => {}
            Request::ReadCoils { .. }
            | Request::ReadDiscreteInputs { .. }
            | Request::ReadHoldingRegisters { .. }
            | Request::Unknown => return Err(Exception::IllegalFunction),
        }
        Ok(changes)
    }

    /// A holding register.
    pub(super) fn register(&self, address: u16) -> Result<u16, Exception> {
        match address {
            ADDRESS_REGISTER => Ok(u16::from(self.address)),
            VERSION_REGISTER => Ok(VERSION),
            _ => Err(Exception::IllegalDataAddress),
        }
    }

    fn write_coil(
        &mut self,
        address: u16,
        value: u16,
        now: Instant,
        changes: &mut Vec<Change>,
    ) -> Result<(), Exception> {
        let count = self.count();
        let flash = |first: u16| (first..first + count).contains(&address);
        if flash(FLASH_ON) || flash(FLASH_OFF) {
            if !(1..=FLASH_UNITS_MAX).contains(&value) {
                return Err(Exception::IllegalDataValue);
            }
            let on = flash(FLASH_ON);
            let coil = address - if on { FLASH_ON } else { FLASH_OFF };
            let back_at = now + FLASH_UNIT * u32::from(value);
            self.switch(coil, on, Some(back_at), now, changes);
            return Ok(());
        }
        let coils = match address {
            ALL_COILS => 0..count,
            coil if coil < count => coil..coil + 1,
            _ => return Err(Exception::IllegalDataAddress),
        };
        for coil in coils {
            let on = match value {
                ON => true,
                OFF => false,
                TOGGLE => !self.coils.get(usize::from(coil)).is_some_and(|it| it.on),
                _ => return Err(Exception::IllegalDataValue),
            };
            self.switch(coil, on, None, now, changes);
        }
        Ok(())
    }

    fn switch(
        &mut self,
        number: u16,
        on: bool,
        flips_at: Option<Instant>,
        at: Instant,
        changes: &mut Vec<Change>,
    ) {
        let motion = self.motion;
        let Some(coil) = self.coils.get_mut(usize::from(number)) else {
            return;
        };
        coil.flips_at = flips_at;
        if coil.on == on {
            return;
        }
        coil.on = on;
        if on {
            coil.spiral.start(at);
            changes.push(Change::On(number, at));
        } else {
            coil.spiral.stop(at, &motion);
            changes.push(Change::Off(number, at));
        }
    }

    fn reach_edge(&mut self, number: u16, at: Instant, changes: &mut Vec<Change>) {
        let motion = self.motion;
        let Some(coil) = self.coils.get_mut(usize::from(number)) else {
            return;
        };
        if !coil.spiral.reach_edge(at, &motion) {
            return;
        }
        changes.push(Change::Dropped(number, at));
        let input = coil.drop_input;
        if let Some(beam) = self.inputs.get_mut(usize::from(input)) {
            if !beam.is_interrupted() {
                changes.push(Change::Beam(input, true, at));
            }
            beam.shaded_until = Some(at + motion.shade);
        }
    }

    fn clear(&mut self, input: u16, at: Instant, changes: &mut Vec<Change>) {
        if let Some(beam) = self.inputs.get_mut(usize::from(input)) {
            beam.shaded_until = None;
            if !beam.held {
                changes.push(Change::Beam(input, false, at));
            }
        }
    }

    fn next_due(&self) -> Option<(Instant, Due)> {
        let flips =
            (0..).zip(&self.coils).filter_map(|(n, coil)| Some((coil.flips_at?, Due::Flip(n))));
        let edges = (0..)
            .zip(&self.coils)
            .filter_map(|(n, coil)| Some((coil.spiral.next_fall(&self.motion)?, Due::Edge(n))));
        let clears = (0..)
            .zip(&self.inputs)
            .filter_map(|(n, beam)| Some((beam.shaded_until?, Due::Clear(n))));
        flips.chain(edges).chain(clears).min_by_key(|(at, _)| *at)
    }

    /// A board has 8, 16 or 32 coils.
    fn count(&self) -> u16 {
        u16::try_from(self.coils.len()).unwrap_or(u16::MAX)
    }
}

/// What changed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    On(u16, Instant),
    Off(u16, Instant),
    Dropped(u16, Instant),
    /// Input, interrupted.
    Beam(u16, bool, Instant),
}

#[derive(Debug, Clone, Default)]
struct Coil {
    on: bool,
    flips_at: Option<Instant>,
    spiral: Spiral,
    drop_input: u16,
}

#[derive(Debug, Clone, Default)]
struct Beam {
    /// Something lies in it.
    held: bool,
    shaded_until: Option<Instant>,
}

impl Beam {
    const fn is_interrupted(&self) -> bool {
        self.held || self.shaded_until.is_some()
    }
}

#[derive(Debug, Clone, Copy)]
enum Due {
    Flip(u16),
    Edge(u16),
    Clear(u16),
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn cabinet() -> Cabinet {
        Cabinet::new(1, Motion::default(), &[0; 8], None)
    }

    fn write(address: u16, value: u16) -> Request {
        Request::WriteSingleCoil { address, value }
    }

    #[test]
    fn a_flash_on_turns_once_drops_once_and_opens_by_itself() {
        let mut cabinet = cabinet();
        let start = Instant::now();
        let changes = cabinet.write(&write(0x0202, 25), start);
        assert_eq!(changes, Ok(vec![Change::On(2, start)]));
        assert_eq!(
            cabinet.advance(start + 10_000 * MS),
            [
                Change::Dropped(2, start + 400 * MS),
                Change::Beam(0, true, start + 400 * MS),
                Change::Beam(0, false, start + 550 * MS),
                Change::Off(2, start + 2500 * MS),
            ]
        );
        assert_eq!(cabinet.next_timeout(), None);
    }

    #[test]
    fn all_off_stops_a_motor_before_the_item_falls() {
        let mut cabinet = cabinet();
        let start = Instant::now();
        assert!(cabinet.write(&write(0x0200, 25), start).is_ok());
        let stop = start + 200 * MS;
        assert_eq!(cabinet.write(&write(0x00FF, OFF), stop), Ok(vec![Change::Off(0, stop)]));
        assert_eq!(cabinet.advance(start + 10_000 * MS), []);
    }

    #[test]
    fn what_the_map_does_not_have_is_refused() {
        let mut cabinet = cabinet();
        let now = Instant::now();
        #[rustfmt::skip]
        let table = [
            (write(0x0008, ON),     Exception::IllegalDataAddress),
            (write(0x0208, 5),      Exception::IllegalDataAddress),
            (write(0x0000, 0x1234), Exception::IllegalDataValue),
            (write(0x0200, 0),      Exception::IllegalDataValue),
            (write(0x0200, 0x8000), Exception::IllegalDataValue),
            (Request::WriteMultipleCoils { first: 7, states: vec![true; 2] }, Exception::IllegalDataAddress),
            (Request::Unknown,      Exception::IllegalFunction),
        ];
        for (request, exception) in table {
            assert_eq!(cabinet.write(&request, now), Err(exception), "{request:?}");
        }
        assert_eq!(cabinet.coils(), [false; 8]);
    }
}
