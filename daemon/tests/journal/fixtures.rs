//! Logs of earlier versions: each later one reads them to the same books and goes on with them.
//!
//! `orders-1` was written by kioskd itself, in the simulated world: sales vended, closed, refunded,
//! in doubt, and one that waited for its payment when the power was cut. `orders-2` is the same log
//! after all its settled sales but the last went to the archive, and one more start.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use daemon::{
    order_log,
    sale::{Books, Entry, Planogram, Timestamp},
};
use tempfile::TempDir;

use crate::shop::open;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A copy that may be changed.
fn unpacked(name: &str) -> (TempDir, PathBuf) {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("orders");
    let done = Command::new("cp").arg("-r").arg(fixture(name)).arg(&dir).status().unwrap();
    assert!(done.success());
    (home, dir)
}

/// Running number, slot, fen and state of each sale.
fn sales(books: &Books) -> Vec<(u64, u16, u32, &'static str)> {
    let mut sales: Vec<_> = books
        .sales()
        .map(|sale| {
            let order = &sale.order;
            (order.number, order.slot.number(), order.price.get(), sale.state.name())
        })
        .collect();
    sales.sort_unstable();
    sales
}

/// Reads a log without changing it, then opens it, writes and opens again.
fn reads_and_goes_on(name: &str, expected: &[(u64, u16, u32, &str)], records: u64) {
    let mut bare = Books::new(Planogram::default());
    let (_home, dir) = unpacked(name);
    order_log::read(&dir, &mut bare).unwrap();
    assert_eq!(sales(&bare), expected, "{name}");
    assert_eq!(order_log::verify(&dir).unwrap().records, records, "{name}");

    let (mut log, books, findings) = open(&dir).unwrap();
    assert_eq!(findings, [], "{name}");
    assert_eq!((sales(&books), books.next_number()), (expected.to_vec(), 8), "{name}");
    let first = books.planogram().iter().next().unwrap().1.clone();
    assert_eq!((first.stock, first.loaded.unwrap().count), (Some(8), 9), "{name}");
    let at = Timestamp::from_unix_ms(1_800_000_000_000);
    log.append(&[Entry::Started { version: "later".to_owned() }], at).unwrap();
    drop(log);
    let (_, again, findings) = open(&dir).unwrap();
    assert_eq!((sales(&again), again.last_at()), (expected.to_vec(), Some(at)), "{name}");
    assert_eq!(findings, [], "{name}");
    assert_eq!(order_log::verify(&dir).unwrap().records, records + 1, "{name}");

    // Its copy alone brings it back too.
    let (_home, dir) = unpacked(name);
    fs::remove_file(dir.join("segments/00000001.seg")).unwrap();
    let (_, restored, findings) = open(&dir).unwrap();
    assert_eq!((sales(&restored), findings.len()), (expected.to_vec(), 1), "{name}");
}

/// What the machine of the fixtures has sold.
const SOLD: [(u64, u16, u32, &str); 7] = [
    (1, 1, 350, "vended"),
    (2, 7, 990, "closed"),
    (3, 3, 400, "refunded"),
    (4, 1, 350, "vended"),
    (5, 2, 200, "vended"),
    (6, 5, 650, "in_doubt"),
    (7, 8, 550, "awaiting_payment"),
];

#[test]
fn format_1() {
    reads_and_goes_on("orders-1", &SOLD, 39);
}

#[test]
fn format_2() {
    reads_and_goes_on("orders-2", &SOLD[4..], 53);
}

/// How `orders-2` was made, for the day on which a format 3 needs such a one.
#[test]
#[ignore = "writes into the directory that FIXTURE_OUT names"]
fn write_format_2() {
    let Some(out) = std::env::var_os("FIXTURE_OUT") else { return };
    let (_home, dir) = unpacked("orders-1");
    let (mut log, books, _) = open(&dir).unwrap();
    let retention = daemon::sale::Retention { keep: std::time::Duration::ZERO, newest: 3 };
    let now = Timestamp::from_unix_ms(1_800_000_000_000);
    let books = log.archive_if_due(&books, &retention, now).unwrap().expect("due").books;
    let at = books.last_at().unwrap();
    log.append(&[Entry::Started { version: "0.0.0".to_owned() }], at).unwrap();
    drop(log);
    let done = Command::new("cp").arg("-r").arg(&dir).arg(out).status().unwrap();
    assert!(done.success());
}
