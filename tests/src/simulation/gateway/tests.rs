//! WeChat's rules, line by line, and that the small value answers as the real messages do.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic, and picks what it looks for; one is a measurement"
)]

use std::{hint::black_box, time::Duration, time::Instant};

use daemon::sale::{
    Books, Command, Door, Entry, Machine, Now, Order, Recorded, RefundReason, ResumeStep, Slot,
    Timestamp,
};
use protocol::{CallName, Fen, orderquery::TradeState};

use super::*;
use crate::simulation::{planogram, rules};

/// 2027-01-15, 8 o'clock in Beijing.
const NOW: i64 = 1_799_971_200_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

fn order(door: Door, price: u32) -> Order {
    let at = Timestamp::from_unix_ms(NOW);
    Order {
        out_trade_no: OutTradeNo::parse("VM1-20270115-000001-abcd").unwrap(),
        number: 1,
        slot: Slot::try_from(1).unwrap(),
        name_zh: "可乐".to_owned(),
        name_en: "Cola".to_owned(),
        price: Fen::new(price),
        created_at: at,
        time_expire: at.plus(Duration::from_secs(330)),
        door,
    }
}

/// The machine's wish to pay 3.50 yuan of [`order`] back: only a log and the middle make one.
fn refund(number: &str) -> sale::Refund {
    let order = order(Door::Panel, 350);
    let out_trade_no = order.out_trade_no.clone();
    let out_refund_no = OutRefundNo::parse(number).unwrap();
    let receipt = serde_json::json!({
        "out_trade_no": out_trade_no.as_str(), "transaction_id": "42", "total_fee": 350,
        "time_end": "20270115080000", "via": "notify",
    });
    let mut books = Books::new(planogram(&[]));
    for entry in [
        Entry::OrderCreated { order },
        Entry::Paid { receipt: serde_json::from_value(receipt).unwrap() },
        Entry::RefundOwed {
            out_trade_no: out_trade_no.clone(),
            out_refund_no: out_refund_no.clone(),
            refund_fee: Fen::new(350),
            reason: RefundReason::NotVended,
        },
        Entry::RefundRequested { out_trade_no: out_trade_no.clone(), out_refund_no },
    ] {
        books.apply(&Recorded { at: Timestamp::from_unix_ms(NOW), entry }).unwrap();
    }
    let at = Timestamp::from_unix_ms(NOW);
    let now = Now { monotonic: Duration::ZERO, wall: at, random: 0 };
    let decision = Machine::new(rules(), books).resume(&ResumeStep::Sale(out_trade_no), "0", &now);
    let refund = decision.commands.into_iter().find_map(|command| match command {
        Command::Refund(refund) => Some(refund),
        _ => None,
    });
    refund.unwrap()
}

/// What an answer says in one word.
fn said(event: &Event) -> String {
    let fault = match event {
        Event::OpenAnswered { answer, .. } => answer.as_ref().err(),
        Event::CloseAnswered { answer, .. } => answer.as_ref().err(),
        Event::RefundAnswered { answer, .. } => answer.as_ref().err(),
        Event::CodePaid { answer, .. } => answer.as_ref().err(),
        Event::ReverseAnswered { answer, .. } => answer.as_ref().err(),
        Event::Queried(Queried { answer: Ok(state), .. }) => {
            assert_eq!(state.payment().is_some(), state.trade_state == TradeState::Success);
            return state.trade_state.to_string();
        }
        Event::Queried(Queried { answer: Err(fault), .. }) => Some(fault),
        Event::RefundsQueried { answer: Ok(refunds), .. } => {
            let told = refunds.refunds.iter();
            let told = told.map(|it| format!("{} {}", it.refund_status.as_str(), it.refund_fee));
            return told.collect::<Vec<_>>().join(", ");
        }
        Event::RefundsQueried { answer: Err(fault), .. } => Some(fault),
        other => unreachable!("not an answer: {other:?}"),
    };
    match fault {
        None => "ok".to_owned(),
        Some(GatewayFault::Call(CallError::Failed { err_code, .. })) => err_code.to_string(),
        Some(GatewayFault::Call(CallError::Refused { .. })) => "refused".to_owned(),
        Some(fault) => fault.to_string(),
    }
}

/// Plays `script`: on each line the moment in seconds, what is asked, and what WeChat says.
fn check(script: &str) {
    let mut gateway = Gateway::default();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let columns = line.split("  ").map(str::trim).filter(|text| !text.is_empty());
        let columns: Vec<&str> = columns.collect();
        let &[second, asked, answer] = columns.as_slice() else { panic!("not {columns:?}") };
        let now = NOW + SECOND * second.parse::<i64>().unwrap();
        assert_eq!(ask(&mut gateway, asked, now), answer, "after {line:?}");
    }
}

