//! SQL of both dialects: pure functions from queries and changes to text and bound parameters, and the fixed statements
//! of everything beside the entities, one file for each subject.
//!
//! Nothing here touches a database. Every literal is bound; only names that the layout made and numbers of slots
//! stand in the text.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod carry_over;
pub(crate) mod catalog;
mod columns;
mod cost;
pub(crate) mod ddl;
mod dialect;
pub(crate) mod each;
pub(crate) mod examination;
mod expressions;
mod filter;
mod fixed;
pub(crate) mod function;
pub(crate) mod idempotency;
pub(crate) mod identities;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod key_state;
pub(crate) mod ledger;
pub(crate) mod many_rows;
mod order;
mod prepared;
mod prepared_entries;
mod prepared_unit;
mod read_statement;
mod renderer;
pub(crate) mod restoration;
pub(crate) mod retention;
mod row_statements;
mod schema;
mod scope;
mod sealed_rows;
mod search;
pub(crate) mod search_program;
pub(crate) mod select;
pub(crate) mod session;
pub(crate) mod statistics;
pub(crate) mod tenant_keys;
pub(crate) mod tenant_records;
pub(crate) mod transaction;
mod value;
pub(crate) mod value_counts;

pub(crate) use columns::column_values;
pub(crate) use dialect::Dialect;
pub(crate) use fixed::FixedStatement;
pub(crate) use prepared::{JobKey, PreparedChange, RowState, SideWrite};
pub(crate) use prepared_entries::PreparedEntry;
pub(crate) use prepared_unit::PreparedUnit;
pub(crate) use read_statement::{CandidateRead, Cost, ReadStatement};
pub(crate) use row_statements::{RowStatements, update_numbered};
pub(crate) use schema::SqlSchema;
pub(crate) use value::{SchemaStep, SqlValue};
