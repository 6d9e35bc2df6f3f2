//! Events as JSON lines. Of our own, because every request has its line and the library's takes three times as long.

use std::fmt::{self, Debug};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The prefix of the fields in which an event of the crate `log` says where it comes from.
const LOG_FIELD_PREFIX: &str = "log.";

/// The format of an event: `{"timestamp":…,"level":…,"target":…` and the event's fields.
pub(super) struct JsonEventFormat;

impl<S, N> FormatEvent<S, N> for JsonEventFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = Timestamp::now();
        // An event of the crate `log` says in its fields where it comes from.
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or_else(|| event.metadata());
        write!(writer, "{{\"timestamp\":\"{now:.6}\",\"level\":\"{}\",\"target\":", metadata.level())?;
        write_string(&mut writer, metadata.target())?;
        let mut fields = JsonFields { writer, outcome: Ok(()) };
        event.record(&mut fields);
        fields.outcome?;
        fields.writer.write_str("}\n")
    }
}

/// The writer of an event's fields, each as it is visited.
struct JsonFields<'w> {
    writer: Writer<'w>,
    outcome: fmt::Result,
}

impl JsonFields<'_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        // These fields hold the target once more, and the path of the source on the machine that built it.
        let is_origin = field.name().starts_with(LOG_FIELD_PREFIX);
        if self.outcome.is_ok() && !is_origin {
            self.outcome = [",\"", field.name(), "\":"]
                .into_iter()
                .try_for_each(|part| self.writer.write_str(part))
                .and_then(|()| value(&mut self.writer));
        }
    }
}

impl Visit for JsonFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |writer| write_string(writer, &format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |writer| write_string(writer, value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no other numbers.
        let value = if value.is_finite() { value } else { 0.0 };
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |writer| write!(writer, "{value}"));
    }
}

fn write_string(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    // All bytes are looked at, many at once.
    let escaped = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if !text.bytes().fold(false, |any, byte| any | escaped(byte)) {
        return ["\"", text, "\""].into_iter().try_for_each(|part| writer.write_str(part));
    }
    writer.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::JsonEventFormat;
    use crate::log::LogBuffer;

    /// The line, without its timestamp, that is written while something is done.
    fn line_of(done: impl FnOnce()) -> Value {
        let lines = LogBuffer(Arc::new(Mutex::new(Vec::new())));
        let subscriber =
            tracing_subscriber::fmt().event_format(JsonEventFormat).with_writer(lines.clone()).finish();
        tracing::subscriber::with_default(subscriber, done);
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let mut line: Value = serde_json::from_str(written.strip_suffix('\n').unwrap()).unwrap();
        let timestamp = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert_eq!(timestamp.as_str().unwrap().len(), "2026-01-02T03:04:05.000006Z".len());
        line
    }

    #[test]
    fn any_field_gives_json() {
        let line = line_of(|| {
            let nothing: Option<&str> = None;
            let error = std::io::Error::other("a \"quoted\"\nreason");
            tracing::warn!(
                text = "ü",
                %error,
                many = ?[1, 2],
                milliseconds = 0.25,
                nan = f64::NAN,
                status = 200_u16,
                below = -1,
                flag = true,
                nothing,
                "a message"
            );
        });
        let expected = json!({
            "level": "WARN", "target": module_path!(), "message": "a message", "text": "ü",
            "error": "a \"quoted\"\nreason", "many": "[1, 2]", "milliseconds": 0.25, "nan": 0, "status": 200,
            "below": -1, "flag": true,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn an_event_of_the_crate_log_names_its_target_and_no_file() {
        let line = line_of(|| {
            let record = tracing_log::log::Record::builder()
                .args(format_args!("a message"))
                .level(tracing_log::log::Level::Warn)
                .target("a_library::part")
                .module_path(Some("a_library::part"))
                .file(Some("/build/registry/a_library/part.rs"))
                .line(Some(7))
                .build();
            tracing_log::format_trace(&record).unwrap();
        });
        assert_eq!(line, json!({"level": "WARN", "target": "a_library::part", "message": "a message"}));
    }
}
