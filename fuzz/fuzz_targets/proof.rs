//! The proof of a signed request.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::devices::proof(data));
