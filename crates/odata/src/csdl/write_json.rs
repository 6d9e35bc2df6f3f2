//! `$metadata` as CSDL JSON.
