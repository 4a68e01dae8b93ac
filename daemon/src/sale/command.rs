//! What the outside is asked to do; carried out only when the entries that justify it are on disk.

use hardware::board::VendTag;
use protocol::downloadbill::BillDate;
use protocol::{AuthCode, Fen, OpenId, OutRefundNo, OutTradeNo, PrepayId};

use super::attempt::Attempt;
use super::entry::RefundReason;
use super::order::{Order, Slot};
use super::receipt::{Receipt, ReceiptError};
use super::remote::{RemoteRefusal, RemoteTicket};
use super::settings::MachineId;
use super::state;
use crate::audit::{Difference, Tally, in_words};

/// One wish to the outside. May be lost in a power cut: `resume` asks again for what matters.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask WeChat to open an order.
    OpenOrder {
        /// What for.
        order: Order,
        /// Who pays, where WeChat wants to know it beforehand (JSAPI).
        payer: Option<OpenId>,
    },
    /// Ask WeChat to take the money of a payment code. Sent once: only a question tells whether it
    /// was taken when no answer comes.
    PayByCode {
        /// What for.
        order: Order,
        /// What the customer showed.
        code: AuthCode,
    },
    /// Ask WeChat to take a payment by code back, whatever became of it.
    Reverse(OutTradeNo),
    /// Ask WeChat what became of an order.
    QueryOrder(OutTradeNo),
    /// Ask WeChat to let nobody pay it any more.
    CloseOrder(OutTradeNo),
    /// Ask WeChat to give the money back; the same request as often as it takes.
    Refund(Refund),
    /// Ask WeChat what became of the refunds of an order.
    QueryRefunds(OutTradeNo),
    /// Turn a motor.
    Vend(Vend),
    /// Ask the board how a vend ended that was requested before the program was started.
    RecallVend {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// By what the board knows it.
        tag: VendTag,
    },
    /// Answer WeChat's notify.
    AnswerNotify {
        /// The notify.
        ticket: NotifyTicket,
        /// Yes or no.
        reply: NotifyReply,
    },
    /// Answer whoever ordered from a sticker or a mini-program.
    AnswerRemote {
        /// The request.
        ticket: RemoteTicket,
        /// The order to pay, or why there is none.
        answer: Result<RemoteOrder, RemoteRefusal>,
    },
    /// Get the bill of a day and what it says of this machine.
    Audit {
        /// Which day.
        day: BillDate,
        /// Whose rows.
        machine: MachineId,
    },
    /// Tell the operator, by one INFO line, how an audit ended.
    TellAudit(Tally),
    /// The cron scheduler missed its time: build a new one.
    RebuildSchedule,
    /// Add so many milliseconds to what the system's clock says from now on.
    CorrectClock(i64),
    /// Tell the operator, by one WARN line.
    Alarm(Alarm),
}

/// The order to turn a motor: can only be made from a receipt for that very order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vend {
    out_trade_no: OutTradeNo,
    tag: VendTag,
    slot: Slot,
}

impl Vend {
    /// The vend that `receipt` pays for; `None` when it is a receipt for another order.
    pub fn paid_by(receipt: &Receipt, order: &Order, attempt: Attempt) -> Option<Self> {
        (receipt.out_trade_no() == &order.out_trade_no).then(|| Self {
            out_trade_no: order.out_trade_no.clone(),
            tag: attempt.tag(order.number),
            slot: attempt.slot,
        })
    }

    /// The order that is served.
    pub fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// By what the board knows the vend.
    pub fn tag(&self) -> VendTag {
        self.tag
    }

    /// The motor.
    pub fn slot(&self) -> Slot {
        self.slot
    }
}

/// The wish to pay back: can only be made from a receipt, and never for more than it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    out_trade_no: OutTradeNo,
    out_refund_no: OutRefundNo,
    total_fee: Fen,
    refund_fee: Fen,
    reason: RefundReason,
}

impl Refund {
    /// The refund of what `receipt` proves to have been paid.
    pub(super) fn of(receipt: &Receipt, refund: &state::Refund) -> Self {
        Self {
            out_trade_no: receipt.out_trade_no().clone(),
            out_refund_no: refund.out_refund_no.clone(),
            total_fee: receipt.total_fee(),
            refund_fee: refund.refund_fee.min(receipt.total_fee()),
            reason: refund.reason,
        }
    }

    /// The order that was paid.
    pub fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// Our number of the refund.
    pub fn out_refund_no(&self) -> &OutRefundNo {
        &self.out_refund_no
    }

    /// What was paid.
    pub fn total_fee(&self) -> Fen {
        self.total_fee
    }

    /// What goes back.
    pub fn refund_fee(&self) -> Fen {
        self.refund_fee
    }

    /// Why.
    pub fn reason(&self) -> RefundReason {
        self.reason
    }
}

/// An order that can be paid from afar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteOrder {
    /// Our number.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number.
    pub prepay_id: PrepayId,
}

/// Stands for one HTTP request that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotifyTicket(pub u64);

/// The answer to a notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyReply {
    /// It is on disk: WeChat need not repeat it.
    Success,
    /// It is not: WeChat shall try again, or it is nothing for us.
    Fail,
}

