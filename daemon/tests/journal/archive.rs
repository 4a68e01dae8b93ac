//! Old sales go to the archive: the same books, a shorter log, and no instant at which a power cut
//! hurts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use daemon::sale::{Availability, Books, NotifyRoad, Retention, Slot, Timestamp};

use crate::shop::{AT_ONCE, End, Shop, open, planogram};

/// What a whole log tells, without the sales that may go.
fn expected(books: &Books, shop: &Shop) -> Books {
    books.without(&AT_ONCE.departing(books, shop.now()))
}

/// A log that is due, closed, and its books.
fn due() -> (Shop, Books) {
    let mut shop = Shop::new();
    let (mut log, mut books, _) = shop.open();
    shop.sell_mixed(&mut log, &mut books, 60);
    shop.sell(&mut log, &mut books, 3, End::Owed);
    (shop, books)
}

fn segment(dir: &Path) -> PathBuf {
    dir.join("segments/00000001.seg")
}

fn archives(dir: &Path) -> Vec<PathBuf> {
    crate::log::files(&dir.join("archive"), "")
}

#[test]
fn the_books_stay_the_same_over_many_archives() {
    let mut shop = Shop::new();
    let (mut log, mut books, _) = shop.open();
    for round in 1..=5 {
        shop.sell_mixed(&mut log, &mut books, 97);
        let len = fs::metadata(segment(&shop.dir())).unwrap().len();
        let expected = expected(&books, &shop);
        let open_before = books.open_sales().count();
        let archived = log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap().expect("due");
        assert_eq!(archived.books, expected, "round {round}");
        assert_eq!(archived.books.open_sales().count(), open_before, "round {round}");
        assert_eq!(archived.books.next_number(), books.next_number());
        assert_eq!(archived.books.last_at(), books.last_at());
        assert_eq!(archived.sales, books.sales().count() - expected.sales().count());
        assert_eq!(archives(&shop.dir()).len(), round);
        let shorter = fs::metadata(segment(&shop.dir())).unwrap().len();
        assert!(shorter < len / 2, "round {round}: {len} bytes became {shorter}");
        assert!(log.archive_if_due(&archived.books, &AT_ONCE, shop.now()).unwrap().is_none());
        drop(log);
        let (again, read, findings) = shop.open();
        assert_eq!(read, expected, "round {round}");
        assert_eq!(findings, [], "round {round}");
        (log, books) = (again, read);
        let mut bare = Books::new(planogram());
        daemon::order_log::read(&shop.dir(), &mut bare).unwrap();
        assert_eq!(bare, books);
    }
}

#[test]
fn a_slot_is_as_it_was_when_the_configuration_counts_it_again() {
    let (shop, books) = due();
    let (mut log, ..) = shop.open();
    log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap().expect("due");
    drop(log);
    // Slots 3 and 5 were not counted, 5 was not there at all.
    let slots = [1, 2, 3, 5].map(|number| {
        let (_, position) = planogram().iter().map(|(slot, it)| (slot, it.clone())).next().unwrap();
        (Slot::try_from(number).unwrap(), position)
    });
    let mut after = Books::new(daemon::sale::Planogram::new(slots.clone()));
    daemon::order_log::read(&shop.dir(), &mut after).unwrap();
    // The other way: the whole log read with this configuration.
    let whole = whole_again(&shop);
    let mut before = Books::new(daemon::sale::Planogram::new(slots));
    daemon::order_log::read(whole.path(), &mut before).unwrap();
    assert_eq!(after.planogram(), before.planogram());
    assert!(after.planogram().position(Slot::try_from(5).unwrap()).unwrap().stock.is_some());
    let blocked = after
        .planogram()
        .iter()
        .filter(|(_, position)| position.availability(1) == Availability::Blocked);
    assert!(blocked.count() > 0, "failures since the last start are carried over");
}

/// A log of the archived segment alone.
fn whole_again(shop: &Shop) -> tempfile::TempDir {
    let home = tempfile::TempDir::new().unwrap();
    let packed = fs::read(&archives(&shop.dir())[0]).unwrap();
    let mut segment = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed), &mut segment).unwrap();
    fs::create_dir(home.path().join("segments")).unwrap();
    fs::write(self::segment(home.path()), segment).unwrap();
    home
}

