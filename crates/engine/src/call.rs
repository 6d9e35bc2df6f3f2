//! One call, taken apart by the server that received it: verb, resource, headers, body and caller.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use odata::edm::PermissionId;
use uuid::Uuid;

use crate::large_work::WorkLine;

/// One request to the service.
#[derive(Clone, Debug)]
pub struct Call {
    /// The verb, which says what is done with the resource.
    pub verb: Verb,
    /// The raw path as sent, percent-encoding and all: `/beta/…` or `/v1.0/…`.
    pub path: String,
    /// The raw query as sent, without the question mark; empty if there is none.
    pub query: String,
    /// Scheme and authority as the client addressed us, such as `https://127.0.0.1:8443`: links begin with it.
    pub origin: String,
    /// The body, decompressed and bounded. Empty if there is none.
    pub body: Bytes,
    /// The media types that are wanted.
    pub accept: Option<String>,
    /// The entity tags of which one must match.
    pub if_match: Option<String>,
    /// The entity tags of which none may match.
    pub if_none_match: Option<String>,
    /// The client's name for a create that it may have to send again.
    pub idempotency_key: Option<String>,
    /// The client's preferences.
    pub prefer: Option<String>,
    /// The consistency that the client settles for: `eventual`.
    pub consistency_level: Option<String>,
    /// Our name for the request.
    pub request_id: Uuid,
    /// The caller, as its token says.
    pub caller: Arc<Caller>,
    /// What the audit of the call keeps beside the caller.
    pub circumstances: Circumstances,
    /// Where the call takes a place if it turns out to be large.
    pub line: WorkLine,
}

impl Call {
    /// A call that no request to a resource stands behind: a job, or what is told by a protocol of its own.
    pub fn without_resource(caller: Arc<Caller>, request_id: Uuid) -> Call {
        Call {
            verb: Verb::Post,
            path: String::new(),
            query: String::new(),
            origin: String::new(),
            body: Bytes::new(),
            accept: None,
            if_match: None,
            if_none_match: None,
            idempotency_key: None,
            consistency_level: None,
            prefer: None,
            request_id,
            caller,
            circumstances: Circumstances::default(),
            line: WorkLine::default(),
        }
    }
}

/// The circumstances of a call: kept with what an audit records of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The address at the other end of the connection.
    pub address: Option<IpAddr>,
    /// The reason that the caller gives for a look at secrets.
    pub reason: Option<String>,
    /// The ticket that asks for the look.
    pub ticket: Option<String>,
}

/// The verb of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads the resource, or calls a function.
    Get,
    /// Creates an entity in a collection, or calls an action.
    Post,
    /// Updates the properties that the body names.
    Patch,
    /// Replaces the value of a property.
    Put,
    /// Deletes the resource.
    Delete,
}

/// A caller: the verified content of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant whose data the caller may see.
    pub tenant: Uuid,
    /// The user's or the service principal's object id.
    pub object_id: Uuid,
    /// The application that the caller acts through.
    pub application_id: Uuid,
    /// Whether the caller is a person or an application.
    pub kind: CallerKind,
    /// The permissions that the caller was granted, sorted; those that the model does not name are left out.
    pub permissions: Vec<PermissionId>,
    /// The tags that confine the caller: of entities that carry tags it sees those that carry one of these. Without any it sees
    /// everything.
    pub tags: Vec<Box<str>>,
    /// The user's sign-in name, if the token tells it.
    pub user_principal_name: Option<String>,
    /// The name of the application, if the token tells it.
    pub application_name: Option<String>,
}

/// The kind of a caller, which decides which of an operation's permissions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// A person who acts through an application.
    Delegated,
    /// An application that acts for itself.
    Application,
}
