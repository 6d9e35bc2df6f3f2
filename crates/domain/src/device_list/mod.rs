//! The list of devices that a reseller sends: serial numbers and hardware hashes, as a CSV file or as a JSON object a
//! line. [`inspect`] says what is wrong with a CSV file before anything is imported, in one pass and with memory for a
//! digest or three of each row; [`ListReader`] reads either for an import.

mod column;
mod columns;
mod csv_rows;
mod decoding;
pub mod exchange;
mod fields;
mod finding;
mod finding_kind;
mod identity;
mod inspected_list;
mod inspection;
mod lines;
mod objects;
mod outcome;
mod reader;
mod row_checks;
mod row_values;

#[cfg(test)]
mod tests;

pub use finding::{Finding, Summary};
pub use finding_kind::{FindingKind, Level};
pub use identity::{Identity, import_body};
pub use inspected_list::{InspectedList, InspectedRow, inspect_whole};
pub use inspection::{PORTAL_ROWS_MAX, inspect};
pub use outcome::{Counts, REPORT_COLUMNS, RowFailure, RowOutcome};
pub use reader::{ListReader, ListRow};
