//! `muster.timeline` of a device: what the journal has of it, newest first. The journal says what changed, when and by
//! whom, and never a value. No index leads to the entries of a device, so each answer looks at some of the journal, and its
//! link at what is before that.

use engine::generic::complex_page;
use engine::handlers::{IntegerValue, Invocation, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::{Record, Value};
use store::{ChangeKind, EntityJournal};

use crate::autopilot::sets::DEVICE;

const ENTRY: &str = "muster.timelineEntry";
/// The entries of a timeline.
const ENTRIES_MAX: u32 = 100;

/// Registers the function `timeline` of devices.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let slot = |property| names.slot(ENTRY, property);
    let operation = names.operation("timeline", DEVICE)?;
    let timeline = Timeline {
        before: names.parameter(operation, "before")?,
        entry: names.structured(ENTRY)?,
        at: slot("dateTime")?,
        change: slot("change")?,
        of: slot("of")?,
        actor: slot("actorId")?,
        name: slot("actorName")?,
        application: slot("applicationId")?,
        request: slot("requestId")?,
    };
    handlers.operation(operation, timeline);
    Ok(())
}

struct Timeline {
    before: NamedParameter<IntegerValue>,
    entry: TypeId,
    at: u16,
    change: u16,
    of: u16,
    actor: u16,
    name: u16,
    application: u16,
    request: u16,
}

impl Operate for Timeline {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let (row, _) = context.load(address).await?;
            let before = invocation.parameter(&self.before);
            let EntityJournal { entries, before } =
                context.store.journal_of(context.tenant(), &row.key, before, ENTRIES_MAX).await?;
            let is_begun = entries.last().is_some_and(|entry| {
                entry.kind == ChangeKind::Created && entry.set == address.collection.set
            });
            let next = before.filter(|_| !is_begun);
            let slots = context.model().structured(self.entry).slots;
            let text = |text: String| Value::String(text.into());
            let shown = entries.into_iter().map(|entry| {
                let mut shown = Record::empty(self.entry, slots);
                shown.set(self.at, Value::DateTimeOffset(entry.at));
                shown.set(self.change, text(entry.kind.name().to_owned()));
                shown.set(self.of, text(context.model().set(entry.set).name.to_string()));
                shown.set(self.actor, text(entry.actor.id.to_string()));
                if let Some(name) = context.known_name(entry.actor.id) {
                    shown.set(self.name, text(name.to_owned()));
                }
                shown.set(self.application, text(entry.actor.application.to_string()));
                shown.set(self.request, text(entry.request_id.to_string()));
                shown
            });
            complex_page(context, self.entry, shown.collect(), next.map(|next| format!("before={next}")))
        })
    }
}
