//! What must hold for any bytes from outside, one function for each way in.
//!
//! Each tells whether the bytes were taken for what they claim to be, and panics when a rule is
//! broken. They are shared by the libFuzzer program and by the run on stable in `tests/tests/fuzz`.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

mod board;
mod config;
mod intake;
mod log;
mod panel;
mod wechat;

/// Whether the bytes were taken.
pub(crate) type Target = fn(&[u8]) -> bool;

/// Every parser of outside bytes, by the name of its folder in `tests/fuzz/corpus`.
pub(crate) const TARGETS: [(&str, Target); 19] = [
    ("xml", wechat::xml),
    ("notify", wechat::notify),
    ("bill", wechat::bill),
    ("mode1_callback", wechat::mode1_callback),
    ("refund_notify", wechat::refund_notify),
    ("answer", wechat::answer),
    ("unsigned_answer", wechat::unsigned_answer),
    ("session_answer", wechat::session_answer),
    ("intake", intake::intake),
    ("board_line", board::line),
    ("board_session", board::session),
    ("panel_socket", panel::socket),
    ("panel_watcher", panel::watcher),
    ("touch", panel::touch),
    ("config", config::config),
    ("secret", config::secret),
    ("certificate", config::certificate),
    ("log_segment", log::segment),
    ("log_entry", log::entry),
];

thread_local! {
    static PLACE: OnceCell<TempDir> = const { OnceCell::new() };
}

/// A file or folder of this thread; in memory where the system has a place for that.
fn place(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let make = || if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    PLACE.with(|place| place.get_or_init(|| make().expect("a place")).path().join(name))
}

/// Fails when `text` shows what only the merchant may know.
fn keeps_secret(text: &str, secret: &str) {
    assert!(!text.contains(secret), "a secret shows in {text}");
}
