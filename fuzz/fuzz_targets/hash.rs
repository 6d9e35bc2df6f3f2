//! A hardware hash: a blob, its Base64, or its records.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::devices::hash(data));
