//! The timeline: what happened when, on one monotonic clock, and the figures drawn from it.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::waiting::{TooLate, Watched};

/// Moments kept. A demo makes some thirty a sale; the oldest half goes when it is full.
const MOMENTS_MAX: usize = 20_000;

/// Collects moments; clones share them.
#[derive(Debug, Clone)]
pub struct Timeline {
    inner: Arc<Inner>,
}

impl Timeline {
    /// An empty timeline that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                origin: Instant::now(),
                record: Watched::new(Record::default()),
            }),
        }
    }

    /// Adds a moment that is now.
    pub fn mark(&self, what: What) {
        self.mark_at(Instant::now(), what);
    }

    /// Adds a moment that was seen at `instant` but is only understood now.
    pub fn mark_at(&self, instant: Instant, what: What) {
        let at = instant.saturating_duration_since(self.inner.origin);
        self.inner.record.change(|record| {
            if record.moments.len() >= MOMENTS_MAX {
                let half = MOMENTS_MAX / 2;
                record.moments.drain(..half);
                record.forgotten += half;
            }
            record.moments.push(Moment { at, what });
        });
    }

    /// How many moments there have been: a place to look from later.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.record.read(|record| record.forgotten + record.moments.len())
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The moments from number `from` on, in the order in which they were understood.
    #[must_use]
    pub fn since(&self, from: usize) -> Vec<Moment> {
        self.inner.record.read(|record| record.since(from).to_vec())
    }

    /// Waits until `look` finds something in the moments from number `from` on.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait<R>(
        &self,
        what: &str,
        from: usize,
        limit: Duration,
        mut look: impl FnMut(&What) -> Option<R>,
    ) -> Result<R, TooLate> {
        self.inner.record.wait(what, limit, |record| {
            record.since(from).iter().find_map(|moment| look(&moment.what))
        })
    }

    /// The figures of the sale that was begun last.
    #[must_use]
    pub fn latest_figures(&self) -> Figures {
        let moments = self.since(0);
        let ordered = moments
            .iter()
            .rposition(|moment| matches!(moment.what, What::CallHeard("unifiedorder", _)))
            .unwrap_or_default();
        let touched = moments
            .iter()
            .take(ordered)
            .rposition(|moment| matches!(moment.what, What::Touched { .. }))
            .unwrap_or_default();
        Figures::of(moments.get(touched..).unwrap_or_default())
    }

    /// The figures of the sale whose moments begin at number `from`.
    #[must_use]
    pub fn figures(&self, from: usize) -> Figures {
        Figures::of(&self.since(from))
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug)]
struct Inner {
    origin: Instant,
    record: Watched<Record>,
}

#[derive(Debug, Default)]
struct Record {
    moments: Vec<Moment>,
    /// How many older ones were dropped.
    forgotten: usize,
}

