//! Bill against log: what each side may lack, and what is no difference.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use protocol::bill::{BillError, BillRefund, BillRow, BillTradeState};
use protocol::downloadbill::BillDate;
use protocol::{BeijingTime, Fen, OutRefundNo, OutTradeNo, PrepayId, RefundId, TransactionId};
use serde_json::json;

use super::{BillFault, MachineBill, TimeOfDay, compare, day, is_over, today, yesterday};
use crate::sale::{
    Books, Door, Entry, MachineId, Order, Planogram, Recorded, RefundReason, Slot, Timestamp,
};

const DAY: &str = "20261120";

/// A row of a payment.
pub(crate) fn trade(out_trade_no: &str, transaction_id: &str, fen: u32) -> BillRow {
    BillRow {
        time: None,
        time_text: String::new(),
        transaction_id: TransactionId::parse(transaction_id).unwrap(),
        out_trade_no: out_trade_no.to_owned(),
        device_info: String::new(),
        trade_type: "NATIVE".to_owned(),
        trade_state: BillTradeState::Success,
        total_fee: Fen::new(fen),
        refund: None,
        fee: "0.02000".to_owned(),
        attach: String::new(),
        body: String::new(),
    }
}

/// A row of a refund.
pub(crate) fn refund(out_trade_no: &str, out_refund_no: &str, fen: u32, status: &str) -> BillRow {
    let refund = BillRefund {
        refund_id: "50000408942018111907145868882".to_owned(),
        out_refund_no: out_refund_no.to_owned(),
        refund_fee: Fen::new(fen),
        refund_status: status.to_owned(),
    };
    let trade_state = BillTradeState::Refund;
    BillRow { trade_state, refund: Some(refund), ..trade(out_trade_no, "4200", 0) }
}

fn machine() -> MachineId {
    MachineId::parse("VM1").unwrap()
}

fn number(count: u64) -> String {
    format!("VM1-{DAY}-{count:06}-abcd")
}

fn at(beijing: &str) -> Timestamp {
    Timestamp::from_unix_ms(BeijingTime::parse(beijing).unwrap().unix_ms())
}

/// An order log in the making.
struct Log {
    books: Books,
}

impl Log {
    fn new() -> Self {
        Self { books: Books::new(Planogram::default()) }
    }

    fn record(&mut self, beijing: &str, entry: Entry) {
        self.books.apply(&Recorded { at: at(beijing), entry }).unwrap();
    }

    fn opened(self, count: u64, fen: u32) -> Self {
        self.opened_at(Door::Panel, count, fen)
    }

    fn opened_at(mut self, door: Door, count: u64, fen: u32) -> Self {
        let out_trade_no = OutTradeNo::parse(&number(count)).unwrap();
        let order = Order {
            out_trade_no: out_trade_no.clone(),
            number: count,
            slot: Slot::try_from(1).unwrap(),
            name_zh: "可乐".to_owned(),
            name_en: "Cola".to_owned(),
            price: Fen::new(fen),
            created_at: at("20261120110000"),
            time_expire: at("20261120110530"),
            door,
        };
        let prepay_id = PrepayId::parse("wx1").unwrap();
        self.record("20261120110000", Entry::OrderCreated { order });
        self.record("20261120110001", Entry::OrderOpened { out_trade_no, prepay_id });
        self
    }

    fn paid(self, count: u64, fen: u32) -> Self {
        self.paid_at(count, fen, "20261120110010")
    }

    fn paid_at(self, count: u64, fen: u32, time_end: &str) -> Self {
        let mut log = self.opened(count, fen);
        let receipt = serde_json::from_value(json!({
            "out_trade_no": number(count), "transaction_id": format!("42{count:02}"),
            "total_fee": fen, "time_end": time_end, "via": "notify",
        }));
        log.record("20261120110011", Entry::Paid { receipt: receipt.unwrap() });
        log
    }

    /// Owed at one moment, taken by WeChat and paid back at others.
    fn refunded(self, count: u64, moments: [&str; 3]) -> Self {
        let [owed, taken, back] = moments;
        let mut log = self.accepted(count, owed, taken);
        let out_trade_no = OutTradeNo::parse(&number(count)).unwrap();
        let refund_id = RefundId::parse("5001").unwrap();
        log.record(back, Entry::Refunded { out_trade_no, refund_id });
        log
    }

