//! The simulated world, the program that shows it, and the end-to-end tests.
//!
//! ```text
//!               ┌──────── world ────────────────────────────────────────────┐
//!  demo ──────► │ customer ─ touch ─► panel ◄─ pixels ─┐                    │
//!  page ──────► │ phone ── reads ───► panel            │                    │
//!  e2e tests ─► │   └─ pays ─► gateway ◄─ HTTPS ─► machine (the real kioskd)│
//!               │                 └─ notify ─────────►│                     │
//!               │              board ◄─ serial line ──┘                     │
//!               └── timeline: what happened when, from all of them ─────────┘
//! ```
//!
//! Every part is a handle: it can be looked at, waited on with a limit, and disturbed.

mod background;
pub mod board;
pub mod cli;
pub mod customer;
pub mod demo;
pub mod gateway;
pub mod ledger;
pub mod machine;
pub mod optics;
pub mod page;
pub mod panel;
pub mod phone;
mod screens;
pub mod simulation;
pub mod timeline;
pub mod waiting;
pub mod world;
