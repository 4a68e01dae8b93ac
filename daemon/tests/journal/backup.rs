//! Verify, export and restore: what was changed is named, and what comes back is the same.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use daemon::{
    order_log::{self, Tally},
    sale::Books,
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    log::files,
    shop::{AT_ONCE, Shop, open},
};

/// A log with three archives, closed, and its books.
fn archived() -> (Shop, Books) {
    let mut shop = Shop::new();
    let (mut log, mut books, _) = shop.open();
    for _ in 0..3 {
        shop.sell_mixed(&mut log, &mut books, 41);
        books = log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap().expect("due").books;
    }
    shop.sell_mixed(&mut log, &mut books, 5);
    (shop, books)
}

#[test]
fn all_sales_are_read_from_archives_and_log() {
    let (shop, books) = archived();
    let all = order_log::read_all(&shop.dir()).unwrap();
    let tally = order_log::verify(&shop.dir()).unwrap();
    assert_eq!(all.sales().count(), tally.sales);
    assert!(tally.sales > books.sales().count(), "nothing was archived");
    for sale in books.sales() {
        assert_eq!(all.sale(&sale.order.out_trade_no), Some(sale), "an older state of it");
    }
    assert_eq!(all.open_sales().count(), books.open_sales().count());
}

fn archive(dir: &Path, index: usize) -> PathBuf {
    files(&dir.join("archive"), "")[index].clone()
}

