//! The first bytes of a segment: which format it has, and which record came before its first.
//!
//! ```text
//!   0          8         12     16                    24            56     60
//!   ┌──────────┬─────────┬──────┬─────────────────────┬─────────────┬──────┐
//!   │ KIOSKLOG │ version │ crc  │ last record before  │ its SHA-256 │ crc  │   little-endian
//!   │          │ u32     │ u32  │ u64                 │ [u8; 32]    │ u32  │
//!   └──────────┴─────────┴──────┴─────────────────────┴─────────────┴──────┘
//!   ◄──────── version 1 ───────►◄──────────── version 2 has this too ──────►
//! ```
//!
//! A log begins with version 1. Version 2 stands behind records that went to an archive; the first
//! record says the same as the header once more, so that damage to either one is mended.

use super::record::{Frame, Link};

/// Bytes before the first record of a log that was never archived.
pub(super) const HEADER_LEN: usize = 16;
/// Bytes before the first record behind an archive.
const HEADER_LEN_2: usize = 60;
/// The newest format this program writes and reads.
pub(super) const VERSION: u32 = 2;
const MAGIC: [u8; 8] = *b"KIOSKLOG";

/// The record before the first one of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Base {
    /// Its number; 0 = there is none.
    pub(super) last: u64,
    /// Its link.
    pub(super) head: Link,
}

impl Base {
    /// Where every log begins.
    pub(super) const FIRST: Self = Self { last: 0, head: Link::FIRST };

    /// The base of a segment that begins with `frame`.
    fn before(frame: &Frame<'_>) -> Self {
        Self { last: frame.seq - 1, head: frame.previous }
    }
}

/// A header, as far as it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// As it says, or as the first record says.
    pub(super) base: Base,
    /// Where the first record begins.
    pub(super) len: usize,
    /// True when all its bytes are as they must be.
    pub(super) whole: bool,
}

/// The header is whole and names a format of another program version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownVersion(pub(super) u32);

/// The header of a segment behind `base`.
pub(super) fn encode(base: Base) -> Vec<u8> {
    if base == Base::FIRST {
        return prefix(1).to_vec();
    }
    let mut place = Vec::with_capacity(HEADER_LEN_2);
    place.extend_from_slice(&base.last.to_le_bytes());
    place.extend_from_slice(base.head.bytes());
    let crc = crc32c::crc32c(&place);
    [&prefix(2)[..], &place, &crc.to_le_bytes()].concat()
}

/// Reads the header at the beginning of `bytes`; a damaged one is replaced by what the first record
/// says.
pub(super) fn read(bytes: &[u8]) -> Result<Header, UnknownVersion> {
    let version = version(bytes);
    match version {
        Some(1) => return Ok(Header { base: Base::FIRST, len: HEADER_LEN, whole: true }),
        Some(2) | None => {}
        Some(other) => return Err(UnknownVersion(other)),
    }
    let said = base(bytes);
    let first = bytes.get(HEADER_LEN_2..).and_then(|rest| Frame::parse(rest).ok());
    let shown = first.filter(|frame| frame.place == 0).map(|frame| Base::before(&frame));
    Ok(match said.or(shown) {
        Some(base) => {
            Header { base, len: HEADER_LEN_2, whole: version.is_some() && said.is_some() }
        }
        None if version.is_some() => Header { base: Base::FIRST, len: HEADER_LEN_2, whole: false },
        None => Header { base: Base::FIRST, len: HEADER_LEN, whole: false },
    })
}

fn prefix(version: u32) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let (magic, rest) = bytes.split_at_mut(MAGIC.len());
    let (field, crc) = rest.split_at_mut(4);
    magic.copy_from_slice(&MAGIC);
    field.copy_from_slice(&version.to_le_bytes());
    crc.copy_from_slice(&check_sum(version).to_le_bytes());
    bytes
}

fn check_sum(version: u32) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&MAGIC), &version.to_le_bytes())
}

/// The version, when the bytes that hold it are whole.
fn version(bytes: &[u8]) -> Option<u32> {
    let version = number(bytes.get(8..12)?)?;
    let crc = number(bytes.get(12..16)?)?;
    (bytes.starts_with(&MAGIC) && crc == check_sum(version)).then_some(version)
}

/// The base, when the bytes that hold it are whole.
fn base(bytes: &[u8]) -> Option<Base> {
    let place = bytes.get(HEADER_LEN..HEADER_LEN_2 - 4)?;
    let crc = number(bytes.get(HEADER_LEN_2 - 4..HEADER_LEN_2)?)?;
    let (last, head) = place.split_first_chunk()?;
    let base =
        Base { last: u64::from_le_bytes(*last), head: Link::from_bytes(head.try_into().ok()?) };
    (crc == crc32c::crc32c(place)).then_some(base)
}

fn number(field: &[u8]) -> Option<u32> {
    field.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use super::{super::record::encode as encode_record, *};

    const BASE: Base = Base { last: 4711, head: Link::from_bytes([7; 32]) };

    #[test]
    fn both_versions_read_back() {
        for base in [Base::FIRST, BASE] {
            let bytes = encode(base);
            assert_eq!(read(&bytes), Ok(Header { base, len: bytes.len(), whole: true }));
        }
        assert_eq!((encode(Base::FIRST).len(), encode(BASE).len()), (HEADER_LEN, HEADER_LEN_2));
    }

    #[test]
    fn the_first_record_says_what_a_damaged_header_does_not() {
        let mut good = encode(BASE);
        encode_record(&mut good, 4712, (0, 1), BASE.head, b"fact");
        for at in 0..HEADER_LEN_2 {
            let mut bytes = good.clone();
            bytes[at] ^= 0x21;
            assert_eq!(read(&bytes).unwrap(), Header { base: BASE, len: 60, whole: false }, "{at}");
        }
        let zeroed = [&[0; HEADER_LEN_2][..], &good[HEADER_LEN_2..]].concat();
        assert_eq!(read(&zeroed).unwrap(), Header { base: BASE, len: 60, whole: false });
    }

    #[test]
    fn a_later_version_is_named() {
        assert_eq!(read(&prefix(3)), Err(UnknownVersion(3)));
    }
}
