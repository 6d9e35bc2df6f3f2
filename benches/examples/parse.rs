//! How long the readers of a stranger's text take for the worst that they accept or refuse:
//! `cargo run --release -p benches --example parse`. Nothing may take longer than 10 ms, a body of its largest size aside.

#![allow(clippy::print_stdout)]

#[path = "../../model/files.rs"]
mod files;

use std::hint::black_box;
use std::time::{Duration, Instant};

use odata::date_time::Ticks;
use odata::edm::{Kind, Model, TypeId, Version};
use odata::query::{Surroundings, parse_filter, parse_options, parse_order_by, parse_search};
use odata::uri::{Resource, bind_path, parse_path};
use odata::{Json, batch, csdl};

/// How often each is measured; the shortest time counts, because a machine has other things to do.
const ROUNDS: u32 = 5;
const DEVICES: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";

fn main() -> anyhow::Result<()> {
    let model = csdl::read(files::FILES)?;
    for (name, text) in filters() {
        let Some(device) = device(&model) else { continue };
        report("$filter", name, || {
            parse_filter(&Surroundings::of(&model, Version::Beta), device, &text).is_ok()
        });
    }
    for (name, query) in queries() {
        report("options", name, || options(&model, &query));
    }
    for (name, text) in searches() {
        report("$search", name, || parse_search(&text).is_ok());
    }
    for (name, text) in orders() {
        let Some(device) = device(&model) else { continue };
        report("$orderby", name, || {
            parse_order_by(&Surroundings::of(&model, Version::Beta), device, &text).is_ok()
        });
    }
    for (name, path) in paths() {
        report("path", name, || parse_path(&path).and_then(|path| bind_path(&model, &path)).is_ok());
    }
    for (name, body) in bodies() {
        report("body", name, || Json::parse(body.as_bytes()).is_ok());
    }
    for (name, body) in batches() {
        report("$batch", name, || batch::read(body.as_bytes()).is_ok());
    }
    Ok(())
}

fn report(what: &str, name: &str, read: impl Fn() -> bool) {
    let mut accepted = false;
    let times = (0..ROUNDS).map(|_| {
        let started = Instant::now();
        accepted = black_box(read());
        started.elapsed()
    });
    let best = times.min().unwrap_or(Duration::ZERO);
    let verdict = if accepted { "taken" } else { "refused" };
    println!("{what:9} {name:44} {verdict:8} {:9.3} ms", best.as_secs_f64() * 1e3);
}

fn device(model: &Model) -> Option<TypeId> {
    match model.find_type("microsoft.graph.windowsAutopilotDeviceIdentity") {
        Some(Kind::Entity(id)) => Some(id),
        _ => None,
    }
}

fn options(model: &Model, query: &str) -> bool {
    let path = parse_path(DEVICES);
    let resource = path.and_then(|path| bind_path(model, &path));
    let Ok(Resource::Path(resource)) = resource else { return false };
    parse_options(model, Version::Beta, Ticks(0), query, &resource.shape).is_ok()
}

