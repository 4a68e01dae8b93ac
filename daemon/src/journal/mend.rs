//! The judgement over a damaged segment: an unfinished batch, mendable from the copy, or broken.

use std::collections::BTreeMap;

use super::{
    record::{BATCH_BYTES_MAX, Fault, Frame},
    scan::{Expected, Scan},
};

/// What to do with a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Whole,
    /// Cut off the unfinished batch behind the last complete one.
    Torn,
    /// Write it anew: its unbroken records, then these.
    Mend {
        /// Raw records that follow the unbroken ones: complete batches, partly or wholly from the
        /// copy.
        after: Vec<Vec<u8>>,
    },
    /// Recorded facts are missing.
    Broken {
        /// The first missing record.
        seq: u64,
        /// How we know.
        evidence: String,
    },
}

/// Judges `scan`, knowing the records `copied` that the copy holds beyond the segment's unbroken
/// ones.
///
/// | after the unbroken records the segment holds | the copy holds | verdict |
/// |---|---|---|
/// | nothing | nothing | whole |
/// | a part of one batch | nothing | torn |
/// | anything | records that continue the chain up to the end | mend |
/// | records of a later batch, or a changed record | no fitting ones between | broken |
/// | anything | records that do not fit | broken |
pub(super) fn judge(scan: &Scan, copied: &BTreeMap<u64, Vec<u8>>) -> Verdict {
    let after = follow(scan, copied);
    let last = scan.last() + after.len() as u64;
    if let Some(evidence) = evidence_of_loss(scan, copied, last) {
        return Verdict::Broken { seq: last + 1, evidence };
    }
    match (after.is_empty(), scan.header_whole, scan.damage) {
        (true, true, None) => Verdict::Whole,
        (true, true, Some(_)) => Verdict::Torn,
        (false, _, _) | (true, false, _) => Verdict::Mend { after },
    }
}

/// Follows the chain beyond the unbroken records, through strays and copied ones, as far as
/// complete batches go.
fn follow(scan: &Scan, copied: &BTreeMap<u64, Vec<u8>>) -> Vec<Vec<u8>> {
    let mut after = Vec::new();
    let mut complete = 0;
    let mut next = Expected::batch(scan.last() + 1, scan.head);
    loop {
        let stray = scan.stray(next.seq).map(|(_, frame)| frame);
        let copy = copied.get(&next.seq).and_then(|raw| Frame::parse(raw).ok());
        let Some(frame) = [stray, copy].into_iter().flatten().find(|frame| next.fits(frame)) else {
            break;
        };
        after.push(frame.bytes.to_vec());
        if frame.ends_batch() {
            complete = after.len();
        }
        next = Expected::after(&frame);
    }
    after.truncate(complete);
    after
}

