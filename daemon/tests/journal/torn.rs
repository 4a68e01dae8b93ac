//! A power cut in the middle of a batch.

use std::fs;

use daemon::journal::{Finding, read};

use crate::log::{Log, files};

#[test]
fn a_batch_cut_at_any_byte_is_dropped_whole() {
    let log = Log::written();
    let (begin, end) = log.last_batch();
    let bytes = log.bytes();
    for len in begin + 1..end {
        log.alone(&bytes[..len]);
        let case = format!("cut at {len}");
        log.holds(&read(&log.dir()).unwrap(), 4, &case);
        let opened = log.open().unwrap();
        log.holds(&opened.records, 4, &case);
        let [Finding::TornTail { offset, bytes: torn, aside, .. }] = &opened.findings[..] else {
            panic!("{case}: {:?}", opened.findings);
        };
        assert_eq!((*offset, *torn), (begin, len - begin), "{case}");
        assert_eq!(fs::read(aside).unwrap(), bytes[begin..len], "{case}: kept aside");
        assert_eq!(log.bytes(), bytes[..begin], "{case}: cut off");
    }
    assert_eq!(
        files(&log.dir().join("aside"), "00000001.seg.tail-").len(),
        3,
        "the newest are kept"
    );
}

#[test]
fn a_batch_that_the_copy_has_comes_back() {
    let mut log = Log::written();
    let (begin, end) = log.last_batch();
    let bytes = log.bytes();
    for len in [begin, begin + 1, begin + 60, end - 1] {
        log.set_bytes(&bytes[..len]);
        let opened = log.open().unwrap();
        log.holds_all(&opened.records, &format!("cut at {len}"));
        assert!(
            matches!(opened.findings[..], [Finding::Mended { restored: 1..=3, .. }]),
            "{:?}",
            opened.findings
        );
        assert_eq!(log.bytes(), bytes);
    }
    assert_eq!(log.goes_on("afterwards"), []);
}

#[test]
fn the_log_goes_on_behind_a_torn_batch() {
    let mut log = Log::written();
    let bytes = log.bytes();
    log.alone(&[&bytes[..], &bytes[40..140]].concat());
    let findings = log.goes_on("half a batch behind the last");
    assert!(
        matches!(findings[..], [Finding::TornTail { bytes: 100, last_seq: 7, .. }]),
        "{findings:?}"
    );
}
