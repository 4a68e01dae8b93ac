//! WeChat's bill of a day against the order log: by hand, and by the machine in the next morning.

use std::path::Path;
use std::process::Output;

use protocol::BeijingTime;
use serde::Deserialize;
use tests::gateway::{Mood, PlantedTrade};

use crate::{
    scene::{Chosen, LIMIT, Scene, program, quick},
    tools::{complained, run, said},
};

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
/// When every machine has begun its audit.
const AUDITS_BEGUN: i64 = 10 * HOUR + HOUR / 2;
/// An order that looks like this machine's and is in nobody's log.
const STRANGER: &str = "VM0001-20200101-000001-zzzz";

/// What `kioskd reconcile --json` prints.
#[derive(Deserialize)]
struct Audit {
    differences: Vec<Difference>,
}

#[derive(Debug, Deserialize)]
struct Difference {
    kind: String,
    text: String,
}

#[test]
fn a_day_agrees_until_bill_or_log_has_more_and_the_difference_is_named() {
    let scene = Scene::open(quick());
    let (first, second) = (scene.buy(1), scene.buy(3));
    let jammed = refund_one(&scene);
    for old_columns in [true, false] {
        scene.gateway.set_moods(|moods| moods.old_bill_columns = old_columns);
        let (code, text) = reconcile(&scene, &today(&scene));
        let prices = price(&scene, &first) + price(&scene, &second) + price(&scene, &jammed);
        let words = format!(
            "{}: 3 trades, {} yuan; 1 refund, {} yuan; the bill and the log agree\n",
            today(&scene),
            yuan(prices),
            yuan(price(&scene, &jammed)),
        );
        assert_eq!((code, text), (0, words));
    }

    // Another machine's trade is nothing to us, one under our name is.
    plant(&scene, "VM00012-20200101-000001-zzzz");
    assert_eq!(reconcile(&scene, &today(&scene)).0, 0);
    plant(&scene, STRANGER);
    assert_one(&scene, &[STRANGER, "the log does not know the order"]);

    let refund = scene.sale(&jammed.number).unwrap().out_refund_no.unwrap();
    for number in [&first.number, &refund] {
        scene.gateway.drop_from_bill(number);
        let differences = differences(&scene);
        let words = "is missing from the bill";
        let is_named = |it: &Difference| it.text.contains(number) && it.text.contains(words);
        assert!(differences.iter().any(is_named), "{differences:?}");
    }
    let kinds = differences(&scene).into_iter().map(|it| it.kind);
    let wanted = ["not_in_log", "not_in_bill", "refund_not_in_bill"];
    assert_eq!(kinds.collect::<Vec<_>>(), wanted);
}

#[test]
fn a_trade_that_the_bill_lacks_is_the_one_difference() {
    let scene = Scene::open(quick());
    let (lost, _kept) = (scene.buy(1), scene.buy(3));
    assert_eq!(reconcile(&scene, &today(&scene)).0, 0);
    scene.gateway.drop_from_bill(&lost.number);
    assert_one(&scene, &[&lost.number, "is missing from the bill"]);
    // Also when the machine is off.
    scene.machine.kill().unwrap();
    assert_one(&scene, &[&lost.number]);
}

#[test]
fn a_day_that_cannot_be_compared_is_no_day_that_agrees() {
    let scene = Scene::open(quick());
    let day = today(&scene);
    refused(&scene, &day, "no bill of that day yet");
    scene.buy(1);
    scene.gateway.set_moods(|moods| moods.bill_ready_hour = Some(9));
    refused(&scene, &day, "after 10:00 Beijing time of the next day");
    scene.gateway.set_moods(|moods| moods.bill_ready_hour = None);

    scene.gateway.set_moods(|moods| moods.downloadbill = Mood::SystemError(1));
    refused(&scene, &day, "SYSTEMERROR");
    scene.gateway.set_moods(|moods| moods.downloadbill = Mood::Html);
    refused(&scene, &day, "not a bill");
    scene.gateway.set_moods(|moods| moods.downloadbill = Mood::Normal);
    assert_eq!(reconcile(&scene, &day).0, 0);

    refused(&scene, "2024-02-30", "a day as");
    refused(&scene, "yesterday", "a day as");
    refused(&scene, &day_of(scene.gateway.now_ms() + DAY), "is yet to come");
    refused(&scene, "2020-01-01", "three months");
    scene.gateway.set_down(true).unwrap();
    refused(&scene, &day, "no answer");
}

