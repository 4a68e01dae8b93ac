//! Responses from a board, found in whatever the line delivers.

use super::{Exception, FRAME_MAX, Function, check};

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// 01
    Coils(Bits),
    /// 02
    DiscreteInputs(Bits),
    /// 03
    Holding(Vec<u16>),
    /// 05: the echo of the request.
    CoilWritten {
        /// The coil.
        coil: u16,
        /// The raw value.
        value: u16,
    },
    /// 06: the echo of the request.
    HoldingWritten {
        /// The register.
        register: u16,
        /// The raw value.
        value: u16,
    },
    /// 0F
    CoilsWritten {
        /// The first coil.
        start: u16,
        /// How many.
        count: u16,
    },
    /// 10
    HoldingsWritten {
        /// The first register.
        start: u16,
        /// How many.
        count: u16,
    },
    /// The board refused.
    Refused {
        /// What was asked.
        function: Function,
        /// Why not.
        exception: Exception,
    },
}

impl Response {
    /// The function of the request that this answers.
    #[must_use]
    pub const fn function(&self) -> Function {
        match self {
            Self::Coils(_) => Function::ReadCoils,
            Self::DiscreteInputs(_) => Function::ReadDiscreteInputs,
            Self::Holding(_) => Function::ReadHolding,
            Self::CoilWritten { .. } => Function::WriteCoil,
            Self::HoldingWritten { .. } => Function::WriteHolding,
            Self::CoilsWritten { .. } => Function::WriteCoils,
            Self::HoldingsWritten { .. } => Function::WriteHoldings,
            Self::Refused { function, .. } => *function,
        }
    }

    /// Of a frame whose length and check are right; `None` if its data make no sense.
    fn decode(function: Function, refused: bool, data: &[u8]) -> Option<Self> {
        if refused {
            let [code] = data else { return None };
            return Some(Self::Refused { function, exception: Exception::from(*code) });
        }
        Some(match function {
            Function::ReadCoils => Self::Coils(Bits::new(data.get(1..)?)),
            Function::ReadDiscreteInputs => Self::DiscreteInputs(Bits::new(data.get(1..)?)),
            Function::ReadHolding => Self::Holding(words(data.get(1..)?)?),
            Function::WriteCoil => two(data, |coil, value| Self::CoilWritten { coil, value })?,
            Function::WriteHolding => {
                two(data, |register, value| Self::HoldingWritten { register, value })?
            }
            Function::WriteCoils => two(data, |start, count| Self::CoilsWritten { start, count })?,
            Function::WriteHoldings => {
                two(data, |start, count| Self::HoldingsWritten { start, count })?
            }
        })
    }
}

/// The states of coils or discrete inputs, eight to a byte, the first in bit 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits(Vec<u8>);

impl Bits {
    fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The state of one; `None` if the board did not send so many.
    #[must_use]
    pub fn get(&self, index: u16) -> Option<bool> {
        let byte = self.0.get(usize::from(index / 8))?;
        Some(byte >> (index % 8) & 1 == 1)
    }

    /// Whether this is what a board sends that was asked for `count`.
    #[must_use]
    pub fn answers(&self, count: u16) -> bool {
        self.0.len() == usize::from(count.div_ceil(8))
    }
}

/// Finds the responses of one board in a stream of bytes.
///
/// Frames are told by length (a host cannot measure the silences between them): their function code
/// gives it. Anything else is stepped over byte by byte: garbage, wrong checks, frames of other
/// boards.
#[derive(Debug)]
pub struct ResponseParser {
    address: u8,
    buffer: Vec<u8>,
}

impl ResponseParser {
    /// For the board at `address`.
    #[must_use]
    pub const fn new(address: u8) -> Self {
        Self { address, buffer: Vec::new() }
    }

    /// Takes what the line delivered. Of more than `FRAME_MAX` unread bytes the oldest are
    /// forgotten.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        let excess = self.buffer.len().saturating_sub(FRAME_MAX);
        self.buffer.drain(..excess);
    }

    /// Forgets what has not made a frame yet.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// The next response, or `None` until more bytes have come.
    ///
    /// A start that waits for more bytes may be garbage: whole frames behind it are found all the
    /// same.
    pub fn next_response(&mut self) -> Option<Response> {
        let mut start = 0;
        while let Some(rest) = self.buffer.get(start..).filter(|rest| !rest.is_empty()) {
            let Some(Found { length, address, response }) = whole_frame(rest) else {
                start += 1;
                continue;
            };
            let ours = if address == self.address { response } else { None };
            self.buffer.drain(..start + length);
            if ours.is_some() {
                return ours;
            }
            start = 0;
        }
        None
    }
}

struct Found {
    length: usize,
    address: u8,
    response: Option<Response>,
}

