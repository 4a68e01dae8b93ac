//! libFuzzer on `targets::refund_notify`: in `protocol`, `cargo +nightly fuzz run refund_notify`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each program runs one of them")]
mod targets;

fuzz_target!(|data: &[u8]| {
    targets::refund_notify(data);
});
