//! Small worlds are clean, and the search finds what is planted into the middle.

#![expect(clippy::print_stderr, reason = "a count that nobody sees is no count")]

use std::time::Duration;

use daemon::sale::{Command, Entry, Event, NotifyReply, Now, State, Timestamp, Vend};
use hardware::board::{BoardEvent, Fault};

use super::*;

const NONE: Budgets = Budgets {
    losses: 0,
    repeats: 0,
    cuts: 0,
    board_failures: 0,
    troubles: 0,
    delays: 0,
    late_sweeps: 0,
};

fn explore(doors: &[Door], budgets: Budgets, tamper: Option<Tamper>) -> Report {
    let plan = Plan { tamper, ..Plan::new(doors.to_vec(), budgets) };
    let report = plan.explore(&mut |_| {});
    let (states, transitions) = (report.states, report.transitions);
    eprintln!("{doors:?} {budgets:?}: {states} states, {transitions} transitions");
    report
}

fn is_clean(doors: &[Door], budgets: Budgets) {
    let report = explore(doors, budgets, None);
    let script = report.found.map(|found| found.script.join("\n"));
    assert!(script.is_none(), "{}", script.unwrap_or_default());
    assert!(report.ends > 0 && report.calm_steps > 0, "nothing was looked at");
}

#[test]
fn a_sale_at_the_panel_keeps_every_promise() {
    is_clean(&[Door::Panel], Budgets { cuts: 1, ..NONE });
    is_clean(&[Door::Panel], Budgets { board_failures: 1, ..NONE });
}

#[test]
fn a_sale_by_code_or_phone_keeps_every_promise() {
    is_clean(&[Door::Scanner], NONE);
    is_clean(&[Door::MiniProgram], Budgets { cuts: 1, ..NONE });
}

#[test]
fn a_planted_second_vend_is_found_by_its_shortest_script() {
    let tamper: Tamper = |machine, heard, decision| {
        let Heard::Start(ResumeStep::Sale(number)) = heard else { return };
        let Some(sale) = machine.books().sale(number) else { return };
        if let State::Vending { receipt } = &sale.state {
            decision
                .commands
                .extend(Vend::paid_by(receipt, &sale.order, sale.attempt()).map(Command::Vend));
        }
    };
    let found = explore(&[Door::Panel], Budgets { cuts: 1, ..NONE }, Some(tamper)).found;
    let found = found.map(|found| (found.broken, found.script.join("\n"))).unwrap_or_default();
    assert!(found.0.contains("vended, and that is not on disk"), "{found:?}");
    assert!(found.1.contains("vend_requested") && found.1.contains("cut after 1"), "{}", found.1);
    // Touch, open, answer, pay, notify and cut, start, the start's two steps, and the verdict.
    assert_eq!(found.1.lines().count(), 9, "{}", found.1);
    assert!(explore(&[Door::Panel], NONE, Some(tamper)).found.is_none(), "it needs a cut");
}

#[test]
fn a_vend_that_is_not_recorded_first_is_found() {
    let tamper: Tamper = |_, _, decision| {
        decision.entries.retain(|entry| !matches!(entry, Entry::VendRequested { .. }));
    };
    let found = explore(&[Door::Panel], NONE, Some(tamper)).found.unwrap_or_else(nothing_found);
    assert!(found.broken.contains("not on disk"), "{found:?}");
}

#[test]
fn a_late_payment_that_is_forgotten_is_found() {
    let tamper: Tamper = |_, _, decision| {
        let mut entries = decision.entries.iter();
        if let Some(paid) = entries.clone().find(|entry| matches!(entry, Entry::Paid { .. }))
            && entries.any(|entry| matches!(entry, Entry::RefundOwed { .. }))
            && let Some(out_trade_no) = paid.out_trade_no().cloned()
        {
            decision.entries = vec![Entry::OrderClosed { out_trade_no }];
            decision.commands.clear();
        }
    };
    let found = explore(&[Door::Panel], NONE, Some(tamper)).found.unwrap_or_else(nothing_found);
    assert!(found.broken.contains("350 fen are forgotten"), "{found:?}");
}

#[test]
fn an_item_that_did_not_fall_and_counts_as_vended_is_found() {
    let tamper: Tamper = |_, _, decision| {
        let entries = &mut decision.entries;
        let failed = entries.iter().find(|entry| matches!(entry, Entry::VendFailed { .. }));
        if let Some(number) = failed.and_then(Entry::out_trade_no).cloned() {
            *entries = vec![Entry::VendSucceeded { out_trade_no: number }];
            decision.commands.clear();
        }
    };
    let found = explore(&[Door::Panel], Budgets { board_failures: 1, ..NONE }, Some(tamper)).found;
    let found = found.unwrap_or_else(nothing_found);
    assert!(found.broken.contains("nothing fell"), "{found:?}");
}

#[test]
fn an_item_that_fell_and_is_paid_back_is_found() {
    let tamper: Tamper = |machine, heard, decision| {
        let Heard::Event(Event::Board(BoardEvent::VendSucceeded { tag })) = heard else { return };
        let (tag, fault) = (*tag, Fault::NoDrop);
        let failed = Event::Board(BoardEvent::VendFailed { tag, fault });
        let wall = machine.books().last_at().unwrap_or(Timestamp::from_unix_ms(0));
        let now = Now { monotonic: Duration::ZERO, wall, random: 0 };
        *decision = machine.decide(&failed, &now);
    };
    let found = explore(&[Door::Panel], NONE, Some(tamper)).found.unwrap_or_else(nothing_found);
    assert!(found.broken.contains("fell, and its money goes back"), "{found:?}");
}

#[test]
fn a_payment_that_is_acknowledged_and_not_recorded_is_found() {
    let tamper: Tamper = |_, heard, decision| {
        if let Heard::Event(Event::Notified { ticket, .. }) = heard {
            decision.entries.clear();
            let (ticket, reply) = (*ticket, NotifyReply::Success);
            decision.commands = vec![Command::AnswerNotify { ticket, reply }];
        }
    };
    let found = explore(&[Door::Panel], NONE, Some(tamper)).found.unwrap_or_else(nothing_found);
    assert!(found.broken.contains("acknowledged and not on disk"), "{found:?}");
}

#[test]
fn an_order_that_is_never_closed_is_found_although_no_promise_breaks() {
    let tamper: Tamper = |_, _, decision| {
        decision.commands.retain(|command| !matches!(command, Command::CloseOrder(_)));
    };
    let found = explore(&[Door::Panel], NONE, Some(tamper)).found.unwrap_or_else(nothing_found);
    assert!(found.broken.contains("never settled"), "{found:?}");
}

fn nothing_found() -> Found {
    Found { broken: "nothing".to_owned(), script: Vec::new() }
}
