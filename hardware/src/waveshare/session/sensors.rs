//! What the drop sensors said last, and what of it was told.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{board::BoardEvent, modbus::Bits};

/// A sensor read longer ago says nothing about now.
const FRESH: Duration = Duration::from_secs(1);

/// The board's discrete inputs.
#[derive(Debug, Default)]
pub(super) struct Sensors {
    read: Option<(Bits, Instant)>,
    told: Option<Bits>,
}

impl Sensors {
    /// The inputs were read; asked for then.
    pub(super) fn note(&mut self, bits: &Bits, asked: Instant) {
        self.read = Some((bits.clone(), asked));
    }

    /// What was read says nothing about now.
    pub(super) fn forget(&mut self) {
        self.read = None;
    }

    /// Whether this sensor is blocked now; `None` if it was not read lately.
    pub(super) fn is_blocked(&self, input: u16, now: Instant) -> Option<bool> {
        let (bits, asked) = self.read.as_ref()?;
        let fresh = now.saturating_duration_since(*asked) < FRESH;
        bits.get(input).filter(|_| fresh)
    }

    /// Tells what changed since it was told last.
    pub(super) fn tell(&mut self, inputs: u16, events: &mut VecDeque<BoardEvent>) {
        let Some((bits, _)) = &self.read else { return };
        for input in 0..inputs {
            let told = self.told.as_ref().and_then(|told| told.get(input));
            if let Some(blocked) = bits.get(input).filter(|blocked| told != Some(*blocked)) {
                events.push_back(BoardEvent::DropSensor { input, blocked });
            }
        }
        self.told = Some(bits.clone());
    }
}
