//! Requests from the host to a board.

use super::check;

/// The functions that are spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Function {
    /// 01
    ReadCoils = 0x01,
    /// 02
    ReadDiscreteInputs = 0x02,
    /// 03
    ReadHolding = 0x03,
    /// 05
    WriteCoil = 0x05,
    /// 06
    WriteHolding = 0x06,
    /// 0F
    WriteCoils = 0x0F,
    /// 10
    WriteHoldings = 0x10,
}

impl Function {
    /// The function of this code, if it is spoken here.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0x01 => Some(Self::ReadCoils),
            0x02 => Some(Self::ReadDiscreteInputs),
            0x03 => Some(Self::ReadHolding),
            0x05 => Some(Self::WriteCoil),
            0x06 => Some(Self::WriteHolding),
            0x0F => Some(Self::WriteCoils),
            0x10 => Some(Self::WriteHoldings),
            _ => None,
        }
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// One request. Boards give some of these a second meaning by address or value, hence the raw
/// numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// 01: the state of `count` coils from `start`.
    ReadCoils {
        /// The first coil.
        start: u16,
        /// 1 to 2000.
        count: u16,
    },
    /// 02: the state of `count` discrete inputs from `start`.
    ReadDiscreteInputs {
        /// The first input.
        start: u16,
        /// 1 to 2000.
        count: u16,
    },
    /// 03: `count` holding registers from `start`.
    ReadHolding {
        /// The first register.
        start: u16,
        /// 1 to 125.
        count: u16,
    },
    /// 05: one coil; FF00 on, 0000 off, other values as the board defines them.
    WriteCoil {
        /// The coil.
        coil: u16,
        /// The raw value.
        value: u16,
    },
    /// 06: one holding register.
    WriteHolding {
        /// The register.
        register: u16,
        /// The raw value.
        value: u16,
    },
    /// 0F: several coils.
    WriteCoils {
        /// The first coil.
        start: u16,
        /// 1 to 1968 states.
        states: Vec<bool>,
    },
    /// 10: several holding registers.
    WriteHoldings {
        /// The first register.
        start: u16,
        /// 1 to 123 values.
        values: Vec<u16>,
    },
}

impl Request {
    /// The function that carries this request.
    #[must_use]
    pub const fn function(&self) -> Function {
        match self {
            Self::ReadCoils { .. } => Function::ReadCoils,
            Self::ReadDiscreteInputs { .. } => Function::ReadDiscreteInputs,
            Self::ReadHolding { .. } => Function::ReadHolding,
            Self::WriteCoil { .. } => Function::WriteCoil,
            Self::WriteHolding { .. } => Function::WriteHolding,
            Self::WriteCoils { .. } => Function::WriteCoils,
            Self::WriteHoldings { .. } => Function::WriteHoldings,
        }
    }

    /// The whole frame for the board at `address` (0 is all boards), check included.
    #[must_use]
    pub fn encode(&self, address: u8) -> Vec<u8> {
        let mut frame = vec![address, self.function().code()];
        match self {
            Self::ReadCoils { start, count }
            | Self::ReadDiscreteInputs { start, count }
            | Self::ReadHolding { start, count } => words(&mut frame, &[*start, *count]),
            Self::WriteCoil { coil, value } => words(&mut frame, &[*coil, *value]),
            Self::WriteHolding { register, value } => words(&mut frame, &[*register, *value]),
            Self::WriteCoils { start, states } => {
                let packed: Vec<u8> = states.chunks(8).map(pack).collect();
                words(&mut frame, &[*start, saturate(states.len())]);
                frame.push(saturate_byte(packed.len()));
                frame.extend(packed);
            }
            Self::WriteHoldings { start, values } => {
                words(&mut frame, &[*start, saturate(values.len())]);
                frame.push(saturate_byte(values.len() * 2));
                words(&mut frame, values);
            }
        }
        let check = check(&frame);
        frame.extend(check);
        frame
    }
}

