//! Everything that can happen to a machine in a street, done to the real kioskd: killed at any
//! moment, its power cut, its disk full, read-only, broken. Books are compared after each.
//!
//! ```text
//!  KILL_ROUNDS=2000 cargo test -p tests --test faults kill::  -- --nocapture
//!  POWER_CUTS=100   cargo test -p tests --test faults power:: -- --nocapture
//! ```

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "a test says what it skipped and what it counted")]

mod cpio;
mod disk;
#[path = "../shared/outside.rs"]
mod found;
mod guest;
mod kill;
mod mount;
mod outside;
mod power;
mod random;
mod shop;
