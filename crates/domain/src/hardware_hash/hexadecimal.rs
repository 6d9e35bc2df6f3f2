//! Bytes that read and write as hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};

/// Bytes that read and write as hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hexadecimal(pub Vec<u8>);

impl FromStr for Hexadecimal {
    type Err = String;

    fn from_str(text: &str) -> Result<Hexadecimal, String> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
        bytes.map(Hexadecimal).map_err(|error| format!("not hexadecimal digits: {error}"))
    }
}

impl TryFrom<String> for Hexadecimal {
    type Error = String;

    fn try_from(text: String) -> Result<Hexadecimal, String> {
        text.parse()
    }
}

impl From<Hexadecimal> for String {
    fn from(bytes: Hexadecimal) -> String {
        bytes.to_string()
    }
}

impl fmt::Display for Hexadecimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}
