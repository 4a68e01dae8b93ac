//! Bytes that change, files that vanish, formats that nobody knows.

use std::fs;

use daemon::journal::{Finding, Journal, OpenError, OpenOptions, ReadError, read};

use crate::log::{Log, files};

#[test]
fn a_changed_byte_is_mended_from_the_copy() {
    let mut log = Log::written();
    let bytes = log.bytes();
    for at in (0..bytes.len()).step_by(37) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        log.set_bytes(&damaged);
        let case = format!("byte {at}");
        let opened = log.open().unwrap_or_else(|error| panic!("{case}: {error}"));
        log.holds_all(&opened.records, &case);
        assert!(
            matches!(opened.findings[..], [Finding::Mended { .. }]),
            "{case}: {:?}",
            opened.findings
        );
        assert_eq!(log.bytes(), bytes, "{case}");
        let kept = files(&log.dir().join("aside"), "00000001.seg.damaged-").pop().unwrap();
        let said = opened.findings[0].to_string();
        assert!(kept.exists() && said.contains("aside/00000001.seg.damaged-"), "{said}");
    }
    assert_eq!(log.goes_on("afterwards"), []);
}

#[test]
fn without_a_copy_a_changed_byte_is_never_silent() {
    let log = Log::written();
    let (last_batch, _) = log.last_batch();
    let bytes = log.bytes();
    for at in (0..bytes.len()).step_by(41) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        log.alone(&damaged);
        let case = format!("byte {at}");
        match log.open() {
            Ok(opened) if at < 16 => log.holds_all(&opened.records, &case),
            Ok(opened) => {
                assert!(at >= last_batch, "{case} lost silently");
                log.holds(&opened.records, 4, &case);
                assert!(
                    matches!(opened.findings[..], [Finding::TornTail { .. }]),
                    "{:?}",
                    opened.findings
                );
            }
            Err(OpenError::Broken(broken)) => {
                assert!((16..last_batch).contains(&at), "{case}: {broken}");
                assert!(broken.offset <= at && at < broken.offset + 80, "{case}: {broken}");
                assert_eq!(log.bytes(), damaged, "{case}: nothing is touched");
            }
            Err(other) => panic!("{case}: {other}"),
        }
    }
}

#[test]
fn the_error_says_what_where_and_what_to_do() {
    let log = Log::written();
    let mut bytes = log.bytes();
    bytes[100] ^= 1;
    log.alone(&bytes);
    let file = log.segment();
    let file = file.display();
    let said = log.open().map(drop).unwrap_err().to_string();
    assert_eq!(
        said,
        format!(
            "{file}: record 2, at byte 78, is lost (its check sum is wrong), and record 4 stands \
            whole at byte 202; no \
             copy can fill the gap and nothing was deleted: save the directory, then restore the \
             log from a backup"
        )
    );
    let ReadError::Broken(broken) = read(&log.dir()).unwrap_err() else { panic!("not broken") };
    assert_eq!((broken.seq, broken.offset), (2, 78));
}

#[test]
fn an_unknown_version_is_refused_and_left_alone() {
    let log = Log::written();
    let mut bytes = log.bytes();
    bytes[8] = 9;
    let crc = crc32c::crc32c(&bytes[..12]).to_le_bytes();
    bytes[12..16].copy_from_slice(&crc);
    log.set_bytes(&bytes);
    let said = log.open().map(drop).unwrap_err().to_string();
    assert!(
        said.contains("format version 9 and this program knows only version 2: install"),
        "{said}"
    );
    assert!(matches!(read(&log.dir()), Err(ReadError::UnknownVersion { found: 9, known: 2, .. })));
    assert_eq!(log.bytes(), bytes);
}

#[test]
fn a_log_that_goes_on_in_another_file_is_refused() {
    let log = Log::written();
    fs::write(log.dir().join("segments/00000002.seg"), b"later").unwrap();
    let said = log.open().map(drop).unwrap_err().to_string();
    assert!(said.contains("segments/00000002.seg is a part of the order log that"), "{said}");
}

#[test]
fn a_lost_segment_comes_back_from_the_copy() {
    let mut log = Log::written();
    let bytes = log.bytes();
    fs::remove_file(log.segment()).unwrap();
    let findings = log.goes_on("no segment");
    assert!(matches!(findings[..], [Finding::Mended { restored: 7, .. }]), "{findings:?}");
    assert!(log.bytes().starts_with(&bytes));
}

#[test]
fn a_lost_log_is_never_begun_anew() {
    let log = Log::written();
    fs::remove_file(log.segment()).unwrap();
    fs::remove_file(log.sled().join("db")).unwrap();
    for start in ["first", "second"] {
        let error = log.open().map(drop).unwrap_err();
        assert!(matches!(error, OpenError::Broken(_)), "{start}: {error}");
        assert!(!log.segment().exists());
    }
    // Nor when only what was set aside is left.
    fs::remove_dir_all(log.sled()).unwrap();
    fs::create_dir_all(log.dir().join("aside")).unwrap();
    assert!(matches!(log.open(), Err(OpenError::Broken(_))));
}

#[test]
fn a_log_that_was_taken_away_is_not_begun_anew_by_who_had_it() {
    let log = Log::written();
    let options = OpenOptions { may_begin: false, ..OpenOptions::default() };
    drop(Journal::open(&log.dir(), &options).unwrap());
    let away = log.dir().with_extension("away");
    fs::rename(log.dir(), &away).unwrap();
    for try_again in 0..2 {
        let error = Journal::open(&log.dir(), &options).map(drop).unwrap_err();
        assert!(matches!(error, OpenError::Gone { .. }), "{try_again}: {error}");
        assert!(!log.dir().exists(), "something stands in the place of what is brought back");
    }
    fs::rename(&away, log.dir()).unwrap();
    assert!(!Journal::open(&log.dir(), &options).unwrap().records.is_empty());
}

#[test]
fn an_older_segment_is_extended_from_the_copy() {
    let mut log = Log::written();
    let old = log.bytes();
    let mut journal = log.open().unwrap().journal;
    log.append(&mut journal, 2);
    drop(journal);
    log.set_bytes(&old);
    let findings = log.goes_on("the segment of a backup");
    assert!(matches!(findings[..], [Finding::Mended { restored: 2, .. }]), "{findings:?}");
    assert!(
        findings[0].to_string().contains("the file was too short; 2 records"),
        "{}",
        findings[0]
    );
}