fn ask(gateway: &mut Gateway, asked: &str, now: i64) -> String {
    let native = order(Door::Panel, 350);
    let number = &native.out_trade_no;
    let takes = RefundMood::Takes(20 * MINUTE, RefundEnd::Success);
    let closes = RefundMood::Takes(SECOND, RefundEnd::Close);
    let by_code = |gateway: &mut Gateway, password| {
        said(&gateway.pay_by_code(&order(Door::Scanner, 350), password, now))
    };
    match asked {
        "open" => said(&gateway.open(&native, None, now)),
        "open cheaper" => said(&gateway.open(&order(Door::Panel, 1), None, now)),
        "query" => said(&gateway.query(number, now)),
        "close" => said(&gateway.close(number, now)),
        "pay" => gateway.pay(number, now).map_or_else(|error| error.to_string(), |()| "ok".into()),
        "refund R" => said(&gateway.refund(&refund("R"), takes, now)),
        "refund R2" => said(&gateway.refund(&refund("R2"), takes, now)),
        "refund R, closes" => said(&gateway.refund(&refund("R"), closes, now)),
        "refund R, poor" => said(&gateway.refund(&refund("R"), RefundMood::NotEnough, now)),
        "refunds" => said(&gateway.query_refunds(number, now)),
        "refund R, changes" => {
            let changes = RefundMood::Takes(SECOND, RefundEnd::Change);
            said(&gateway.refund(&refund("R"), changes, now))
        }
        "by hand" => {
            gateway.refund_by_hand(number, None, now).map_or_else(Into::into, |()| "ok".into())
        }
        "by hand 150" => {
            gateway.refund_by_hand(number, Some(150), now).map_or_else(Into::into, |()| "ok".into())
        }
        "code" => by_code(gateway, Password::NotAsked),
        "code, typed at the second look" => by_code(gateway, Password::Right(1)),
        "code, mistyped" => by_code(gateway, Password::Wrong(0)),
        "reverse" => said(&gateway.reverse(number, now)),
        other => unreachable!("no such question: {other:?}"),
    }
}

#[test]
fn an_order_is_paid_once_and_until_it_expires() {
    check(
        "0    query         ORDERNOTEXIST
         0    pay           this code leads to no order
         0    open          ok
         1    open          ok
         1    open cheaper  INVALID_REQUEST
         1    query         NOTPAY
         330  pay           ok
         330  pay           this order is paid already
         331  open          ORDERPAID
         331  query         SUCCESS
         331  close         ORDERPAID",
    );
    check(
        "0    open          ok
         331  pay           the time to pay this order is over
         331  query         NOTPAY",
    );
    check("31   open        refused");
}

#[test]
fn an_order_is_closed_after_five_minutes_and_then_not_paid() {
    check(
        "0    close         ORDERNOTEXIST
         0    open          ok
         299  close         TRADE_STATE_ERROR
         300  close         ok
         300  close         ORDERCLOSED
         301  pay           this order is closed
         301  open          ORDERCLOSED
         301  query         CLOSED",
    );
}

#[test]
fn a_refund_is_taken_once_under_its_number() {
    check(
        "0    open               ok
         1    refund R           ORDERNOTEXIST
         1    pay                ok
         1    refunds            REFUNDNOTEXIST
         2    refund R, poor     NOTENOUGH
         2    refunds            REFUNDNOTEXIST
         2    refund R           ok
         3    refund R           ok
         3    query              REFUND
         4    refund R2          ERROR
         5    refunds            PROCESSING 350
         1202  refunds           SUCCESS 350
         1300  by hand           ERROR",
    );
}

#[test]
fn a_closed_refund_pays_nothing_and_another_number_waits_a_minute() {
    check(
        "0    open               ok
         1    pay                ok
         2    refund R, closes   ok
         3    refunds            REFUNDCLOSE 350
         60   refund R2          FREQUENCY_LIMITED
         62   refund R2          ok
         62   refund R           ok
         62   refunds            REFUNDCLOSE 350, PROCESSING 350",
    );
}

#[test]
fn never_more_goes_back_than_was_paid() {
    check(
        "0    open               ok
         1    pay                ok
         2    by hand 150        ok
         100  refund R           ERROR
         101  by hand            ok
         102  refunds            SUCCESS 150, SUCCESS 200
         200  refund R           ERROR",
    );
    check(
        "0    open               ok
         1    pay                ok
         2    refund R, changes  ok
         3    refunds            CHANGE 350
         70   refund R2          ERROR
         80   by hand            ok
         81   refunds            SUCCESS 350",
    );
    // The machine means to give back what was never asked for.
    check(
        "0    open cheaper       ok
         1    pay                ok
         2    refund R           ERROR",
    );
    let year = DAY / SECOND * 365;
    check(&format!(
        "0         open          ok
         1         pay           ok
         {}  refund R      ok",
        year + 1
    ));
    check(&format!(
        "0         open          ok
         1         pay           ok
         {}  refund R      TRADE_OVERDUE",
        year + 2
    ));
}

