//! What a request carries through the domain: who asks, when, about which version, and with what means.

use odata::date_time::Ticks;
use odata::edm::{Model, Version};
use odata::payload::read::{Leniency, Reader};
use odata::payload::write::write_string;
use odata::payload::{Format, MetadataLevel};
use store::idempotency::IdempotencyRecord;
use store::{Actor, Change, Committed, Store, Unit, WriteError};
use uuid::Uuid;

use crate::change_set::{Seat, Wanted};
use crate::handlers::Handlers;
use crate::templates::Templates;
use crate::{Body, Call, Settings, Validation};

/// How often a change that lost a race is tried again before the caller is told.
pub(crate) const ATTEMPTS_MAX: usize = 16;

/// The context of one request.
pub(crate) struct Context<'a> {
    pub(crate) call: &'a Call,
    pub(crate) version: Version,
    pub(crate) store: &'a Store,
    pub(crate) handlers: &'a Handlers,
    pub(crate) templates: &'a Templates,
    pub(crate) settings: &'a Settings,
    /// One instant for the whole request, so that all it writes agrees.
    pub(crate) now: Ticks,
    pub(crate) level: MetadataLevel,
    /// Whether the caller wants 64-bit integers as strings.
    pub(crate) ieee754_compatible: bool,
    /// Its place in a change set, if it is part of one.
    pub(crate) seat: Option<Seat<'a>>,
}

impl Context<'_> {
    pub(crate) fn model(&self) -> &Model {
        self.store.model()
    }

    pub(crate) fn tenant(&self) -> Uuid {
        self.call.caller.tenant
    }

    /// Reads this request's bodies.
    pub(crate) fn reader(&self) -> Reader<'_> {
        let leniency = Leniency {
            abstract_types: self.settings.validation != Validation::Strict,
            unpadded_base64: self.settings.autopilot.lenient_base64,
        };
        Reader { model: self.model(), version: self.version, leniency }
    }

    /// Commits changes in the caller's name.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<Committed, WriteError> {
        self.commit_remembering(changes, None).await
    }

    /// Commits changes, and with them what is kept of the request in case it is sent again.
    pub(crate) async fn commit_remembering(
        &self,
        changes: Vec<Change>,
        remembered: Option<IdempotencyRecord>,
    ) -> Result<Committed, WriteError> {
        let remembered = remembered.into_iter().collect();
        match &self.seat {
            Some(seat) => seat.commit(Wanted { changes, remembered }).await,
            None => self.store.apply(unit(self.call, self.now, Wanted { changes, remembered })).await,
        }
    }

    /// The JSON that the caller asked for.
    pub(crate) fn format(&self) -> Format {
        Format { metadata: self.level, ieee754_compatible: self.ieee754_compatible }
    }

    /// Begins a body: its brace, and its context, which is the model's document with this fragment.
    pub(crate) fn begin_body(&self, out: &mut Vec<u8>, fragment: &str) {
        out.push(b'{');
        if self.level != MetadataLevel::None {
            out.extend_from_slice(b"\"@odata.context\":");
            write_string(out, &format!("{}/$metadata#{fragment}", self.service_root()));
            out.push(b',');
        }
    }

    /// A body that is complete.
    pub(crate) fn json(&self, text: Vec<u8>) -> Body {
        Body::Json { text: text.into(), metadata: self.level }
    }

    /// `https://host/beta`: what every link starts with.
    pub(crate) fn service_root(&self) -> String {
        format!("{}/{}", self.call.origin, self.version.segment())
    }
}

/// What a call commits, in its caller's name.
pub(crate) fn unit(call: &Call, at: Ticks, wanted: Wanted) -> Unit {
    let Wanted { changes, remembered } = wanted;
    let caller = &call.caller;
    let actor = Actor { id: caller.object_id, application: caller.application_id };
    Unit { tenant: caller.tenant, actor, request_id: call.request_id, at, changes, remembered }
}