/// Why what is left behind record `last` cannot be one batch that was never acknowledged; `None`
/// when it can.
fn evidence_of_loss(scan: &Scan, copied: &BTreeMap<u64, Vec<u8>>, last: u64) -> Option<String> {
    if let Some(seq) = copied.keys().find(|seq| **seq > last) {
        return Some(format!("the copy knows record {seq}, which does not fit"));
    }
    if let Some((offset, frame)) =
        scan.strays().find(|(_, frame)| frame.seq > last && frame.batch_first() != last + 1)
    {
        return Some(format!("record {} stands whole at byte {offset}", frame.seq));
    }
    if last == scan.base.last && !scan.header_whole {
        return Some("the beginning of the file is damaged too".to_owned());
    }
    // Behind an archive there never was a segment without records.
    if last == scan.base.last && last > 0 {
        return Some(format!("the file says that it begins behind record {last}"));
    }
    let damage = scan.damage?;
    if damage.seq <= last {
        return None;
    }
    if damage.fault == Fault::Unlinked {
        return Some("it was changed after it was written".to_owned());
    }
    let left = scan.tail().len();
    (last == scan.last() && left > BATCH_BYTES_MAX)
        .then(|| format!("the {left} bytes from there on are more than one batch"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use super::{
        super::{
            header::{self, Base, HEADER_LEN, UnknownVersion},
            record::{Link, encode},
        },
        *,
    };

    /// A log of four batches, and its raw records.
    struct Log {
        bytes: Vec<u8>,
        raws: Vec<Vec<u8>>,
        /// Where the last batch begins, and how many records stand before it.
        last_batch: (usize, u64),
    }

    fn log() -> Log {
        let mut log =
            Log { bytes: header::encode(Base::FIRST), raws: Vec::new(), last_batch: (0, 0) };
        let mut head = Link::FIRST;
        for size in [1, 2, 1, 3] {
            log.last_batch = (log.bytes.len(), log.raws.len() as u64);
            for place in 0..size {
                let seq = log.raws.len() as u64 + 1;
                let mut raw = Vec::new();
                head = encode(&mut raw, seq, (place, size), head, format!("fact {seq}").as_bytes());
                log.bytes.extend_from_slice(&raw);
                log.raws.push(raw);
            }
        }
        log
    }

    impl Log {
        /// What a copy that has followed up to record `last` knows beyond `scan`.
        fn beyond(&self, scan: &Scan, last: u64) -> BTreeMap<u64, Vec<u8>> {
            let rows = (1..=last).zip(self.raws.iter().cloned());
            rows.filter(|(seq, _)| *seq > scan.last()).collect()
        }

        fn judged_alone(&self, bytes: Vec<u8>) -> (Verdict, u64) {
            let scan = Scan::new(bytes).unwrap();
            (judge(&scan, &BTreeMap::new()), scan.last())
        }

        /// Checks that with a complete copy the bytes become the original again.
        fn comes_back(&self, bytes: Vec<u8>, case: &str) {
            let scan = Scan::new(bytes).unwrap();
            let Verdict::Mend { after } = judge(&scan, &self.beyond(&scan, 7)) else {
                unreachable!("{case}: not mended");
            };
            let mended = [&header::encode(Base::FIRST)[..], scan.body(), &after.concat()].concat();
            assert_eq!(mended, self.bytes, "{case}");
        }
    }

    #[test]
    fn a_whole_log_is_whole() {
        let log = log();
        assert_eq!(log.judged_alone(log.bytes.clone()), (Verdict::Whole, 7));
        assert_eq!(log.judged_alone(header::encode(Base::FIRST)), (Verdict::Whole, 0));
    }

    #[test]
    fn a_batch_cut_at_any_byte_is_torn_as_a_whole() {
        let log = log();
        let (begin, before) = log.last_batch;
        for len in begin + 1..log.bytes.len() {
            let judged = log.judged_alone(log.bytes[..len].to_vec());
            assert_eq!(judged, (Verdict::Torn, before), "{len} bytes");
        }
        // A file that was made longer before its bytes came.
        let zeros = [&log.bytes[..begin], &[0; 300][..]].concat();
        assert_eq!(log.judged_alone(zeros), (Verdict::Torn, before));
    }

    #[test]
    fn sectors_of_a_torn_batch_may_come_in_any_order() {
        let log = log();
        let (begin, before) = log.last_batch;
        let record = log.raws[6].len();
        for (from, to) in [(0, record), (record, 2 * record), (0, 2 * record)] {
            let mut bytes = log.bytes.clone();
            bytes[begin + from..begin + to].fill(0);
            assert_eq!(log.judged_alone(bytes), (Verdict::Torn, before), "{from}..{to}");
        }
    }

    #[test]
    fn a_changed_byte_is_mended_from_the_copy_or_named() {
        let log = log();
        for at in 0..log.bytes.len() {
            let mut bytes = log.bytes.clone();
            bytes[at] ^= 0x21;
            log.comes_back(bytes.clone(), &format!("byte {at}"));
            let (alone, count) = log.judged_alone(bytes);
            match alone {
                Verdict::Mend { after } => assert!(at < HEADER_LEN && after.is_empty()),
                Verdict::Torn => assert!(at >= log.last_batch.0, "byte {at} lost silently"),
                Verdict::Broken { seq, .. } => assert_eq!(seq, count + 1, "byte {at}"),
                Verdict::Whole => unreachable!("byte {at} not noticed"),
            }
        }
    }

    #[test]
    fn a_shortened_file_comes_back_from_the_copy() {
        let log = log();
        for len in 0..log.bytes.len() {
            log.comes_back(log.bytes[..len].to_vec(), &format!("{len} bytes"));
        }
    }

    #[test]
    fn a_copy_that_lags_mends_what_it_knows() {
        let log = log();
        let mut bytes = log.bytes.clone();
        bytes[HEADER_LEN + 8] ^= 1; // The number of record 1.
        let scan = Scan::new(bytes).unwrap();
        let Verdict::Mend { after } = judge(&scan, &log.beyond(&scan, 1)) else {
            unreachable!("record 1 is in the copy");
        };
        assert_eq!(after, log.raws, "the others stand in the segment");
    }

    #[test]
    fn what_the_copy_knows_is_never_dropped() {
        let log = log();
        let (begin, _) = log.last_batch;
        let scan = Scan::new(log.bytes[..begin].to_vec()).unwrap();
        let mut copied = log.beyond(&scan, 7);
        copied.remove(&5);
        let Verdict::Broken { seq, evidence } = judge(&scan, &copied) else {
            unreachable!("record 5 is nowhere");
        };
        assert_eq!((seq, evidence.as_str()), (5, "the copy knows record 6, which does not fit"));
    }

    #[test]
    fn a_record_written_anew_by_hand_breaks_the_chain() {
        let log = log();
        for seq in [1_u64, 4] {
            let index = usize::try_from(seq).unwrap() - 1;
            let at = HEADER_LEN + log.raws[..index].concat().len();
            let old = Frame::parse(&log.raws[index]).unwrap();
            let mut forged = Vec::new();
            encode(&mut forged, seq, (0, 1), old.previous, b"lies 4"); // As long as "fact 4".
            let mut bytes = log.bytes.clone();
            bytes[at..at + forged.len()].copy_from_slice(&forged);
            let (verdict, count) = log.judged_alone(bytes);
            assert!(matches!(verdict, Verdict::Broken { .. }), "record {seq}: {verdict:?}");
            assert_eq!(count, seq, "the forged one itself cannot be told from a true one");
        }
    }

    #[test]
    fn more_than_a_batch_is_no_torn_tail() {
        let log = log();
        let mut bytes = log.bytes.clone();
        bytes.resize(bytes.len() + BATCH_BYTES_MAX, 0);
        assert_eq!(log.judged_alone(bytes.clone()).0, Verdict::Torn);
        bytes.push(0);
        assert!(matches!(log.judged_alone(bytes).0, Verdict::Broken { seq: 8, .. }));
    }

    #[test]
    fn a_newer_format_is_named_and_not_damage() {
        let mut bytes = log().bytes;
        bytes[8] = 3;
        let crc = crc32c::crc32c(&bytes[..12]).to_le_bytes();
        bytes[12..16].copy_from_slice(&crc);
        assert_eq!(Scan::new(bytes).unwrap_err(), UnknownVersion(3));
    }
}
