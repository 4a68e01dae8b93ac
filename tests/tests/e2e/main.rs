//! The end-to-end tests: the real kioskd in the simulated world, each test with one of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one thing among many")]
#![expect(clippy::print_stdout, reason = "a test says what it skipped and how to repeat it")]

mod cli;
mod clock;
mod durable;
mod foreign;
mod gateway_hosts;
mod hostile;
mod http;
mod jsapi;
mod keys;
mod kill;
mod looking;
mod micropay;
mod mini_program;
mod outage;
#[path = "../shared/outside.rs"]
mod outside;
mod page;
mod permissions;
mod reconcile;
mod refunds;
mod sale;
mod scene;
mod screens;
mod secrets;
mod shown;
mod stalls;
mod stickers;
mod tools;
mod watchdog;