/// Something that the operator should know of. Each is one WARN line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// A payment message that is not for an order of ours.
    #[error("a payment for order {0} came, which is not in the order log; it was refused")]
    UnknownOrder(OutTradeNo),
    /// A payment message that does not agree with our order.
    #[error("a payment message for order {0} was refused: {1}")]
    PaymentRefused(OutTradeNo, ReceiptError),
    /// The same payment again; acknowledged, nothing changed.
    #[error("the payment of order {0} was told again; it was acknowledged and nothing changed")]
    PaymentRepeated(OutTradeNo),
    /// The customer is to get money back, and the machine cannot give it.
    #[error(
        "order {out_trade_no}: {} yuan are owed to the customer ({}), and this machine holds no \
         certificate to refund them: do it in the merchant platform; it is noticed here",
        refund.refund_fee.yuan(),
        refund.reason.in_words()
    )]
    RefundOwed {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// How much, and what went wrong.
        refund: state::Refund,
    },
    /// The customer gets money back.
    #[error(
        "order {out_trade_no}: {} yuan go back to the customer: {}",
        refund_fee.yuan(),
        reason.in_words()
    )]
    Refunding {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// How much.
        refund_fee: Fen,
        /// What went wrong.
        reason: RefundReason,
    },
    /// A payment by code cannot be taken back.
    #[error(
        "order {0}: WeChat does not take the payment by code back ({1}); it is asked about and \
         tried again; see whether the certificate and its permission are right"
    )]
    ReverseRefused(OutTradeNo, String),
    /// A refund did not go through yet; the machine goes on trying.
    #[error("order {0}: WeChat did not take the refund yet, it is tried again: {1}")]
    RefundDelayed(OutTradeNo, String),
    /// WeChat closed a refund; another is made.
    #[error("order {0}: WeChat closed the refund {1}; it is asked for again as {2}")]
    RefundClosed(OutTradeNo, OutRefundNo, OutRefundNo),
    /// The machine cannot bring the refund about.
    #[error(
        "order {out_trade_no}: WeChat does not refund {} yuan at this machine's request ({why}): \
         see to it in the merchant platform; it is noticed here",
        refund_fee.yuan()
    )]
    RefundHandedOver {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// How much.
        refund_fee: Fen,
        /// What WeChat said.
        why: String,
    },
    /// Nobody knows whether the item fell.
    #[error("order {0}: it is not known whether the item fell: {1}")]
    InDoubt(OutTradeNo, String),
    /// The board reported the end of a vend that the log already ended otherwise.
    #[error("order {0} is {1}, but the board now says that {2}")]
    BoardContradicts(OutTradeNo, &'static str, &'static str),
    /// The board did not tell how a vend ended.
    #[error("the board told nothing of the vend of order {0} within {1} s")]
    VendOverdue(OutTradeNo, u64),
    /// The board cannot be used.
    #[error("the vending board is down: {0}; nothing is sold until it answers")]
    BoardDown(String),
    /// A slot sells no more.
    #[error("slot {0} is blocked after {1} failed vends in a row; see to it and restart kioskd")]
    SlotBlocked(Slot, u32),
    /// WeChat does not take our orders.
    #[error("WeChat did not open order {0}: {1}")]
    OrderNotOpened(OutTradeNo, String),
    /// WeChat's answer about an order cannot be believed or used.
    #[error("WeChat's answer about order {0} cannot be used: {1}")]
    AnswerUnusable(OutTradeNo, String),
    /// Somebody gave the money of an order back without us.
    #[error("order {0} was refunded by somebody else")]
    RefundedElsewhere(OutTradeNo),
    /// The scheduler does not tick; the loop's own clock asks what is due.
    #[error("the scheduler said nothing for {0} s: it is started anew, the loop asks by itself")]
    SchedulerSilent(u64),
    /// The wall clock is impossible.
    #[error("the clock is wrong: it is earlier than this program; nothing is sold until it is set")]
    ClockWrong,
    /// The wall clock differs from WeChat's.
    #[error("the clock is {0} s off WeChat's: it is corrected inside; see to NTP or the battery")]
    ClockOff(i64),
    /// The bill of a day and the log differ.
    #[error("audit of {}: {difference}", in_words(*day))]
    BillDiffers {
        /// Which day.
        day: BillDate,
        /// In what.
        difference: Difference,
    },
    /// They differ in more than anybody reads in log lines.
    #[error(
        "audit of {day}: {more} more differences; kioskd reconcile --date {day} lists them all",
        day = in_words(*day)
    )]
    BillDiffersMore {
        /// Which day.
        day: BillDate,
        /// In how much more.
        more: usize,
    },
    /// The bill could not be had.
    #[error(
        "audit of {day}: bill and log are not compared: {why}; try kioskd reconcile --date {day}",
        day = in_words(*day)
    )]
    NotAudited {
        /// Which day.
        day: BillDate,
        /// What happened at the last try.
        why: String,
    },
    /// The log cannot be written.
    #[error("the order log cannot be written: {0}; nothing is sold until it can")]
    LogDown(String),
}
