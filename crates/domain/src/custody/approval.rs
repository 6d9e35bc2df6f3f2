//! The second person: a request to be shown the passwords of a record, which somebody else approves within an hour. A
//! record has one request at a time, and an approval is good for one look.

use std::sync::Arc;

use engine::generic::complex_values;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, CallerKind, Context, Error, ErrorKind, Handlers, Status, later, note, require_reason};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::TypeId;
use odata::{Record, Value};
use store::{Change, NoteKind, Query, Row};

use super::vault::{Vault, instant};

const TYPE: &str = "muster.revealRequest";
/// The time for which a request stands.
const REQUEST_SECONDS: i64 = 3_600;
/// The requests that one call lists at most.
const LISTED_MAX: u64 = 1_000;

engine::slots! {
    /// Where a listed request says what.
    struct RequestSlots of TYPE {
        id,
        serial_number,
        requested_by,
        requested_by_name,
        reason,
        ticket,
        requested_date_time,
        expires_date_time,
    }
}

/// Registers the action that approves, and the function that lists.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    vault: &Arc<Vault>,
    entity_type: &str,
) -> Result<(), StartError> {
    let approve = names.operation("approve", entity_type)?;
    handlers.operation(approve, Approve { vault: Arc::clone(vault) });
    let request = names.structured(TYPE)?;
    let list = ListRequests { vault: Arc::clone(vault), request, slots: RequestSlots::new(names)? };
    handlers.operation(names.operation("requests", entity_type)?, list);
    Ok(())
}

/// How it stands with the caller's request for a record.
pub(super) enum Standing {
    /// There is none.
    None,
    /// Nobody has approved of it yet; until when it stands.
    Waiting(Ticks),
    /// It is approved.
    Approved,
}

/// How it stands with the caller's request. That of somebody else is in the way.
pub(super) fn standing(vault: &Vault, context: &Context<'_>, record: &Record) -> Result<Standing, Error> {
    let slots = &vault.slots;
    let Some(until) = expiry(vault, context, record) else { return Ok(Standing::None) };
    if record.text(slots.reveal_requested_by) != Some(&*caller(context)) {
        let message = format!("Somebody else's request for these passwords stands until {until}.");
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    Ok(match record.text(slots.reveal_approved_by) {
        Some(_) => Standing::Approved,
        None => Standing::Waiting(until),
    })
}

/// Makes the caller's request.
pub(super) async fn ask(
    vault: &Vault,
    context: &Context<'_>,
    row: &Row,
    record: &Record,
) -> Result<Answer, Error> {
    require_reason(context)?;
    let slots = &vault.slots;
    let (of, circumstances) = (&context.call.caller, &context.call.circumstances);
    let given =
        |text: &Option<String>| text.as_deref().map_or(Value::Null, |text| Value::String(text.into()));
    let request = [
        (slots.reveal_requested_by, Value::String(caller(context).into())),
        (slots.reveal_requested_date_time, Value::DateTimeOffset(context.now)),
        (slots.reveal_requested_by_name, given(&of.user_principal_name)),
        (slots.reveal_reason, given(&circumstances.reason)),
        (slots.reveal_ticket, given(&circumstances.ticket)),
        (slots.reveal_approved_by, Value::Null),
    ];
    let update = vault.update(context, row, record, request)?;
    context.commit(vec![update, note(NoteKind::Requested, vault.set, &row.key)]).await?;
    Ok(accepted(later(context.now, REQUEST_SECONDS)))
}

/// The change that ends an approved request, which is good for one look.
pub(super) fn used(
    vault: &Vault,
    context: &Context<'_>,
    row: &Row,
    record: &Record,
) -> Result<Change, Error> {
    vault.update(context, row, record, vault.request().map(|slot| (slot, Value::Null)))
}

/// The answer to a call that waits for an approval.
pub(super) fn accepted(until: Ticks) -> Answer {
    let body = format!("{{\"state\":\"awaitingApproval\",\"expiresDateTime\":\"{until}\"}}");
    Answer::json(Status::Accepted, body)
}

/// Until when a record's request stands; none if there is none, or it is too old.
fn expiry(vault: &Vault, context: &Context<'_>, record: &Record) -> Option<Ticks> {
    let requested = instant(record, vault.slots.reveal_requested_date_time)?;
    Some(later(requested, REQUEST_SECONDS)).filter(|until| *until > context.now)
}

fn caller(context: &Context<'_>) -> String {
    context.call.caller.object_id.to_string()
}

/// The handler of `muster.approve`.
struct Approve {
    vault: Arc<Vault>,
}

impl Operate for Approve {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, vault) = (invocation.context, &self.vault);
            let decide = || async {
                let (row, _) = context.load(invocation.address()?).await?;
                let record = context.store.record(vault.set, &row)?;
                if expiry(vault, context, &record).is_none() {
                    let message = "Nobody has asked for these passwords within the last hour.";
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
                let approver = caller(context);
                if context.call.caller.kind != CallerKind::Delegated {
                    let message = "A request is approved by a person, not by an application.";
                    return Err(Error::new(ErrorKind::Forbidden, message));
                }
                if record.text(vault.slots.reveal_requested_by) == Some(&*approver) {
                    let message = "A request is approved by somebody else than who made it.";
                    return Err(Error::new(ErrorKind::Forbidden, message));
                }
                // One approval is enough, and on record.
                if record.text(vault.slots.reveal_approved_by).is_some() {
                    return Ok(Vec::new());
                }
                let approved = (vault.slots.reveal_approved_by, Value::String(approver.into()));
                let update = vault.update(context, &row, &record, [approved])?;
                Ok(vec![update, note(NoteKind::Approved, vault.set, &row.key)])
            };
            context.change(decide).await?;
            Ok(Answer::no_content())
        })
    }
}

/// The handler of `muster.requests()`.
struct ListRequests {
    vault: Arc<Vault>,
    request: TypeId,
    slots: RequestSlots,
}

impl ListRequests {
    /// A request that waits; none if it is approved or too old.
    fn listed(&self, context: &Context<'_>, row: &Row) -> Result<Option<Record>, Error> {
        let (of, slots) = (&self.vault.slots, &self.slots);
        let record = context.store.record(self.vault.set, row)?;
        let is_over =
            record.text(of.reveal_approved_by).is_some() || self.vault.deleted_at(&record).is_some();
        let Some(until) = expiry(&self.vault, context, &record).filter(|_| !is_over) else { return Ok(None) };
        let mut listed = Record::empty(self.request, context.model().structured(self.request).slots);
        let copied = [
            (slots.serial_number, of.serial_number),
            (slots.requested_by, of.reveal_requested_by),
            (slots.requested_by_name, of.reveal_requested_by_name),
            (slots.reason, of.reveal_reason),
            (slots.ticket, of.reveal_ticket),
            (slots.requested_date_time, of.reveal_requested_date_time),
        ];
        for (to, from) in copied {
            listed.set(to, record.get(from).cloned().unwrap_or(Value::Null));
        }
        listed.set(slots.id, Value::String(row.key.to_string().into()));
        listed.set(slots.expires_date_time, Value::DateTimeOffset(until));
        Ok(Some(listed))
    }
}

impl Operate for ListRequests {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let filter = Some(self.vault.is_requested.clone());
            let query = Query { filter, ..Query::all(context.tenant(), self.vault.set, LISTED_MAX) };
            let rows = context.store.list(&query).await?;
            let listed = rows.iter().filter_map(|row| self.listed(context, row).transpose());
            complex_values(context, self.request, listed.collect::<Result<_, _>>()?)
        })
    }
}
