//! The order log's storage under damage, power cuts, full disks and other processes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "figures are shown to whoever asks for them")]
#![allow(clippy::disallowed_methods, reason = "these tests measure real deadlines")]

mod archive;
mod backup;
mod copy;
mod damage;
mod failing;
mod fixtures;
mod log;
mod matrix;
mod neighbours;
mod roles;
mod shop;
mod simulated;
mod syscalls;
mod torn;
