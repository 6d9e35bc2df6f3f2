//! The bodies of `muster.merge`, and what is said about the records that were sent.

use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::record::CopiedRecord;

/// The path of the action.
pub const MERGE_PATH: &str = "/beta/deviceManagement/hardwarePasswordDetails/muster.merge";
/// The records, and about the bytes, of one call; a server takes more of both.
const RECORDS_MAX: usize = 500;
const BODY_BYTES_MAX: usize = 1 << 20;

/// Records on their way to a server, in one body.
#[derive(Default)]
pub struct MergeBody {
    records: Vec<SentRecord>,
    bytes: usize,
}

/// A record on its way to a server.
struct SentRecord {
    id: String,
    serial_number: String,
    json: Zeroizing<String>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeOutcome {
    /// The id of the record.
    pub id: String,
    /// The serial number of the device; empty if it has none.
    pub serial_number: String,
    /// What became of it, in the server's word; `refused` if the server does not take it, `hidden` if nobody showed it.
    pub outcome: String,
}

/// The numbers of records by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MergeCounts {
    /// Records that were not here.
    pub new: u64,
    /// Records whose copy is newer.
    pub updated: u64,
    /// Records that got former passwords from the copy.
    pub completed: u64,
    /// Records of which the copy says the same.
    pub same: u64,
    /// Records that are newer here.
    pub kept: u64,
    /// Records with another password here, which neither knows of the other.
    pub conflict: u64,
    /// The same, where the copy's password was taken and ours is a former one.
    pub replaced: u64,
    /// Records that were deleted here.
    pub deleted: u64,
    /// Records that the server does not take.
    pub refused: u64,
    /// Records whose passwords are not shown to whoever copies them.
    pub hidden: u64,
}

impl MergeBody {
    /// Adds a record. Passwords that are neither current nor former, such as one that was about to be set, come first among
    /// the former ones: nobody knows whether the device has taken them.
    pub fn add(&mut self, record: &CopiedRecord) {
        let others = record.other_passwords.values().flatten();
        let previous: Vec<&String> = others.chain(&record.previous_passwords).collect();
        let sent = json!({
            "id": record.id,
            "serialNumber": record.serial_number,
            "currentPassword": record.current_password,
            "previousPasswords": previous,
            "currentPasswordDateTime": record.current_password_date_time,
        });
        let json = Zeroizing::new(sent.to_string());
        self.bytes += json.len();
        let serial_number = record.serial_number.clone().unwrap_or_default();
        self.records.push(SentRecord { id: record.id.clone(), serial_number, json });
    }

    /// Whether it has no record.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it is to be sent before another record is added.
    pub fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX || self.bytes >= BODY_BYTES_MAX
    }

    /// The two halves, to find the record that a server refuses; none if it has one record only.
    pub fn halves(mut self) -> Result<(MergeBody, MergeBody), MergeOutcome> {
        match (self.records.len(), self.records.pop()) {
            (0 | 1, Some(SentRecord { id, serial_number, .. })) => {
                Err(MergeOutcome { id, serial_number, outcome: "refused".to_owned() })
            }
            (count, last) => {
                self.records.extend(last);
                let second = self.records.split_off(count / 2);
                Ok((self, MergeBody { records: second, bytes: 0 }))
            }
        }
    }

    /// The text of the body.
    pub fn json(&self, takes_conflicts: bool, rehearses: bool) -> Zeroizing<String> {
        let mut body = Zeroizing::new(String::with_capacity(self.bytes + self.records.len() + 100));
        body.push_str("{\"records\":[");
        for (at, record) in self.records.iter().enumerate() {
            if at > 0 {
                body.push(',');
            }
            body.push_str(&record.json);
        }
        body.push_str(&format!("],\"takeConflicts\":{takes_conflicts},\"rehearse\":{rehearses}}}"));
        body
    }
}

/// What an answer says of the records of a body; none if it says something else.
pub fn outcomes(body: &MergeBody, answer: &Value) -> Option<Vec<MergeOutcome>> {
    let told = answer["value"].as_array().filter(|told| told.len() == body.records.len())?;
    let outcome = |(record, told): (&SentRecord, &Value)| {
        let (id, outcome) = (told["id"].as_str()?, told["outcome"].as_str()?);
        let is_same = id.eq_ignore_ascii_case(&record.id);
        let (id, serial_number) = (record.id.clone(), record.serial_number.clone());
        is_same.then(|| MergeOutcome { id, serial_number, outcome: outcome.to_owned() })
    };
    body.records.iter().zip(told).map(outcome).collect()
}

impl MergeCounts {
    /// Counts a record.
    pub fn add(&mut self, outcome: &MergeOutcome) {
        let count = match &*outcome.outcome {
            "new" => &mut self.new,
            "updated" => &mut self.updated,
            "completed" => &mut self.completed,
            "same" => &mut self.same,
            "kept" => &mut self.kept,
            "conflict" => &mut self.conflict,
            "replaced" => &mut self.replaced,
            "deleted" => &mut self.deleted,
            "hidden" => &mut self.hidden,
            _ => &mut self.refused,
        };
        *count += 1;
    }

    /// Adds the counts of others.
    pub fn add_all(&mut self, other: &MergeCounts) {
        self.new += other.new;
        self.updated += other.updated;
        self.completed += other.completed;
        self.same += other.same;
        self.kept += other.kept;
        self.conflict += other.conflict;
        self.replaced += other.replaced;
        self.deleted += other.deleted;
        self.refused += other.refused;
        self.hidden += other.hidden;
    }

    /// The number of records whose password was not here before.
    pub fn found(&self) -> u64 {
        self.new + self.updated + self.conflict + self.replaced + self.refused + self.hidden
    }

    /// The number of records whose password is not here even now; in a rehearsal nothing is taken in.
    pub fn missing(&self, is_rehearsal: bool) -> u64 {
        if is_rehearsal { self.found() } else { self.conflict + self.refused + self.hidden }
    }
}

impl Display for MergeCounts {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let MergeCounts { new, updated, completed, same, kept, conflict, replaced, deleted, refused, hidden } =
            self;
        write!(
            formatter,
            "new: {new}, updated: {updated}, completed: {completed}, same: {same}, newer here: {kept}, \
             conflicts: {conflict}, replaced: {replaced}, deleted here: {deleted}, refused: {refused}"
        )?;
        match hidden {
            0 => Ok(()),
            hidden => write!(formatter, ", not shown there: {hidden}"),
        }
    }
}
