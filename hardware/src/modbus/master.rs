//! The host's side of a Modbus line: one request at a time, and no old answer taken for a new one.

use std::time::{Duration, Instant};

use super::{Function, Request, Response, ResponseParser};

/// An answer later than this does not come any more. A board answers within some milliseconds.
const LATE_MAX: Duration = Duration::from_millis(900);
/// The least silence between frames. A host cannot keep the 4 ms that 9600 baud asks for any more
/// exactly.
const GAP_MIN: Duration = Duration::from_millis(5);
/// Noise puts a request off by so much at most.
const NOISE_MAX: Duration = Duration::from_millis(100);

/// One board on one line. Time is an argument; bytes are carried by somebody else.
///
/// An answer does not say which request it belongs to. But a board answers in turn: so after a
/// missed answer the same function is not asked again until another function was answered, or the
/// answer cannot come any more.
#[derive(Debug)]
pub struct Master {
    address: u8,
    gap: Duration,
    parser: ResponseParser,
    in_flight: Option<InFlight>,
    last_byte: Option<Instant>,
    free_since: Option<Instant>,
    missed: Vec<(Function, Instant)>,
}

/// An answer, and when it was asked for at the earliest: what it tells was so at some moment since
/// then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the board answered.
    pub response: Response,
    /// When the request was sent; if an older answer could be taken for this one, when that was
    /// asked for.
    pub asked: Instant,
}

#[derive(Debug)]
struct InFlight {
    request: Request,
    sent: Instant,
    deadline: Instant,
}

impl Master {
    /// For the board at `address` on a line of this speed, 10 bits to a byte.
    #[must_use]
    pub fn new(address: u8, baud: u32) -> Self {
        // 3.5 characters of 11 bits (Modbus over Serial Line 1.02, section 2.5.1.1).
        let silence = Duration::from_micros(38_500_000 / u64::from(baud.max(1)));
        Self {
            address,
            gap: silence.max(GAP_MIN),
            parser: ResponseParser::new(address),
            in_flight: None,
            last_byte: None,
            free_since: None,
            missed: Vec::new(),
        }
    }

    /// The line was opened: nothing is in flight, and what came before is gone.
    pub fn reset(&mut self, now: Instant) {
        self.parser.clear();
        self.in_flight = None;
        self.missed.clear();
        self.last_byte = Some(now);
        self.free_since = Some(now);
    }

    /// Whether no answer is awaited.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.in_flight.is_none()
    }

    /// When the line has been silent for long enough to send; `None` is now.
    #[must_use]
    pub fn ready_at(&self) -> Option<Instant> {
        let silent = self.last_byte? + self.gap;
        Some(self.free_since.map_or(silent, |free| silent.min(free + NOISE_MAX)))
    }

    /// Whether every answer that could still come is known to belong to nothing old.
    pub fn is_in_step(&mut self, now: Instant) -> bool {
        self.missed.retain(|(_, sent)| now.saturating_duration_since(*sent) < LATE_MAX);
        self.missed.is_empty()
    }

    /// Whether an answer to this function could be an old one.
    pub fn is_doubtful(&mut self, function: Function, now: Instant) -> bool {
        !self.is_in_step(now) && self.missed.iter().any(|(missed, _)| *missed == function)
    }

    /// When the first doubt ends by itself.
    #[must_use]
    pub fn doubt_ends(&self) -> Option<Instant> {
        self.missed.iter().map(|(_, sent)| *sent + LATE_MAX).min()
    }

    /// The frame to be written now; its answer is awaited for so long. Too short a time is no
    /// danger: the late answer is not taken for another one.
    pub fn send(&mut self, request: Request, patience: Duration, now: Instant) -> Vec<u8> {
        self.parser.clear();
        let frame = request.encode(self.address);
        self.in_flight = Some(InFlight { request, sent: now, deadline: now + patience });
        frame
    }

    /// Takes bytes from the line; gives the answer to the request in flight when it is complete.
    /// Answers that do not fit the request are old ones and are dropped.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) -> Option<Answer> {
        self.last_byte = Some(now);
        self.parser.push(bytes);
        while let Some(response) = self.parser.next_response() {
            let fitting = self.in_flight.take_if(|in_flight| fits(&in_flight.request, &response));
            if let Some(InFlight { request, sent, .. }) = fitting {
                self.free_since = Some(now);
                return Some(Answer {
                    response,
                    asked: self.settle_doubt(request.function(), sent),
                });
            }
        }
        None
    }

    /// Gives up on the answer in flight if it is overdue; whether it was.
    pub fn handle_timeout(&mut self, now: Instant) -> bool {
        let overdue = self.deadline().is_some_and(|deadline| deadline <= now);
        if overdue && let Some(InFlight { request, sent, .. }) = self.in_flight.take() {
            self.missed.push((request.function(), sent));
            self.free_since = Some(now);
            // Half an answer must not swallow the beginning of the next one.
            self.parser.clear();
        }
        overdue
    }

    /// An answer to this function came. It ends all doubt, unless an older request of the same
    /// function may have been answered: then the newer answer may still come.
    fn settle_doubt(&mut self, function: Function, sent: Instant) -> Instant {
        let older = self
            .missed
            .iter()
            .filter(|(missed, _)| *missed == function)
            .map(|(_, sent)| *sent)
            .min();
        if older.is_some() {
            self.missed.push((function, sent));
        } else {
            self.missed.clear();
        }
        older.unwrap_or(sent)
    }

    /// When the answer in flight is overdue.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.in_flight.as_ref().map(|in_flight| in_flight.deadline)
    }
}

