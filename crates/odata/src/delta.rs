//! Delta links (protocol 4.01, 11.3): what a token says, and how a query with one is read.
//!
//! A token is opaque to clients: base64url of a seal and of what it seals. Whoever keeps the key makes the seal, so that a
//! token that was made up or changed is known for what it is.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value as JsonValue;

use crate::date_time::Ticks;
use crate::uri::percent::{self, Plus};
use crate::{Error, ErrorKind, Key};

/// The option of a link to more of this round.
pub const SKIP_TOKEN: &str = "$skiptoken";
/// The option of a link to the next round.
pub const DELTA_TOKEN: &str = "$deltatoken";
/// The word in place of a token that means "from now on".
const LATEST: &str = "latest";

/// Bytes of a seal.
pub const SEAL_BYTES: usize = 16;
/// Bytes of a token at most: a URL has to hold it.
const TOKEN_BYTES_MAX: usize = 12 * 1024;

/// A delta token: where a client is in following the changes of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct DeltaToken {
    /// The path of the collection's set.
    pub set: String,
    /// The instant at which the client was given it.
    pub at: Ticks,
    /// The sequence number after which changes are still to be told.
    pub since: i64,
    /// The number of entities of the next change, which may name many, that have been told already.
    pub told: u64,
    /// The last entity that was told, while those that were there at the start are told.
    pub after: Option<Key>,
    /// The raw query that the client started with.
    pub query: String,
}

impl DeltaToken {
    /// The token as it stands in a link; `seal` is given what it seals.
    pub fn encode(&self, seal: impl FnOnce(&[u8]) -> [u8; SEAL_BYTES]) -> Result<String, Error> {
        let after = self.after.as_ref().map(Key::to_string);
        let members = JsonValue::from(vec![
            JsonValue::from(&*self.set),
            JsonValue::from(self.at.0),
            JsonValue::from(self.since),
            JsonValue::from(after),
            JsonValue::from(&*self.query),
            JsonValue::from(self.told),
        ]);
        let content = members.to_string();
        let text = BASE64URL_NOPAD.encode(&[&seal(content.as_bytes()), content.as_bytes()].concat());
        match text.len() > TOKEN_BYTES_MAX {
            true => Err(bad("The query is too long to be kept in a link to its changes")),
            false => Ok(text),
        }
    }

    /// Reads a token. `is_sealed` tells whether a content has the seal that follows it; so that a client cannot find
    /// out a
    /// seal byte by byte, it takes the same time for every seal.
    pub fn decode(
        text: &str,
        is_sealed: impl FnOnce(&[u8], &[u8; SEAL_BYTES]) -> bool,
    ) -> Result<DeltaToken, Error> {
        read(text, is_sealed)
            .ok_or_else(|| bad("The token is not one that was given for this collection").about(DELTA_TOKEN))
    }
}

fn read(text: &str, is_sealed: impl FnOnce(&[u8], &[u8; SEAL_BYTES]) -> bool) -> Option<DeltaToken> {
    if text.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (seal, content) = bytes.split_first_chunk::<SEAL_BYTES>()?;
    if !is_sealed(content, seal) {
        return None;
    }
    let members: Vec<JsonValue> = serde_json::from_slice(content).ok()?;
    // Older tokens end here.
    let ([set, at, since, after, query], told) = members.split_first_chunk()?;
    Some(DeltaToken {
        set: set.as_str()?.to_owned(),
        at: Ticks(at.as_i64()?),
        since: since.as_i64()?,
        told: match told {
            [] => 0,
            [told] => told.as_u64()?,
            _ => return None,
        },
        after: after.as_str().map(Key::parse),
        query: query.as_str()?.to_owned(),
    })
}

/// The start of a delta request, as its query says it.
#[derive(Clone, Debug, PartialEq)]
pub enum DeltaOrigin {
    /// The query does not say: with all that is there.
    Everything,
    /// The query says `latest`: from now on.
    Latest,
    /// The query has a token: where that leads.
    Token(String),
}

