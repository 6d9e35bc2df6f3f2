//! One call, taken apart by whoever received it: what is asked, on which resource, by whom.

use std::sync::Arc;

use bytes::Bytes;
use odata::edm::PermissionId;
use uuid::Uuid;

/// One request to the service.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is asked.
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
    /// Our name for the request.
    pub request_id: Uuid,
    /// Who asks.
    pub caller: Arc<Caller>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Read.
    Get,
    /// Create, or call an action.
    Post,
    /// Update what is named.
    Patch,
    /// Replace.
    Put,
    /// Delete.
    Delete,
}

/// Who asks: the verified content of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose data.
    pub tenant: Uuid,
    /// The user's or the service principal's object id.
    pub object_id: Uuid,
    /// The application it acts through.
    pub application_id: Uuid,
    /// A person or an application.
    pub kind: CallerKind,
    /// What it was granted, sorted; names the model does not have are left out.
    pub permissions: Vec<PermissionId>,
    /// The user's sign-in name, if the token tells it.
    pub user_principal_name: Option<String>,
}

/// For whom a caller acts; decides which of an operation's permissions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// A person, through an application.
    Delegated,
    /// An application, for itself.
    Application,
}
