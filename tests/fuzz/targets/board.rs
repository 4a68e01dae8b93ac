//! The serial line: frames of a board, and a whole conversation with one that says what it likes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hardware::board::{BoardCommand, BoardEvent, VendRequest};
use hardware::modbus::{FRAME_MAX, ResponseParser};
use hardware::waveshare::{RelayBoard, RelayBoardSession};

/// The shortest answer: address, function, code, check.
const ANSWER_MIN: usize = 5;
/// A session that is due again and again without an end never waits.
const TIMEOUTS_MAX: usize = 100;
/// So many steps in all; a script needs no more.
const STEPS_MAX: usize = 4_000;

/// However the line cuts it up, what is found are no more frames than fit in.
pub(crate) fn line(data: &[u8]) -> bool {
    let (mut whole, mut pieces) = (ResponseParser::new(1), ResponseParser::new(1));
    let mut found = 0;
    for piece in data.chunks(FRAME_MAX) {
        whole.push(piece);
        found += std::iter::from_fn(|| whole.next_response()).count();
    }
    let mut found_in_pieces = 0;
    for byte in data {
        pieces.push(&[*byte]);
        found_in_pieces += std::iter::from_fn(|| pieces.next_response()).count();
    }
    let most = data.len() / ANSWER_MIN;
    assert!(found <= most && found_in_pieces <= most, "more answers than bytes");
    found > 0
}

/// A script of what happens on the line: an outcome is told once for each vend, and no motor is
/// started twice for one, nor after its outcome.
///
/// Each step is a byte: 0 open, 1 close, 2 time, 3 vend, 4 the frame did not leave, 5 bytes follow,
/// 6 the board answers, 7 recall. 2, 5 and 6 take another byte: 10 ms each, how many, the state of
/// all inputs and coils. It was taken when an item fell.
pub(crate) fn session(data: &[u8]) -> bool {
    let mut world = World::new();
    let mut bytes = data.iter().copied();
    for _ in 0..STEPS_MAX {
        let Some(step) = bytes.next() else { break };
        match step % 8 {
            0 => world.session.handle_opened(world.now),
            1 => world.session.handle_closed("unplugged", world.now),
            2 => world.pass(Duration::from_millis(10) * bytes.next().unwrap_or(1).into()),
            3 => world.vend(),
            4 => world.session.handle_not_sent(world.now),
            5 => {
                let count = bytes.next().unwrap_or(0);
                let said: Vec<u8> = bytes.by_ref().take(count.into()).collect();
                world.session.handle_bytes(&said, world.now);
            }
            6 => world.answer(bytes.next().unwrap_or(0)),
            _ => world.session.command(BoardCommand::Recall { tag: world.tag }, world.now),
        }
        world.hear(step % 8 == 7);
    }
    world.fell
}

struct World {
    session: RelayBoardSession,
    now: Instant,
    /// The latest vend.
    tag: u64,
    /// The frame that was written last, until it is answered.
    frame: Vec<u8>,
    /// How often a motor was started for the latest vends.
    starts: usize,
    outcomes: BTreeMap<u64, usize>,
    fell: bool,
}

impl World {
    fn new() -> Self {
        Self {
            session: RelayBoardSession::new(RelayBoard::new("/dev/vend-relay".into())),
            now: Instant::now(),
            tag: 0,
            frame: Vec::new(),
            starts: 0,
            outcomes: BTreeMap::new(),
            fell: false,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for _ in 0..TIMEOUTS_MAX {
            if self.session.next_timeout().is_none_or(|due| due > self.now) {
                return;
            }
            self.session.handle_timeout(self.now);
            self.hear(false);
        }
        panic!("it is due for ever");
    }

    fn vend(&mut self) {
        self.tag += 1;
        let request = VendRequest {
            tag: self.tag,
            coil: 2,
            drop_input: 1,
            pulse: Duration::from_secs(1),
            drop_window: Duration::from_millis(1500),
            not_after: self.now + Duration::from_secs(15),
        };
        self.session.command(BoardCommand::Vend(request), self.now);
    }

    /// The answer of a board in its right mind to the last frame, once.
    fn answer(&mut self, bits: u8) {
        let frame = std::mem::take(&mut self.frame);
        let Some(function) = frame.get(1) else { return };
        let data = match function {
            1 | 2 => vec![1, *function, 1, bits],
            3 => vec![1, 3, 2, 0, 200],
            _ => frame.get(..6).unwrap_or_default().to_vec(),
        };
        let check = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS).checksum(&data).to_le_bytes();
        self.session.handle_bytes(&[data, check.to_vec()].concat(), self.now);
    }

    fn hear(&mut self, recalled: bool) {
        while let Some(frame) = self.session.poll_transmit() {
            // 05 with 02 in the value: a motor runs for a time (Waveshare, "flash on").
            if frame.get(1..3) == Some(&[5, 2]) {
                self.starts += 1;
                let vends = usize::try_from(self.tag).unwrap_or(usize::MAX);
                assert!(self.starts <= vends, "more turns than vends");
                assert!(self.outcomes.len() < vends, "it turned for nobody: all vends have ended");
            }
            self.frame = frame;
        }
        while let Some(event) = self.session.poll_event() {
            let Some(tag) = event.outcome_of() else { continue };
            if recalled {
                continue; // A recall repeats what was told.
            }
            let times = self.outcomes.entry(tag).or_default();
            *times += 1;
            assert!(*times == 1, "vend {tag} ended {times} times: {event:?}");
            self.fell |= matches!(event, BoardEvent::VendSucceeded { .. });
        }
    }
}