impl Record {
    fn since(&self, from: usize) -> &[Moment] {
        let skip = from.saturating_sub(self.forgotten);
        self.moments.get(skip..).unwrap_or_default()
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Since the timeline began.
    pub at: Duration,
    /// What it was.
    pub what: What,
}

/// Everything the world notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// kioskd was started.
    MachineStarted,
    /// kioskd says that it sells.
    MachineReady,
    /// kioskd ended: told to, killed, or by itself.
    MachineStopped(String),
    /// A finger touched the panel, in panel pixels.
    Touched {
        /// From the left edge.
        x: u32,
        /// From the upper edge.
        y: u32,
    },
    /// A request has come to the gateway whole: call and `out_trade_no`.
    CallHeard(&'static str, String),
    /// The gateway has answered: call, `out_trade_no`, and what it said.
    CallAnswered(&'static str, String, String),
    /// A picture arrived that carries a readable QR: the text in it.
    CodeShown(String),
    /// The QR is no longer in the picture.
    CodeGone,
    /// The gateway took the customer's money for this `out_trade_no`.
    Paid(String),
    /// The gateway pays money back: the `out_refund_no`. Once for each refund.
    Refunded(String),
    /// A notify leaves the gateway: `out_trade_no`, or `out_refund_no` when it is of a refund.
    NotifySent(String),
    /// A notify was lost on the way, on purpose.
    NotifyLost(String),
    /// The machine answered a notify with SUCCESS.
    NotifyAcknowledged(String),
    /// The machine did not answer a notify with SUCCESS: `out_trade_no` and what came instead.
    NotifyFailed(String, String),
    /// The first byte of a frame that turns a motor came down the serial line: coil.
    VendFrame(u16),
    /// A relay closed: coil.
    RelayOn(u16),
    /// A relay opened: coil.
    RelayOff(u16),
    /// An item fell: coil.
    Dropped(u16),
    /// The light beam of the drop sensor is interrupted, or clear again: input, interrupted.
    Beam(u16, bool),
    /// The board was pulled out (false) or put back (true).
    BoardPlugged(bool),
    /// A known screen is on the panel.
    ScreenShown(&'static str),
    /// The person at the desk turned a switch.
    Switched(String),
}

impl What {
    /// Which part of the world it concerns.
    #[must_use]
    pub const fn part(&self) -> &'static str {
        match self {
            Self::MachineStarted | Self::MachineReady | Self::MachineStopped(_) => "machine",
            Self::Touched { .. } | Self::CodeShown(_) | Self::CodeGone | Self::ScreenShown(_) => {
                "panel"
            }
            Self::CallHeard(..)
            | Self::CallAnswered(..)
            | Self::Paid(_)
            | Self::Refunded(_)
            | Self::NotifySent(_)
            | Self::NotifyLost(_)
            | Self::NotifyAcknowledged(_)
            | Self::NotifyFailed(..) => "gateway",
            Self::VendFrame(_)
            | Self::RelayOn(_)
            | Self::RelayOff(_)
            | Self::Dropped(_)
            | Self::Beam(..)
            | Self::BoardPlugged(_) => "board",
            Self::Switched(_) => "switch",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MachineStarted => write!(f, "kioskd started"),
            Self::MachineReady => write!(f, "kioskd ready"),
            Self::MachineStopped(how) => write!(f, "kioskd stopped: {how}"),
            Self::Touched { x, y } => write!(f, "touch at {x},{y}"),
            Self::CallHeard(call, order) => write!(f, "{call} heard {order}"),
            Self::CallAnswered(call, order, answer) => {
                write!(f, "{call} answered {order} {answer}")
            }
            Self::CodeShown(code) => write!(f, "QR on the panel {code}"),
            Self::CodeGone => write!(f, "QR gone"),
            Self::Paid(order) => write!(f, "paid {order}"),
            Self::Refunded(refund) => write!(f, "refunded {refund}"),
            Self::NotifySent(order) => write!(f, "notify sent {order}"),
            Self::NotifyLost(order) => write!(f, "notify lost {order}"),
            Self::NotifyAcknowledged(order) => write!(f, "notify acknowledged {order}"),
            Self::NotifyFailed(order, why) => write!(f, "notify not acknowledged {order} {why}"),
            Self::VendFrame(coil) => write!(f, "vend frame's first byte, coil {coil}"),
            Self::RelayOn(coil) => write!(f, "relay on, coil {coil}"),
            Self::RelayOff(coil) => write!(f, "relay off, coil {coil}"),
            Self::Dropped(coil) => write!(f, "item dropped, coil {coil}"),
            Self::Beam(input, true) => write!(f, "drop sensor {input} interrupted"),
            Self::Beam(input, false) => write!(f, "drop sensor {input} clear"),
            Self::BoardPlugged(true) => write!(f, "board plugged in"),
            Self::BoardPlugged(false) => write!(f, "board unplugged"),
            Self::ScreenShown(name) => write!(f, "screen: {name}"),
            Self::Switched(how) => write!(f, "switch: {how}"),
        }
    }
}

/// What the customer felt in one sale. `None` where it did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// From the touch to the picture that carries the QR.
    pub touch_to_code: Option<Duration>,
    /// From the touch to the order heard by the gateway.
    pub touch_to_order: Option<Duration>,
    /// From the last notify sent to the first byte of the vend frame.
    pub notify_to_vend: Option<Duration>,
    /// From the customer's payment to the first byte of the vend frame.
    pub paid_to_vend: Option<Duration>,
    /// From the first byte of the vend frame to the item falling.
    pub vend_to_drop: Option<Duration>,
    /// From the customer's payment to the refund that WeChat took.
    pub paid_to_refund: Option<Duration>,
}

impl Figures {
    fn of(moments: &[Moment]) -> Self {
        let first = |wanted: fn(&What) -> bool| {
            moments.iter().find(|moment| wanted(&moment.what)).map(|moment| moment.at)
        };
        let touch = first(|what| matches!(what, What::Touched { .. }));
        let order = first(|what| matches!(what, What::CallHeard("unifiedorder", _)));
        let code = first(|what| matches!(what, What::CodeShown(_)));
        let paid = first(|what| matches!(what, What::Paid(_)));
        let vend = first(|what| matches!(what, What::VendFrame(_)));
        let dropped = first(|what| matches!(what, What::Dropped(_)));
        let refunded = first(|what| matches!(what, What::Refunded(_)));
        let notify = moments
            .iter()
            .filter(|moment| matches!(moment.what, What::NotifySent(_)))
            .map(|moment| moment.at)
            .take_while(|at| vend.is_none_or(|vend| *at <= vend))
            .last();
        Self {
            touch_to_code: between(touch, code),
            touch_to_order: between(touch, order),
            notify_to_vend: between(notify, vend),
            paid_to_vend: between(paid, vend),
            vend_to_drop: between(vend, dropped),
            paid_to_refund: between(paid, refunded),
        }
    }
}

fn between(from: Option<Duration>, to: Option<Duration>) -> Option<Duration> {
    to?.checked_sub(from?)
}

/// Milliseconds with one decimal, or a dash.
#[must_use]
pub fn ms(duration: Option<Duration>) -> String {
    duration.map_or_else(
        || "-".to_owned(),
        |duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_sale_come_from_its_own_moments() {
        let timeline = Timeline::new();
        let start = timeline.inner.origin;
        let mark = |at_ms, what| timeline.mark_at(start + Duration::from_millis(at_ms), what);
        mark(1, What::Touched { x: 1, y: 1 });
        mark(2, What::VendFrame(7));
        let from = timeline.len();
        mark(10, What::Touched { x: 1, y: 1 });
        mark(30, What::CallHeard("unifiedorder", "A".into()));
        mark(70, What::CodeShown("weixin://".into()));
        mark(100, What::Paid("A".into()));
        mark(101, What::NotifySent("A".into()));
        mark(116, What::NotifySent("A".into()));
        // Understood before the notify's reply, seen after it was sent.
        mark(120, What::VendFrame(0));
        mark(520, What::Dropped(0));
        mark(600, What::NotifySent("A".into()));
        mark(700, What::Refunded("R-A".into()));

        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(
            timeline.figures(from),
            Figures {
                touch_to_code: ms(60),
                touch_to_order: ms(20),
                notify_to_vend: ms(4),
                paid_to_vend: ms(20),
                vend_to_drop: ms(400),
                paid_to_refund: ms(600),
            }
        );
    }

    #[test]
    fn a_full_timeline_forgets_the_oldest_and_keeps_its_numbers() {
        let timeline = Timeline::new();
        for coil in 0..=u16::try_from(MOMENTS_MAX).unwrap_or(u16::MAX) {
            timeline.mark(What::RelayOn(coil));
        }
        let last = timeline.len() - 1;
        let moments = timeline.since(last);
        assert_eq!(timeline.len(), MOMENTS_MAX + 1);
        assert_eq!(moments.len(), 1);
        assert!(timeline.since(0).len() <= MOMENTS_MAX);
    }
}
