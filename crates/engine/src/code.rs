//! The numbers of the engine's errors; those of the protocol are in [`odata::code`].

odata::codes! {
    PERMISSION_MISSING = 5001 "PermissionMissing": "the token lacks the permission that the message names";
    CALLER_NOT_SUPPORTED = 5002 "CallerNotSupported": "the operation is not for people, or not for applications";
    PRIVILEGE_MISSING = 5003 "PrivilegeMissing": "a setting requires another permission to read secrets";
    TENANT_UNKNOWN = 5004 "TenantUnknown": "the tenant is not one that this server serves";
    TENANT_CLOSED = 5005 "TenantClosed": "the tenant is closed: nothing of it can be read or changed";
    TENANT_READ_ONLY = 5006 "TenantReadOnly": "the tenant is read-only: nothing of it can be changed";

    REVEAL_REQUIRED = 5007 "RevealRequired": "a setting shows secrets only to who calls muster.reveal";

    REQUEST_REFUSED = 7100 "RequestRefused": "the request breaks a rule of the entity or the operation";
    PROPERTY_REQUIRED = 7101 "PropertyRequired": "a required property or parameter is missing";
    PROPERTY_COMPUTED = 7102 "PropertyComputed": "only the server sets the property";
    TOO_MANY_ITEMS = 7103 "TooManyItems": "a list is longer than one call may carry";
    REASON_MISSING = 7104 "ReasonMissing": "a setting requires a reason for a look at secrets, in Muster-Reason";

    RESOURCE_MISSING = 8001 "ResourceMissing": "there is no such entity, or it belongs to another tenant";
    CONFLICT = 8002 "Conflict": "the change conflicts with stored data or with another change";
    PRECONDITION_FAILED = 8003 "PreconditionFailed": "the entity is not in the state that a header requires";
    SYNC_STATE_MISSING = 8004 "SyncStateMissing": "the delta token is too old or unknown: start again without one";
    DEPENDENCY_FAILED = 8005 "DependencyFailed": "another request of the batch, on which this one depends, failed";
    KEY_REUSED = 8006 "KeyReused": "the Idempotency-Key was used for another request";
    TOO_MANY_REQUESTS = 8007 "TooManyRequests": "the caller asks too often; try again after Retry-After seconds";
    NOT_ACCEPTABLE = 8008 "NotAcceptable": "the server cannot produce any of the requested media types";
    QUOTA_EXCEEDED = 8009 "QuotaExceeded": "the tenant would hold more than its quota allows; the message names the quota";
    REQUEST_QUOTA_EXCEEDED = 8010 "RequestQuotaExceeded": "the tenant has made its requests of this minute; try again after Retry-After seconds";

    UNAVAILABLE = 9001 "Unavailable": "the database is busy or unreachable; try again";
    STORAGE_FULL = 9002 "StorageFull": "the disk is full; nothing was written";
    BUSY = 9004 "Busy": "more large requests wait than can be served in time; try again after Retry-After seconds";
    OVERDUE = 9101 "Overdue": "the answer took too long and was given up";
    INTERNAL = 9003 "Internal": "the server failed; its log says why";
}
