//! The rules of dynamic groups: which devices are members, said in the language of Entra's `membershipRule`.
//!
//! A rule is parsed into a tree ([`parse`]), and the tree made into an expression over a directory device
//! ([`meaning`]), as `$filter` is. So a rule means one thing, whether a database lists a group's
//! members or a device is looked at in memory.

mod error;
mod meaning;
mod parse;
mod physical_ids;
#[cfg(test)]
mod tests;
mod token;
mod tree;

pub(crate) use meaning::DeviceProperties;
pub(crate) use parse::parse;
pub(crate) use tree::MembershipRule;
