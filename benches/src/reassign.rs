//! How long it takes until devices have the profile that they shall have, after a change that touches one of them, a
//! few, or all. There is no limit beside it: what is touched depends on what Muster finds out.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::fleet;
use crate::http_client::HttpClient;
use crate::muster::{Muster, Program};
use crate::options::{Options, StoreKind};
use crate::requests::{DEVICES, request};
use crate::stage::own_program;

/// The name of the workload.
pub(crate) const NAME: &str = "reassign";
const PROFILES: &str = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";
const GROUPS: &str = "/beta/groups";
/// How many devices share a group tag: what a rule selects.
const DEVICES_PER_TAG: u64 = 100;
/// What a request is told that takes longer than any may.
const TOO_LONG: &str = "Overdue";
/// How many connections create the devices.
const CREATORS: u64 = 16;
/// How often what touches few devices is done; the median counts.
const REPEATS: u64 = 5;

/// A change, and how long it took until all was settled.
pub(crate) struct Line {
    store: &'static str,
    devices: u64,
    change: &'static str,
    touched: u64,
    time: Duration,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { store, devices, change, touched, time } = self;
        let seconds = time.as_secs_f64();
        let rate = *touched as f64 / seconds;
        write!(
            formatter,
            "{store:8} {devices:>9}  {change:24} {touched:>9} {:>11.1} {rate:>11.0}",
            seconds * 1e3
        )
    }
}

/// What the lines say.
pub(crate) fn heading() -> &'static str {
    "store      devices  change                     touched  settled ms   devices/s"
}

/// Measures it on each store at each size.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for store in options.stores() {
        for devices in options.sizes() {
            let (program, _cluster) = own_program(options, &format!("{NAME}-{devices}"), store).await?;
            tokio::task::block_in_place(|| changes(&program, store, devices, &mut lines))?;
        }
    }
    Ok(lines)
}

/// A client with a token.
struct Client {
    http: HttpClient,
    authorization: String,
}

impl Client {
    fn connect(address: SocketAddr, token: &str) -> Result<Client> {
        Ok(Client { http: HttpClient::connect(address)?, authorization: format!("Bearer {token}") })
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.http.ask(&request(method, path, &self.authorization, &body))?;
        if answer.body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&answer.body)?) }
    }

    fn create(&mut self, path: &str, body: &Value) -> Result<String> {
        let id = self.send("POST", path, body)?.get("id").and_then(Value::as_str).map(str::to_owned);
        id.context("what was created has no id")
    }

    /// Waits until all is done that is due, however often a request for that takes too long.
    fn settle(&mut self) -> Result<()> {
        loop {
            match self.send("POST", "/_/clock", &json!({"advance": "PT0S"})) {
                Err(error) if error.to_string().contains(TOO_LONG) => {}
                other => return other.map(|_| ()),
            }
        }
    }

    /// A change, and how long it took to settle.
    fn timed(&mut self, method: &str, path: &str, body: &Value) -> Result<Duration> {
        let begin = Instant::now();
        self.send(method, path, body)?;
        self.settle()?;
        Ok(begin.elapsed())
    }

    fn assigned(&mut self) -> Result<u64> {
        let filter = "deploymentProfileAssignmentStatus%20eq%20'assignedInSync'";
        let found = self.send("GET", &format!("{DEVICES}/$count?$filter={filter}"), &Value::Null)?;
        found.as_u64().context("a count is a number")
    }
}

fn tag(number: u64) -> String {
    format!("Site-{number:06}")
}

fn rule(tag: &str) -> String {
    format!("device.devicePhysicalIds -any (_ -eq \"[OrderID]:{tag}\")")
}

/// Creates the devices, each hundred of them with a group tag of its own.
fn fill(muster: &Muster, token: &str, devices: u64) -> Result<String> {
    let next = AtomicU64::new(0);
    let create = || -> Result<Option<String>> {
        let mut client = Client::connect(muster.address, token)?;
        let mut last = None;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= devices {
                return Ok(last);
            }
            let mut body: Value = serde_json::from_str(&fleet::device(number))?;
            body["groupTag"] = tag(number / DEVICES_PER_TAG).into();
            last = Some(client.create(DEVICES, &body)?);
        }
    };
    let created: Result<Vec<Option<String>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CREATORS).map(|_| scope.spawn(create)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|result| result.unwrap_or_else(|_| anyhow::bail!("a creator failed"))).collect()
    });
    created?.into_iter().flatten().next().context("no device was created")
}

fn changes(program: &Program, store: StoreKind, devices: u64, lines: &mut Vec<Line>) -> Result<()> {
    let muster = program.start()?;
    let token = program.token()?;
    let one = fill(&muster, &token, devices)?;
    // Not before: a connection that nobody uses is closed.
    let mut client = Client::connect(muster.address, &token)?;
    client.settle()?;
    let mut note = |change, touched, time| {
        lines.push(Line { store: store.name(), devices, change, touched, time });
    };
    let group = client.create(
        GROUPS,
        &json!({
            "displayName": "Few", "mailEnabled": false, "mailNickname": "few", "securityEnabled": true,
            "groupTypes": ["DynamicMembership"], "membershipRule": rule(&tag(0)), "membershipRuleProcessingState": "On",
        }),
    )?;
    let profile_type = "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile";
    let profile = |name: &str| json!({"@odata.type": profile_type, "displayName": name});
    let few = client.create(PROFILES, &profile("Few"))?;
    let target =
        json!({"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}});
    let time = client.timed("POST", &format!("{PROFILES}/{few}/assignments"), &target)?;
    note("profile for a group", DEVICES_PER_TAG, time);
    ensure!(client.assigned()? == DEVICES_PER_TAG, "the members of the group have no profile");
    let mut times = Vec::new();
    for round in 1..=REPEATS {
        // Into the group and out of it.
        let body = json!({"groupTag": if round % 2 == 1 { tag(0) } else { "Elsewhere".to_owned() }});
        times.push(client.timed("POST", &format!("{DEVICES}/{one}/updateDeviceProperties"), &body)?);
    }
    note("tag of a device", 1, median(&mut times));
    times.clear();
    for round in 1..=REPEATS {
        let body = json!({"membershipRule": rule(&tag(round % (devices / DEVICES_PER_TAG)))});
        times.push(client.timed("PATCH", &format!("{GROUPS}/{group}"), &body)?);
    }
    note("rule of a group", 2 * DEVICES_PER_TAG, median(&mut times));
    let all = client.create(PROFILES, &profile("All"))?;
    let target = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    let time = client.timed("POST", &format!("{PROFILES}/{all}/assignments"), &target)?;
    note("profile for all devices", devices, time);
    ensure!(client.assigned()? == devices, "a device has no profile");
    muster.stop()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
