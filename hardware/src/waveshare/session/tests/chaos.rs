//! Thousands of vends on a line that loses, garbles, delays and unplugs: what is told must be true.

use std::{
    collections::VecDeque,
    ops::Range,
    time::{Duration, Instant},
};

use super::super::*;

const VENDS_PER_SEED: u64 = 150;
const PULSE: Duration = Duration::from_secs(1);
const WINDOW: Duration = Duration::from_millis(1500);
/// Longer than the sensor may go unread, so that no fall can hide in a gap.
const SHADE: Duration = Duration::from_millis(260);
/// Pulse, window, patience, and what may stand before the flash-on frame.
const OUTCOME_MAX: Duration = Duration::from_secs(10);

/// Of the vend that runs or ran last.
#[derive(Debug, Default)]
struct Truth {
    tag: u64,
    turns: u32,
    falls_at: Option<Instant>,
    outcome: Option<BoardEvent>,
}

/// The world beyond the session: a line, a board, a motor, an item.
struct World {
    session: RelayBoardSession,
    seed: u64,
    calm: u64,
    start: Instant,
    now: Instant,
    plugged: bool,
    plug_at: Option<Instant>,
    unplug_at: Option<Instant>,
    vend_at: Option<Instant>,
    on_until: Option<Instant>,
    fallen: Vec<Instant>,
    replies: VecDeque<(Instant, Vec<u8>)>,
    truth: Truth,
    outcomes: Vec<BoardEvent>,
}

