//! One record as it stands on disk: the same bytes in the segment and in the copy.
//!
//! ```text
//!   0      4      8          16      18     20           52
//!   ┌──────┬──────┬──────────┬───────┬──────┬────────────┬─────────┐
//!   │ len  │ crc  │ seq      │ place │ size │ previous   │ payload │   little-endian
//!   │ u32  │ u32  │ u64      │ u16   │ u16  │ [u8; 32]   │ [u8]    │
//!   └──────┴──────┴──────────┴───────┴──────┴────────────┴─────────┘
//! ```
//!
//! `len` counts the payload. `crc` is the CRC-32C of `len` and of all that follows `crc`. The
//! record is the `place`-th (from 0) of the `size` records that were written as one batch.
//! `previous` is the SHA-256 of the whole record before it, zeros for the first: who changes one
//! record must change all later ones.

use std::fmt;

use sha2::{Digest, Sha256};

/// Bytes before the payload.
pub(super) const HEAD_LEN: usize = 52;

/// Longest payload of one record in bytes. An entry of a sale is some hundred bytes; the bound
/// keeps a damaged length from being believed and one batch from taking noticeable time on an SD
/// card.
pub const PAYLOAD_MAX: usize = 64 * 1024;

/// Most records in one batch. A decision records two or three entries.
pub const BATCH_RECORDS_MAX: usize = 64;

/// Most bytes of one batch with all heads. A torn tail is at most one batch, so a longer one is
/// damage.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

/// A record that passed its check sum, borrowed from the bytes it was read from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Its number in the log, from 1, without gaps.
    pub(super) seq: u64,
    /// Its place in its batch, from 0.
    pub(super) place: u16,
    /// How many records its batch has.
    pub(super) size: u16,
    /// The link of the record before.
    pub(super) previous: Link,
    /// The whole record with its head.
    pub(super) bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the record at the beginning of `bytes`; more may follow it.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let head = Head::parse(bytes).ok_or(Fault::Cut)?;
        let len = usize::try_from(head.len).unwrap_or(usize::MAX);
        if len > PAYLOAD_MAX {
            return Err(Fault::Length(head.len));
        }
        let bytes = bytes.get(..HEAD_LEN + len).ok_or(Fault::Cut)?;
        if check_sum(bytes) != head.crc {
            return Err(Fault::CheckSum);
        }
        if head.seq == 0 || head.place >= head.size {
            return Err(Fault::Unlinked);
        }
        Ok(Self {
            seq: head.seq,
            place: head.place,
            size: head.size,
            previous: head.previous,
            bytes,
        })
    }

    /// What the caller of `append` gave.
    pub(super) fn payload(&self) -> &'a [u8] {
        self.bytes.get(HEAD_LEN..).unwrap_or_default()
    }

    /// What the next record holds as `previous`.
    pub(super) fn link(&self) -> Link {
        Link::of(self.bytes)
    }

    /// The number of the first record of its batch.
    pub(super) fn batch_first(&self) -> u64 {
        self.seq.saturating_sub(u64::from(self.place))
    }

    /// True for the record that completes its batch.
    pub(super) fn ends_batch(&self) -> bool {
        self.place + 1 == self.size
    }
}

/// The first bytes of a record, before anything of it is believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    /// Bytes of payload.
    pub(super) len: u32,
    /// The record's number.
    pub(super) seq: u64,
    crc: u32,
    place: u16,
    size: u16,
    previous: Link,
}

impl Head {
    /// Takes the fields apart; `None` when the bytes are too few.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk()?;
        let (crc, rest) = rest.split_first_chunk()?;
        let (seq, rest) = rest.split_first_chunk()?;
        let (place, rest) = rest.split_first_chunk()?;
        let (size, rest) = rest.split_first_chunk()?;
        let (previous, _payload) = rest.split_first_chunk()?;
        Some(Self {
            len: u32::from_le_bytes(*len),
            crc: u32::from_le_bytes(*crc),
            seq: u64::from_le_bytes(*seq),
            place: u16::from_le_bytes(*place),
            size: u16::from_le_bytes(*size),
            previous: Link(*previous),
        })
    }
}

