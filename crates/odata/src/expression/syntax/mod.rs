//! From the text of an expression to a syntax tree (ABNF `commonExpr`).

pub(crate) mod lexer;
mod literals;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod parse;