    fn accepted(mut self, count: u64, owed: &str, taken: &str) -> Self {
        let out_trade_no = OutTradeNo::parse(&number(count)).unwrap();
        let out_refund_no = OutRefundNo::parse(&format!("R-{out_trade_no}")).unwrap();
        let (refund_id, reason) = (RefundId::parse("5001").unwrap(), RefundReason::PaidTooLate);
        let refund_fee = self.books.sale(&out_trade_no).unwrap().order.price;
        self.record(
            owed,
            Entry::RefundOwed {
                out_trade_no: out_trade_no.clone(),
                out_refund_no: out_refund_no.clone(),
                refund_fee,
                reason,
            },
        );
        let request = Entry::RefundRequested { out_trade_no: out_trade_no.clone(), out_refund_no };
        self.record(owed, request);
        self.record(taken, Entry::RefundAccepted { out_trade_no, refund_id });
        self
    }

    /// Compares with the bill; `wanted` = kind and order of each difference.
    fn check(&self, rows: Vec<BillRow>, wanted: &[(&str, u64)]) {
        self.check_results(rows.into_iter().map(Ok).collect(), wanted);
    }

    fn check_results(&self, rows: Vec<Result<BillRow, BillError>>, wanted: &[(&str, u64)]) {
        let bill = MachineBill::read(&machine(), rows).unwrap();
        let audit = compare(&self.books, BillDate::parse(DAY).unwrap(), &bill);
        let found = audit.differences.iter().map(|difference| {
            let count = difference
                .out_trade_no()
                .map_or(0, |number| number.as_str().get(13..19).unwrap().parse::<u64>().unwrap());
            (difference.kind(), count)
        });
        assert_eq!(found.collect::<Vec<_>>(), wanted, "{:?}", audit.differences);
        assert_eq!(audit.tally.differences, wanted.len());
    }
}

const SAME_DAY: [&str; 3] = ["20261120120000", "20261120120001", "20261120121500"];

fn ours(count: u64) -> String {
    format!("R-{}", number(count))
}

#[test]
fn a_bill_that_has_what_the_log_has_agrees() {
    let log = Log::new().paid(1, 350).paid(2, 200).refunded(2, SAME_DAY).opened(3, 100);
    let rows = vec![
        trade(&number(1), "4201", 350),
        trade("VM10-20261120-000001-abcd", "4288", 900),
        trade(&number(2), "4202", 200),
        refund(&number(2), &ours(2), 200, "SUCCESS"),
        trade("somebody else's", "4299", 900),
    ];
    log.check(rows.clone(), &[]);
    let bill = MachineBill::read(&machine(), rows.into_iter().map(Ok)).unwrap();
    let audit = compare(&log.books, BillDate::parse(DAY).unwrap(), &bill);
    let text = "2026-11-20: 2 trades, 5.50 yuan; 1 refund, 2.00 yuan; the bill and the log agree";
    assert_eq!((audit.tally.to_string().as_str(), audit.tally.others), (text, 2));
}

#[test]
fn a_payment_that_the_log_lacks_is_named() {
    let log = Log::new().paid(1, 350).opened(2, 200);
    let rows = vec![
        trade(&number(1), "4201", 350),
        trade(&number(2), "4202", 200),
        trade(&number(3), "4203", 100),
    ];
    log.check(rows.clone(), &[("not_paid_in_log", 2), ("not_in_log", 3)]);
    let bill = MachineBill::read(&machine(), rows.into_iter().map(Ok)).unwrap();
    let audit = compare(&log.books, BillDate::parse(DAY).unwrap(), &bill);
    let words = audit.differences.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        words,
        [
            "order VM1-20261120-000002-abcd: the bill has a payment of 2.00 yuan (4202); in the log \
             it is awaiting_payment and was never paid",
            "order VM1-20261120-000003-abcd: the bill has a payment of 1.00 yuan (4203); the log \
             does not know the order",
        ]
    );
    assert!(audit.tally.to_string().ends_with("; 2 differences"), "{}", audit.tally);
}

#[test]
fn a_payment_that_the_bill_lacks_is_named_on_its_own_day_alone() {
    let log = Log::new()
        .paid(1, 350)
        .paid_at(2, 350, "20261120235959")
        .paid_at(3, 350, "20261121000000")
        .paid_at(4, 350, "20261119235959");
    log.check(vec![trade(&number(1), "4201", 350)], &[("not_in_bill", 2)]);
    log.check(vec![], &[("not_in_bill", 1), ("not_in_bill", 2)]);
}

