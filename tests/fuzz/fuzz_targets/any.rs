//! libFuzzer on the target named by `FUZZ_TARGET`: in `tests`,
//! `FUZZ_TARGET=notify cargo +nightly fuzz run any fuzz/corpus/notify`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../targets/mod.rs"]
mod targets;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let found = targets::TARGETS.into_iter().find(|(known, _)| *known == name);
    found.expect("a target of that name").1
});

fuzz_target!(|data: &[u8]| {
    TARGET(data);
});
