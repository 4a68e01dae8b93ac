//! Modbus RTU as a relay board hears it: requests out of bytes, replies into bytes. Pure.
//!
//! Only what the Waveshare Modbus RTU Relay understands (Waveshare wiki, "Modbus RTU Relay",
//! development protocol); everything else is answered as the Modbus specification asks,
//! section 7: a wrong check sum or a foreign address with silence, the rest with an exception.

use std::time::{Duration, Instant};

use crc::{CRC_16_MODBUS, Crc};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);
/// Modbus over serial line, 2.5.1: an RTU frame has at most 256 bytes. More in one go is noise.
const FRAME_BYTES_MAX: usize = 256;
/// A frame ends after a silence of 3.5 characters (3.6 ms at 9600 baud). A pty hands bytes over
/// when the scheduler likes to, so the board is more patient.
const SILENCE: Duration = Duration::from_millis(20);

/// Collects bytes until they are frames.
#[derive(Debug, Default)]
pub(super) struct Ear {
    bytes: Vec<u8>,
    /// When the first byte of what is collected arrived.
    first_at: Option<Instant>,
    last_at: Option<Instant>,
}

impl Ear {
    /// Takes bytes that arrived at `now`; a silence before them ends whatever was unfinished.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Instant) {
        if self.last_at.is_some_and(|last| now - last > SILENCE) {
            self.bytes.clear();
        }
        if self.bytes.is_empty() {
            self.first_at = Some(now);
        }
        let room = FRAME_BYTES_MAX.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
        self.last_at = Some(now);
    }

    /// The next whole frame with a right check sum. What lies before it is thrown away.
    pub(super) fn next_frame(&mut self) -> Option<Heard> {
        let (start, length) = (0..self.bytes.len()).find_map(|start| {
            let bytes = self.bytes.get(start..)?;
            let length = frame_bytes(bytes)?;
            checked(bytes.get(..length)?)?;
            Some((start, length))
        })?;
        let frame: Vec<u8> = self.bytes.drain(..start + length).skip(start).collect();
        Some(Heard {
            address: frame.first().copied()?,
            request: Request::parse(checked(&frame)?)?,
            first_byte_at: self.first_at?,
            bytes: frame,
        })
    }
}

/// A frame that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) address: u8,
    pub(super) request: Request,
    pub(super) first_byte_at: Instant,
    /// The whole frame: the reply to a write is its echo.
    pub(super) bytes: Vec<u8>,
}

/// What a master can ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    /// Function 01.
    ReadCoils { first: u16, count: u16 },
    /// Function 02.
    ReadDiscreteInputs { first: u16, count: u16 },
    /// Function 03.
    ReadHoldingRegisters { first: u16, count: u16 },
    /// Function 05.
    WriteSingleCoil { address: u16, value: u16 },
    /// Function 06.
    WriteSingleRegister { address: u16, value: u16 },
    /// Function 0F.
    WriteMultipleCoils { first: u16, states: Vec<bool> },
    /// A function this board does not have.
    Unknown,
}

impl Request {
    /// From a frame without its check sum.
    fn parse(body: &[u8]) -> Option<Self> {
        let (&[_, function], data) = body.split_first_chunk::<2>()?;
        let word = |at: usize| {
            let bytes = data.get(at..at + 2)?;
            Some(u16::from_be_bytes(bytes.try_into().ok()?))
        };
        Some(match function {
            0x01 => Self::ReadCoils { first: word(0)?, count: word(2)? },
            0x02 => Self::ReadDiscreteInputs { first: word(0)?, count: word(2)? },
            0x03 => Self::ReadHoldingRegisters { first: word(0)?, count: word(2)? },
            0x05 => Self::WriteSingleCoil { address: word(0)?, value: word(2)? },
            0x06 => Self::WriteSingleRegister { address: word(0)?, value: word(2)? },
            0x0F => Self::WriteMultipleCoils {
                first: word(0)?,
                states: unpack(data.get(5..)?, word(2)?),
            },
            _ => Self::Unknown,
        })
    }

