//! Vending boards on serial ports, panels and touch inputs.
//!
//! Each device comes in three layers: a *frame* (pure bytes), a *session* (pure; time is an
//! argument) and a *port* (the I/O, on a thread of its own). Nothing here has heard of customers or
//! money.

pub mod board;
pub mod modbus;
pub mod panel;
pub mod serial;
pub mod touch;
pub mod waveshare;

mod backoff;
#[cfg(test)]
mod testing;
mod waker;
