//! Writing: one task commits whatever waits in one transaction, because a commit costs a wait for the disk and a row
//! hardly anything.

mod audit_rows;
mod commit;
mod grouped;
mod journal_rows;
mod outcome;
mod pipeline;
mod plan;
mod queue;
mod row_arrays;
mod settlement;
mod side_writes;
mod single;
mod tables;
mod tenant_numbers;
#[cfg(test)]
mod tests;

pub(super) use queue::PostgresWriter;
