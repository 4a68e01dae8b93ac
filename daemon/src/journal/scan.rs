//! What a segment's bytes hold: the unbroken records, and what stands after the first damage.

use std::{collections::BTreeMap, ops::Range};

use super::record::{Fault, Frame, HEAD_LEN, Head, Link, PAYLOAD_MAX};

/// Bytes before the first record: magic, version, check sum.
pub(super) const HEADER_LEN: usize = 16;
/// The format this program writes and reads.
pub(super) const VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"KIOSKLOG";

/// A segment, read.
#[derive(Debug)]
pub(super) struct Scan {
    bytes: Vec<u8>,
    good: Vec<Range<usize>>,
    /// True when the sixteen bytes before the first record are as they must be.
    pub(super) header_whole: bool,
    /// Where the last complete batch ends.
    pub(super) end: usize,
    /// The link of the last good record.
    pub(super) head: Link,
    /// Why `end` is not the end of the file.
    pub(super) damage: Option<Damage>,
    strays: BTreeMap<u64, Range<usize>>,
}

/// The first place where no good record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    /// Byte offset in the file.
    pub(super) offset: usize,
    /// The record that should stand there.
    pub(super) seq: u64,
    /// What is wrong with it.
    pub(super) fault: Fault,
}

/// The header is whole and names a format of another program version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownVersion(pub(super) u32);

impl Scan {
    /// Reads a whole segment. Takes time linear in its length, however it is damaged.
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, UnknownVersion> {
        let header_whole = check_header(&bytes)?;
        let mut scan = Self {
            good: Vec::new(),
            header_whole,
            end: HEADER_LEN.min(bytes.len()),
            head: Link::FIRST,
            damage: None,
            strays: BTreeMap::new(),
            bytes,
        };
        let pending = scan.walk();
        if let Some(damage) = scan.damage {
            scan.collect_strays(pending, damage);
        }
        Ok(scan)
    }

    /// How many records stand unbroken from the first one; the number of the last of them.
    pub(super) fn count(&self) -> u64 {
        self.good.len() as u64
    }

    /// The whole file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The raw bytes of an unbroken record.
    pub(super) fn raw(&self, seq: u64) -> Option<&[u8]> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.bytes.get(self.good.get(index)?.clone())
    }

    /// All unbroken records.
    pub(super) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.good.iter().filter_map(|range| Frame::parse(self.bytes.get(range.clone())?).ok())
    }

    /// The raw bytes of all unbroken records together, without the header.
    pub(super) fn body(&self) -> &[u8] {
        self.bytes.get(HEADER_LEN..self.end).unwrap_or_default()
    }

    /// What stands after the last complete batch.
    pub(super) fn tail(&self) -> &[u8] {
        self.bytes.get(self.end..).unwrap_or_default()
    }

    /// Records after the last complete batch that are whole in themselves, by number.
    pub(super) fn strays(&self) -> impl Iterator<Item = (usize, Frame<'_>)> {
        self.strays.values().filter_map(|range| self.frame_at(range))
    }

    /// The stray with this number, and its offset.
    pub(super) fn stray(&self, seq: u64) -> Option<(usize, Frame<'_>)> {
        self.frame_at(self.strays.get(&seq)?)
    }

    fn frame_at(&self, range: &Range<usize>) -> Option<(usize, Frame<'_>)> {
        Some((range.start, Frame::parse(self.bytes.get(range.clone())?).ok()?))
    }

    /// Follows the chain to its end; returns the records of a batch that has begun and not ended.
    fn walk(&mut self) -> Vec<Range<usize>> {
        let mut pending: Vec<Range<usize>> = Vec::new();
        let mut at = self.end;
        let mut next = Expected { seq: 1, previous: Link::FIRST, batch: None };
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let fault = match Frame::parse(rest) {
                _ if rest.is_empty() && pending.is_empty() => return pending,
                _ if rest.is_empty() => Fault::BatchCut,
                Err(fault) => fault,
                Ok(frame) if !next.fits(&frame) => Fault::Unlinked,
                Ok(frame) => {
                    pending.push(at..at + frame.bytes.len());
                    at += frame.bytes.len();
                    next = Expected::after(&frame);
                    if frame.ends_batch() {
                        self.good.append(&mut pending);
                        self.end = at;
                        self.head = next.previous;
                    }
                    continue;
                }
            };
            self.damage = Some(Damage { offset: at, seq: next.seq, fault });
            return pending;
        }
    }

    /// Looks for records behind the damage at every byte. Only where the number is a possible one
    /// is the check sum calculated, so this stays linear.
    fn collect_strays(&mut self, pending: Vec<Range<usize>>, damage: Damage) {
        let possible = (self.bytes.len() - damage.offset.min(self.bytes.len())) / HEAD_LEN;
        let seqs = self.count() + 1..=damage.seq.saturating_add(possible as u64);
        for range in pending {
            if let Some((_, frame)) = self.frame_at(&range) {
                self.strays.insert(frame.seq, range);
            }
        }
        let mut at = damage.offset;
        while let Some(head) = self.bytes.get(at..).and_then(Head::parse) {
            let plausible = head.len as usize <= PAYLOAD_MAX && seqs.contains(&head.seq);
            if plausible && let Ok(frame) = Frame::parse(self.bytes.get(at..).unwrap_or_default()) {
                let range = at..at + frame.bytes.len();
                at = range.end;
                self.strays.entry(frame.seq).or_insert(range);
            } else {
                at += 1;
            }
        }
    }
}

/// What the next record must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    /// Its number.
    pub(super) seq: u64,
    /// Its link to the record before.
    pub(super) previous: Link,
    /// Its place in a batch that has begun, and that batch's size.
    batch: Option<(u16, u16)>,
}

impl Expected {
    /// What begins a batch after the record `seq - 1`.
    pub(super) fn batch(seq: u64, previous: Link) -> Self {
        Self { seq, previous, batch: None }
    }

    /// What follows `frame`.
    pub(super) fn after(frame: &Frame<'_>) -> Self {
        let batch = (!frame.ends_batch()).then_some((frame.place + 1, frame.size));
        Self { seq: frame.seq.saturating_add(1), previous: frame.link(), batch }
    }

    /// True when `frame` is that record.
    pub(super) fn fits(&self, frame: &Frame<'_>) -> bool {
        let place = match self.batch {
            Some(place) => place == (frame.place, frame.size),
            None => frame.place == 0,
        };
        place && frame.seq == self.seq && frame.previous == self.previous
    }
}

/// The first bytes of every segment.
pub(super) fn header() -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let (magic, rest) = bytes.split_at_mut(MAGIC.len());
    let (version, crc) = rest.split_at_mut(4);
    magic.copy_from_slice(&MAGIC);
    version.copy_from_slice(&VERSION.to_le_bytes());
    crc.copy_from_slice(&header_check_sum(VERSION).to_le_bytes());
    bytes
}

fn header_check_sum(version: u32) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&MAGIC), &version.to_le_bytes())
}

/// True for our header, false for a damaged one.
fn check_header(bytes: &[u8]) -> Result<bool, UnknownVersion> {
    if bytes.starts_with(&header()) {
        return Ok(true);
    }
    let version = bytes.get(8..12).and_then(|field| field.try_into().ok()).map(u32::from_le_bytes);
    let crc = bytes.get(12..16).and_then(|field| field.try_into().ok()).map(u32::from_le_bytes);
    match (version, crc) {
        (Some(version), Some(crc))
            if bytes.starts_with(&MAGIC) && crc == header_check_sum(version) =>
        {
            Err(UnknownVersion(version))
        }
        _ => Ok(false),
    }
}
