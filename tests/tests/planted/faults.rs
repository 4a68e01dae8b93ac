//! The faults that are planted: each a way to lose money or goods that somebody could write.

/// One fault.
pub(super) struct Fault {
    /// What is wrong with it.
    pub(super) name: &'static str,
    /// The promise that it breaks, as the street names it.
    pub(super) breaks: &'static str,
    /// Where it is planted.
    pub(super) file: &'static str,
    /// What stands there, once.
    pub(super) right: &'static str,
    /// What is put there; `PLANTED` is true while this fault is played.
    pub(super) planted: &'static str,
}

/// The file that says which fault is played.
pub(super) const SWITCH: &str = r#"//! Which fault is planted.
#![allow(missing_docs, reason = "a copy that is thrown away")]

use std::sync::{LazyLock, atomic::{AtomicU32, Ordering}};

static NUMBER: LazyLock<u32> = LazyLock::new(|| {
    std::env::var("PLANTED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
});
static COUNT: AtomicU32 = AtomicU32::new(0);

pub fn is(number: u32) -> bool {
    *NUMBER == number
}

pub fn count() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}
"#;

const DECIDE: &str = "daemon/src/sale/decide.rs";

pub(super) const FAULTS: [Fault; 16] = [
    Fault {
        name: "a restart vends again",
        breaks: "at most one vend",
        file: DECIDE,
        right: "                decision.command(Command::RecallVend { out_trade_no, tag });\n",
        planted: "                match self.receipt().filter(|_| PLANTED) {
                    Some(receipt) => decision.commands.extend(
                        Vend::paid_by(receipt, &self.order, self.attempt()).map(Command::Vend),
                    ),
                    None => decision.command(Command::RecallVend { out_trade_no, tag }),
                }\n",
    },
    Fault {
        name: "the loop acts before it has recorded",
        breaks: "on disk before it is done",
        file: "daemon/src/wheel.rs",
        right: "        let decision = self.machine.decide(&event, &now);
        match self.record(&decision, &now) {",
        planted: "        let mut decision = self.machine.decide(&event, &now);
        if PLANTED {
            for command in std::mem::take(&mut decision.commands) {
                self.edges.act(command);
            }
        }
        match self.record(&decision, &now) {",
    },
    Fault {
        name: "every try of a refund has a new number",
        breaks: "the same refund under the same number",
        file: "daemon/src/sale/command.rs",
        right: "            out_refund_no: refund.out_refund_no.clone(),\n",
        planted: "            out_refund_no: if PLANTED {
                let number = format!(\"{}{}\", refund.out_refund_no, crate::planted::count());
                OutRefundNo::parse(&number).unwrap_or_else(|_| refund.out_refund_no.clone())
            } else {
                refund.out_refund_no.clone()
            },\n",
    },
    Fault {
        name: "the amount is not checked",
        breaks: "the log is up on a drive in order",
        file: "daemon/src/sale/receipt.rs",
        right: "        if payment.total_fee != order.price {",
        planted: "        if payment.total_fee != order.price && !PLANTED {",
    },
    Fault {
        name: "a late payment is vended and paid back",
        breaks: "never both",
        file: DECIDE,
        right: "        self.owe(&receipt, reason, around, decision);\n    }\n",
        planted: "        if PLANTED {
            decision.commands.extend(
                Vend::paid_by(&receipt, &self.order, self.attempt()).map(Command::Vend),
            );
        }
        self.owe(&receipt, reason, around, decision);\n    }\n",
    },
    Fault {
        name: "a failed vend is not paid back",
        breaks: "nothing stays unsettled",
        file: DECIDE,
        right: "                None => self.owe(receipt, RefundReason::NotVended,",
        planted: "                None if PLANTED => {}
                None => self.owe(receipt, RefundReason::NotVended,",
    },
    Fault {
        name: "an unknown outcome turns the motor again",
        breaks: "at most one vend",
        file: DECIDE,
        right: "        decision.alarm(Alarm::InDoubt(out_trade_no.clone(), why.clone()));\n",
        planted: "        if PLANTED {
            decision.commands.extend(
                Vend::paid_by(receipt, &self.order, self.attempt()).map(Command::Vend),
            );
            return;
        }
        decision.alarm(Alarm::InDoubt(out_trade_no.clone(), why.clone()));\n",
    },
    Fault {
        name: "an unknown outcome counts as fallen",
        breaks: "no money without goods",
        file: DECIDE,
        right: "        decision.record(Entry::VendUnknown { out_trade_no, why });\n",
        planted: "        if PLANTED {
            decision.record(Entry::VendSucceeded { out_trade_no });
            return;
        }
        decision.record(Entry::VendUnknown { out_trade_no, why });\n",
    },
    Fault {
        name: "a notify is acknowledged while the log is down",
        breaks: "on disk before it is done",
        file: "daemon/src/sale/machine/gateway.rs",
        right: "            NotifyReply::Fail // It could not",
        planted: "            if PLANTED { NotifyReply::Success } else { NotifyReply::Fail } // It could not",
    },
    Fault {
        name: "a restart forgets orders that are to be closed",
        breaks: "nothing stays unsettled",
        file: DECIDE,
        right: "            State::Closing { .. } => decision.command(Command::QueryOrder(out_trade_no)),",
        planted: "            State::Closing { .. } if PLANTED => {}
            State::Closing { .. } => decision.command(Command::QueryOrder(out_trade_no)),",
    },
    Fault {
        name: "a restart forgets refunds",
        breaks: "nothing stays unsettled",
        file: DECIDE,
        right: "            State::RefundOwed { .. } | State::Refunding { .. } => {\n",
        planted: "            State::RefundOwed { .. } | State::Refunding { .. } if PLANTED => {}
            State::RefundOwed { .. } | State::Refunding { .. } => {\n",
    },
    Fault {
        name: "a twin's turn has the tag of the first",
        breaks: "at most one vend",
        file: "daemon/src/sale/attempt.rs",
        right: "        if self.is_twin { number | TWIN_BIT } else { number }",
        planted: "        if self.is_twin && !PLANTED { number | TWIN_BIT } else { number }",
    },
    Fault {
        name: "the money of a closed order is ignored",
        breaks: "on disk before it is done",
        file: DECIDE,
        right:
            "        let awaited = matches!(self.state, State::Opening | State::AwaitingPayment);
        decision.record(Entry::Paid",
        planted:
            "        if PLANTED && matches!(self.state, State::Closing { .. } | State::Closed) {
            return;
        }
        let awaited = matches!(self.state, State::Opening | State::AwaitingPayment);
        decision.record(Entry::Paid",
    },
    Fault {
        name: "a refund that WeChat closed counts as done",
        breaks: "no money without goods",
        file: "daemon/src/sale/refunding.rs",
        right: "            RefundStatus::RefundClose => self.ask_anew(refund, decision),",
        planted: "            RefundStatus::RefundClose if PLANTED => {
                let refund_id = ours.refund_id.clone();
                decision.record(Entry::Refunded { out_trade_no, refund_id });
            }
            RefundStatus::RefundClose => self.ask_anew(refund, decision),",
    },
    Fault {
        name: "an append returns before the drive has it",
        breaks: "on disk before it is done",
        file: "daemon/src/journal/segment.rs",
        right: "        self.disk.sync_data().map_err(|source| AppendError::Sync",
        planted: "        let sync = if PLANTED { Ok(()) } else { self.disk.sync_data() };
        sync.map_err(|source| AppendError::Sync",
    },
    Fault {
        name: "numbers begin anew with every start",
        breaks: "the log is up on a drive in order",
        file: "daemon/src/sale/books.rs",
        right: "    pub fn next_number(&self) -> u64 {
        self.next_number",
        planted: "    pub fn next_number(&self) -> u64 {
        if PLANTED {
            return 1 + u64::try_from(self.open.len()).unwrap_or(0);
        }
        self.next_number",
    },
];