/// As often as it fits into so many bytes, with what is between.
fn filled(item: &str, between: &str, bytes: usize) -> String {
    vec![item; (bytes + between.len()) / (item.len() + between.len())].join(between)
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

type Named = (&'static str, String);

fn filters() -> Vec<Named> {
    let text = "x".repeat(8_000);
    vec![
        ("as many conditions as there may be", vec!["serialNumber eq 'a'"; 250].join(" or ")),
        ("8 KiB of operands", filled("serialNumber eq 'a'", " or ", 8_192)),
        ("8 KiB of items", format!("serialNumber in ({})", filled("'a'", ",", 8_100))),
        ("1,000 items", format!("serialNumber in ({})", vec!["'a'"; 1_000].join(","))),
        ("100 parentheses", nested("(", "serialNumber eq 'a'", ")", 100)),
        ("4,000 parentheses", nested("(", "true", ")", 4_000)),
        ("100 calls", format!("{} eq 'a'", nested("tolower(", "serialNumber", ")", 99))),
        (
            "100 calls of a long literal",
            format!("{} eq serialNumber", nested("toupper(", &format!("'{}'", "ü".repeat(3_600)), ")", 99)),
        ),
        (
            "20 calls of a longer literal",
            format!("{} eq serialNumber", nested("trim(", &format!("'{text}'"), ")", 20)),
        ),
        (
            "a chain of concatenations",
            format!(
                "{} eq serialNumber",
                nested("concat('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',", "'a'", ")", 99)
            ),
        ),
        ("an unknown name", format!("{} eq 'a'", "x".repeat(100))),
        ("a long unknown name", format!("{text} eq 'a'")),
        ("an unknown type", format!("cast(serialNumber,{}) eq 1", "x".repeat(99))),
        ("a long path", format!("{} eq 'a'", filled("deploymentProfile", "/", 8_000))),
        ("a wide pattern", r"matchesPattern(serialNumber,'\w{255}')".into()),
        ("a large pattern", r"matchesPattern(serialNumber,'(\w{30}|\d{30}){8}')".into()),
        ("8 KiB of patterns", filled(r"matchesPattern(serialNumber,'\w{20}')", " or ", 8_192)),
        ("8 KiB of large patterns", filled(r"matchesPattern(serialNumber,'\w{255}')", " or ", 8_192)),
        ("a pattern and a literal", format!("matchesPattern('{}','(a*)*b')", "a".repeat(8_000))),
        ("a case", format!("case({}) eq 1", filled("serialNumber eq 'a':1", ",", 8_000))),
        ("100 cases", format!("{} eq 1", nested("case(true:", "1", ")", 99))),
        ("a date's colons", format!("case({}) eq 1", filled("2024-01-01T00:00:00Z", ":", 8_000))),
        ("colons", format!("case({}) eq 1", ":".repeat(8_000))),
        ("a collection", format!("hassubset([{}],[{}])", filled("1", ",", 1_990), filled("1", ",", 1_990))),
        ("quotes", format!("serialNumber eq '{}'", "''".repeat(4_000))),
        ("quotes that do not end", format!("serialNumber eq {}", "'".repeat(8_001))),
    ]
}

fn queries() -> Vec<Named> {
    let text = "x".repeat(8_000);
    let list = format!("({})", vec!["1"; 999].join(","));
    vec![
        (
            "an alias, often",
            format!(
                "$filter={}&@p='{}'",
                filled("contains(serialNumber,@p)", " or ", 8_000),
                "x".repeat(2_000)
            ),
        ),
        ("a list's alias, often", format!("$filter={}&@p={list}", filled("1 in @p", " or ", 8_000))),
        (
            "calls of an alias, often",
            format!(
                "$filter={} eq serialNumber&@p='{text}'",
                nested("toupper(", &format!("concat(@p,{})", nested("concat(@p,", "@p", ")", 40)), ")", 55)
            ),
        ),
        ("an alias of itself", "$filter=@p&@p=(@p) and (@p)".into()),
        (
            "aliases of aliases",
            format!(
                "$filter=@a0&{}",
                (0..40).map(|at| format!("@a{at}=@a{0} or @a{0}", at + 1)).collect::<Vec<_>>().join("&")
            ),
        ),
        (
            "expansions with filters",
            format!(
                "$expand={}&@p={}",
                ["deploymentProfile", "intendedDeploymentProfile"]
                    .map(|name| format!(
                        "{name}($expand=assignedDevices($filter=@p),assignments($filter=@p))"
                    ))
                    .join(","),
                filled("true", " and ", 4_000)
            ),
        ),
        ("16 KiB of options", filled("x=y", "&", 16_384)),
        ("16 KiB of escapes", format!("$filter={}", "%20".repeat(5_400))),
        ("a long $select", format!("$select={}", filled("serialNumber", ",", 16_000))),
        ("a deep $expand", format!("$expand={}", nested("deploymentProfile($expand=", "x", ")", 400))),
        ("a wide $expand", format!("$expand={}", filled("deploymentProfile", ",", 16_000))),
        ("a long token", format!("$skiptoken={}", "W".repeat(8_192))),
    ]
}

fn searches() -> Vec<Named> {
    vec![
        ("50 words", vec!["word"; 50].join(" ")),
        ("8 KiB of words", filled("a", " ", 8_192)),
        ("100 parentheses", nested("(", "a", ")", 100)),
        ("4,000 parentheses", nested("(", "a", ")", 4_000)),
        ("8 KiB of NOT", format!("{}a", "NOT ".repeat(2_000))),
        ("a long phrase", format!("\"{}\"", "x".repeat(8_100))),
    ]
}

fn orders() -> Vec<Named> {
    vec![
        ("16 keys", vec!["length(tolower(serialNumber)) desc"; 16].join(",")),
        ("8 KiB of keys", filled("serialNumber", ",", 8_192)),
        (
            "16 long keys",
            vec![format!("length({})", nested("tolower(", "serialNumber", ")", 50)); 16].join(","),
        ),
    ]
}

fn paths() -> Vec<Named> {
    vec![
        ("30 segments", filled("/deviceManagement", "", 500)),
        ("8 KiB of segments", filled("/a", "", 8_192)),
        ("a long key", format!("{DEVICES}/{}", "x".repeat(8_000))),
        ("a key of escapes", format!("{DEVICES}('{}')", "%27%27".repeat(1_300))),
        ("an unknown segment", format!("/beta/deviceManagement/{}", "x".repeat(100))),
    ]
}

fn bodies() -> Vec<Named> {
    let object = |count: usize| {
        let members: Vec<String> = (0..count).map(|at| format!("\"member{at}\":{at}")).collect();
        format!("{{{}}}", members.join(","))
    };
    vec![
        ("127 arrays", nested("[", "1", "]", 127)),
        ("100,000 arrays", "[".repeat(100_000)),
        ("1,000 members", object(1_000)),
        ("4 MiB of objects with 1,000 members", format!("[{}]", vec![object(1_000); 280].join(","))),
        ("4 MiB of numbers", format!("[{}]", filled("1", ",", 4 << 20))),
        ("4 MiB of text", format!("\"{}\"", "x".repeat(4 << 20))),
    ]
}

fn batches() -> Vec<Named> {
    let request = |at: usize, url: &str| format!("{{\"id\":\"{at}\",\"method\":\"GET\",\"url\":\"{url}\"}}");
    let depends = |at: usize| {
        let others: Vec<String> = (0..at).map(|other| format!("\"{other}\"")).collect();
        format!("{{\"id\":\"{at}\",\"method\":\"GET\",\"url\":\"/x\",\"dependsOn\":[{}]}}", others.join(","))
    };
    let of = |requests: Vec<String>| format!("{{\"requests\":[{}]}}", requests.join(","));
    vec![
        ("20 long URLs", of((0..20).map(|at| request(at, &"x".repeat(8_000))).collect())),
        ("20 that depend on all before", of((0..20).map(depends).collect())),
        ("4 MiB of requests", of((0..60_000).map(|at| request(at, "/x")).collect())),
    ]
}