#[test]
fn the_last_payment_still_tells_whether_notifies_arrive() {
    let mut shop = Shop::new();
    let (mut log, mut books, _) = shop.open();
    // The third order's payment is found by asking and stays; the fourth's is notified and goes.
    let ends = [End::Vended, End::Vended, End::InDoubt, End::Vended];
    for end in ends.into_iter().chain([End::Closed; 4]) {
        shop.sell(&mut log, &mut books, 1, end);
    }
    let archived = log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap();
    assert!(archived.is_none(), "three of eight may go");
    shop.sell(&mut log, &mut books, 1, End::Closed);
    let forced = Retention { newest: 0, ..AT_ONCE };
    let archived = log.archive_if_due(&books, &forced, shop.now()).unwrap().expect("due");
    assert_eq!(archived.books.road(), NotifyRoad::Open);
    drop(log);
    assert_eq!(shop.open().1.road(), NotifyRoad::Open);
}

/// What the steps of archiving have written.
struct Written {
    name: String,
    archive: Vec<u8>,
    segment: Vec<u8>,
}

impl Written {
    fn archive(&self, at: &Path) {
        self.keep(at, &self.name, self.archive.len());
    }

    fn keep(&self, at: &Path, name: &str, len: usize) {
        fs::create_dir_all(at.join("archive")).unwrap();
        fs::write(at.join("archive").join(name), &self.archive[..len]).unwrap();
    }

    fn discard_copy(&self, at: &Path) {
        self.archive(at);
        fs::rename(at.join("sled"), at.join("sled.old")).unwrap();
    }

    fn remove_copy(&self, at: &Path) {
        self.archive(at);
        fs::remove_dir_all(at.join("sled")).unwrap();
    }

    fn begin_segment(&self, at: &Path, len: usize) {
        self.remove_copy(at);
        fs::write(at.join("segments/00000001.new"), &self.segment[..len]).unwrap();
    }

    fn exchange(&self, at: &Path) {
        self.remove_copy(at);
        fs::write(segment(at), &self.segment).unwrap();
    }
}

/// Brings a log from before into the state that a power cut leaves.
type Cut = fn(&Written, &Path);

/// The states in their order, and whether the new segment is in its place.
const CUTS: [(&str, Cut, bool); 10] = [
    ("nothing yet", |_, _| {}, false),
    (
        "half an archive",
        |done, at| done.keep(at, "000000000001.seg.new", done.archive.len() / 2),
        false,
    ),
    ("an archive", |done, at| done.archive(at), false),
    ("the copy is out of the way", |done, at| done.discard_copy(at), false),
    (
        "the copy is half gone",
        |done, at| {
            done.discard_copy(at);
            fs::remove_file(at.join("sled.old/db")).unwrap();
        },
        false,
    ),
    ("no copy", |done, at| done.remove_copy(at), false),
    ("half a segment", |done, at| done.begin_segment(at, done.segment.len() / 2), false),
    ("a segment without its name", |done, at| done.begin_segment(at, done.segment.len()), false),
    ("the new segment", |done, at| done.exchange(at), true),
    (
        "an empty copy",
        |done, at| {
            done.exchange(at);
            fs::create_dir(at.join("sled")).unwrap();
        },
        true,
    ),
];