    /// The function code that an exception to `frame` is about.
    pub(super) fn function(frame: &[u8]) -> u8 {
        frame.get(1).copied().unwrap_or_default()
    }
}

/// Modbus application protocol, section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exception {
    IllegalFunction = 1,
    IllegalDataAddress = 2,
    IllegalDataValue = 3,
    ServerDeviceBusy = 6,
}

/// The reply to functions 01 and 02.
pub(super) fn bits_reply(address: u8, function: u8, bits: &[bool]) -> Vec<u8> {
    let data = pack(bits);
    let mut reply = vec![address, function, byte(data.len())];
    reply.extend(data);
    sealed(reply)
}

/// The reply to function 03.
pub(super) fn registers_reply(address: u8, registers: &[u16]) -> Vec<u8> {
    let mut reply = vec![address, 0x03, byte(registers.len() * 2)];
    reply.extend(registers.iter().flat_map(|word| word.to_be_bytes()));
    sealed(reply)
}

/// The reply to function 0F: the request without its data.
pub(super) fn written_reply(frame: &[u8]) -> Vec<u8> {
    sealed(frame.iter().copied().take(6).collect())
}

/// An exception reply.
pub(super) fn exception_reply(address: u8, function: u8, exception: Exception) -> Vec<u8> {
    sealed(vec![address, function | 0x80, exception as u8])
}

/// How long the frame at the start of `bytes` is, as soon as that can be known.
fn frame_bytes(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        0x01..=0x06 => Some(8),
        0x0F | 0x10 => Some(9 + usize::from(*bytes.get(6)?)),
        // Of an unknown function only the silence after it tells the length; with nothing to
        // answer but an exception, "all there is" serves when its check sum is right.
        _ => checked(bytes).map(|body| body.len() + 2),
    }
}

/// The frame without its check sum, if that is right.
fn checked(frame: &[u8]) -> Option<&[u8]> {
    let (body, crc) = frame.split_last_chunk::<2>()?;
    (body.len() >= 2 && CRC.checksum(body) == u16::from_le_bytes(*crc)).then_some(body)
}

fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let crc = CRC.checksum(&body);
    body.extend(crc.to_le_bytes());
    body
}

/// First bit in bit 0 of the first byte.
fn pack(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|eight| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
        .collect()
}

fn unpack(bytes: &[u8], count: u16) -> Vec<bool> {
    bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
        .take(usize::from(count))
        .collect()
}

