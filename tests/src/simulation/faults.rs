//! What goes wrong between the machine and WeChat, as the events that the gateway port makes of it.

use daemon::sale::{Command, Event, GatewayFault, Queried};
use protocol::{CallError, ErrCode, OutTradeNo, sign::VerifyError};

/// No answer came to `command`; `None` when it asks nothing of WeChat. Nobody knows whether the
/// request arrived.
#[must_use]
pub fn unreachable(command: &Command) -> Option<Event> {
    answered(command, GatewayFault::Unreachable("timed out".to_owned()))
}

/// WeChat answered SYSTEMERROR. Nobody knows whether the request took effect.
#[must_use]
pub fn system_error(command: &Command) -> Option<Event> {
    answered(command, failed("SYSTEMERROR"))
}

/// An answer came that was altered on its way, or is not WeChat's.
#[must_use]
pub fn wrongly_signed(command: &Command) -> Option<Event> {
    answered(command, CallError::BadSign(VerifyError::Wrong).into())
}

/// WeChat says no, signed.
pub(super) fn failed(err_code: &str) -> GatewayFault {
    let (err_code, err_code_des) = (ErrCode::from(err_code), String::new());
    CallError::Failed { err_code, err_code_des }.into()
}

fn answered(command: &Command, fault: GatewayFault) -> Option<Event> {
    let of = OutTradeNo::clone;
    Some(match command {
        Command::OpenOrder { order, .. } => {
            Event::OpenAnswered { out_trade_no: of(&order.out_trade_no), answer: Err(fault) }
        }
        Command::PayByCode { order, .. } => {
            Event::CodePaid { out_trade_no: of(&order.out_trade_no), answer: Err(fault) }
        }
        Command::Reverse(number) => {
            Event::ReverseAnswered { out_trade_no: of(number), answer: Err(fault) }
        }
        Command::QueryOrder(number) => {
            Event::Queried(Queried { out_trade_no: of(number), answer: Err(fault) })
        }
        Command::CloseOrder(number) => {
            Event::CloseAnswered { out_trade_no: of(number), answer: Err(fault) }
        }
        Command::Refund(refund) => {
            Event::RefundAnswered { out_trade_no: of(refund.out_trade_no()), answer: Err(fault) }
        }
        Command::QueryRefunds(number) => {
            Event::RefundsQueried { out_trade_no: of(number), answer: Err(fault) }
        }
        Command::Vend(_)
        | Command::RecallVend { .. }
        | Command::AnswerNotify { .. }
        | Command::AnswerRemote { .. }
        | Command::Audit { .. }
        | Command::TellAudit(_)
        | Command::RebuildSchedule
        | Command::CorrectClock(_)
        | Command::Alarm(_) => return None,
    })
}
