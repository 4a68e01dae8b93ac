//! What was heard from outside: perhaps noise, perhaps late, perhaps twice.

use hardware::board::BoardEvent;
use protocol::closeorder::Closed;
use protocol::orderquery::OrderState;
use protocol::sign::Verified;
use protocol::unifiedorder::Opened;
use protocol::{CallError, OutTradeNo, Payment};

use super::command::NotifyTicket;

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
