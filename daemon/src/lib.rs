//! `kioskd`, the program in the machine: a pure middle, the order log, and thin edges around them.
//!
//! ```text
//! touch ─┐                                                     ┌─► gateway   HTTPS to WeChat
//! notify ─┤            ┌────────────── loop ───────────────┐   ├─► vending   serial port, own thread
//! board  ─┼─► inbox ──►│ wait ─ decide ─ record ─ act ─ draw├──┼─► intake    the answer to a notify
//! cron   ─┤            └────────┬───────────┬──────────────┘   ├─► schedule  tokio-cron-scheduler
//! answers ┘                     │           │                  └─► panel     own thread
//!                          sale/ (pure)   order log (disk)
//! ```
//!
//! [`sale`] decides and is pure; [`order_log`] makes facts durable; [`port`] holds the edges, which
//! decide nothing; [`wheel`] keeps the order of things, and [`run`] turns it; [`audit`] compares a
//! day's facts with WeChat's bill.

pub mod audit;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod design;
pub mod inbox;
#[expect(
    clippy::disallowed_methods,
    reason = "a sled that hangs is given up by the real clock, not by a decision"
)]
pub mod journal;
pub mod order_log;
pub mod port;
pub mod pulse;
pub mod report;
pub mod run;
pub mod sale;
pub mod ticks;
pub mod wheel;
