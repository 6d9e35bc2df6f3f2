//! Repeated work.
fn main() {}
