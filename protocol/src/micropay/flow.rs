//! What a payment by code needs next, by what was heard last. APIv2 micropay, "flow".
//!
//! ```text
//! micropay ──► paid ─────────────────────────────────────────► Deliver
//!    │ failed for certain ───────────────────────────────────► GiveUp
//!    ▼ USERPAYING, a time-out, anything unknown
//!   Query ◄─┐ every 5 s ── paid ─────────────────────────────► Deliver
//!    │ └────┘            └─ reversed, closed ────────────────► GiveUp
//!    ▼ after 30 s, not before 15 s
//!  Reverse ◄─┐ while recall=Y or no answer ── recall=N ──────► GiveUp
//!    └───────┘                              └ after 7 days ──► Refund
//! ```

use std::time::Duration;

use crate::orderquery::TradeState;
use crate::reverse::Recall;
use crate::{CallName, ErrCode, Verdict};

/// The pause before each question. APIv2 micropay: 5 s after `USERPAYING` and `SYSTEMERROR`.
const QUERY_PAUSE: Duration = Duration::from_secs(5);

/// So long after the payment was sent it is asked for. WeChat itself reverses at 45 s.
const QUERY_UNTIL: Duration = Duration::from_secs(30);

/// A payment is not reversed earlier than so long after it was sent. APIv2 reverse.
const REVERSE_FROM: Duration = Duration::from_secs(15);

/// The pause before reverse is sent again.
const REVERSE_PAUSE: Duration = Duration::from_secs(5);

/// After this time nothing changes quickly any more: neither comes a payment into being that is
/// not there yet, nor is it worth to ask every few seconds.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

/// The pause before reverse is sent again when it takes long, or a person must act first.
const SLOW_PAUSE: Duration = Duration::from_secs(60);

/// How far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It may still be paid.
    Paying,
    /// A reverse was sent: there is no way back, as it may have worked.
    Reversing,
}