#[test]
fn what_is_told_is_true_and_told_once() {
    let mut told = std::collections::BTreeMap::<String, u32>::new();
    for seed in 1..=12 {
        for event in World::new(seed).run() {
            let kind = match &event {
                BoardEvent::VendFailed { fault, .. } => format!("{fault:?}"),
                BoardEvent::VendUnknown { .. } => "unknown".into(),
                BoardEvent::VendSucceeded { .. } => "succeeded".into(),
                BoardEvent::Up { .. }
                | BoardEvent::Down { .. }
                | BoardEvent::DropSensor { .. }
                | BoardEvent::VendStarted { .. }
                | BoardEvent::Idle => unreachable!("{event:?} is no outcome"),
            };
            *told.entry(kind).or_default() += 1;
        }
    }
    // The chaos is worth something only if it reaches every end.
    for kind in
        ["succeeded", "unknown", "NoDrop", "NotStarted", "SensorBlocked", "Busy", "BoardDown"]
    {
        assert!(told.get(kind).is_some_and(|count| *count > 3), "{told:?}");
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let now = Instant::now();
        Self {
            session: RelayBoardSession::new(RelayBoard::new("/dev/vend-relay".into())),
            // Of so many frames 23 meet with an accident.
            calm: if seed.is_multiple_of(2) { 100 } else { 2000 },
            seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            start: now,
            now,
            plugged: false,
            plug_at: Some(now),
            unplug_at: None,
            vend_at: None,
            on_until: None,
            fallen: Vec::new(),
            replies: VecDeque::new(),
            truth: Truth::default(),
            outcomes: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<BoardEvent> {
        while self.truth.tag < VENDS_PER_SEED || self.truth.outcome.is_none() {
            self.step();
        }
        self.outcomes
    }

    /// The next thing that happens, whatever it is.
    fn step(&mut self) {
        let reply_at = self.replies.front().map(|(at, _)| *at);
        let dues =
            [self.session.next_timeout(), reply_at, self.plug_at, self.unplug_at, self.vend_at];
        let next = dues.into_iter().flatten().min().unwrap_or(self.now + OUTCOME_MAX);
        self.now = self.now.max(next);
        if self.replies.front().is_some_and(|(at, _)| *at <= self.now) {
            let (_, bytes) = self.replies.pop_front().unwrap_or((self.now, Vec::new()));
            self.session.handle_bytes(&bytes, self.now);
        } else if self.plug_at.take_if(|at| *at <= self.now).is_some() {
            self.plugged = true;
            self.unplug_at = Some(self.now + self.ms(500..120_000));
            self.session.handle_opened(self.now);
        } else if self.unplug_at.take_if(|at| *at <= self.now).is_some() {
            self.unplug();
        } else if self.vend_at.take_if(|at| *at <= self.now).is_some() {
            self.vend();
        } else {
            self.session.handle_timeout(self.now);
        }
        self.hear();
        self.check_outcome_in_time();
    }

    fn unplug(&mut self) {
        self.plugged = false;
        self.replies.clear();
        // The board lives on the same plug.
        self.cut_motor();
        self.plug_at = Some(self.now + self.ms(100..9000));
        self.session.handle_closed("unplugged", self.now);
    }

    fn vend(&mut self) {
        self.check_truth();
        let tag = self.truth.tag + 1;
        self.truth = Truth { tag, ..Truth::default() };
        let request = VendRequest {
            tag,
            coil: 2,
            drop_input: 1,
            pulse: PULSE,
            drop_window: WINDOW,
            not_after: self.now + Duration::from_secs(15),
        };
        self.session.command(BoardCommand::Vend(request), self.now);
        self.truth.falls_at = None;
    }

    fn hear(&mut self) {
        while let Some(frame) = self.session.poll_transmit() {
            self.transmit(&frame);
        }
        while let Some(event) = self.session.poll_event() {
            if let Some(tag) = event.outcome_of() {
                assert_eq!(tag, self.truth.tag, "{}", self.context());
                assert!(self.truth.outcome.is_none(), "two outcomes: {event:?} {}", self.context());
                self.truth.outcome = Some(event.clone());
                self.outcomes.push(event);
                self.vend_at = Some(self.now + self.ms(300..9000));
            } else if matches!(event, BoardEvent::Up { .. }) && self.truth.tag == 0 {
                self.vend_at = Some(self.now);
            }
        }
    }

    /// A frame on its way to the board, and the answer on its way back.
    fn transmit(&mut self, frame: &[u8]) {
        let luck = self.random(0..self.calm);
        if !self.plugged || luck < 6 {
            return;
        }
        let reply = if luck < 9 && frame.get(1) == Some(&0x05) {
            with_check(&[1, 0x85, 6])
        } else {
            self.obey(frame)
        };
        if luck < 14 {
            return;
        }
        let delay = if luck < 20 { self.ms(100..850) } else { self.ms(5..30) };
        // Answers come in the order of their requests.
        let earliest = self.replies.back().map_or(self.now, |(at, _)| *at);
        let mut bytes = reply;
        if luck < 23 {
            bytes.iter_mut().for_each(|byte| *byte ^= 0x04);
        }
        self.replies.push_back(((self.now + delay).max(earliest), bytes));
    }

    fn obey(&mut self, frame: &[u8]) -> Vec<u8> {
        match frame {
            [_, 0x01, ..] => with_check(&[1, 1, 1, u8::from(self.is_on()) << 2]),
            [_, 0x02, ..] => with_check(&[1, 2, 1, u8::from(self.is_shaded()) << 1]),
            [_, 0x03, ..] => with_check(&[1, 3, 2, 0, 200]),
            [_, 0x05, 0x02, ..] => {
                self.turn();
                frame.to_vec()
            }
            _ => {
                self.cut_motor();
                frame.to_vec()
            }
        }
    }

    fn turn(&mut self) {
        self.truth.turns += 1;
        assert_eq!(self.truth.turns, 1, "turned twice: {}", self.context());
        assert!(self.truth.outcome.is_none(), "turned after the outcome: {}", self.context());
        self.on_until = Some(self.now + PULSE);
        if self.random(0..10) < 7 {
            let at = self.now + self.ms(400..2200);
            self.truth.falls_at = Some(at);
            self.fallen.push(at);
        }
    }

    /// A motor that is cut off early drops nothing any more.
    fn cut_motor(&mut self) {
        if self.is_on() {
            let now = self.now;
            self.truth.falls_at.take_if(|at| *at > now);
            self.fallen.retain(|at| *at <= now);
        }
        self.on_until = None;
    }

    fn is_on(&self) -> bool {
        self.on_until.is_some_and(|until| self.now < until)
    }

    fn is_shaded(&self) -> bool {
        self.fallen.iter().any(|at| *at <= self.now && self.now < *at + SHADE)
    }

    /// After the last vend, when all that could fall has fallen.
    fn check_truth(&self) {
        let fell = self.truth.falls_at.is_some();
        let right = match &self.truth.outcome {
            Some(BoardEvent::VendSucceeded { .. }) => fell,
            Some(BoardEvent::VendFailed { fault: Fault::NoDrop, .. }) => !fell,
            Some(BoardEvent::VendFailed { .. }) => self.truth.turns == 0,
            _ => true,
        };
        assert!(right, "{}", self.context());
    }

    fn check_outcome_in_time(&self) {
        let asked = self.truth.tag > 0 && self.truth.outcome.is_none();
        let running = self.session.vend.is_some() || self.session.pending.is_some();
        assert!(!asked || running, "lost: {}", self.context());
        let late = self.session.vend.as_ref().is_some_and(|vend| {
            !vend.is_decided() && self.now > vend.give_up_at() + Duration::from_millis(1)
        });
        assert!(!late, "late: {}", self.context());
    }

    fn context(&self) -> String {
        format!("seed {:#x} after {:?}: {:?}", self.seed, self.now - self.start, self.truth)
    }

    fn ms(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.random(range))
    }

    /// xorshift64: the same world for the same seed.
    fn random(&mut self, range: Range<u64>) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        range.start + self.seed % (range.end - range.start)
    }
}

fn with_check(frame: &[u8]) -> Vec<u8> {
    let check = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS).checksum(frame).to_le_bytes();
    [frame, &check].concat()
}
