//! The body of a batch, and the URLs in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::protocol::batch(data));