/// What was heard last. Only signed messages say something; all else is [`Heard::Nothing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// micropay answered that it is paid.
    Paid,
    /// orderquery answered with this state.
    State(&'a TradeState),
    /// This call failed with this code.
    Failed(CallName, &'a ErrCode),
    /// reverse was carried out.
    Reversed(Recall),
    /// No answer came, or none that can be believed.
    Nothing,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Send orderquery after this pause.
    Query {
        /// From now on.
        after: Duration,
    },
    /// Send reverse after this pause; from then on the [`Phase`] is `Reversing`. A refused reverse
    /// is told to a person as well.
    Reverse {
        /// From now on.
        after: Duration,
    },
    /// It is paid: the goods are due, when the payment agrees with the order.
    Deliver,
    /// It is not paid, or no longer: no goods, and a new try needs a new number.
    GiveUp,
    /// It can no longer be reversed: the money goes back by refund.
    Refund,
}

/// What to do after `heard`, `since_pay` after micropay was sent first.
pub fn next(phase: Phase, heard: Heard<'_>, since_pay: Duration) -> Next {
    match phase {
        Phase::Paying => while_paying(heard, since_pay),
        Phase::Reversing => while_reversing(heard, since_pay),
    }
}

fn while_paying(heard: Heard<'_>, since_pay: Duration) -> Next {
    match heard {
        Heard::Paid | Heard::State(TradeState::Success) => Next::Deliver,
        Heard::State(TradeState::Refund | TradeState::Closed | TradeState::Revoked) => Next::GiveUp,
        Heard::State(TradeState::PayError) => reverse(since_pay),
        Heard::Failed(CallName::MicroPay, err_code) => match err_code.verdict(CallName::MicroPay) {
            Verdict::GiveUp | Verdict::Alarm => Next::GiveUp,
            Verdict::RepeatSame
            | Verdict::RepeatLater
            | Verdict::AlarmAndRepeat
            | Verdict::Query
            | Verdict::Unknown => query_or_reverse(since_pay),
        },
        // Also ORDERNOTEXIST: the payment may still be on its way.
        Heard::Failed(..)
        | Heard::State(
            TradeState::NotPay
            | TradeState::UserPaying
            | TradeState::Accept
            | TradeState::Unknown(_),
        )
        | Heard::Nothing => query_or_reverse(since_pay),
        Heard::Reversed(_) => while_reversing(heard, since_pay),
    }
}

/// Paid or not, the customer was told that it is over: nothing is delivered any more.
fn while_reversing(heard: Heard<'_>, since_pay: Duration) -> Next {
    match heard {
        Heard::Reversed(Recall::No)
        | Heard::State(TradeState::Refund | TradeState::Closed | TradeState::Revoked) => {
            Next::GiveUp
        }
        Heard::Failed(CallName::OrderQuery, ErrCode::OrderNotExist)
            if since_pay >= SETTLED_AFTER =>
        {
            Next::GiveUp
        }
        Heard::Failed(CallName::Reverse, err_code) => match err_code.verdict(CallName::Reverse) {
            Verdict::GiveUp => Next::Refund,
            // Also INVALID_TRANSACTIONID, which is said of an order that never came to be: only
            // orderquery tells that.
            Verdict::Query | Verdict::Unknown | Verdict::Alarm => {
                Next::Query { after: pause(since_pay) }
            }
            Verdict::RepeatSame | Verdict::RepeatLater | Verdict::AlarmAndRepeat => {
                Next::Reverse { after: SLOW_PAUSE }
            }
        },
        Heard::Failed(..)
        | Heard::Reversed(Recall::Yes)
        | Heard::Paid
        | Heard::State(
            TradeState::Success
            | TradeState::NotPay
            | TradeState::UserPaying
            | TradeState::PayError
            | TradeState::Accept
            | TradeState::Unknown(_),
        )
        | Heard::Nothing => reverse_again(since_pay),
    }
}

fn query_or_reverse(since_pay: Duration) -> Next {
    if since_pay + QUERY_PAUSE <= QUERY_UNTIL {
        Next::Query { after: QUERY_PAUSE }
    } else {
        reverse(since_pay)
    }
}

/// The first reverse, as early as allowed.
fn reverse(since_pay: Duration) -> Next {
    Next::Reverse { after: REVERSE_FROM.saturating_sub(since_pay) }
}

fn reverse_again(since_pay: Duration) -> Next {
    Next::Reverse { after: pause(since_pay).max(REVERSE_FROM.saturating_sub(since_pay)) }
}

fn pause(since_pay: Duration) -> Duration {
    if since_pay < SETTLED_AFTER { REVERSE_PAUSE } else { SLOW_PAUSE }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn query(seconds: u64) -> Next {
        Next::Query { after: s(seconds) }
    }

    fn undo(seconds: u64) -> Next {
        Next::Reverse { after: s(seconds) }
    }

    #[test]
    fn while_it_may_still_be_paid() {
        use CallName::{MicroPay, OrderQuery};
        for (heard, since_pay, expected) in [
            (Heard::Paid, 1, Next::Deliver),
            (Heard::State(&TradeState::Success), 29, Next::Deliver),
            (Heard::State(&TradeState::Success), 300, Next::Deliver),
            (Heard::Failed(MicroPay, &ErrCode::UserPaying), 1, query(5)),
            (Heard::Failed(MicroPay, &ErrCode::SystemError), 6, query(5)),
            (Heard::Failed(MicroPay, &ErrCode::BankError), 6, query(5)),
            (Heard::Failed(MicroPay, &ErrCode::OrderPaid), 1, query(5)),
            (Heard::Failed(MicroPay, &ErrCode::from("BRAND_NEW")), 1, query(5)),
            (Heard::Failed(MicroPay, &ErrCode::AuthCodeExpire), 1, Next::GiveUp),
            (Heard::Failed(MicroPay, &ErrCode::NotEnough), 1, Next::GiveUp),
            (Heard::Failed(MicroPay, &ErrCode::NoAuth), 1, Next::GiveUp),
            (Heard::Nothing, 10, query(5)),
            (Heard::State(&TradeState::UserPaying), 20, query(5)),
            (Heard::State(&TradeState::NotPay), 25, query(5)),
            (Heard::State(&TradeState::UserPaying), 26, undo(0)),
            (Heard::Failed(OrderQuery, &ErrCode::OrderNotExist), 10, query(5)),
            (Heard::Failed(OrderQuery, &ErrCode::OrderNotExist), 30, undo(0)),
            (Heard::Nothing, 40, undo(0)),
            // Failed, but not before 15 s.
            (Heard::State(&TradeState::PayError), 6, undo(9)),
            (Heard::State(&TradeState::PayError), 20, undo(0)),
            (Heard::State(&TradeState::Revoked), 20, Next::GiveUp),
            (Heard::State(&TradeState::Closed), 20, Next::GiveUp),
            (Heard::State(&TradeState::Refund), 20, Next::GiveUp),
        ] {
            assert_eq!(next(Phase::Paying, heard, s(since_pay)), expected, "{heard:?} {since_pay}");
        }
    }

    #[test]
    fn while_it_is_taken_back() {
        use CallName::{OrderQuery, Reverse};
        for (heard, since_pay, expected) in [
            (Heard::Reversed(Recall::No), 31, Next::GiveUp),
            (Heard::Reversed(Recall::Yes), 31, undo(5)),
            // Somebody was too early: not once more.
            (Heard::Reversed(Recall::Yes), 2, undo(13)),
            (Heard::Reversed(Recall::Yes), 600, undo(60)),
            (Heard::Nothing, 36, undo(5)),
            (Heard::Failed(Reverse, &ErrCode::SystemError), 36, query(5)),
            (Heard::Failed(Reverse, &ErrCode::TradeError), 36, query(5)),
            (Heard::Failed(Reverse, &ErrCode::from("BRAND_NEW")), 70, query(60)),
            // Such as "cannot be reversed while it is paid", or a certificate that is wrong.
            (Heard::Failed(Reverse, &ErrCode::InvalidRequest), 36, query(5)),
            (Heard::Failed(Reverse, &ErrCode::ReverseExpire), 700_000, Next::Refund),
            (Heard::State(&TradeState::Revoked), 41, Next::GiveUp),
            (Heard::State(&TradeState::Closed), 41, Next::GiveUp),
            (Heard::State(&TradeState::Refund), 41, Next::GiveUp),
            (Heard::State(&TradeState::UserPaying), 41, undo(5)),
            (Heard::Failed(OrderQuery, &ErrCode::OrderNotExist), 41, undo(5)),
            (Heard::Failed(OrderQuery, &ErrCode::OrderNotExist), 60, Next::GiveUp),
            (Heard::Failed(OrderQuery, &ErrCode::SystemError), 60, undo(60)),
            // Too late: the customer was told that it is over.
            (Heard::State(&TradeState::Success), 41, undo(5)),
            (Heard::Paid, 41, undo(5)),
        ] {
            let told = next(Phase::Reversing, heard, s(since_pay));
            assert_eq!(told, expected, "{heard:?} {since_pay}");
        }
    }

    fn codes() -> impl Strategy<Value = ErrCode> {
        let known = ["SYSTEMERROR", "USERPAYING", "ORDERNOTEXIST", "NOTENOUGH", "NOAUTH", "NEW"];
        select(known.to_vec()).prop_map(ErrCode::from)
    }

    fn states() -> impl Strategy<Value = TradeState> {
        let known = ["SUCCESS", "REFUND", "NOTPAY", "REVOKED", "USERPAYING", "PAYERROR", "NEW"];
        select(known.to_vec()).prop_map(TradeState::from)
    }

    proptest! {
        #[test]
        fn whatever_is_heard_the_rules_hold(
            reversing in any::<bool>(),
            kind in 0..5,
            state in states(),
            code in codes(),
            call in select(&[CallName::MicroPay, CallName::OrderQuery, CallName::Reverse][..]),
            recall in select(&[Recall::Yes, Recall::No][..]),
            since_pay in (0_u64..120_000).prop_map(Duration::from_millis),
        ) {
            let heard = match kind {
                0 => Heard::Paid,
                1 => Heard::State(&state),
                2 => Heard::Failed(call, &code),
                3 => Heard::Reversed(recall),
                _ => Heard::Nothing,
            };
            let phase = if reversing { Phase::Reversing } else { Phase::Paying };
            match next(phase, heard, since_pay) {
                Next::Deliver => {
                    prop_assert!(!reversing, "goods for money that goes back");
                    let is_paid = state == TradeState::Success;
                    prop_assert!(kind == 0 || kind == 1 && is_paid, "goods without money");
                }
                Next::Reverse { after } => prop_assert!(since_pay + after >= REVERSE_FROM),
                Next::Query { after } if !reversing => {
                    prop_assert!(after == QUERY_PAUSE && since_pay + after <= QUERY_UNTIL);
                }
                Next::Query { after } => prop_assert!(after >= QUERY_PAUSE),
                Next::GiveUp | Next::Refund => {
                    // Silence proves nothing.
                    prop_assert!(kind != 4);
                }
            }
        }
    }
}
