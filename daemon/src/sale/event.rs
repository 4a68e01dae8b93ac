//! What was heard from outside: perhaps noise, perhaps late, perhaps twice.

use hardware::board::BoardEvent;
use protocol::closeorder::Closed;
use protocol::downloadbill::BillDate;
use protocol::orderquery::OrderState;
use protocol::refund::RefundAccepted;
use protocol::refund_notify::RefundHint;
use protocol::refundquery::Refunds;
use protocol::reverse::Recall;
use protocol::sign::Verified;
use protocol::unifiedorder::Opened;
use protocol::{AuthCode, CallError, OpenId, OutTradeNo, Payment};

use super::command::NotifyTicket;
use super::order::Slot;
use super::remote::{Door, RemoteTicket};
use crate::audit::{BillFault, MachineBill};

/// Everything that can wake the middle.
#[derive(Debug)]
pub enum Event {
    /// A finger on the panel, already translated by the screen that was shown.
    Touched(kiosk::Touch),
    /// A notify with a good signature; somebody waits for the reply.
    Notified {
        /// To answer with.
        ticket: NotifyTicket,
        /// What it says.
        payment: Verified<Payment>,
    },
    /// WeChat answered, or did not answer, an `OpenOrder`.
    OpenAnswered {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What came of it.
        answer: Result<Verified<Opened>, GatewayFault>,
    },
    /// WeChat answered, or did not answer, a `QueryOrder`.
    Queried(Queried),
    /// WeChat answered, or did not answer, a `CloseOrder`.
    CloseAnswered {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What came of it.
        answer: Result<Verified<Closed>, GatewayFault>,
    },
    /// WeChat answered, or did not answer, a `Refund`.
    RefundAnswered {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What came of it.
        answer: Result<Verified<RefundAccepted>, GatewayFault>,
    },
    /// WeChat answered, or did not answer, a `QueryRefunds`.
    RefundsQueried {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What WeChat says of its refunds.
        answer: Result<Verified<Refunds>, GatewayFault>,
    },
    /// Somebody who knows the API key, most likely WeChat, says that a refund has ended. It is not
    /// signed: a reason to ask, and no more. Somebody waits for the reply.
    RefundNotified {
        /// To answer with.
        ticket: NotifyTicket,
        /// What it says.
        hint: RefundHint,
    },
    /// A customer orders with the phone; somebody waits for the reply.
    RemoteOrdered {
        /// To answer with.
        ticket: RemoteTicket,
        /// What.
        slot: Slot,
        /// On which way.
        door: Door,
        /// Who pays, where it is known.
        payer: Option<OpenId>,
    },
    /// A customer shows a payment code to the scanner.
    CodeShown(AuthCode),
    /// WeChat answered, or did not answer, a `PayByCode`.
    CodePaid {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What came of it.
        answer: Result<Verified<Payment>, GatewayFault>,
    },
    /// WeChat answered, or did not answer, a `Reverse`.
    ReverseAnswered {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What came of it.
        answer: Result<Verified<Recall>, GatewayFault>,
    },
    /// It is time to compare the bill of the day before with the log.
    AuditDue,
    /// WeChat gave, or did not give, the bill of an `Audit`.
    BillAnswered {
        /// Of which day.
        day: BillDate,
        /// What it says of this machine.
        answer: Result<MachineBill, BillFault>,
    },
    /// WeChat's clock is so many milliseconds ahead of the system's (less than 0: behind).
    ClockCompared(i64),
    /// The vending board has news.
    Board(BoardEvent),
    /// The cron scheduler says that it is time to look at open orders.
    SweepDue,
    /// A moment came that the middle wanted to be woken at.
    Woke,
    /// The order log failed or works again.
    Log(Result<(), String>),
    /// The operator wants the program to end.
    StopRequested,
}

/// An answer to an `orderquery`.
#[derive(Debug)]
pub struct Queried {
    /// The order that was asked for.
    pub out_trade_no: OutTradeNo,
    /// What WeChat says of it.
    pub answer: Result<Verified<OrderState>, GatewayFault>,
}

/// A call that brought no good answer.
#[derive(Debug, thiserror::Error)]
pub enum GatewayFault {
    /// No answer within the time limits, or none that came from WeChat: it proves nothing.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// An answer that says no, or cannot be believed.
    #[error(transparent)]
    Call(#[from] CallError),
}
