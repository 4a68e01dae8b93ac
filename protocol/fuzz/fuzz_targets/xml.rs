//! libFuzzer on `targets::xml`: `cargo +nightly fuzz run xml` in this package's parent.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each program runs one of them")]
mod targets;

fuzz_target!(|data: &[u8]| {
    targets::xml(data);
});