fn fits(request: &Request, response: &Response) -> bool {
    match (request, response) {
        (_, Response::Refused { function, .. }) => *function == request.function(),
        (Request::ReadCoils { count, .. }, Response::Coils(bits))
        | (Request::ReadDiscreteInputs { count, .. }, Response::DiscreteInputs(bits)) => {
            bits.answers(*count)
        }
        (Request::ReadHolding { count, .. }, Response::Holding(values)) => {
            values.len() == usize::from(*count)
        }
        (
            Request::WriteCoil { coil, value },
            Response::CoilWritten { coil: echoed, value: back },
        ) => (coil, value) == (echoed, back),
        (
            Request::WriteHolding { register, value },
            Response::HoldingWritten { register: echoed, value: back },
        ) => (register, value) == (echoed, back),
        (
            Request::WriteCoils { start, states },
            Response::CoilsWritten { start: echoed, count },
        ) => start == echoed && states.len() == usize::from(*count),
        (
            Request::WriteHoldings { start, values },
            Response::HoldingsWritten { start: echoed, count },
        ) => start == echoed && values.len() == usize::from(*count),
        (
            Request::ReadCoils { .. }
            | Request::ReadDiscreteInputs { .. }
            | Request::ReadHolding { .. }
            | Request::WriteCoil { .. }
            | Request::WriteHolding { .. }
            | Request::WriteCoils { .. }
            | Request::WriteHoldings { .. },
            _,
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(300);
    const COILS: Request = Request::ReadCoils { start: 0, count: 8 };
    const INPUTS: Request = Request::ReadDiscreteInputs { start: 0, count: 8 };
    const COILS_REPLY: [u8; 6] = [0x01, 0x01, 0x01, 0x00, 0x51, 0x88];
    const INPUTS_REPLY: [u8; 6] = [0x01, 0x02, 0x01, 0x00, 0xA1, 0x88];

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn an_old_answer_is_not_taken_for_a_new_one() {
        let start = Instant::now();
        let mut master = Master::new(1, 9600);
        master.send(INPUTS, PATIENCE, start);
        assert!(!master.handle_timeout(start + ms(299)));
        assert!(master.handle_timeout(start + ms(300)));
        assert!(master.is_doubtful(Function::ReadDiscreteInputs, start + ms(300)));
        assert!(!master.is_doubtful(Function::ReadCoils, start + ms(300)));

        master.send(COILS, PATIENCE, start + ms(305));
        assert_eq!(master.handle_bytes(&INPUTS_REPLY, start + ms(310)), None);
        assert!(master.handle_bytes(&COILS_REPLY, start + ms(320)).is_some());
        assert!(master.is_in_step(start + ms(320)));
    }

    #[test]
    fn an_answer_in_doubt_is_dated_by_the_oldest_question() {
        let start = Instant::now();
        let mut master = Master::new(1, 9600);
        let asked = |answer: Option<Answer>| answer.map(|answer| answer.asked - start);
        master.send(INPUTS, PATIENCE, start);
        master.handle_timeout(start + ms(300));
        master.send(INPUTS, PATIENCE, start + ms(305));
        assert_eq!(asked(master.handle_bytes(&INPUTS_REPLY, start + ms(320))), Some(ms(0)));
        // It may have been the first one's: the second one's may still come.
        master.send(INPUTS, PATIENCE, start + ms(330));
        assert_eq!(asked(master.handle_bytes(&INPUTS_REPLY, start + ms(340))), Some(ms(0)));
        assert!(!master.is_in_step(start + ms(1000)));
        master.send(COILS, PATIENCE, start + ms(1000));
        assert_eq!(asked(master.handle_bytes(&COILS_REPLY, start + ms(1020))), Some(ms(1000)));
        assert!(master.is_in_step(start + ms(1020)));
    }

    #[test]
    fn doubt_ends_when_the_answer_cannot_come_any_more() {
        let start = Instant::now();
        let mut master = Master::new(1, 9600);
        master.send(INPUTS, PATIENCE, start);
        master.handle_timeout(start + ms(300));
        assert_eq!(master.doubt_ends(), Some(start + ms(900)));
        assert!(!master.is_in_step(start + ms(899)));
        assert!(master.is_in_step(start + ms(900)));
    }

    #[test]
    fn frames_keep_their_distance_even_from_noise() {
        let start = Instant::now();
        let mut master = Master::new(1, 9600);
        assert_eq!(master.ready_at(), None);
        master.send(INPUTS, PATIENCE, start);
        master.handle_bytes(&INPUTS_REPLY, start + ms(20));
        assert_eq!(master.ready_at(), Some(start + ms(25)));
        master.handle_bytes(&[0xFF], start + ms(24));
        assert_eq!(master.ready_at(), Some(start + ms(29)));
        master.handle_bytes(&[0xFF], start + ms(500));
        assert_eq!(master.ready_at(), Some(start + ms(120)));
        let mut slow = Master::new(1, 4800);
        slow.reset(start);
        assert_eq!(slow.ready_at(), Some(start + Duration::from_micros(8020)));
    }

    #[test]
    fn an_answer_must_fit_its_request() {
        let mut master = Master::new(1, 9600);
        let now = Instant::now();
        master.send(Request::ReadCoils { start: 0, count: 16 }, PATIENCE, now);
        assert_eq!(master.handle_bytes(&COILS_REPLY, now), None);
        let flash = Request::WriteCoil { coil: 0x0200, value: 7 };
        let echo = master.send(flash, PATIENCE, now);
        let other = Request::WriteCoil { coil: 0x0200, value: 8 }.encode(1);
        assert_eq!(master.handle_bytes(&other, now), None);
        assert!(master.handle_bytes(&echo, now).is_some());
    }
}
