//! The numbers of the errors of a request that never reaches the domain, and the names of all numbers.

use odata::code::{Code, CodeEntry};

odata::codes! {
    MALFORMED_REQUEST = 1001 "MalformedRequest": "the request or one of its headers cannot be understood";
    UNKNOWN_PATH = 1002 "UnknownPath": "this server has nothing under the path";
    UNKNOWN_METHOD = 1003 "UnknownMethod": "no resource of this server takes the method";
    LONG_URL = 1004 "LongUrl": "the URL is too long";
    LARGE_HEADERS = 1005 "LargeHeaders": "the headers are too many or too long";
    LARGE_BODY = 1006 "LargeBody": "the body is too large, compressed or decompressed";
    UNKNOWN_MEDIA_TYPE = 1007 "UnknownMediaType": "the media type or encoding of the body is not supported";
    UNREADABLE_ANSWER = 1008 "UnreadableAnswer": "the client does not accept UTF-8";
    SLOW_REQUEST = 1009 "SlowRequest": "the request did not arrive in time";
    MALFORMED_FRAME = 1010 "MalformedFrame": "the request states its length in more than one way, or not as HTTP requires";
    LENGTH_MISSING = 1011 "LengthMissing": "the request does not say how long its body is";
    UNKNOWN_HOST = 1012 "UnknownHost": "the request is for a host that this server is not";

    TOKEN_MISSING = 1101 "TokenMissing": "the request has no token";
    TOKEN_INVALID = 1102 "TokenInvalid": "the token is not valid";
    CALLER_REFUSED = 1103 "CallerRefused": "the token is valid, but this server does not serve its bearer";
    CLAIMS_MISSING = 1104 "ClaimsMissing": "the token is valid, but lacks a claim that this server demands; `WWW-Authenticate` names it";
    PROOF_MISSING = 1105 "ProofMissing": "the signed request has no proof";
    PROOF_INVALID = 1106 "ProofInvalid": "the proof of a signed request does not hold, or is of another request";
    NONCE_STALE = 1107 "NonceStale": "the nonce of a proof is not this server's now; the answer has the one to take";
    PROOF_REPLAYED = 1108 "ProofReplayed": "the signed request, or one after it, was taken before";
    KEY_UNKNOWN = 1109 "KeyUnknown": "the key of a proof is nobody's: it was revoked or replaced, or never made known";
    THROTTLED = 1201 "Throttled": "the application or its tenant has asked too often; the message names the limit";
    NO_ROOM = 1202 "NoRoom": "the bodies and answers of others leave no room for now; try again after Retry-After seconds";

    FAILURE = 9102 "Failure": "the server failed unexpectedly; its log says why";
}

/// All codes that a client can be told.
pub fn all() -> impl Iterator<Item = &'static CodeEntry> {
    ALL.iter().chain(odata::code::ALL).chain(engine::code::ALL)
}

/// The name of a code.
pub fn name(code: Code) -> &'static str {
    all().find(|entry| entry.code == code).map_or("Unknown", |entry| entry.name)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::all;

    #[test]
    fn the_table_in_the_documentation_is_the_source() {
        let mut entries: Vec<_> = all().collect();
        entries.sort_by_key(|entry| entry.code);
        let mut table = String::new();
        for entry in &entries {
            let _ = writeln!(table, "| {} | `{}` | {} |", entry.code.0, entry.name, entry.meaning);
        }
        let documented = include_str!("../../../docs/errors.md");
        assert!(documented.contains(&table), "docs/errors.md must have this table:\n{table}");
        let (_, exact) = documented.split_once("| number |").unwrap();
        let rows = exact.lines().filter(|line| line.starts_with("| "));
        assert_eq!(rows.count(), entries.len());
    }

    #[test]
    fn no_number_and_no_name_is_given_twice() {
        let mut seen = std::collections::HashSet::new();
        for entry in all() {
            assert!(seen.insert(entry.name.to_owned()), "{}", entry.name);
            assert!(seen.insert(entry.code.0.to_string()), "{}", entry.name);
        }
    }
}
