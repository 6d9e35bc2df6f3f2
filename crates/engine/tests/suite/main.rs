//! The engine from outside: a library is served, and called as the server would call it.
#![allow(clippy::unwrap_used)]
#![recursion_limit = "256"]

mod change_sets;
mod clock;
mod collections;
mod entities;
mod jobs;
mod large_work;
mod operations;
mod projections;
mod registration;
mod support;
