//! When two states are the same: all that can still matter, with every time counted from now.

#![expect(clippy::wildcard_enum_match_arm, reason = "it picks the few that it is about")]

use std::{fmt::Write as _, time::Duration};

use daemon::sale::{Command, Event, Queried, Sale, Session, State};
use md5::{Digest as _, Md5};
use protocol::{CallError, OutTradeNo};

use super::state::World;
use crate::simulation::gateway::{Account, Money};

/// More tries than make any difference: the pauses grow no more after the ninth.
const TRIES_MAX: u32 = 10;
/// From the age of a day on the middle asks at the same pause for ever.
const ORDER_AGE_MAX_MS: i64 = 90_000_000;
/// Older than this, nothing that WeChat does depends on an age: closeorder, the pause between two
/// refunds, the time for a password. (That refunds end after a year and reversals after a week is
/// out of reach here.)
const AGE_MAX_MS: i64 = 301_000;

/// 128 bits of a state: a million states collide with a chance of one in 10^26.
pub(super) fn digest(world: &World) -> u128 {
    u128::from_be_bytes(Md5::digest(text(world)).into())
}

/// What tells one state from another.
pub(super) fn text(world: &World) -> String {
    let mut text = String::with_capacity(1_024);
    // Writing to a text cannot fail.
    let _ = write_all(world, &mut text);
    text
}

fn write_all(world: &World, text: &mut String) -> std::fmt::Result {
    write!(text, "{:?} {:?} ", world.left, world.may_hear_first)?;
    for customer in &world.customers {
        write!(text, "{}{} ", u8::from(customer.came), u8::from(customer.showed_code))?;
    }
    if let Some(books) = world.books() {
        write_books(world, books, text)?;
    }
    match &world.machine {
        None => text.push_str("\ndown"),
        Some(machine) => {
            write!(text, "{:?}", world.resuming)?;
            write_memory(world, machine.memory(), text)?;
        }
    }
    write_gateway(world, text)?;
    write_flights(world, text)?;
    write_board(world, text)
}

fn write_books(world: &World, books: &daemon::sale::Books, text: &mut String) -> std::fmt::Result {
    write!(text, "{:?} ", books.road())?;
    for (slot, position) in books.planogram().iter() {
        write!(text, "{slot}:{:?}/{} ", position.stock, position.failures_in_row)?;
    }
    for sale in books.sales() {
        write_sale(world, sale, text)?;
    }
    Ok(())
}

fn write_sale(world: &World, sale: &Sale, text: &mut String) -> std::fmt::Result {
    write!(text, "\n{} {:?} {}", sale.order.number, sale.order.door, sale.state.name())?;
    if let Some(receipt) = sale.receipt() {
        write!(text, " {:?}", receipt.via())?;
    } else if sale.is_open() {
        // A sale that is paid or at its end has no age any more.
        let age_ms = world.wall_ms() - sale.order.created_at.unix_ms();
        write!(text, " {}", age_ms.min(ORDER_AGE_MAX_MS))?;
    }
    match &sale.state {
        State::Closing { why, opened } => write!(text, " {why:?} {opened}"),
        State::RefundOwed { refund, .. } | State::Refunded { refund, .. } => {
            write!(text, " {} {:?}", refund.out_refund_no, refund.reason)
        }
        State::Refunding { refund, accepted, .. } => {
            write!(text, " {} {:?} {accepted}", refund.out_refund_no, refund.reason)
        }
        State::Opening
        | State::AwaitingPayment
        | State::Closed
        | State::Paid { .. }
        | State::Vending { .. }
        | State::Vended { .. }
        | State::NotVended { .. }
        | State::InDoubt { .. } => Ok(()),
    }
}

fn write_memory(
    world: &World,
    memory: &daemon::sale::Memory,
    text: &mut String,
) -> std::fmt::Result {
    let from_now = |at: Duration| world.ms_from_now(at);
    let number = |order: &OutTradeNo| order.as_str().split('-').nth(2).map(str::to_owned);
    write!(text, "\n{:?} {:?} ", memory.health, memory.disputed)?;
    write_session(world, &memory.session, text)?;
    for (order, age) in &memory.ages {
        if world.has_age(order) {
            let age_ms = age.at(world.now().monotonic).as_millis();
            write!(text, "age {:?} {} ", number(order), age_ms.min(ORDER_AGE_MAX_MS as u128))?;
        }
    }
    for (order, plan) in &memory.plans {
        let (due, asked) = (from_now(plan.due), plan.asked.map(from_now));
        // Of a question that is out only matters when it was asked.
        let due = if asked.is_some() { 0 } else { due };
        write!(text, "plan {:?} {due} {asked:?} ", number(order))?;
    }
    for (order, tries) in &memory.refunds {
        let count = tries.count.min(TRIES_MAX);
        let not_before = from_now(tries.not_before).max(0);
        write!(text, "tries {:?} {count} {not_before} {} ", number(order), tries.alarmed)?;
    }
    for (order, remote) in &memory.remotes {
        let until = from_now(remote.until);
        write!(text, "remote {:?} {:?} {until} ", number(order), remote.ticket)?;
    }
    for (order, vend) in &memory.vends {
        write!(text, "vend {:?} {} {} ", number(order), from_now(vend.until), vend.recalled)?;
    }
    write!(text, "{:?} ", memory.reversing)
}

