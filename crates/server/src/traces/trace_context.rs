//! The headers `traceparent` and `tracestate` (W3C Trace Context): the trace that a request is part of.

use http::{HeaderMap, HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The bytes of a `tracestate` that is passed on, and its members.
const STATE_BYTES_MAX: usize = 512;
const STATE_MEMBERS_MAX: usize = 32;

/// The flag by which whoever asks has the trace recorded.
const SAMPLED: u8 = 1;

/// The parent that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParentContext {
    pub trace: [u8; 16],
    pub span: [u8; 8],
    pub is_sampled: bool,
    /// What the systems on the way have noted.
    pub state: Option<String>,
}

impl ParentContext {
    /// Reads the headers. What is malformed counts as nothing, as the specification wants it.
    pub fn of(headers: &HeaderMap) -> Option<ParentContext> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let text = parents.next()?.to_str().ok()?;
        if parents.next().is_some() {
            return None;
        }
        let (version, rest) = text.split_at_checked(2)?;
        let version = hex::<1>(version)?[0];
        // A later version may say more behind a dash.
        let (known, more) = rest.split_at_checked(53)?;
        let is_whole = more.is_empty() || (version > 0 && more.starts_with('-'));
        let mut parts = known.strip_prefix('-')?.split('-');
        let (trace, span, flags) = (hex(parts.next()?)?, hex(parts.next()?)?, hex::<1>(parts.next()?)?[0]);
        let holds =
            is_whole && version != 0xff && parts.next().is_none() && trace != [0; 16] && span != [0; 8];
        holds.then(|| ParentContext { trace, span, is_sampled: flags & SAMPLED != 0, state: state(headers) })
    }
}

/// The `tracestate`, in one line.
fn state(headers: &HeaderMap) -> Option<String> {
    let lines: Option<Vec<&str>> =
        headers.get_all(TRACESTATE).iter().map(|value| value.to_str().ok()).collect();
    let joined = lines?.join(",");
    let is_member = |member: &str| {
        let member = member.trim_matches([' ', '\t']);
        member.is_empty()
            || member.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty())
    };
    let holds = !joined.is_empty()
        && joined.len() <= STATE_BYTES_MAX
        && joined.split(',').count() <= STATE_MEMBERS_MAX
        && joined.split(',').all(is_member);
    holds.then_some(joined)
}

/// The bytes of so many digits, which are lower case.
fn hex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let decoded = data_encoding::HEXLOWER.decode_mut(text.as_bytes(), bytes.get_mut(..text.len() / 2)?);
    (decoded.is_ok() && text.len() == BYTES * 2).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::ParentContext;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn read(headers: &[(&'static str, &str)]) -> Option<ParentContext> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        ParentContext::of(&map)
    }

    #[test]
    fn a_parent_is_read_and_a_malformed_one_is_none() {
        let sampled = |text: String| read(&[("traceparent", &text)]).map(|parent| parent.is_sampled);
        for (text, expected) in [
            (format!("00-{TRACE}-00f067aa0ba902b7-01"), Some(true)),
            (format!("00-{TRACE}-00f067aa0ba902b7-00"), Some(false)),
            (format!("00-{TRACE}-00f067aa0ba902b7-03"), Some(true)),
            (format!("cc-{TRACE}-00f067aa0ba902b7-01-what-comes"), Some(true)),
            (format!("cc-{TRACE}-00f067aa0ba902b7-01what"), None),
            (format!("00-{TRACE}-00f067aa0ba902b7-01-more"), None),
            (format!("ff-{TRACE}-00f067aa0ba902b7-01"), None),
            (format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()), None),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), None),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), None),
            (format!("00-{TRACE}-00f067aa0ba902b7"), None),
            (format!("00-{TRACE}-00f067aa0ba902b7-1"), None),
            (format!("00-{TRACE}00f067aa0ba902b7-01-"), None),
            (format!("0-{TRACE}-00f067aa0ba902b7-001"), None),
            ("ü".repeat(28), None),
            (String::new(), None),
        ] {
            assert_eq!(sampled(text.clone()), expected, "{text}");
        }
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        assert_eq!(read(&[("traceparent", &parent), ("traceparent", &parent)]), None);
    }

    #[test]
    fn a_state_is_passed_on_if_it_holds() {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let of = |states: &[&str]| {
            let mut headers = vec![("traceparent", parent.as_str())];
            headers.extend(states.iter().map(|state| ("tracestate", *state)));
            read(&headers).unwrap().state
        };
        let long = format!("a={}", "x".repeat(511));
        for (states, expected) in [
            (vec!["a=1"], Some("a=1")),
            (vec!["a=1", "b@c=2"], Some("a=1,b@c=2")),
            (vec![], None),
            (vec!["a"], None),
            (vec!["=1"], None),
            (vec![long.as_str()], None),
        ] {
            assert_eq!(of(&states).as_deref(), expected, "{states:?}");
        }
    }
}