fn words(frame: &mut Vec<u8>, words: &[u16]) {
    frame.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

/// First state in bit 0.
fn pack(states: &[bool]) -> u8 {
    states.iter().rev().fold(0, |byte, state| byte << 1 | u8::from(*state))
}

/// A count that does not fit is more than any board has: it refuses it.
fn saturate(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn saturate_byte(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::{super::hex, *};

    fn coil(coil: u16, value: u16) -> Request {
        Request::WriteCoil { coil, value }
    }

    fn coils(start: u16, count: u16) -> Request {
        Request::ReadCoils { start, count }
    }

    fn inputs(start: u16, count: u16) -> Request {
        Request::ReadDiscreteInputs { start, count }
    }

    fn holding(start: u16, count: u16) -> Request {
        Request::ReadHolding { start, count }
    }

    fn register(register: u16, value: u16) -> Request {
        Request::WriteHolding { register, value }
    }

    fn registers(start: u16, values: &[u16]) -> Request {
        Request::WriteHoldings { start, values: values.to_vec() }
    }

    fn write(states: &[bool]) -> Request {
        Request::WriteCoils { start: 0, states: states.to_vec() }
    }

    /// Waveshare, LC Technology, R4D8 and ZDM8 boards; from their manuals and from captured
    /// traffic.
    #[test]
    #[rustfmt::skip]
    fn every_known_request_is_written_as_the_boards_expect_it() {
        let table: &[(u8, Request, &str)] = &[
            (0x01, coil(0x0000, 0xFF00),                 "01 05 00 00 FF 00 8C 3A"),
            (0x01, coil(0x0000, 0x0000),                 "01 05 00 00 00 00 CD CA"),
            (0x01, coil(0x0000, 0x5500),                 "01 05 00 00 55 00 F2 9A"),
            (0x01, coil(0x0001, 0xFF00),                 "01 05 00 01 FF 00 DD FA"),
            (0x01, coil(0x0007, 0xFF00),                 "01 05 00 07 FF 00 3D FB"),
            (0x01, coil(0x0007, 0x0000),                 "01 05 00 07 00 00 7C 0B"),
            (0x01, coil(0x00FF, 0xFF00),                 "01 05 00 FF FF 00 BC 0A"),
            (0x01, coil(0x00FF, 0x0000),                 "01 05 00 FF 00 00 FD FA"),
            (0x01, coil(0x00FF, 0x5500),                 "01 05 00 FF 55 00 C2 AA"),
            (0x01, coil(0x0200, 7),                      "01 05 02 00 00 07 8D B0"),
            (0x01, coil(0x0400, 8),                      "01 05 04 00 00 08 CD 3C"),
            (0x01, coil(0x0200, 3),                      "01 05 02 00 00 03 8C 73"),
            (0x01, coil(0x0202, 25),                     "01 05 02 02 00 19 AC 78"),
            (0x01, coil(0x020F, 5),                      "01 05 02 0F 00 05 3C 72"),
            (0x01, coil(0x021F, 5),                      "01 05 02 1F 00 05 3D B7"),
            (0x01, coils(0, 8),                          "01 01 00 00 00 08 3D CC"),
            (0x01, coils(0, 16),                         "01 01 00 00 00 10 3D C6"),
            (0x01, coils(0, 32),                         "01 01 00 00 00 20 3D D2"),
            (0x01, inputs(0, 8),                         "01 02 00 00 00 08 79 CC"),
            (0x01, write(&[true; 8]),                    "01 0F 00 00 00 08 01 FF BE D5"),
            (0x01, write(&[false; 8]),                   "01 0F 00 00 00 08 01 00 FE 95"),
            (0x01, write(&[false; 16]),                  "01 0F 00 00 00 10 02 00 00 E2 20"),
            (0x01, write(&[false; 32]),                  "01 0F 00 00 00 20 04 00 00 00 00 C4 88"),
            (0x00, holding(0x4000, 1),                   "00 03 40 00 00 01 90 1B"),
            (0x01, holding(0x4000, 1),                   "01 03 40 00 00 01 91 CA"),
            (0x00, holding(0x8000, 1),                   "00 03 80 00 00 01 AC 1B"),
            (0x01, holding(0x8000, 1),                   "01 03 80 00 00 01 AD CA"),
            (0x00, register(0x4000, 1),                  "00 06 40 00 00 01 5C 1B"),
            (0x00, register(0x4000, 2),                  "00 06 40 00 00 02 1C 1A"),
            (0x00, register(0x2000, 0),                  "00 06 20 00 00 00 83 DB"),
            (0x00, register(0x2000, 1),                  "00 06 20 00 00 01 42 1B"),
            (0x00, register(0x2000, 5),                  "00 06 20 00 00 05 43 D8"),
            (0x01, register(0x1000, 0),                  "01 06 10 00 00 00 8D 0A"),
            (0x01, registers(0x1000, &[0; 8]),
                "01 10 10 00 00 08 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0B 5C"),
            (0xFF, coil(0x0000, 0xFF00),                 "FF 05 00 00 FF 00 99 E4"),
            (0xFF, coil(0x0000, 0x0000),                 "FF 05 00 00 00 00 D8 14"),
            (0xFF, write(&[true; 8]),                    "FF 0F 00 00 00 08 01 FF 30 1D"),
            (0xFF, write(&[false; 8]),                   "FF 0F 00 00 00 08 01 00 70 5D"),
            (0xFF, registers(3, &[2, 20]),               "FF 10 00 03 00 02 04 00 02 00 14 25 9E"),
            (0xFF, registers(3, &[4, 20]),               "FF 10 00 03 00 02 04 00 04 00 14 C5 9F"),
            (0xFF, registers(8, &[2, 10]),               "FF 10 00 08 00 02 04 00 02 00 0A E4 25"),
            (0xFF, inputs(0, 8),                         "FF 02 00 00 00 08 6C 12"),
            (0x01, registers(3, &[2, 5]),                "01 10 00 03 00 02 04 00 02 00 05 D2 79"),
            (0x01, register(0x0001, 0x0100),             "01 06 00 01 01 00 D9 9A"),
            (0x01, register(0x0001, 0x0200),             "01 06 00 01 02 00 D9 6A"),
            (0x01, register(0x0001, 0x0500),             "01 06 00 01 05 00 DB 5A"),
            (0x01, register(0x0001, 0x060A),             "01 06 00 01 06 0A 5B AD"),
            (0x01, register(0x0000, 0x0800),             "01 06 00 00 08 00 8E 0A"),
            (0x01, registers(0x2001, &[0x0401, 0x0000]), "01 10 20 01 00 02 04 04 01 00 00 FB 52"),
            (0x01, registers(0x2001, &[0x0001, 0x0100]), "01 10 20 01 00 02 04 00 01 01 00 FB F2"),
            (0x01, holding(0x0003, 1),                   "01 03 00 03 00 01 74 0A"),
            (0x01, holding(0x0008, 1),                   "01 03 00 08 00 01 05 C8"),
            (0x01, holding(0x000A, 1),                   "01 03 00 0A 00 01 A4 08"),
            (0x01, holding(0x0001, 2),                   "01 03 00 01 00 02 95 CB"),
        ];
        for (address, request, frame) in table {
            assert_eq!(hex(&request.encode(*address)), *frame, "{request:?}");
        }
    }
}