#[test]
fn a_power_cut_between_any_two_steps_loses_nothing() {
    let (shop, whole) = due();
    let dir = shop.dir();
    let shorter = expected(&whole, &shop);
    let before = dir.with_file_name("before");
    copy(&dir, &before);
    let (mut log, ..) = shop.open();
    log.archive_if_due(&whole, &AT_ONCE, shop.now()).unwrap().expect("due");
    drop(log);
    let file = archives(&dir).pop().unwrap();
    let written = Written {
        name: file.file_name().unwrap().to_str().unwrap().to_owned(),
        archive: fs::read(&file).unwrap(),
        segment: fs::read(segment(&dir)).unwrap(),
    };
    for (case, cut, is_exchanged) in CUTS {
        let expected = if is_exchanged { &shorter } else { &whole };
        let at = dir.with_file_name("state");
        let _absent = fs::remove_dir_all(&at);
        copy(&before, &at);
        cut(&written, &at);
        let (mut log, books, findings) =
            open(&at).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!((&books, findings), (expected, vec![]), "{case}");
        assert!(!at.join("sled.old").exists(), "{case}");
        let again = log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap();
        assert_eq!(again.is_some(), !is_exchanged, "{case}");
        drop(log);
        let (_, books, findings) = open(&at).unwrap();
        assert_eq!((&books, findings), (&shorter, vec![]), "{case}, archived again");
        assert_eq!(fs::read(at.join("archive").join(&written.name)).unwrap(), written.archive);
    }
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_shortened_log_is_mended_like_any_other() {
    let (shop, books) = due();
    let (mut log, ..) = shop.open();
    log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap().expect("due");
    drop(log);
    let (dir, expected) = (shop.dir(), expected(&books, &shop));
    let good = fs::read(segment(&dir)).unwrap();
    let mut mended = 0;
    // Every byte of the header, then some of the rest.
    for at in (0..130).chain((130..good.len()).step_by(211)) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x11;
        fs::write(segment(&dir), bytes).unwrap();
        let (log, books, findings) =
            open(&dir).unwrap_or_else(|error| panic!("byte {at}: {error}"));
        assert_eq!(books, expected, "byte {at}");
        assert_eq!(findings.len(), 1, "byte {at}: {findings:?}");
        assert_eq!(fs::read(segment(&dir)).unwrap(), good, "byte {at}");
        drop(log);
        mended += 1;
    }
    fs::remove_file(segment(&dir)).unwrap();
    assert_eq!(open(&dir).unwrap().1, expected, "from the copy alone");
    assert_eq!(fs::read(segment(&dir)).unwrap(), good);
    // Header and first record are gone: without a copy nobody knows what was there.
    fs::remove_dir_all(dir.join("sled")).unwrap();
    for damaged in [vec![], good[..60].to_vec(), [&[0; 200][..], &good[200..]].concat()] {
        fs::write(segment(&dir), &damaged).unwrap();
        let error = open(&dir).map(drop).unwrap_err();
        assert!(matches!(error, daemon::order_log::OrderLogError::Open(_)), "{error}");
        assert_eq!(fs::read(segment(&dir)).unwrap(), damaged);
    }
    println!("{mended} changed bytes were mended");
}

#[test]
fn a_copy_that_lost_its_beginning_is_no_log() {
    let (shop, books) = due();
    let (mut log, ..) = shop.open();
    log.archive_if_due(&books, &AT_ONCE, shop.now()).unwrap().expect("due");
    drop(log);
    // The copy of the log as it was before: it belongs to another segment.
    let (older, _) = due();
    fs::remove_dir_all(shop.dir().join("sled")).unwrap();
    copy(&older.dir().join("sled"), &shop.dir().join("sled"));
    let (_, read, findings) = shop.open();
    assert_eq!(read, expected(&books, &shop));
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert!(finding.to_string().contains("it begins behind record 0"), "{finding}");
}

#[test]
fn what_stays_is_decided_by_state_age_and_number() {
    let mut shop = Shop::new();
    let (mut log, mut books, _) = shop.open();
    for end in [End::Vended, End::InDoubt, End::Closed, End::Owed, End::Refunded, End::Vended] {
        shop.sell(&mut log, &mut books, 1, end);
    }
    let later = |seconds| shop.now().plus(Duration::from_secs(seconds));
    let numbers = |keep, newest, now: Timestamp| {
        let retention = Retention { keep: Duration::from_secs(keep), newest };
        let departing = retention.departing(&books, now);
        let mut numbers: Vec<u64> =
            departing.iter().map(|it| books.sale(it).unwrap().order.number).collect();
        numbers.sort_unstable();
        numbers
    };
    const DAY: u64 = 86_400;
    assert_eq!(numbers(DAY, 0, later(0)), [0; 0], "all are young");
    assert_eq!(numbers(DAY, 0, later(DAY)), [1, 3, 5, 6], "open ones stay for ever");
    assert_eq!(numbers(DAY, 2, later(DAY)), [1, 3], "the newest stay");
    assert_eq!(numbers(DAY, 6, later(100_000 * DAY)), [0; 0], "whatever the clock says");
    assert_eq!(numbers(0, 0, Timestamp::from_unix_ms(0)), [0; 0], "a clock that was never set");
    // The last sale was settled at once, the one before in a minute.
    assert_eq!(numbers(60, 0, later(0)), [1, 3, 5]);

    let due = |departing: usize, records| {
        let departing = books.sales().take(departing).map(|it| it.order.out_trade_no.clone());
        Retention::is_due(&books, &departing.collect(), records)
    };
    assert!(due(3, 40) && due(6, 40));
    assert!(!due(2, 40) && !due(0, 2_000));
    assert!(due(0, 2_001), "a machine that only starts and starts");
}
