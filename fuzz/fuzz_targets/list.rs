//! A list of devices, as CSV or as JSON lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::devices::list(data));
