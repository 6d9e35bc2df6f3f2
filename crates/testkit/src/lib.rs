//! A real server in a test: the binary itself, on a fresh folder and a database of its own, spoken to over the wire.
//!
//! ```ignore
//! let server = testkit::shared(env!("CARGO_BIN_EXE_muster"), TestDatabase::Sqlite);
//! let caller = server.caller();
//! let created = caller.create("hardwarePasswordInfo", &json!({"serialNumber": "A1"}));
//! caller.app().permission("DeviceManagementRBAC.Read.All").get("hardwarePasswordInfo").send().refused(403, &[]);
//! ```
//!
//! Tests share one server for each database, which the first of them starts, and are kept apart by their tenants: each
//! caller starts in a new one. A test that kills or configures its server starts one of its own. What goes wrong is a
//! panic that says what was asked and what was answered, since that is what a test wants.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail, and says where")]

mod answer;
mod caller;
mod database;
mod expect;
mod raw;
mod request;
mod server;
mod watchdog;

pub use answer::HttpAnswer;
pub use caller::TestCaller;
pub use database::TestDatabase;
pub use expect::{assert_subset, assert_subset_but, differences, in_utc};
pub use request::{HttpRequest, encoded};
pub use server::{ServerOptions, TestServer, shared};