fn write_session(world: &World, session: &Session, text: &mut String) -> std::fmt::Result {
    let kind = match session {
        Session::Idle => "idle",
        Session::Ordering { .. } => "ordering",
        Session::Paying { .. } => "paying",
        Session::Checking { .. } => "checking",
        Session::Vending { .. } => "vending",
        Session::Farewell { .. } => "farewell",
        Session::Sorry { .. } => "sorry",
    };
    let number = session.order().map(|order| order.number);
    let until = session.until().map(|until| world.ms_from_now(until));
    write!(text, "{kind} {number:?} {until:?} {:?} ", session.trouble())
}

fn write_gateway(world: &World, text: &mut String) -> std::fmt::Result {
    for account in world.gateway.accounts() {
        write_account(world, account, text)?;
    }
    Ok(())
}

fn write_account(world: &World, account: &Account, text: &mut String) -> std::fmt::Result {
    let wall_ms = world.wall_ms();
    let number = &account.order.out_trade_no;
    let told = world.acknowledged.contains(number);
    let opened_ms = (wall_ms - account.opened_at_ms).min(AGE_MAX_MS);
    write!(text, "\nWeChat {} {told} {:?} ", account.order.number, account.password)?;
    match account.money {
        Money::Open => {
            let expires_ms = (account.order.time_expire.unix_ms() - wall_ms).max(-1);
            let payable = world.can_be_paid(account);
            write!(text, "open {opened_ms} {expires_ms} {payable} ")?;
        }
        Money::Paid { .. } if account.password.is_some() => write!(text, "paid {opened_ms} ")?,
        Money::Paid { .. } => text.write_str("paid ")?,
        Money::Closed => text.write_str("closed ")?,
        Money::Reversed { paid, .. } => write!(text, "reversed {paid} ")?,
    }
    for refund in &account.refunds {
        let age_ms = (wall_ms - refund.accepted_at_ms).min(AGE_MAX_MS);
        let settles_ms = (refund.settles_at_ms - wall_ms).max(0);
        let number = &refund.out_refund_no;
        write!(text, "{number} {} {age_ms} {settles_ms} {:?} ", refund.fen, refund.end)?;
    }
    Ok(())
}

/// In no order: what is on its way has none.
fn write_flights(world: &World, text: &mut String) -> std::fmt::Result {
    let flights = world.flights.iter().map(|flight| {
        let answer = flight.answer.as_ref().map(|answer| gist(answer));
        let left_ms = flight.until_ms - world.now_ms;
        format!("{} {left_ms} {answer:?} {}", wish(&flight.command), flight.is_given_up)
    });
    let mut flights: Vec<String> = flights.collect();
    flights.sort();
    write!(text, "\n{flights:?}")
}

/// A question, in a few words.
pub(super) fn wish(command: &Command) -> String {
    match command {
        Command::OpenOrder { order, .. } => format!("unifiedorder {}", order.number),
        Command::PayByCode { order, .. } => format!("micropay {}", order.number),
        Command::Reverse(number) => format!("reverse {number}"),
        Command::QueryOrder(number) => format!("orderquery {number}"),
        Command::CloseOrder(number) => format!("closeorder {number}"),
        Command::Refund(refund) => format!("refund {}", refund.out_refund_no()),
        Command::QueryRefunds(number) => format!("refundquery {number}"),
        Command::Vend(vend) => format!("vend {}", vend.tag()),
        Command::RecallVend { tag, .. } => format!("recall {tag}"),
        Command::AnswerNotify { reply, .. } => format!("notify {reply:?}"),
        Command::AnswerRemote { answer, .. } => format!("remote {}", answer.is_ok()),
        Command::Audit { .. }
        | Command::TellAudit(_)
        | Command::RebuildSchedule
        | Command::CorrectClock(_)
        | Command::Alarm(_) => String::new(),
    }
}

/// All that an answer of this WeChat says besides the numbers that were asked for.
pub(super) fn gist(event: &Event) -> String {
    let fault = match event {
        Event::OpenAnswered { answer, .. } => answer.as_ref().err(),
        Event::CloseAnswered { answer, .. } => answer.as_ref().err(),
        Event::RefundAnswered { answer, .. } => answer.as_ref().err(),
        Event::CodePaid { answer, .. } => answer.as_ref().err(),
        Event::ReverseAnswered { answer, .. } => answer.as_ref().err(),
        Event::Queried(Queried { answer: Ok(state), .. }) => return state.trade_state.to_string(),
        Event::Queried(Queried { answer: Err(fault), .. }) => Some(fault),
        Event::RefundsQueried { answer: Ok(refunds), .. } => {
            let told = refunds.refunds.iter();
            let told = told.map(|it| {
                format!("{} {} {}", it.out_refund_no, it.refund_status.as_str(), it.refund_fee)
            });
            return told.collect::<Vec<_>>().join(", ");
        }
        Event::RefundsQueried { answer: Err(fault), .. } => Some(fault),
        _ => return String::new(),
    };
    match fault {
        None => "ok".to_owned(),
        Some(daemon::sale::GatewayFault::Call(CallError::Failed { err_code, .. })) => {
            err_code.to_string()
        }
        Some(fault) => fault.to_string(),
    }
}

fn write_board(world: &World, text: &mut String) -> std::fmt::Result {
    let board = &world.board;
    let waiting = board.waiting.map(|(tag, at_ms)| (tag, (world.now_ms - at_ms).min(16_000)));
    // How a turn ended matters while it can still be asked for.
    let ended = board.ended.iter().filter(|(tag, _)| world.is_vending(*tag));
    let ended: Vec<_> = ended.collect();
    write!(
        text,
        "\n{} {:?} {waiting:?} {ended:?} {:?} {:?} {:?} {:?}",
        board.is_down, board.running, board.words, board.recalls, board.turned, world.vends_asked
    )
}