/// Takes a raw query apart: where to start, and the query without that.
pub fn split(raw_query: &str) -> Result<(DeltaOrigin, String), Error> {
    let mut start = DeltaOrigin::Everything;
    let mut others = Vec::new();
    for piece in raw_query.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let name = decoded(name)?;
        let plain = name.strip_prefix('$').unwrap_or(&name);
        let is = |option: &str| plain.eq_ignore_ascii_case(&option[1..]);
        if !is(DELTA_TOKEN) && !is(SKIP_TOKEN) {
            others.push(piece);
            continue;
        }
        let value = decoded(value)?.into_owned();
        let said = match value.eq_ignore_ascii_case(LATEST) && is(DELTA_TOKEN) {
            true => DeltaOrigin::Latest,
            false => DeltaOrigin::Token(value),
        };
        if std::mem::replace(&mut start, said) != DeltaOrigin::Everything {
            return Err(bad("A request for changes takes one token"));
        }
    }
    Ok((start, others.join("&")))
}

fn decoded(text: &str) -> Result<Cow<'_, str>, Error> {
    percent::decode(text, Plus::Literal).map_err(|_| bad("The query string is not percent-encoded"))
}

fn bad(message: &str) -> Error {
    Error::new(ErrorKind::BadQuery, message)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::{DeltaOrigin, DeltaToken, SEAL_BYTES, split};
    use crate::Key;
    use crate::date_time::Ticks;

    fn seal(content: &[u8]) -> [u8; SEAL_BYTES] {
        [content.iter().fold(0, |sum, byte| byte.wrapping_add(sum)); SEAL_BYTES]
    }

    fn is_sealed(content: &[u8], found: &[u8; SEAL_BYTES]) -> bool {
        seal(content) == *found
    }

    fn token(after: Option<Key>, query: &str) -> DeltaToken {
        let (at, query) = (Ticks(638_396_640_000_000_001), query.to_owned());
        DeltaToken { set: "library/books".into(), at, since: i64::MAX, told: 7, after, query }
    }

    #[test]
    fn tokens_come_back() {
        for after in [None, Some(Key::new()), Some(Key::parse("a/b ü"))] {
            let token = token(after, "$filter=title%20eq%20'a&$select=id");
            let text = token.encode(seal).unwrap();
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
            assert_eq!(DeltaToken::decode(&text, is_sealed), Ok(token));
        }
    }

    #[test]
    fn tokens_of_before_changes_named_many_entities_hold() {
        for (rest, told) in [("", Some(0)), (",3", Some(3)), (",-3", None), (",3,4", None)] {
            let content = format!("[\"library/books\",5,6,null,\"\"{rest}]");
            let bytes = [&seal(content.as_bytes()), content.as_bytes()].concat();
            let token = DeltaToken::decode(&BASE64URL_NOPAD.encode(&bytes), is_sealed);
            assert_eq!(
                token.map(|token| (token.since, token.told)).ok(),
                told.map(|told| (6, told)),
                "{rest}"
            );
        }
    }

    #[test]
    fn what_was_changed_or_made_up_is_refused() {
        let text = token(None, "").encode(seal).unwrap();
        for at in 0..text.len() {
            let other = if text.as_bytes()[at] == b'B' { "C" } else { "B" };
            let changed = [&text[..at], other, &text[at + 1..]].concat();
            assert!(DeltaToken::decode(&changed, is_sealed).is_err(), "byte {at}");
            assert!(DeltaToken::decode(&text[..at], is_sealed).is_err(), "cut at {at}");
        }
        for made_up in ["", "latest", "AAAA", &"A".repeat(20_000)] {
            assert!(DeltaToken::decode(made_up, is_sealed).is_err(), "{made_up}");
        }
        assert!(token(None, &"x".repeat(10_000)).encode(seal).is_err());
    }

    #[test]
    fn where_to_start_is_taken_out_of_the_query() {
        for (query, start, rest) in [
            ("", DeltaOrigin::Everything, ""),
            ("$select=id&x=%zz", DeltaOrigin::Everything, "$select=id&x=%zz"),
            ("$deltatoken=latest&$filter=a%20eq%201", DeltaOrigin::Latest, "$filter=a%20eq%201"),
            ("DeltaToken=Latest", DeltaOrigin::Latest, ""),
            ("$top=1&%24deltaToken=a%2Db", DeltaOrigin::Token("a-b".into()), "$top=1"),
            ("$skiptoken=latest", DeltaOrigin::Token("latest".into()), ""),
        ] {
            assert_eq!(split(query), Ok((start, rest.to_owned())), "{query}");
        }
        for query in
            ["$deltatoken=a&$deltatoken=b", "$skiptoken=a&deltatoken=latest", "$deltatoken=%zz", "%z=1"]
        {
            assert!(split(query).is_err(), "{query}");
        }
    }
}
