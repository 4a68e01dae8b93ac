//! The order log as it is found on a disk that may have been damaged, or written by somebody else.

use std::fs;
use std::path::Path;

use daemon::journal;
use daemon::order_log;
use daemon::sale::{Books, Planogram};
use sha2::{Digest as _, Sha256};

use super::place;

/// Records are those that stand in the file, in order and without gaps; nothing else is. Old ones
/// may be in an archive: the first record tells where they end, should the header be damaged.
pub(crate) fn segment(data: &[u8]) -> bool {
    let dir = write_segment(data);
    let Ok(records) = journal::read(&dir) else { return false };
    let mut rest = data;
    let first = records.first().map_or(1, |record| record.seq);
    for (record, number) in records.iter().zip(first..) {
        assert_eq!(record.seq, number, "a gap");
        let at = find(rest, &record.payload).expect("a record that stands nowhere in the file");
        rest = rest.get(at + record.payload.len()..).unwrap_or_default();
    }
    let again = journal::read(&dir).expect("it was read before");
    assert_eq!(records, again, "read twice it says two things");
    !records.is_empty()
}

/// Entries in a log that is whole: a line each. Money is never more than was paid.
pub(crate) fn entry(data: &[u8]) -> bool {
    let payloads: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let payloads = payloads.into_iter().filter(|line| !line.is_empty() && line.len() <= 65_536);
    let payloads: Vec<&[u8]> = payloads.collect();
    let dir = write_segment(&whole_segment(&payloads));
    let mut books = Books::new(Planogram::default());
    let read = order_log::read(&dir, &mut books);
    assert!(books.sales().count() <= payloads.len(), "sales out of nothing");
    for sale in books.sales() {
        let paid = sale.receipt().is_some();
        let owed = sale.refund().map_or(0, |refund| refund.refund_fee.get());
        assert!(paid || owed == 0, "money goes back that never came: {sale:?}");
        assert!(owed <= sale.order.price.get(), "more goes back than came: {sale:?}");
    }
    read.is_ok() && !payloads.is_empty()
}

fn write_segment(bytes: &[u8]) -> std::path::PathBuf {
    let dir = place("orders");
    let segments = dir.join("segments");
    fs::create_dir_all(&segments).expect("a folder");
    fs::write(segments.join(Path::new("00000001.seg")), bytes).expect("room");
    dir
}

/// The format as `daemon/src/journal/record.rs` draws it, written a second time: each payload is a
/// batch of one.
fn whole_segment(payloads: &[&[u8]]) -> Vec<u8> {
    let crc = |parts: &[&[u8]]| {
        let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
        let mut digest = crc.digest();
        parts.iter().for_each(|part| digest.update(part));
        digest.finalize().to_le_bytes()
    };
    let (magic, version) = (b"KIOSKLOG", 1_u32.to_le_bytes());
    let mut segment = [magic.as_slice(), &version, &crc(&[magic, &version])].concat();
    let mut previous = [0_u8; 32];
    for (payload, number) in payloads.iter().zip(1_u64..) {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
        let place = [0, 0, 1, 0];
        let rest = [number.to_le_bytes().as_slice(), &place, &previous, payload].concat();
        let record = [len.as_slice(), &crc(&[&len, &rest]), &rest].concat();
        previous = Sha256::digest(&record).into();
        segment.extend(record);
    }
    segment
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    text.windows(part.len()).position(|window| window == part)
}