/// The SHA-256 that ties a record to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link([u8; 32]);

impl Link {
    /// What the first record of a log holds as `previous`.
    pub(super) const FIRST: Self = Self([0; 32]);

    /// As it stood in a file.
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As it stands in a file.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(record: &[u8]) -> Self {
        Self(Sha256::digest(record).into())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is wrong with the bytes where a record should stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The file ends inside the record.
    Cut,
    /// The length is beyond `PAYLOAD_MAX`.
    Length(u32),
    /// The check sum does not fit.
    CheckSum,
    /// Whole in itself, but not the successor of the record before: the chain was changed by hand.
    Unlinked,
    /// The file ends before the last record of a batch.
    BatchCut,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("it is cut off"),
            Self::Length(len) => write!(f, "its length {len} is impossible"),
            Self::CheckSum => f.write_str("its check sum is wrong"),
            Self::Unlinked => f.write_str("it does not follow from the record before it"),
            Self::BatchCut => f.write_str("its batch is incomplete"),
        }
    }
}

/// Appends one record to `out` and returns its link. `payload` is at most `PAYLOAD_MAX` long.
pub(super) fn encode(
    out: &mut Vec<u8>,
    seq: u64,
    (place, size): (u16, u16),
    previous: Link,
    payload: &[u8],
) -> Link {
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut record = Vec::with_capacity(HEAD_LEN + payload.len());
    record.extend_from_slice(&len.to_le_bytes());
    record.extend_from_slice(&[0; 4]);
    record.extend_from_slice(&seq.to_le_bytes());
    record.extend_from_slice(&place.to_le_bytes());
    record.extend_from_slice(&size.to_le_bytes());
    record.extend_from_slice(&previous.0);
    record.extend_from_slice(payload);
    let crc = check_sum(&record);
    if let Some(field) = record.get_mut(4..8) {
        field.copy_from_slice(&crc.to_le_bytes());
    }
    out.extend_from_slice(&record);
    Link::of(&record)
}

/// CRC-32C of a whole record without its own field.
fn check_sum(record: &[u8]) -> u32 {
    let len = record.get(..4).unwrap_or_default();
    let rest = record.get(8..).unwrap_or_default();
    crc32c::crc32c_append(crc32c::crc32c(len), rest)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use super::*;

    fn sample() -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&mut bytes, 7, (1, 3), Link([9; 32]), b"{\"paid\":1}");
        bytes
    }

    #[test]
    fn a_record_reads_back() {
        let mut bytes = sample();
        bytes.extend_from_slice(b"what follows");
        let frame = Frame::parse(&bytes).unwrap();
        assert_eq!((frame.seq, frame.place, frame.size), (7, 1, 3));
        assert_eq!(frame.previous, Link([9; 32]));
        assert_eq!(frame.payload(), b"{\"paid\":1}");
        assert_eq!(frame.batch_first(), 6);
        assert!(!frame.ends_batch());
    }

    #[test]
    fn the_bytes_on_disk_are_the_documented_ones() {
        let bytes = sample();
        assert_eq!(bytes[..4], [10, 0, 0, 0]);
        assert_eq!(bytes[8..20], [7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 0]);
        assert_eq!(bytes[20..52], [9; 32]);
        assert_eq!(bytes[52..], *b"{\"paid\":1}");
        let covered = [&bytes[..4], &bytes[8..]].concat();
        assert_eq!(bytes[4..8], crc32c::crc32c(&covered).to_le_bytes());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = sample();
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Frame::parse(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_cut_record_is_cut() {
        let bytes = sample();
        for len in 0..bytes.len() {
            assert_eq!(Frame::parse(&bytes[..len]).unwrap_err(), Fault::Cut, "{len} bytes");
        }
    }
}
