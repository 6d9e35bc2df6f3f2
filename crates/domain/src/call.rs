//! A request as the domain sees it: taken apart by `server`, knowing nothing of HTTP's framing.

use bytes::Bytes;
use odata::edm::PermissionId;
use uuid::Uuid;

/// What the caller wants done with the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Read it.
    Get,
    /// Add to it, or run it.
    Post,
    /// Change parts of it.
    Patch,
    /// Replace it.
    Put,
    /// End it.
    Delete,
}

/// One request below `/beta` or `/v1.0`.
#[derive(Clone, Debug)]
pub struct Call {
    /// What to do.
    pub verb: Verb,
    /// The path as sent, still percent-encoded: `/beta/deviceManagement/…`.
    pub path: String,
    /// The query as sent, without its question mark.
    pub query: String,
    /// Scheme and authority as the caller addressed us, for absolute links: `https://127.0.0.1:8443`.
    pub origin: String,
    /// The body, decompressed and within bounds.
    pub body: Bytes,
    /// `Accept`.
    pub accept: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `Prefer`.
    pub prefer: Option<String>,
    /// Ours, new for each request.
    pub request_id: Uuid,
    /// Who asks.
    pub caller: Caller,
}

/// Whether a person or an application asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// A person with a work or school account, through an application.
    Delegated,
    /// An application for itself.
    Application,
}

/// Who asks, as a verified token says.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant (`tid`). Everything the caller sees is in it.
    pub tenant: Uuid,
    /// The person's or service principal's object id (`oid`).
    pub object_id: Uuid,
    /// The application (`appid`).
    pub application_id: Uuid,
    /// Person or application.
    pub kind: CallerKind,
    /// The permissions granted, as far as the model knows them.
    pub permissions: Vec<PermissionId>,
}