#[test]
fn sales_under_an_earlier_name_of_the_machine_are_not_missed() {
    let log = Log::new().paid(1, 350);
    let bill = MachineBill::empty(&MachineId::parse("VM2").unwrap());
    let audit = compare(&log.books, BillDate::parse(DAY).unwrap(), &bill);
    assert_eq!(audit.differences, []);
}

#[test]
fn another_amount_or_payment_is_named() {
    let log = Log::new().paid(1, 350).paid(2, 200);
    let rows = vec![
        trade(&number(1), "4201", 349),
        trade(&number(2), "4202", 200),
        trade(&number(2), "4209", 200),
        trade(&number(2), "4202", 200),
    ];
    let wanted = [("other_amount", 1), ("other_payment", 2), ("billed_twice", 2)];
    log.check(rows, &wanted);
}

#[test]
fn a_refund_that_the_log_lacks_is_named() {
    let log = Log::new().paid(1, 350);
    let rows = vec![
        trade(&number(1), "4201", 350),
        refund(&number(1), "BY-HAND", 350, "SUCCESS"),
        refund(&number(9), "BY-HAND-2", 100, "PROCESSING"),
        // Rejected: no money moved.
        refund(&number(1), "BY-HAND-3", 350, "REFUNDCLOSE"),
    ];
    log.check(rows, &[("refund_not_in_log", 1), ("refund_not_in_log", 9)]);
}

#[test]
fn a_refund_that_the_bill_lacks_is_named_when_its_day_is_certain() {
    let rows = || vec![trade(&number(1), "4201", 350)];
    #[rustfmt::skip]
    let table = [
        (SAME_DAY,                                               true),
        // A card has its money days later: the bill is that of the day on which WeChat took it.
        (["20261120120000", "20261120120001", "20261123120000"], true),
        (["20261119120000", "20261119120001", "20261120120000"], false),
        // It was made on the one day or the other.
        (["20261119235959", "20261120000500", "20261120001000"], false),
        (["20261120235000", "20261120235800", "20261121000100"], false),
        (["20261120110100", "20261122110100", "20261122110200"], false),
    ];
    for (moments, is_missed) in table {
        let wanted = [("refund_not_in_bill", 1)];
        let wanted = if is_missed { &wanted[..] } else { &[] };
        Log::new().paid(1, 350).refunded(1, moments).check(rows(), wanted);
    }
    // Not back yet: it is asked about anyway.
    Log::new().paid(1, 350).accepted(1, SAME_DAY[0], SAME_DAY[1]).check(rows(), &[]);
}

#[test]
fn what_goes_back_is_what_is_owed() {
    let owed = || Log::new().paid(1, 350).refunded(1, SAME_DAY);
    let rows = |refunds: &[(&str, u32)]| {
        let refunds = refunds.iter().map(|(no, fen)| refund(&number(1), no, *fen, "SUCCESS"));
        [trade(&number(1), "4201", 350)].into_iter().chain(refunds).collect::<Vec<_>>()
    };
    owed().check(rows(&[("R-1", 350)]), &[]);
    owed().check(rows(&[("HAND-1", 100), ("HAND-2", 250)]), &[]);
    owed().check(rows(&[("R-1", 100)]), &[("other_refund_amount", 1)]);
    owed().check(rows(&[("R-1", 400)]), &[("other_refund_amount", 1)]);
    owed().check(rows(&[("R-1", 350), ("HAND-1", 350)]), &[("refunded_twice", 1)]);
    // A part of it, while the rest is still owed.
    let accepted = Log::new().paid(1, 350).accepted(1, SAME_DAY[0], SAME_DAY[1]);
    accepted.check(rows(&[("HAND-1", 100)]), &[]);
}

#[test]
fn a_line_that_cannot_be_read_lets_nothing_be_missed() {
    let log = Log::new().paid(1, 350).paid(2, 200);
    let line = |number| Err(BillError::Line { number, what: "2 values".to_owned() });
    let rows = vec![line(2), Ok(trade(&number(2), "4202", 100)), line(4)];
    log.check_results(rows, &[("unread", 0), ("other_amount", 2)]);
    // Nor does an order number of ours that none of ours can be.
    log.check(vec![trade("VM1-\u{1b}[2J", "4201", 350)], &[("unread", 0)]);
}

