//! A file of BIOS settings.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| muster_fuzz::settings_file::cctk(data));
