//! The body of a create, an update or an action.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::protocol::body(data));
