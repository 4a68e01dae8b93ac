//! Who stands in front of the machine: one customer at a time, forgotten in a restart.
//!
//! ```text
//!           select            opened             countdown over          grace over
//!   Idle ───────────► Ordering ─────► Paying ──────────────────► Checking ─────────► Idle
//!    ▲                   │              │  cancel ─► Idle            │
//!    │                   │ refused,     │ paid                       │ paid
//!    │                   ▼ no answer    ▼                            ▼
//!    ├──── time, back ─ Sorry ◄───── Vending ◄───────────────────────┘
//!    └──── time, back ─ Farewell ◄──────┘
//! ```

use std::time::Duration;

use protocol::{CodeUrl, OutTradeNo};

use super::order::Order;

/// What the panel is busy with. All times are on the monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// Nobody is served; whoever is there looks around.
    Idle,
    /// WeChat was asked for a QR.
    Ordering {
        /// What for.
        order: Order,
        /// When we stop waiting.
        until: Duration,
    },
    /// The QR is shown.
    Paying {
        /// What for.
        order: Order,
        /// What the QR says.
        code_url: CodeUrl,
        /// When it disappears.
        until: Duration,
    },
    /// The QR is gone, a payment on its way still counts.
    Checking {
        /// What for.
        order: Order,
        /// When it counts no more.
        until: Duration,
    },
    /// The motor turns.
    Vending {
        /// What for.
        order: Order,
    },
    /// The item fell.
    Farewell {
        /// What fell.
        order: Order,
        /// When the next customer may come.
        until: Duration,
    },
    /// Something went wrong.
    Sorry {
        /// With what.
        order: Order,
        /// What went wrong.
        trouble: kiosk::Trouble,
        /// When the next customer may come.
        until: Duration,
    },
}

impl Session {
    /// The order that the customer waits to pay for.
    pub fn awaits_payment_of(&self, out_trade_no: &OutTradeNo) -> bool {
        self.awaited_order().is_some_and(|order| &order.out_trade_no == out_trade_no)
    }

    /// The order that the customer is still to pay for; `None` when there is none.
    pub fn awaited_order(&self) -> Option<&Order> {
        match self {
            Self::Ordering { order, .. }
            | Self::Paying { order, .. }
            | Self::Checking { order, .. } => Some(order),
            Self::Idle | Self::Vending { .. } | Self::Farewell { .. } | Self::Sorry { .. } => None,
        }
    }

    /// The order that stands on the screen, whatever its state.
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Idle => None,
            Self::Ordering { order, .. }
            | Self::Paying { order, .. }
            | Self::Checking { order, .. }
            | Self::Vending { order }
            | Self::Farewell { order, .. }
            | Self::Sorry { order, .. } => Some(order),
        }
    }

    /// Whether this customer's session is about `out_trade_no`.
    pub fn is_about(&self, out_trade_no: &OutTradeNo) -> bool {
        self.order().is_some_and(|order| &order.out_trade_no == out_trade_no)
    }

    /// Whether the countdown of `out_trade_no` is over and its payment still counts.
    pub fn is_checking(&self, out_trade_no: &OutTradeNo) -> bool {
        matches!(self, Self::Checking { order, .. } if &order.out_trade_no == out_trade_no)
    }

    /// The bad news that stand on the screen.
    pub fn trouble(&self) -> Option<kiosk::Trouble> {
        if let Self::Sorry { trouble, .. } = self { Some(*trouble) } else { None }
    }

    /// When time alone changes it; `None` = never.
    pub fn until(&self) -> Option<Duration> {
        match self {
            Self::Idle | Self::Vending { .. } => None,
            Self::Ordering { until, .. }
            | Self::Paying { until, .. }
            | Self::Checking { until, .. }
            | Self::Farewell { until, .. }
            | Self::Sorry { until, .. } => Some(*until),
        }
    }
}