#[test]
fn a_code_is_charged_typed_for_or_taken_back() {
    check(
        "0    reverse            INVALID_TRANSACTIONID
         0    code               ok
         1    query              SUCCESS
         14   reverse            TRADE_ERROR
         15   reverse            ok
         15   reverse            ok
         16   query              REVOKED
         16   refund R           ERROR",
    );
    check(
        "0    code, typed at the second look  USERPAYING
         5    query              USERPAYING
         10   query              SUCCESS",
    );
    check(
        "0    code, typed at the second look  USERPAYING
         46   query              REVOKED
         46   pay                this order is closed",
    );
    check(
        "0    code, mistyped     USERPAYING
         5    query              PAYERROR
         20   reverse            ok
         21   query              REVOKED",
    );
    check(
        "0    open               ok
         30   reverse            INVALID_REQUEST",
    );
    check(
        "0    code               ok
         604801  reverse         REVERSE_EXPIRE",
    );
}

#[test]
fn the_books_tell_what_was_paid_and_what_went_back() {
    let mut gateway = Gateway::default();
    let order = order(Door::Panel, 350);
    let books = |gateway: &Gateway, now| {
        let account = gateway.account(&order.out_trade_no).unwrap();
        [account.paid(), account.refunded(), account.back(now)]
    };
    gateway.open(&order, None, NOW);
    assert!(gateway.notify(&order.out_trade_no, NotifyTicket(1)).is_none());
    assert_eq!(books(&gateway, NOW), [0, 0, 0]);
    gateway.pay(&order.out_trade_no, NOW).unwrap();
    assert!(gateway.notify(&order.out_trade_no, NotifyTicket(1)).is_some());
    assert_eq!(books(&gateway, NOW), [350, 0, 0]);
    let takes = RefundMood::Takes(MINUTE, RefundEnd::Success);
    gateway.refund(&refund("R"), takes, NOW);
    assert_eq!(books(&gateway, NOW), [350, 350, 0]);
    assert!(gateway.refund_notify(&order.out_trade_no, NotifyTicket(2), NOW).is_none());
    let later = NOW + MINUTE;
    assert!(gateway.refund_notify(&order.out_trade_no, NotifyTicket(2), later).is_some());
    assert_eq!(books(&gateway, later), [350, 350, 350]);
    gateway.forget_settled(later);
    assert_eq!(gateway.accounts().count(), 1, "it has just settled");
    gateway.forget_settled(later + 1);
    assert_eq!(gateway.accounts().count(), 0);
}

#[test]
fn a_fault_is_the_answer_to_what_was_asked() {
    let number = order(Door::Panel, 350).out_trade_no;
    let query = Command::QueryOrder(number.clone());
    assert_eq!(said(&crate::simulation::system_error(&query).unwrap()), "SYSTEMERROR");
    let unreachable = crate::simulation::unreachable(&Command::Refund(refund("R"))).unwrap();
    assert_eq!(said(&unreachable), "no answer: timed out");
    let altered = crate::simulation::wrongly_signed(&Command::Reverse(number.clone())).unwrap();
    assert_eq!(said(&altered), "answer is not believed");
    let recall = Command::RecallVend { out_trade_no: number, tag: 1 };
    assert!(crate::simulation::unreachable(&recall).is_none());
    assert_eq!(
        protocol::ErrCode::from("SYSTEMERROR").verdict(CallName::Refund),
        protocol::Verdict::RepeatSame
    );
}

/// A million sales in ten minutes need some ten million answers.
#[test]
#[ignore = "a measurement: run it alone, with --release and --nocapture"]
fn how_long_an_answer_takes() {
    const ROUNDS: u32 = 100_000;
    let native = order(Door::Panel, 350);
    let number = &native.out_trade_no;
    let mut gateway = Gateway::default();
    gateway.open(&native, None, NOW);
    gateway.pay(number, NOW).unwrap();
    let mut measure = |name: &str, ask: &mut dyn FnMut(&mut Gateway) -> Event| {
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            black_box(ask(black_box(&mut gateway)));
        }
        let micros = begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
        eprintln!("{name}: {micros:.1} us");
    };
    measure("query", &mut |gateway| gateway.query(number, NOW));
    measure("notify", &mut |gateway| gateway.notify(number, NotifyTicket(1)).unwrap());
    let mut nth = 0;
    measure("open", &mut |gateway| {
        nth += 1;
        let mut order = native.clone();
        order.out_trade_no = OutTradeNo::parse(&format!("N{}", nth % 64)).unwrap();
        gateway.open(&order, None, NOW)
    });
    let refund = refund("R");
    let takes = RefundMood::Takes(0, RefundEnd::Success);
    measure("refund", &mut |gateway| gateway.refund(&refund, takes, NOW));
    measure("refundquery", &mut |gateway| gateway.query_refunds(number, NOW));
}
