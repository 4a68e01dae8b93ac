//! Finds the fingers that come down in a stream of evdev events.

use evdev::{AbsoluteAxisCode, EventSummary, InputEvent, KeyCode, SynchronizationCode};

use super::{Axis, Calibration, Touched};

/// Fingers that are told apart; a palm and the fingers of both hands.
const SLOTS_MAX: usize = 16;

/// Which events speak of contacts (kernel documentation, input/multi-touch-protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// `BTN_TOUCH` with `ABS_X` and `ABS_Y`.
    Single,
    /// Protocol B: `ABS_MT_SLOT`, `ABS_MT_TRACKING_ID`, `ABS_MT_POSITION_X` and `_Y`.
    Multi,
}

/// Remembers where each finger is, because the kernel tells only what changed.
#[derive(Debug)]
pub struct Decoder {
    contact: Contact,
    axes: (Axis, Axis),
    calibration: Calibration,
    slots: [Slot; SLOTS_MAX],
    current: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    position: (i32, i32),
    came_down: bool,
}

impl Decoder {
    /// For a screen whose axes have these ranges and whose last known position is `position`.
    #[must_use]
    pub const fn new(
        contact: Contact,
        axes: (Axis, Axis),
        calibration: Calibration,
        position: (i32, i32),
    ) -> Self {
        let slot = Slot { position, came_down: false };
        Self { contact, axes, calibration, slots: [slot; SLOTS_MAX], current: 0 }
    }

    /// Takes one event; gives the finger that came down in the report that it ends. Of several
    /// fingers in one report the one in the lowest slot counts: nobody presses two buttons at once
    /// on purpose.
    pub fn feed(&mut self, event: InputEvent) -> Option<Touched> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "evdev has many kinds of events, three speak of touches"
        )]
        match event.destructure() {
            EventSummary::AbsoluteAxis(_, axis, value) => self.moved(axis, value),
            EventSummary::Key(_, KeyCode::BTN_TOUCH, value) if self.contact == Contact::Single => {
                self.contact(value == 1);
            }
            EventSummary::Synchronization(_, SynchronizationCode::SYN_REPORT, _) => {
                return self.report();
            }
            _ => {}
        }
        None
    }

    fn moved(&mut self, axis: AbsoluteAxisCode, value: i32) {
        match (self.contact, axis) {
            (Contact::Single, AbsoluteAxisCode::ABS_X)
            | (Contact::Multi, AbsoluteAxisCode::ABS_MT_POSITION_X) => {
                self.slot(|slot| slot.position.0 = value);
            }
            (Contact::Single, AbsoluteAxisCode::ABS_Y)
            | (Contact::Multi, AbsoluteAxisCode::ABS_MT_POSITION_Y) => {
                self.slot(|slot| slot.position.1 = value);
            }
            (Contact::Multi, AbsoluteAxisCode::ABS_MT_SLOT) => {
                // A slot beyond those we know is remembered as none.
                self.current = usize::try_from(value).unwrap_or(SLOTS_MAX);
            }
            // -1: the finger was lifted.
            (Contact::Multi, AbsoluteAxisCode::ABS_MT_TRACKING_ID) => self.contact(value >= 0),
            (Contact::Single | Contact::Multi, _) => {}
        }
    }

    fn contact(&mut self, down: bool) {
        self.slot(|slot| slot.came_down = down);
    }

    fn slot(&mut self, change: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.slots.get_mut(self.current) {
            change(slot);
        }
    }

    fn report(&mut self) -> Option<Touched> {
        let first = self.slots.iter().find(|slot| slot.came_down).map(|slot| slot.position);
        for slot in &mut self.slots {
            slot.came_down = false;
        }
        first.map(|position| self.calibration.pixel(self.axes, position))
    }
}

#[cfg(test)]
mod tests {
    use evdev::EventType;

    use super::*;
    use crate::panel::Rotation;

    /// Feeds events written as words; gives the touches as text.
    fn check(contact: Contact, script: &str, expected: &str) {
        let axis = Axis { min: 0, max: 99 };
        let calibration = Calibration {
            size: (100, 100),
            rotation: Rotation::None,
            swap: false,
            invert_x: false,
            invert_y: false,
        };
        let mut decoder = Decoder::new(contact, (axis, axis), calibration, (50, 60));
        let touches: Vec<String> = script
            .split_whitespace()
            .filter_map(|word| decoder.feed(event(word)))
            .map(|Touched { x, y }| format!("{x},{y}"))
            .collect();
        assert_eq!(touches.join(" "), expected, "{contact:?}: {script}");
    }

    fn event(word: &str) -> InputEvent {
        let (name, value) = word.split_once('=').unwrap_or((word, "0"));
        let value = value.parse().unwrap_or_default();
        let absolute =
            |code: AbsoluteAxisCode| InputEvent::new(EventType::ABSOLUTE.0, code.0, value);
        match name {
            "x" => absolute(AbsoluteAxisCode::ABS_X),
            "y" => absolute(AbsoluteAxisCode::ABS_Y),
            "mx" => absolute(AbsoluteAxisCode::ABS_MT_POSITION_X),
            "my" => absolute(AbsoluteAxisCode::ABS_MT_POSITION_Y),
            "slot" => absolute(AbsoluteAxisCode::ABS_MT_SLOT),
            "id" => absolute(AbsoluteAxisCode::ABS_MT_TRACKING_ID),
            "btn" => InputEvent::new(EventType::KEY.0, KeyCode::BTN_TOUCH.0, value),
            _ => {
                InputEvent::new(EventType::SYNCHRONIZATION.0, SynchronizationCode::SYN_REPORT.0, 0)
            }
        }
    }

    #[test]
    fn single_touch() {
        use Contact::Single;
        check(Single, "x=10 y=20 btn=1 syn", "10,20");
        check(Single, "btn=1 x=10 y=20 syn", "10,20");
        check(Single, "btn=1 syn", "50,60");
        check(Single, "x=10 y=20 btn=1", "");
        check(Single, "x=1 y=2 btn=1 syn x=3 syn y=4 syn btn=0 syn", "1,2");
        check(Single, "x=1 y=2 btn=1 syn btn=0 syn btn=1 y=9 syn", "1,2 1,9");
        check(Single, "btn=1 syn btn=2 syn btn=2 syn", "50,60");
        check(Single, "x=1 y=1 syn", "");
    }

    #[test]
    fn multi_touch_with_its_single_touch_shadow() {
        use Contact::Multi;
        check(Multi, "slot=0 id=7 mx=10 my=20 x=10 y=20 btn=1 syn", "10,20");
        check(Multi, "id=7 mx=1 my=2 syn mx=3 syn id=-1 syn", "1,2");
        check(Multi, "id=7 mx=1 my=2 syn slot=1 id=8 mx=3 my=4 syn", "1,2 3,4");
        check(Multi, "slot=1 id=8 mx=3 my=4 slot=0 id=7 mx=1 my=2 syn", "1,2");
        check(Multi, "id=7 mx=1 my=2 syn id=-1 syn id=8 mx=5 syn", "1,2 5,2");
        check(Multi, "slot=99 id=7 mx=1 my=2 syn slot=-1 id=8 syn slot=0 id=9 syn", "50,60");
    }
}