fn segment(dir: &Path) -> PathBuf {
    dir.join("segments/00000001.seg")
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn complaint(dir: &Path) -> String {
    order_log::verify(dir).unwrap_err().to_string()
}

#[test]
fn what_was_exported_is_restored_to_the_same_books() {
    let (shop, books) = archived();
    let tally = order_log::verify(&shop.dir()).unwrap();
    let sales = usize::try_from(books.next_number() - 1).unwrap();
    assert_eq!((tally.archives, tally.sales, tally.unfinished), (3, sales, 0));
    assert_eq!(tally.last_at, books.last_at());

    let home = TempDir::new().unwrap();
    let (backup, dir) = (home.path().join("backup.gz"), home.path().join("orders"));
    // Also while the log is open.
    let running = shop.open();
    assert_eq!(order_log::export(&shop.dir(), &backup).unwrap(), tally);
    drop(running);
    assert_eq!(order_log::restore(&dir, &backup).unwrap(), tally);
    assert_eq!(order_log::verify(&dir).unwrap(), tally);
    let (mut log, mut restored, findings) = open(&dir).unwrap();
    assert_eq!((&restored, findings), (&books, vec![]));
    let mut shop = shop;
    shop.start(&mut log, &mut restored);
    drop(log);
    assert_eq!(order_log::verify(&dir).unwrap().records, tally.records + 1);
}

#[test]
fn a_log_takes_no_other_logs_place() {
    let (shop, _) = archived();
    let home = TempDir::new().unwrap();
    let backup = home.path().join("backup.gz");
    let tally = order_log::export(&shop.dir(), &backup).unwrap();
    let refused = |dir: &Path| order_log::restore(dir, &backup).unwrap_err().to_string();
    assert!(refused(&shop.dir()).contains("00000001.seg is there already"));
    let running = shop.open();
    assert!(refused(&shop.dir()).contains("is in use by another kioskd"));
    drop(running);
    let dir = home.path().join("orders");
    fs::create_dir_all(dir.join("archive")).unwrap();
    fs::write(dir.join("archive/000000000002.seg.gz"), b"of another log").unwrap();
    assert!(refused(&dir).contains("000000000002.seg.gz is there already"));
    fs::remove_file(dir.join("archive/000000000002.seg.gz")).unwrap();
    // The power went after the first archive: there is no log, and no new one is begun.
    fs::write(dir.join("archive/000000000001.seg.gz"), b"half").unwrap();
    assert_eq!(order_log::restore(&dir, &backup).unwrap(), tally);
    assert_eq!(order_log::verify(&dir).unwrap(), tally);
    fs::remove_file(segment(&dir)).unwrap();
    assert!(open(&dir).map(drop).unwrap_err().to_string().contains("cannot be opened"));
    assert!(!segment(&dir).exists());
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_written() {
    let (shop, _) = archived();
    let home = TempDir::new().unwrap();
    let (backup, dir) = (home.path().join("backup.gz"), home.path().join("orders"));
    let tally = order_log::export(&shop.dir(), &backup).unwrap();
    let good = fs::read(&backup).unwrap();
    let (mut tried, mut refused) = (0, 0);
    let mut check = |bytes: &[u8], case: String| {
        fs::write(&backup, bytes).unwrap();
        tried += 1;
        match order_log::restore(&dir, &backup) {
            // A byte of gzip's own header may mean nothing.
            Ok(restored) => {
                assert_eq!(restored, tally, "{case}");
                fs::remove_dir_all(&dir).unwrap();
            }
            Err(error) => {
                refused += 1;
                let said = error.to_string();
                let helps = said.contains("no whole backup") || said.contains("version");
                assert!(helps && !said.contains("log restore"), "{case}: {said}");
            }
        }
        assert!(!segment(&dir).exists(), "{case}");
    };
    for at in (0..good.len()).step_by(good.len() / 200) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x04;
        check(&bytes, format!("byte {at}"));
    }
    for part in 0..20 {
        let len = good.len() * part / 20;
        check(&good[..len], format!("{len} bytes"));
    }
    println!("{refused} of {tried} damaged backups were refused, the others were whole");
    assert!(refused + 10 >= tried, "only {refused} refused");
}

#[test]
fn every_changed_byte_is_found() {
    let (shop, _) = archived();
    let dir = shop.dir();
    let mut found = 0;
    for (file, packed) in [(archive(&dir, 1), true), (segment(&dir), false)] {
        let good = fs::read(&file).unwrap();
        let plain = if packed { unpack(&good) } else { good.clone() };
        for at in (0..plain.len() - 100).step_by(plain.len() / 150) {
            let mut bytes = plain.clone();
            bytes[at] ^= 0x80;
            fs::write(&file, if packed { pack(&bytes) } else { bytes }).unwrap();
            let said = complaint(&dir);
            assert!(said.contains(&file.display().to_string()), "byte {at}: {said}");
            assert!(said.contains("kioskd log restore"), "byte {at}: {said}");
            found += 1;
        }
        fs::write(&file, good).unwrap();
    }
    println!("{found} changed bytes were found");
    order_log::verify(&dir).unwrap();
}

/// Changes a price in a segment and calculates all of its check sums and the chain anew.
fn forge(segment: &[u8], header: usize) -> Vec<u8> {
    let mut forged = segment[..header].to_vec();
    let mut at = header;
    let mut previous: Option<[u8; 32]> = None;
    while at < segment.len() {
        let len = u32::from_le_bytes(segment[at..at + 4].try_into().unwrap());
        let end = at + 52 + usize::try_from(len).unwrap();
        let mut record = segment[at..end].to_vec();
        // Whoever changes a price has to change the payment too, or the entries contradict.
        let place = record.windows(5).position(|five| five == b":200,");
        if let Some(place) = place {
            record[place + 1..place + 4].copy_from_slice(b"100");
        }
        if let Some(previous) = previous {
            record[20..52].copy_from_slice(&previous);
        }
        if place.is_some() || previous.is_some() {
            let crc = crc32c::crc32c(&[&record[..4], &record[8..]].concat());
            record[4..8].copy_from_slice(&crc.to_le_bytes());
            previous = Some(Sha256::digest(&record).into());
        }
        forged.extend_from_slice(&record);
        at = end;
    }
    forged
}

#[test]
fn a_forgery_with_new_check_sums_breaks_the_chain_or_moves_the_head() {
    let (shop, _) = archived();
    let dir = shop.dir();
    let tally = order_log::verify(&dir).unwrap();
    for (index, header) in [(0, 16), (1, 60), (2, 60)] {
        let file = archive(&dir, index);
        let good = fs::read(&file).unwrap();
        let plain = unpack(&good);
        let forged = forge(&plain, header);
        assert_ne!(forged, plain);
        fs::write(&file, pack(&forged)).unwrap();
        let said = complaint(&dir);
        assert!(said.contains("the chain does not go on: record "), "{said}");
        fs::write(&file, good).unwrap();
    }
    let good = fs::read(segment(&dir)).unwrap();
    fs::write(segment(&dir), forge(&good, 60)).unwrap();
    let forged = order_log::verify(&dir).unwrap();
    assert_ne!(forged.head, tally.head, "only an earlier print of the head shows it");
    assert_eq!(Tally { head: tally.head.clone(), ..forged }, tally);
}

#[test]
fn a_missing_archive_is_named() {
    let (shop, _) = archived();
    let dir = shop.dir();
    fs::remove_file(archive(&dir, 1)).unwrap();
    let said = complaint(&dir);
    assert!(said.contains("the archive of the records ") && said.contains(" is missing"), "{said}");
}

#[test]
fn an_archive_that_the_power_cut_short_of_its_use_is_passed_over() {
    let (mut shop, _) = archived();
    let (dir, tally) = (shop.dir(), order_log::verify(&shop.dir()).unwrap());
    // The segment was archived, then the power went; it grew after that.
    let begin = u64::from_le_bytes(fs::read(segment(&dir)).unwrap()[16..24].try_into().unwrap());
    let left = dir.join(format!("archive/{:012}.seg.gz", begin + 1));
    fs::write(&left, pack(&fs::read(segment(&dir)).unwrap())).unwrap();
    assert_eq!(order_log::verify(&dir).unwrap(), tally);
    let (mut log, mut books, _) = shop.open();
    shop.start(&mut log, &mut books);
    let grown = order_log::verify(&dir).unwrap();
    assert_eq!((grown.records, grown.archives), (tally.records + 1, 3));
}

fn kioskd(home: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskd"));
    command.args(words).args(["--config", "kioskd.toml"]).current_dir(home).output().unwrap()
}

#[test]
fn the_operators_commands() {
    let (shop, books) = archived();
    let home = shop.dir().parent().unwrap().to_owned();
    let config = "[machine]\nid = \"VM1\"\ndata_dir = \".\"\nkeep_days = 30\n\
        [merchant]\nappid = \"wx8888888888888888\"\nmch_id = \"1900000109\"\n\
        api_key_file = \"key\"\nnotify_url = \"http://127.0.0.1/notify\"\n\
        [board]\nkind = \"waveshare\"\nport = \"tty\"\n\
        [panel]\nkind = \"offscreen\"\nwidth = 800\nheight = 480\n\
        [[slot]]\nnumber = 1\nprice_fen = 200\ncoil = 0\ndrop_input = 0\n\
        name = { zh = \"水\", en = \"Water\" }\n";
    fs::write(home.join("kioskd.toml"), config).unwrap();
    let said = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let plain = kioskd(&home, &["log"]);
    assert_eq!(said(&plain).lines().count(), books.sales().count());
    let whole = kioskd(&home, &["log", "verify"]);
    let text = said(&whole);
    assert_eq!(whole.status.code(), Some(0), "{text}");
    let tally = order_log::verify(&shop.dir()).unwrap();
    for line in [
        format!("records {}", tally.records),
        format!("sales {}", tally.sales),
        "archives 3".to_owned(),
        format!("head {}", tally.head),
    ] {
        assert!(text.lines().any(|it| it == line), "no {line:?} in {text}");
    }
    let exported = kioskd(&home, &["log", "export", "--out", "b.gz"]);
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    let refused = kioskd(&home, &["log", "restore", "--from", "b.gz"]);
    assert_eq!(refused.status.code(), Some(1));
    fs::remove_dir_all(shop.dir()).unwrap();
    let restored = kioskd(&home, &["log", "restore", "--from", "b.gz"]);
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    assert_eq!(said(&kioskd(&home, &["log"])), said(&plain));
    fs::remove_file(archive(&shop.dir(), 0)).unwrap();
    let broken = kioskd(&home, &["log", "verify"]);
    assert_eq!(broken.status.code(), Some(1));
    let told = String::from_utf8(broken.stderr).unwrap();
    assert!(told.contains("is missing"), "{told}");
}
