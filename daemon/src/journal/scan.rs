//! What a segment's bytes hold: the unbroken records, and what stands after the first damage.

use std::{collections::BTreeMap, ops::Range};

use super::{
    header::{self, Base, Header, UnknownVersion},
    record::{Fault, Frame, HEAD_LEN, Head, Link, PAYLOAD_MAX},
};

/// A segment, read.
#[derive(Debug)]
pub(super) struct Scan {
    bytes: Vec<u8>,
    header_len: usize,
    good: Vec<Range<usize>>,
    /// What came before the first record.
    pub(super) base: Base,
    /// True when the bytes before the first record are as they must be.
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

impl Scan {
    /// Reads a whole segment. Takes time linear in its length, however it is damaged.
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, UnknownVersion> {
        let header = header::read(&bytes)?;
        Ok(Self::read(bytes, header))
    }

    /// The same for a segment whose damaged header does not tell that it begins behind `base`.
    pub(super) fn behind(base: Base, bytes: Vec<u8>) -> Self {
        let len = header::encode(base).len();
        Self::read(bytes, Header { base, len, whole: false })
    }

    fn read(bytes: Vec<u8>, header: Header) -> Self {
        let mut scan = Self {
            header_len: header.len,
            good: Vec::new(),
            base: header.base,
            header_whole: header.whole,
            end: header.len.min(bytes.len()),
            head: header.base.head,
            damage: None,
            strays: BTreeMap::new(),
            bytes,
        };
        let pending = scan.walk();
        if let Some(damage) = scan.damage {
            scan.collect_strays(pending, damage);
        }
        scan
    }

    /// The number of the last record that stands unbroken; that of the base when there is none.
    pub(super) fn last(&self) -> u64 {
        self.base.last + self.good.len() as u64
    }

    /// True when no record stands unbroken.
    pub(super) fn is_empty(&self) -> bool {
        self.good.is_empty()
    }

    /// True when it is known which record this segment begins with.
    pub(super) fn base_is_known(&self) -> bool {
        self.header_whole || !self.is_empty()
    }

    /// The whole file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The raw bytes of an unbroken record.
    pub(super) fn raw(&self, seq: u64) -> Option<&[u8]> {
        let index = usize::try_from(seq.checked_sub(self.base.last + 1)?).ok()?;
        self.bytes.get(self.good.get(index)?.clone())
    }

    /// All unbroken records.
    pub(super) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.good.iter().filter_map(|range| Frame::parse(self.bytes.get(range.clone())?).ok())
    }

    /// The raw bytes of all unbroken records together, without the header.
    pub(super) fn body(&self) -> &[u8] {
        self.bytes.get(self.header_len..self.end).unwrap_or_default()
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
        let mut next = Expected::batch(self.base.last + 1, self.base.head);
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
        let seqs = self.last() + 1..=damage.seq.saturating_add(possible as u64);
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
