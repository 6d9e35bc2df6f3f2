//! What the clients of a flood send.

use std::io::Write;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::client::Client;
use crate::fleet;
use crate::requests::DEVICES;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const IMPORT: &str = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities/import";
/// The body that a server takes.
const BODY_BYTES: usize = 4 << 20;
/// The identities of one import.
const IMPORT_ROWS: u64 = 500;
/// The text, the operands with their operators, and the items of a list that a filter may have.
const FILTER_BYTES: usize = 8 << 10;
const FILTER_OPERANDS: usize = 1_000;
const FILTER_ITEMS: usize = 1_000;

/// Nothing, as each client has a request of its own.
pub(super) fn none(_: &Client) -> Result<Vec<u8>> {
    Ok(Vec::new())
}

/// One for a single entity.
pub(super) fn short(client: &Client) -> Result<Vec<u8>> {
    Ok(client.request("GET", &format!("{DEVICES}?$top=1"), &[], &[]))
}

/// The beginning of a head.
pub(super) fn head(_: &Client) -> Result<Vec<u8>> {
    Ok(b"GET /beta/devices HTTP/1.1\r\nx: ".to_vec())
}

/// The beginning of a body of the largest size.
pub(super) fn begun(client: &Client) -> Result<Vec<u8>> {
    let mut head = client.request("POST", DEVICES, &JSON, &vec![b' '; BODY_BYTES]);
    head.truncate(4_000);
    Ok(head)
}

/// The largest body, with one long text in it.
pub(super) fn text(client: &Client) -> Result<Vec<u8>> {
    let body = format!("{{\"serialNumber\":\"{}\"}}", "x".repeat(BODY_BYTES - 20));
    Ok(client.request("POST", DEVICES, &JSON, body.as_bytes()))
}

/// The largest body, with as many values in it as there can be.
pub(super) fn numbers(client: &Client) -> Result<Vec<u8>> {
    let body = format!("{{\"serialNumber\":[0{}]}}", ",0".repeat(BODY_BYTES / 2 - 20));
    Ok(client.request("POST", DEVICES, &JSON, body.as_bytes()))
}

/// A body of a quarter of a mebibyte that holds 256.
pub(super) fn bomb(client: &Client) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&blanks)?;
    }
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    Ok(client.request("POST", DEVICES, &headers, &encoder.finish()?))
}

/// Lines, as short as can be.
pub(super) fn lines(client: &Client) -> Result<Vec<u8>> {
    let headers = [("content-type", "application/x-ndjson"), ("connection", "close")];
    Ok(client.request("POST", "/_/bulk?dryRun=true", &headers, &b"1\n".repeat(30_000)))
}

/// A list of identities with hashes, of each client its own.
pub(super) fn list(client: &Client, number: usize) -> Result<Vec<u8>> {
    let first = 1_000_000 + number as u64 * IMPORT_ROWS;
    let rows: Vec<String> = (first..first + IMPORT_ROWS).map(fleet::identity).collect::<Result<_>>()?;
    let body = format!("{{\"importedWindowsAutopilotDeviceIdentities\":[{}]}}", rows.join(","));
    Ok(client.request("POST", IMPORT, &JSON, body.as_bytes()))
}

/// The path of a page of a thousand, of each client another one.
pub(super) fn page(number: usize, skip: usize) -> String {
    format!("{DEVICES}?$top=1000&$skip={skip}&$filter=serialNumber%20ne%20'{number}'")
}

/// A batch of twenty pages of a thousand, each another one, with all that can be told of each entity.
pub(super) fn batch(client: &Client, number: usize) -> Vec<u8> {
    let part = |at: usize| {
        format!(
            "{{\"id\":\"{at}\",\"method\":\"GET\",\"url\":\"/deviceManagement/windowsAutopilotDeviceIdentities\
             ?$top=1000&$count=true&$filter=serialNumber%20ne%20'{number}-{at}'\",\
             \"headers\":{{\"Accept\":\"application/json;odata.metadata=full\"}}}}"
        )
    };
    let body = format!("{{\"requests\":[{}]}}", (0..20).map(part).collect::<Vec<_>>().join(","));
    client.request("POST", "/beta/$batch", &JSON, body.as_bytes())
}

/// A question with a filter at the bounds, of which no part can be left out: of each client another of these.
pub(super) fn filter(client: &Client, number: usize) -> Vec<u8> {
    let (path, filter) = match number % 5 {
        0 => (DEVICES, joined(" or ", number, |at| format!("contains(tolower(displayName),'q{at}')"))),
        1 => (DEVICES, nested(number)),
        2 => {
            let items = joined(",", number, |at| format!("'{at}'"));
            (DEVICES, format!("concat(model,'{number}') in ({items})"))
        }
        3 => {
            let any = |at| format!("physicalIds/any(p:contains(p,'q{at}'))");
            ("/beta/devices", joined(" or ", number, any))
        }
        _ => {
            let pattern = |at| format!("matchesPattern(serialNumber,'(a|b|.)*{at}$')");
            (DEVICES, joined(" or ", number, pattern))
        }
    };
    let filter = filter.replace('%', "%25").replace(' ', "%20").replace('|', "%7C").replace('^', "%5E");
    let path = format!("{path}?$count=true&$orderby=model&$filter={filter}");
    client.request("GET", &path, &[("consistencylevel", "eventual")], &[])
}

/// As many terms as a filter may have, none of which is another client's.
fn joined(by: &str, number: usize, term: impl Fn(usize) -> String) -> String {
    let mut filter = term(1_000 * (number + 1));
    let operands_each = filter.matches('(').count() * 2 + 3;
    let terms_max = if by == "," { FILTER_ITEMS } else { FILTER_OPERANDS / operands_each };
    for at in 1..terms_max {
        let more = format!("{by}{}", term(1_000 * (number + 1) + at));
        // Room for what is around them.
        if filter.len() + more.len() > FILTER_BYTES - 100 {
            break;
        }
        filter.push_str(&more);
    }
    filter
}

/// Conditions within conditions, as deep as they may be.
fn nested(number: usize) -> String {
    let depth = 90;
    let open: String =
        (0..depth).map(|at| format!("(length(displayName) gt {} and ", at % 3 + number % 2)).collect();
    format!("{open}contains(displayName,'{number}'){}", ")".repeat(depth))
}