/// Counts here come from a board of at most 32 channels.
fn byte(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn heard(hex: &str) -> Option<Request> {
        let mut ear = Ear::default();
        ear.hear(&bytes(hex), Instant::now());
        ear.next_frame().map(|heard| heard.request)
    }

    /// Frames from Waveshare's wiki; the check sums were computed independently.
    #[rustfmt::skip]
    fn requests() -> Vec<(&'static str, Request)> {
        use Request::*;
        vec![
            ("01 05 00 00 FF 00 8C 3A", WriteSingleCoil { address: 0x0000, value: 0xFF00 }),
            ("01 05 00 00 00 00 CD CA", WriteSingleCoil { address: 0x0000, value: 0x0000 }),
            ("01 05 00 07 FF 00 3D FB", WriteSingleCoil { address: 0x0007, value: 0xFF00 }),
            ("01 05 00 FF 00 00 FD FA", WriteSingleCoil { address: 0x00FF, value: 0x0000 }),
            ("01 05 00 FF 55 00 C2 AA", WriteSingleCoil { address: 0x00FF, value: 0x5500 }),
            ("01 05 02 02 00 19 AC 78", WriteSingleCoil { address: 0x0202, value: 0x0019 }),
            ("01 05 04 00 00 08 CD 3C", WriteSingleCoil { address: 0x0400, value: 0x0008 }),
            ("01 01 00 00 00 08 3D CC", ReadCoils { first: 0, count: 8 }),
            ("01 02 00 00 00 08 79 CC", ReadDiscreteInputs { first: 0, count: 8 }),
            ("01 0F 00 00 00 08 01 FF BE D5", WriteMultipleCoils { first: 0, states: vec![true; 8] }),
            ("01 0F 00 00 00 08 01 00 FE 95", WriteMultipleCoils { first: 0, states: vec![false; 8] }),
            ("00 03 40 00 00 01 90 1B", ReadHoldingRegisters { first: 0x4000, count: 1 }),
            ("01 03 80 00 00 01 AD CA", ReadHoldingRegisters { first: 0x8000, count: 1 }),
            ("01 06 10 00 00 00 8D 0A", WriteSingleRegister { address: 0x1000, value: 0 }),
        ]
    }

    #[test]
    fn every_request_is_heard_whole() {
        for (hex, request) in requests() {
            assert_eq!(heard(hex), Some(request), "{hex}");
        }
    }

    #[test]
    fn every_request_is_heard_byte_by_byte_and_two_at_once() {
        let now = Instant::now();
        for (hex, request) in requests() {
            let mut ear = Ear::default();
            for byte in bytes(hex) {
                assert_eq!(ear.next_frame(), None, "{hex}");
                ear.hear(&[byte], now);
            }
            assert_eq!(ear.next_frame().map(|heard| heard.request), Some(request));

            ear.hear(&[bytes(hex), bytes(hex)].concat(), now);
            assert!(ear.next_frame().is_some() && ear.next_frame().is_some());
        }
    }

    #[test]
    fn a_wrong_check_sum_is_silence_and_the_next_frame_is_heard() {
        assert_eq!(heard("01 05 00 00 FF 00 8C 3B"), None);
        assert_eq!(
            heard("01 05 00 00 FF 00 8C 3B 01 01 00 00 00 08 3D CC"),
            Some(Request::ReadCoils { first: 0, count: 8 })
        );
    }

    #[test]
    fn a_silence_ends_an_unfinished_frame() {
        let mut ear = Ear::default();
        let now = Instant::now();
        ear.hear(&bytes("01 05 00"), now);
        let later = now + Duration::from_secs(1);
        ear.hear(&bytes("01 01 00 00 00 08 3D CC"), later);
        let heard = ear.next_frame().unwrap();
        assert_eq!(heard.request, Request::ReadCoils { first: 0, count: 8 });
        assert_eq!(heard.first_byte_at, later);
    }

    #[test]
    fn replies_have_the_bytes_of_the_manual() {
        let one = [true, false, false, false, false, false, false, false];
        let mut sixteen = [false; 16];
        sixteen[0] = true;
        sixteen[15] = true;
        let all_on = bytes("01 0F 00 00 00 08 01 FF BE D5");
        #[rustfmt::skip]
        let table = [
            (bits_reply(1, 1, &[false; 8]), "01 01 01 00 51 88"),
            (bits_reply(1, 1, &one),        "01 01 01 01 90 48"),
            (bits_reply(1, 1, &sixteen),    "01 01 02 01 80 B9 CC"),
            (bits_reply(1, 2, &one),        "01 02 01 01 60 48"),
            (bits_reply(1, 2, &[false; 8]), "01 02 01 00 A1 88"),
            (written_reply(&all_on),        "01 0F 00 00 00 08 54 0D"),
            (registers_reply(1, &[0x00C8]), "01 03 02 00 C8 B9 D2"),
            (registers_reply(1, &[1]),      "01 03 02 00 01 79 84"),
            (exception_reply(1, 0x05, Exception::IllegalDataAddress), "01 85 02 C3 51"),
            (exception_reply(1, 0x05, Exception::IllegalDataValue),   "01 85 03 02 91"),
            (exception_reply(1, 0x01, Exception::IllegalFunction),    "01 81 01 81 90"),
            (exception_reply(1, 0x0F, Exception::ServerDeviceBusy),   "01 8F 06 C4 32"),
        ];
        for (reply, hex) in table {
            assert_eq!(reply, bytes(hex), "{hex}");
        }
    }
}
