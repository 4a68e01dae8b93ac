//! The edges: each takes commands or gives events, holds one dependency, and decides nothing.

pub mod gateway;
pub mod intake;
pub mod panel;
pub mod schedule;
pub mod service_manager;
pub mod sound;
pub mod vending;
