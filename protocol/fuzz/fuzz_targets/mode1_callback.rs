//! libFuzzer on `targets::mode1_callback`: in `protocol`, `cargo +nightly fuzz run mode1_callback`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each program runs one of them")]
mod targets;

fuzz_target!(|data: &[u8]| {
    targets::mode1_callback(data);
});