#[test]
fn the_machine_audits_yesterday_and_alarms() {
    let scene = Scene::open(quick());
    scene.buy(1);
    plant(&scene, STRANGER);
    let day = today(&scene);
    // To the machine it is the next morning from now on.
    let now = scene.gateway.now_ms();
    let since_midnight = (now + 8 * HOUR).rem_euclid(DAY);
    scene.gateway.set_date_ahead(DAY - since_midnight + AUDITS_BEGUN);
    scene.buy(3);
    let told = |part: &str| {
        let words = format!("audit of {day}: {part}");
        let found = scene.machine.wait_for_line("the audit", LIMIT, |line| {
            line.message.starts_with(&words).then(|| (line.level.clone(), line.message.clone()))
        });
        found.unwrap_or_else(|error| panic!("{error}: {words}; {}", scene.story()))
    };
    let (level, tally) = told("");
    assert_eq!(level, "INFO", "{tally}");
    assert!(tally.ends_with("1 difference"), "{tally}");
    let (level, difference) = told("order ");
    assert_eq!(level, "WARN", "{difference}");
    assert!(difference.contains(STRANGER), "{difference}");
}

/// Sells an item that does not fall; the money goes back.
fn refund_one(scene: &Scene) -> Chosen {
    let chosen = scene.buy_jammed(2);
    scene.wait_refunded_once(&chosen);
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    chosen
}

fn plant(scene: &Scene, out_trade_no: &str) {
    let (out_trade_no, paid_at_ms) = (out_trade_no.to_owned(), scene.gateway.now_ms());
    scene.gateway.plant_in_bill(PlantedTrade { out_trade_no, total_fee: 500, paid_at_ms });
}

/// There is exactly one difference, and it says all these words.
fn assert_one(scene: &Scene, words: &[&str]) {
    let (code, text) = reconcile(scene, &today(scene));
    assert_eq!((code, text.lines().count()), (1, 2), "{text}");
    assert!(text.lines().next().unwrap().ends_with("; 1 difference"), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in\n{text}");
    }
}

fn refused(scene: &Scene, day: &str, words: &str) {
    let ran = run_reconcile(scene, day, &[]);
    assert_eq!(ran.status.code(), Some(2), "{day}: {}{}", said(&ran), complained(&ran));
    assert!(complained(&ran).contains(words), "{words:?} is not in {}", complained(&ran));
}

fn reconcile(scene: &Scene, day: &str) -> (i32, String) {
    let ran = run_reconcile(scene, day, &[]);
    assert_eq!(complained(&ran), "");
    (ran.status.code().unwrap(), said(&ran))
}

fn differences(scene: &Scene) -> Vec<Difference> {
    let ran = run_reconcile(scene, &today(scene), &["--json"]);
    serde_json::from_slice::<Audit>(&ran.stdout).unwrap().differences
}

fn run_reconcile(scene: &Scene, day: &str, more: &[&str]) -> Output {
    let arguments = ["reconcile", "--date", day, "--config"].map(Path::new);
    let arguments = arguments.into_iter().chain([scene.machine.config()]);
    run(program(), arguments.chain(more.iter().map(Path::new)), b"")
}

fn today(scene: &Scene) -> String {
    day_of(scene.gateway.now_ms())
}

fn day_of(unix_ms: i64) -> String {
    let digits = BeijingTime::from_unix_ms(unix_ms).to_string();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap().to_owned();
    [part(0..4), part(4..6), part(6..8)].join("-")
}

fn price(scene: &Scene, chosen: &Chosen) -> u32 {
    scene.sale(&chosen.number).unwrap().fen
}

fn yuan(fen: u32) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
