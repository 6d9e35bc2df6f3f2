//! `muster.lint` of configurations: what would be found in a file if it was uploaded, for whoever is about to. Nothing is stored.

use cctk::Finding;
use engine::generic::complex_value;
use engine::handlers::{AnyValue, BinaryValue, Invocation, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::{Record, Value};

use super::file_findings::FileFindings;
use super::sets::CONFIGURATION;
use crate::FileLint;

const EXAMINATION: &str = "muster.fileExamination";
const FINDING: &str = "muster.fileFinding";

engine::slots! {
    /// Where an examination says what.
    struct ExaminationSlots of EXAMINATION {
        is_refused,
        findings,
    }
}

engine::slots! {
    /// Where a finding says what.
    struct FindingSlots of FINDING {
        line,
        column,
        level,
        code,
        cause,
        remedy,
    }
}

/// Registers the action `lint` of configurations.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers, lint: FileLint) -> Result<(), StartError> {
    let operation = names.operation("lint", CONFIGURATION)?;
    let examine = ExamineFile {
        files: FileFindings::new(names, lint)?,
        content: names.parameter(operation, "configurationFileContent")?,
        format: names.parameter(operation, "hardwareConfigurationFormat")?,
        examination: names.structured(EXAMINATION)?,
        slots: ExaminationSlots::new(names)?,
        finding: names.structured(FINDING)?,
        of_finding: FindingSlots::new(names)?,
    };
    handlers.operation(operation, examine);
    Ok(())
}

struct ExamineFile {
    files: FileFindings,
    content: NamedParameter<BinaryValue>,
    format: NamedParameter<AnyValue>,
    examination: TypeId,
    slots: ExaminationSlots,
    finding: TypeId,
    of_finding: FindingSlots,
}

impl Operate for ExamineFile {
    fn only_reads(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let content = invocation.required(&self.content)?;
            let format = invocation.parameter(&self.format).filter(|format| **format != Value::Null);
            let found = self.files.in_file(content, format);
            let told = found.iter().map(|finding| Value::Complex(Box::new(self.told(context, finding))));
            let slots = context.model().structured(self.examination).slots;
            let mut examination = Record::empty(self.examination, slots);
            examination.set(self.slots.findings, Value::Collection(told.collect()));
            examination.set(self.slots.is_refused, Value::Boolean(self.files.is_refused(&found)));
            complex_value(context, self.examination, examination)
        })
    }
}

impl ExamineFile {
    fn told(&self, context: &Context<'_>, finding: &Finding) -> Record {
        let slots = &self.of_finding;
        let mut told = Record::empty(self.finding, context.model().structured(self.finding).slots);
        let number = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        told.set(slots.line, number(finding.position.line));
        told.set(slots.column, number(finding.position.column));
        for (slot, text) in [
            (slots.level, finding.level()),
            (slots.code, finding.rule.code()),
            (slots.cause, &*finding.cause),
            (slots.remedy, finding.rule.remedy()),
        ] {
            told.set(slot, Value::String(text.into()));
        }
        told
    }
}
