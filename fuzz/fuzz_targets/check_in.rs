//! What an agent says when it enrolls or checks in.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::devices::check_in(data));
