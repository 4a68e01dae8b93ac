//! Modbus RTU frames: requests to bytes, bytes to responses.

mod exception;
mod master;
mod request;
mod response;

pub use exception::Exception;
pub use master::{Answer, Master};
pub use request::{Function, Request};
pub use response::{Bits, Response, ResponseParser};

/// The longest frame on a serial line, address and check included (Modbus over Serial Line 1.02,
/// section 2.3).
pub const FRAME_MAX: usize = 256;

/// Init FFFF, reflected A001, no final xor; travels low byte first.
const CRC: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);

/// The frame's last two bytes.
fn check(frame: &[u8]) -> [u8; 2] {
    CRC.checksum(frame).to_le_bytes()
}

/// Bytes as a technician reads them: `01 05 00 00 FF 00 8C 3A`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_crc_16_modbus() {
        assert_eq!(CRC.checksum(b"123456789"), 0x4B37);
        assert_eq!(check(&[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00]), [0x8C, 0x3A]);
    }
}