/// A frame that begins right here, is complete, and whose check is right.
fn whole_frame(bytes: &[u8]) -> Option<Found> {
    let (address, code) = (*bytes.first()?, *bytes.get(1)?);
    let function = Function::from_code(code & !REFUSED)?;
    let refused = code & REFUSED != 0;
    let length = if refused { 5 } else { length(function, bytes)? };
    let (body, tail) = bytes.get(..length)?.split_at(length - 2);
    if check(body) != tail {
        return None;
    }
    let response = Response::decode(function, refused, body.get(2..)?);
    Some(Found { length, address, response })
}

/// Set in the function code of an exception response.
const REFUSED: u8 = 0x80;

/// The length of a normal response, check included.
fn length(function: Function, bytes: &[u8]) -> Option<usize> {
    match function {
        Function::ReadCoils | Function::ReadDiscreteInputs | Function::ReadHolding => {
            Some(3 + usize::from(*bytes.get(2)?) + 2)
        }
        Function::WriteCoil
        | Function::WriteHolding
        | Function::WriteCoils
        | Function::WriteHoldings => Some(8),
    }
}

fn words(data: &[u8]) -> Option<Vec<u16>> {
    let (pairs, rest) = data.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
}

fn two(data: &[u8], make: impl Fn(u16, u16) -> Response) -> Option<Response> {
    match words(data)?.as_slice() {
        [first, second] => Some(make(*first, *second)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.split_whitespace().filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
    }

    /// The board's address, its frame, and what it means.
    #[rustfmt::skip]
    fn every_known_response() -> Vec<(u8, Vec<u8>, Response)> {
        use Function::{ReadCoils, ReadDiscreteInputs, WriteCoil, WriteCoils};
        let refused = |function, exception| Response::Refused { function, exception };
        let coils = |start, count| Response::CoilsWritten { start, count };
        let holdings = |start, count| Response::HoldingsWritten { start, count };
        let coil = |coil, value| Response::CoilWritten { coil, value };
        let register = |register, value| Response::HoldingWritten { register, value };
        [
            (0x01, "01 01 01 00 51 88", Response::Coils(Bits(vec![0x00]))),
            (0x01, "01 01 01 01 90 48", Response::Coils(Bits(vec![0x01]))),
            (0x01, "01 01 02 01 80 B9 CC", Response::Coils(Bits(vec![0x01, 0x80]))),
            (0x01, "01 02 01 01 60 48", Response::DiscreteInputs(Bits(vec![0x01]))),
            (0x01, "01 02 01 00 A1 88", Response::DiscreteInputs(Bits(vec![0x00]))),
            (0xFF, "FF 02 01 01 51 A0", Response::DiscreteInputs(Bits(vec![0x01]))),
            (0x01, "01 03 02 00 01 79 84", Response::Holding(vec![1])),
            (0x01, "01 03 02 00 C8 B9 D2", Response::Holding(vec![200])),
            (0x01, "01 0F 00 00 00 08 54 0D", coils(0, 8)),
            (0x01, "01 0F 00 00 00 10 54 07", coils(0, 16)),
            (0xFF, "FF 0F 00 00 00 08 41 D3", coils(0, 8)),
            (0x01, "01 10 20 01 00 02 1B C8", holdings(0x2001, 2)),
            (0x01, "01 85 02 C3 51", refused(WriteCoil, Exception::IllegalAddress)),
            (0x01, "01 85 03 02 91", refused(WriteCoil, Exception::IllegalValue)),
            (0x01, "01 81 01 81 90", refused(ReadCoils, Exception::IllegalFunction)),
            (0x01, "01 82 02 C1 61", refused(ReadDiscreteInputs, Exception::IllegalAddress)),
            (0x01, "01 8F 06 C4 32", refused(WriteCoils, Exception::Busy)),
            // 05 and 06 are answered by their echo.
            (0x01, "01 05 00 00 FF 00 8C 3A", coil(0, 0xFF00)),
            (0x01, "01 05 00 00 00 00 CD CA", coil(0, 0)),
            (0x01, "01 05 00 00 55 00 F2 9A", coil(0, 0x5500)),
            (0x01, "01 05 00 01 FF 00 DD FA", coil(1, 0xFF00)),
            (0x01, "01 05 00 07 FF 00 3D FB", coil(7, 0xFF00)),
            (0x01, "01 05 00 07 00 00 7C 0B", coil(7, 0)),
            (0x01, "01 05 00 FF FF 00 BC 0A", coil(0xFF, 0xFF00)),
            (0x01, "01 05 00 FF 00 00 FD FA", coil(0xFF, 0)),
            (0x01, "01 05 00 FF 55 00 C2 AA", coil(0xFF, 0x5500)),
            (0x01, "01 05 02 00 00 07 8D B0", coil(0x0200, 7)),
            (0x01, "01 05 04 00 00 08 CD 3C", coil(0x0400, 8)),
            (0x01, "01 05 02 00 00 03 8C 73", coil(0x0200, 3)),
            (0x01, "01 05 02 02 00 19 AC 78", coil(0x0202, 25)),
            (0x01, "01 05 02 0F 00 05 3C 72", coil(0x020F, 5)),
            (0x01, "01 05 02 1F 00 05 3D B7", coil(0x021F, 5)),
            (0xFF, "FF 05 00 00 FF 00 99 E4", coil(0, 0xFF00)),
            (0xFF, "FF 05 00 00 00 00 D8 14", coil(0, 0)),
            (0x01, "01 06 10 00 00 00 8D 0A", register(0x1000, 0)),
            (0x01, "01 06 00 01 01 00 D9 9A", register(1, 0x0100)),
            (0x01, "01 06 00 01 02 00 D9 6A", register(1, 0x0200)),
            (0x01, "01 06 00 01 05 00 DB 5A", register(1, 0x0500)),
            (0x01, "01 06 00 01 06 0A 5B AD", register(1, 0x060A)),
            (0x01, "01 06 00 00 08 00 8E 0A", register(0, 0x0800)),
            (0x00, "00 06 40 00 00 01 5C 1B", register(0x4000, 1)),
            (0x00, "00 06 40 00 00 02 1C 1A", register(0x4000, 2)),
            (0x00, "00 06 20 00 00 00 83 DB", register(0x2000, 0)),
            (0x00, "00 06 20 00 00 01 42 1B", register(0x2000, 1)),
            (0x00, "00 06 20 00 00 05 43 D8", register(0x2000, 5)),
        ]
        .map(|(address, frame, response)| (address, bytes(frame), response))
        .into()
    }

    fn check_each(feed: impl Fn(&mut ResponseParser, &[u8]) -> Vec<Response>, times: usize) {
        for (address, frame, response) in every_known_response() {
            let mut parser = ResponseParser::new(address);
            let found = feed(&mut parser, &frame);
            assert_eq!(found, vec![response; times], "{frame:02X?}");
            assert_eq!(parser.next_response(), None, "{frame:02X?}");
        }
    }

    fn all(parser: &mut ResponseParser) -> Vec<Response> {
        std::iter::from_fn(|| parser.next_response()).collect()
    }

    #[test]
    fn a_whole_frame_is_a_response() {
        check_each(
            |parser, frame| {
                parser.push(frame);
                all(parser)
            },
            1,
        );
    }

    #[test]
    fn a_frame_may_come_byte_by_byte() {
        let feed = |parser: &mut ResponseParser, frame: &[u8]| {
            let mut found = Vec::new();
            for byte in frame {
                assert_eq!(found, [], "found before the last byte");
                parser.push(&[*byte]);
                found.extend(all(parser));
            }
            found
        };
        check_each(feed, 1);
    }

    #[test]
    fn two_frames_may_come_at_once() {
        check_each(
            |parser, frame| {
                parser.push(&frame.repeat(2));
                all(parser)
            },
            2,
        );
    }

    #[test]
    fn a_frame_may_be_followed_by_too_much() {
        check_each(
            |parser, frame| {
                parser.push(frame);
                parser.push(&[0x00, 0x01]);
                all(parser)
            },
            1,
        );
    }

    #[test]
    fn a_wrong_check_is_silence() {
        let feed = |parser: &mut ResponseParser, frame: &[u8]| {
            let mut broken = frame.to_vec();
            if let Some(last) = broken.last_mut() {
                *last ^= 0x10;
            }
            parser.push(&broken);
            all(parser)
        };
        check_each(feed, 0);
    }

    #[test]
    fn a_frame_behind_garbage_is_found() {
        for garbage in
            ["00", "01", "01 01", "01 02 FA", "FF FF FF", "01 05 00 00 FF 00 8C 3B", "80 01 83"]
        {
            let feed = |parser: &mut ResponseParser, frame: &[u8]| {
                parser.push(&bytes(garbage));
                parser.push(frame);
                all(parser)
            };
            check_each(feed, 1);
        }
    }

    #[test]
    fn frames_of_other_boards_are_stepped_over() {
        for (address, frame, response) in every_known_response() {
            let mut parser = ResponseParser::new(address ^ 0x40);
            parser.push(&frame);
            assert_eq!(parser.next_response(), None, "{response:?}");
            assert!(parser.buffer.is_empty(), "{response:?}");
        }
    }

    #[test]
    fn endless_noise_keeps_the_buffer_small() {
        let mut parser = ResponseParser::new(1);
        for _ in 0..1000 {
            parser.push(&[0x01, 0x02, 0xFF]);
            assert_eq!(parser.next_response(), None);
        }
        assert!(parser.buffer.len() <= FRAME_MAX);
        parser.push(&bytes("01 02 01 01 60 48"));
        assert_eq!(parser.next_response(), Some(Response::DiscreteInputs(Bits(vec![1]))));
    }

    #[test]
    fn bits_count_from_the_first_bytes_lowest() {
        let bits = Bits(vec![0x01, 0x80]);
        let on: Vec<u16> = (0..32).filter(|index| bits.get(*index) == Some(true)).collect();
        assert_eq!(on, [0, 15]);
        assert_eq!(bits.get(16), None);
        assert!(bits.answers(9) && bits.answers(16) && !bits.answers(8));
    }
}