#[test]
fn an_order_in_a_state_of_another_trade_is_named_once() {
    let log = Log::new().paid(1, 350);
    let row = BillRow {
        trade_state: BillTradeState::Other("FROZEN".to_owned()),
        ..trade(&number(1), "4201", 350)
    };
    log.check(vec![row], &[("other_state", 1)]);
}

#[test]
fn a_payment_that_the_machine_took_back_is_no_difference() {
    let revoked = |count| BillRow {
        trade_state: BillTradeState::Revoked,
        ..refund(&number(count), "0", 350, "SUCCESS")
    };
    let log = Log::new().opened_at(Door::Scanner, 1, 350).paid(2, 350).opened(3, 350);
    let both = vec![trade(&number(1), "4201", 350), revoked(1), trade(&number(2), "4202", 350)];
    log.check(both.clone(), &[]);
    let bill = MachineBill::read(&machine(), both.into_iter().map(Ok)).unwrap();
    let audit = compare(&log.books, BillDate::parse(DAY).unwrap(), &bill);
    let text = "2026-11-20: 1 trade, 3.50 yuan; 0 refunds, 0.00 yuan; 1 payment taken back; \
                the bill and the log agree";
    assert_eq!(audit.tally.to_string(), text);
    // The row of the payment may be missing, or have become the other.
    log.check(vec![revoked(1), trade(&number(2), "4202", 350)], &[]);
    // But goods were given for this one, nobody showed a code for that one, and none is known.
    let wanted = [("reversed", 2), ("reversed", 3), ("reversed", 4)];
    log.check(vec![revoked(4), revoked(3), revoked(2)], &wanted);
}

#[test]
fn half_a_bill_is_no_bill() {
    for error in [
        BillError::CutOff { rows: 1 },
        BillError::Count { rows: 1, told: 2 },
        BillError::NoBillExist,
        BillError::Column("交易时间"),
    ] {
        let rows = [Ok(trade(&number(1), "4201", 350)), Err(error.clone())];
        match MachineBill::read(&machine(), rows) {
            Err(BillFault::Unusable(found)) => assert_eq!(found, error),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_bill_of_one_machine_that_never_ends_is_given_up() {
    let endless = std::iter::repeat_with(|| Ok(trade(&number(1), "4201", 350)));
    assert!(matches!(MachineBill::read(&machine(), endless), Err(BillFault::TooLong)));
}

#[test]
fn no_bill_means_no_trades_only_when_it_could_be_there() {
    let none = |now| MachineBill::none(&machine(), BillDate::parse(DAY).unwrap(), at(now));
    assert!(matches!(none("20261120230000"), Err(BillFault::NotReady)));
    assert!(matches!(none("20261121095959"), Err(BillFault::NotReady)));
    assert_eq!(none("20261121100000").unwrap(), MachineBill::empty(&machine()));
    assert_eq!(none("20270216000000").unwrap(), MachineBill::empty(&machine()));
    assert!(matches!(none("20270218000000"), Err(BillFault::Forgotten)));
}

#[test]
fn days_begin_in_beijing() {
    let now = at("20261121000000");
    assert_eq!(today(now), BillDate::parse("20261121").unwrap());
    assert_eq!(yesterday(now), BillDate::parse(DAY).unwrap());
    assert_eq!(day::in_words(yesterday(now)), "2026-11-20");
    assert!(!is_over(yesterday(now), now));
}

#[test]
fn machines_audit_between_ten_past_and_half_past_ten_each_at_its_time() {
    let noon = at("20261120120000");
    let midnight = at("20261120000000");
    let mut times = std::collections::BTreeSet::new();
    for count in 0..100 {
        let machine = MachineId::parse(&format!("VM{count:04}")).unwrap();
        let audit = TimeOfDay::of_audit(&machine);
        assert_eq!(audit.wait(noon), std::time::Duration::ZERO);
        let minutes = audit.wait(midnight).as_secs() / 60;
        assert!((610..630).contains(&minutes), "{minutes}");
        let seconds = audit.wait(midnight).as_secs();
        let gmt = format!("{} {} 2 * * *", seconds % 60, seconds / 60 % 60);
        assert_eq!(audit.as_cron(), gmt);
        times.insert(audit);
    }
    assert!(times.len() > 75, "{}", times.len());
}
