//! What the dialogue calls commands, refusals and screens.

use crate::sale::{Command, NotifyReply, RemoteRefusal};

pub(super) fn names(names: impl Iterator<Item = String>) -> String {
    let names = names.collect::<Vec<_>>().join(" ");
    if names.is_empty() { "-".to_owned() } else { names }
}

pub(super) fn command_name(command: &Command) -> String {
    let name = match command {
        Command::OpenOrder { .. } => "open_order",
        Command::QueryOrder(_) => "query",
        Command::CloseOrder(_) => "close",
        Command::PayByCode { .. } => "pay_by_code",
        Command::Reverse(_) => "reverse",
        Command::Refund(_) => "refund",
        Command::QueryRefunds(_) => "query_refunds",
        Command::Vend(_) => "vend",
        Command::RecallVend { .. } => "recall",
        Command::AnswerNotify { reply: NotifyReply::Success, .. } => "success",
        Command::AnswerNotify { reply: NotifyReply::Fail, .. } => "fail",
        Command::AnswerRemote { answer: Ok(_), .. } => "order",
        Command::AnswerRemote { answer: Err(refusal), .. } => {
            return format!("no_order:{}", refusal_name(*refusal));
        }
        Command::CorrectClock(ms) => return format!("clock:{}", ms / 1_000),
        Command::RebuildSchedule => "rebuild",
        Command::Audit { .. } => "audit",
        Command::TellAudit(_) => "tell_audit",
        Command::Alarm(_) => "alarm",
    };
    name.to_owned()
}

fn refusal_name(refusal: RemoteRefusal) -> &'static str {
    match refusal {
        RemoteRefusal::OutOfService => "out_of_service",
        RemoteRefusal::OtherMachine => "other_machine",
        RemoteRefusal::NoSuchSlot => "no_such_slot",
        RemoteRefusal::SoldOut => "sold_out",
        RemoteRefusal::Blocked => "blocked",
        RemoteRefusal::Busy => "busy",
        RemoteRefusal::NotOpened => "not_opened",
    }
}

pub(super) fn screen_name(screen: &kiosk::Screen) -> String {
    use kiosk::{Availability, Outage, Progress, Refund, Screen, Trouble};
    match screen {
        Screen::Starting => "starting".to_owned(),
        Screen::Attract { .. } => "attract".to_owned(),
        Screen::Keypad { typed, item } => {
            let item = item.as_ref().map(|item| {
                let mark = match item.availability {
                    Availability::Available => "",
                    Availability::SoldOut => " sold_out",
                    Availability::Blocked => " blocked",
                };
                format!(" finds {}{mark}", item.slot)
            });
            format!("keypad {typed:?}{}", item.unwrap_or_default())
        }
        Screen::Product { item } => format!("product {}", item.slot),
        Screen::Catalogue { items, .. } => {
            let marks = items.iter().filter_map(|item| match item.availability {
                Availability::Available => None,
                Availability::SoldOut => Some(format!(" sold_out {}", item.slot)),
                Availability::Blocked => Some(format!(" blocked {}", item.slot)),
            });
            format!("catalogue{}", marks.collect::<String>())
        }
        Screen::Preparing { .. } => "preparing".to_owned(),
        Screen::Payment { .. } => "payment".to_owned(),
        Screen::Checking { .. } => "checking".to_owned(),
        Screen::Vending { progress: Progress::Paid, .. } => "vending".to_owned(),
        Screen::Vending { progress: Progress::Turning, .. } => "vending turning".to_owned(),
        Screen::Farewell { .. } => "farewell".to_owned(),
        Screen::Sorry { trouble, .. } => {
            let refund = match trouble.refund() {
                None | Some(Refund::Owed) => "",
                Some(Refund::UnderWay) => " refunding",
                Some(Refund::Done) => " refunded",
            };
            let trouble = match trouble {
                Trouble::NotVended(_) => "not_vended",
                Trouble::InDoubtRefund(_) => "in_doubt_owed",
                Trouble::InDoubt => "in_doubt",
                Trouble::PaidTooLate(_) => "too_late",
                Trouble::GatewayDown => "gateway_down",
                Trouble::OrderRefused => "refused",
                Trouble::MachineFault => "machine",
                Trouble::SlotBlocked => "slot",
            };
            format!("sorry {trouble}{refund}")
        }
        Screen::OutOfService { reason, .. } => {
            let reason = match reason {
                Outage::BoardDown => "board",
                Outage::LogDown => "log",
                Outage::ClockWrong => "clock",
                Outage::NothingToSell => "nothing",
                Outage::Stopping => "stopping",
                Outage::GatewayDown => "gateway",
                Outage::Service => "service",
            };
            format!("out {reason}")
        }
    }
}
