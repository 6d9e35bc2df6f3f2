//! What is found in a `.cctk` file when it is uploaded: told in the answer, noted in the journal, or refused.

use cctk::{File, Finding, lint};
use engine::breach::flag;
use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Row};

use crate::FileLint;

const TYPE: &str = "hardwareConfiguration";
const CONTENT: &str = "configurationFileContent";
/// The annotation that carries findings.
const ANNOTATION: &str = "muster.findings";

/// The checks of files, and what becomes of what they find.
pub(super) struct FileFindings {
    set: SetId,
    content: u16,
    format: u16,
    /// The format whose files can be read; of others nothing is known.
    dell: Value,
    lint: FileLint,
}

impl FileFindings {
    pub(super) fn new(names: &Names<'_>, lint: FileLint) -> Result<FileFindings, StartError> {
        Ok(FileFindings {
            set: names.set("hardwareConfigurations")?,
            content: names.slot(TYPE, CONTENT)?,
            format: names.slot(TYPE, "hardwareConfigurationFormat")?,
            dell: names.member("hardwareConfigurationFormat", "dell")?,
            lint,
        })
    }

    /// Refuses a file with errors, if the operator wants it so.
    pub(super) fn refuse(&self, before: Option<&Record>, next: &Record) -> Result<(), Error> {
        if self.lint == FileLint::Warn || !self.is_new(before, next) {
            return Ok(());
        }
        let findings = self.of(next);
        match findings.iter().find(|finding| finding.rule.is_error()) {
            Some(error) => {
                let message = format!("The property '{CONTENT}' is a file that cannot be applied: {error}");
                Err(Error::bad_request(message).about(CONTENT))
            }
            None => Ok(()),
        }
    }

    /// The record of findings that were accepted.
    pub(super) fn flag(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: Option<&Record>,
        next: &Record,
    ) -> Option<Change> {
        if !self.is_new(before, next) {
            return None;
        }
        let findings = self.of(next);
        let first = findings.first()?;
        let more = findings.len() - 1;
        flag(context, self.set, key, Some(format!("{CONTENT}: {first} ({more} findings more)")))
    }

    /// The findings, as the answer carries them.
    pub(super) fn annotations(
        &self,
        context: &Context<'_>,
        before: Option<&Row>,
        written: &Row,
    ) -> Result<Vec<(&'static str, serde_json::Value)>, Error> {
        let before = before.map(|before| context.store.record(self.set, before)).transpose()?;
        let next = context.store.record(self.set, written)?;
        let findings = if self.is_new(before.as_ref(), &next) { self.of(&next) } else { Vec::new() };
        Ok(if findings.is_empty() { Vec::new() } else { vec![(ANNOTATION, serde_json::json!(findings))] })
    }

    /// Whether a change is about the file.
    fn is_new(&self, before: Option<&Record>, next: &Record) -> bool {
        let is_other = |before: &Record| {
            [self.content, self.format].iter().any(|slot| before.get(*slot) != next.get(*slot))
        };
        before.is_none_or(is_other)
    }

    /// The findings about a configuration's file.
    fn of(&self, configuration: &Record) -> Vec<Finding> {
        match configuration.get(self.content) {
            Some(Value::Binary(content)) => self.in_file(content, configuration.get(self.format)),
            _ => Vec::new(),
        }
    }

    /// The findings about a file of a format. The model's default has yet to be filled in where no format was sent.
    pub(super) fn in_file(&self, content: &[u8], format: Option<&Value>) -> Vec<Finding> {
        if format.is_some_and(|format| *format != self.dell) {
            return Vec::new();
        }
        match File::parse(content) {
            Ok(file) => lint(&file),
            Err(findings) => findings,
        }
    }

    /// Whether a file in which this was found is refused.
    pub(super) fn is_refused(&self, findings: &[Finding]) -> bool {
        self.lint != FileLint::Warn && findings.iter().any(|finding| finding.rule.is_error())
    }
}
