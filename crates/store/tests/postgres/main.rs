//! What only PostgreSQL can get wrong: batches of many writers, several processes, conflicts, lost connections.

mod batches;
mod failures;
mod library;
mod opening;
mod processes;
