//! The record of the tool that collected the hash, and of when it did.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::parts::take;

/// The tool, the operating system it ran on, and when (type 1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToolAndOs {
    /// The tool's version.
    pub tool_version: WindowsVersion,
    /// The version of Windows.
    pub os_version: WindowsVersion,
    /// When the hash was collected.
    pub collected: CollectionTime,
    /// The device's time zone, in quarters of an hour east of UTC.
    pub time_zone_quarter_hours: i8,
    /// 2 is a full operating system.
    pub os_type: u8,
    /// The processor's architecture: 0 is x86, 9 is x64, 12 is arm64.
    pub architecture: u8,
    /// The version of the tool's format.
    pub tool_schema: u8,
}

impl ToolAndOs {
    pub(super) fn read(mut content: &[u8]) -> Option<ToolAndOs> {
        let content = &mut content;
        Some(ToolAndOs {
            tool_version: WindowsVersion::read(content)?,
            os_version: WindowsVersion::read(content)?,
            collected: CollectionTime(u32::from_le_bytes(take(content)?)),
            time_zone_quarter_hours: i8::from_le_bytes(take(content)?),
            os_type: u8::from_le_bytes(take(content)?),
            architecture: u8::from_le_bytes(take(content)?),
            tool_schema: u8::from_le_bytes(take(content)?),
        })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        self.tool_version.write(content);
        self.os_version.write(content);
        content.extend(self.collected.0.to_le_bytes());
        content.extend(self.time_zone_quarter_hours.to_le_bytes());
        content.extend([self.os_type, self.architecture, self.tool_schema]);
    }
}

impl fmt::Display for ToolAndOs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let architecture = match self.architecture {
            0 => "x86",
            9 => "x64",
            12 => "arm64",
            _ => "another architecture",
        };
        write!(
            formatter,
            "tool {}, Windows {} on {architecture}, collected {}",
            self.tool_version, self.os_version, self.collected
        )
    }
}

/// A version of four numbers: `major.minor.build.revision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WindowsVersion(pub [u16; 4]);

impl WindowsVersion {
    /// At rest the numbers stand as minor, major, revision, build.
    fn read(content: &mut &[u8]) -> Option<WindowsVersion> {
        let mut number = || take(content).map(u16::from_le_bytes);
        let (minor, major, revision, build) = (number()?, number()?, number()?, number()?);
        Some(WindowsVersion([major, minor, build, revision]))
    }

    fn write(self, content: &mut Vec<u8>) {
        let [major, minor, build, revision] = self.0;
        content.extend([minor, major, revision, build].into_iter().flat_map(u16::to_le_bytes));
    }
}

impl fmt::Display for WindowsVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, build, revision] = self.0;
        write!(formatter, "{major}.{minor}.{build}.{revision}")
    }
}

impl FromStr for WindowsVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<WindowsVersion, String> {
        let numbers: Result<Vec<u16>, _> = text.split('.').map(str::parse).collect();
        let numbers = numbers.ok().and_then(|numbers| <[u16; 4]>::try_from(numbers).ok());
        numbers.map(WindowsVersion).ok_or_else(|| format!("'{text}' is not a version such as 10.0.26100.1"))
    }
}

impl TryFrom<String> for WindowsVersion {
    type Error = String;

    fn try_from(text: String) -> Result<WindowsVersion, String> {
        text.parse()
    }
}

impl From<WindowsVersion> for String {
    fn from(version: WindowsVersion) -> String {
        version.to_string()
    }
}

/// A moment, at rest in seconds since 2000-01-01T00:00:00Z; reads and writes as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionTime(pub u32);

/// 2000-01-01T00:00:00Z in seconds since 1970.
const EPOCH_SECONDS: i64 = 946_684_800;

impl fmt::Display for CollectionTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every u32 of seconds lies within what a timestamp can hold.
        let moment = Timestamp::from_second(EPOCH_SECONDS + i64::from(self.0)).unwrap_or_default();
        write!(formatter, "{moment}")
    }
}

impl FromStr for CollectionTime {
    type Err = String;

    fn from_str(text: &str) -> Result<CollectionTime, String> {
        let moment: Timestamp =
            text.parse().map_err(|error| format!("'{text}' is no date and time: {error}"))?;
        let seconds = u32::try_from(moment.as_second() - EPOCH_SECONDS);
        seconds.map(CollectionTime).map_err(|_| format!("'{text}' is not between the years 2000 and 2136"))
    }
}

impl TryFrom<String> for CollectionTime {
    type Error = String;

    fn try_from(text: String) -> Result<CollectionTime, String> {
        text.parse()
    }
}

impl From<CollectionTime> for String {
    fn from(time: CollectionTime) -> String {
        time.to_string()
    }
}
