//! An expression of $filter.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::protocol::filter(data));
