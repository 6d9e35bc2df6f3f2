//! What uses the server: each step is one thing that somebody does, chosen at random.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::fleet;
use crate::http_client::{Answer, HttpClient};
use crate::muster::Program;
use crate::random::Random;
use crate::requests::DEVICES;

const IMPORTED: &str = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "/beta/deviceManagement/hardwarePasswordDetails";
const CONFIGURATIONS: &str = "/beta/deviceManagement/hardwareConfigurations";
const TOKENS: &str = "/organizations/oauth2/v2.0";
/// The most of each kind that there are.
const DEVICES_MAX: usize = 3_000;
const OTHERS_MAX: usize = 50;
/// The identities of a list.
const LIST_ROWS: u64 = 20;
/// The failures that are told.
const FAILURES_MAX: usize = 50;
const JSON: &str = "application/json";

/// The steps, each as often as it stands here among all.
const STEPS: [fn(&mut Work) -> Result<()>; 30] = [
    Work::get,
    Work::get,
    Work::get,
    Work::get,
    Work::get,
    Work::get,
    Work::list,
    Work::list,
    Work::filter,
    Work::filter,
    Work::filter,
    Work::create,
    Work::create,
    Work::create,
    Work::patch,
    Work::patch,
    Work::patch,
    Work::delete,
    Work::import,
    Work::batch,
    Work::delta,
    Work::delta,
    Work::reveal,
    Work::token,
    Work::pages,
    Work::refused,
    Work::refused,
    Work::configure,
    Work::bulk,
    Work::break_off,
];

/// Whoever uses the server.
pub(super) struct Work {
    address: SocketAddr,
    client: HttpClient,
    random: Random,
    next: u64,
    devices: Vec<String>,
    passwords: Vec<String>,
    configurations: Vec<String>,
    delta: Option<String>,
    token: String,
    credentials: String,
    refresh: Option<String>,
    pub requests: u64,
    pub failures: Vec<String>,
}

impl Work {
    pub(super) fn begin(program: &Program, address: SocketAddr) -> Result<Work> {
        let variables = program.variables()?;
        let of = |name: &str| variables.get(name).cloned().with_context(|| format!("no {name}"));
        let secret = of("AZURE_CLIENT_SECRET")?;
        let credentials = format!("client_id={}&client_secret={secret}", of("AZURE_CLIENT_ID")?);
        Ok(Work {
            address,
            client: HttpClient::connect(address)?,
            random: Random::new(7),
            next: 0,
            devices: Vec::new(),
            passwords: Vec::new(),
            configurations: Vec::new(),
            delta: None,
            token: of("MUSTER_TOKEN")?,
            credentials,
            refresh: None,
            requests: 0,
            failures: Vec::new(),
        })
    }

    /// Does one thing.
    pub(super) fn step(&mut self) -> Result<()> {
        // A new connection now and then, as clients come and go.
        if self.random.below(100) == 0 {
            self.client = HttpClient::connect(self.address)?;
        }
        let step = STEPS.get(self.random.below(STEPS.len())).copied().unwrap_or(Work::get);
        step(self)
    }

    /// Asks, and notes an answer that is not expected.
    fn ask(&mut self, method: &str, path: &str, kind: &str, body: &str, expected: &[u16]) -> Result<Value> {
        let request = self.request(method, path, kind, body);
        self.requests += 1;
        let Answer { head, body } = self.client.send(&request)?;
        let status: u16 = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
        if !expected.contains(&status) && self.failures.len() < FAILURES_MAX {
            let said: String = String::from_utf8_lossy(&body).chars().take(300).collect();
            self.failures.push(format!("{method} {path}: {status} {said}"));
        }
        if head.to_lowercase().contains("\r\nconnection: close") {
            self.client = HttpClient::connect(self.address)?;
        }
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &str) -> Vec<u8> {
        let (token, length) = (&self.token, body.len());
        let told = if method == "GET" {
            String::new()
        } else {
            format!("content-type: {kind}\r\ncontent-length: {length}\r\n")
        };
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nmuster-reason: soak\r\n{told}\r\n{body}")
            .into_bytes()
    }

    fn device(&mut self) -> Option<String> {
        let at = self.random.below(self.devices.len());
        self.devices.get(at).cloned()
    }

    fn get(&mut self) -> Result<()> {
        let Some(id) = self.device() else { return self.create() };
        self.ask("GET", &format!("{DEVICES}/{id}"), JSON, "", &[200]).map(drop)
    }

    fn list(&mut self) -> Result<()> {
        let page = self.ask("GET", &format!("{DEVICES}?$top=20&$orderby=serialNumber"), JSON, "", &[200])?;
        match page.get("@odata.nextLink").and_then(Value::as_str).and_then(path_of) {
            Some(next) => self.ask("GET", &next, JSON, "", &[200]).map(drop),
            None => Ok(()),
        }
    }

    fn filter(&mut self) -> Result<()> {
        let number = self.random.next() % self.next.max(1);
        let filter = match self.random.below(3) {
            0 => format!("serialNumber%20eq%20'{}'", fleet::serial(number)),
            1 => format!("contains(serialNumber,'{}')", fleet::part(number)),
            _ => format!(
                "endswith(userPrincipalName,'{number}@fleet.contoso.example')%20or%20groupTag%20eq%20null"
            ),
        };
        let path = format!("{DEVICES}?$filter={filter}&$count=true&$top=50&$select=id,serialNumber");
        self.ask("GET", &path, JSON, "", &[200]).map(drop)
    }

    fn create(&mut self) -> Result<()> {
        if self.devices.len() >= DEVICES_MAX {
            return self.delete();
        }
        self.next += 1;
        let created = self.ask("POST", DEVICES, JSON, &enrolled_nowhere(self.next), &[201])?;
        self.devices.extend(id_of(&created));
        Ok(())
    }

    fn patch(&mut self) -> Result<()> {
        let Some(id) = self.device() else { return Ok(()) };
        let body = fleet::patch(self.random.next() % 100_000_000);
        self.ask("PATCH", &format!("{DEVICES}/{id}"), JSON, &body, &[200]).map(drop)
    }

    fn delete(&mut self) -> Result<()> {
        if self.devices.is_empty() {
            return Ok(());
        }
        let at = self.random.below(self.devices.len());
        let id = self.devices.swap_remove(at);
        self.ask("DELETE", &format!("{DEVICES}/{id}"), JSON, "", &[204]).map(drop)
    }

    /// A list that is registered, and deleted again with all that came of it.
    fn import(&mut self) -> Result<()> {
        let rows: Vec<String> =
            (0..LIST_ROWS).map(|row| fleet::identity(1 << 40 | row)).collect::<Result<_>>()?;
        let body = format!("{{\"importedWindowsAutopilotDeviceIdentities\":[{}]}}", rows.join(","));
        let imported = self.ask("POST", &format!("{IMPORTED}/import"), JSON, &body, &[200])?;
        let records = imported.get("value").and_then(Value::as_array).cloned().unwrap_or_default();
        for id in records.iter().filter_map(id_of) {
            let path = format!("{IMPORTED}/{id}/muster.wait(until='done',timeoutSeconds=30)");
            self.ask("GET", &path, JSON, "", &[200])?;
            let record = self.ask("GET", &format!("{IMPORTED}/{id}?$select=id,state"), JSON, "", &[200])?;
            let device =
                record.pointer("/state/deviceRegistrationId").and_then(Value::as_str).unwrap_or_default();
            self.ask("DELETE", &format!("{DEVICES}/{device}"), JSON, "", &[204])?;
            self.ask("DELETE", &format!("{IMPORTED}/{id}"), JSON, "", &[204])?;
        }
        Ok(())
    }

    fn batch(&mut self) -> Result<()> {
        let Some(id) = self.device() else { return Ok(()) };
        let url = format!("/deviceManagement/windowsAutopilotDeviceIdentities/{id}");
        let body = json!({"requests": [
            {"id": "1", "method": "PATCH", "url": url, "headers": {"Content-Type": JSON}, "body": {"groupTag": "Batch"}},
            {"id": "2", "method": "GET", "url": url},
            {"id": "3", "method": "GET", "url": "/deviceManagement/windowsAutopilotDeviceIdentities?$top=5"},
        ]});
        self.ask("POST", "/beta/$batch", JSON, &body.to_string(), &[200]).map(drop)
    }

    fn delta(&mut self) -> Result<()> {
        let path = self.delta.take().unwrap_or_else(|| format!("{DEVICES}/delta?$deltatoken=latest"));
        let page = self.ask("GET", &path, JSON, "", &[200])?;
        let link = page.get("@odata.nextLink").or_else(|| page.get("@odata.deltaLink"));
        self.delta = link.and_then(Value::as_str).and_then(path_of);
        Ok(())
    }

    fn reveal(&mut self) -> Result<()> {
        self.next += 1;
        if self.passwords.len() < OTHERS_MAX {
            let body = json!({"serialNumber": format!("P{}", self.next), "currentPassword": "a password"});
            let created = self.ask("POST", PASSWORDS, JSON, &body.to_string(), &[201])?;
            self.passwords.extend(id_of(&created));
            return Ok(());
        }
        let at = self.random.below(self.passwords.len());
        let id = self.passwords.get(at).cloned().unwrap_or_default();
        self.ask("GET", &format!("{PASSWORDS}/{id}"), JSON, "", &[200])?;
        let body = json!({"currentPassword": self.next.to_string()});
        self.ask("PATCH", &format!("{PASSWORDS}/{id}"), JSON, &body.to_string(), &[200]).map(drop)
    }

    /// Another token by the refresh token of the one before.
    fn token(&mut self) -> Result<()> {
        let form = "application/x-www-form-urlencoded";
        let scope = "scope=offline_access%20https://graph.microsoft.com/.default";
        let grant = match self.refresh.take() {
            Some(refresh) => format!("grant_type=refresh_token&refresh_token={refresh}"),
            None => {
                let body = format!("{}&{scope}", self.credentials);
                let code = self.ask("POST", &format!("{TOKENS}/devicecode"), form, &body, &[200])?;
                let code = code.get("device_code").and_then(Value::as_str).unwrap_or_default();
                format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={code}")
            }
        };
        let body = format!("{}&{grant}&{scope}", self.credentials);
        let answer = self.ask("POST", &format!("{TOKENS}/token"), form, &body, &[200])?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        self.refresh = text("refresh_token");
        self.token = text("access_token").unwrap_or_else(|| self.token.clone());
        Ok(())
    }

    fn pages(&mut self) -> Result<()> {
        for path in ["/console", "/healthz", "/readyz", "/beta/$metadata", "/_/backlog"] {
            self.ask("GET", path, JSON, "", &[200])?;
        }
        Ok(())
    }

    fn refused(&mut self) -> Result<()> {
        self.next += 1;
        let number = self.next;
        match self.random.below(5) {
            0 => self.ask("GET", &format!("{DEVICES}/{number}"), JSON, "", &[404]),
            1 => self.ask("GET", &format!("{DEVICES}?$filter=no{number}%20eq%201"), JSON, "", &[400]),
            2 => self.ask("POST", DEVICES, JSON, &format!("{{\"no{number}\":1}}"), &[400]),
            3 => self.ask("POST", DEVICES, "text/plain", "{}", &[415]),
            _ => self.ask("GET", &format!("/beta/no{number}"), JSON, "", &[404]),
        }
        .map(drop)
    }

    fn configure(&mut self) -> Result<()> {
        if self.configurations.len() > OTHERS_MAX {
            let id = self.configurations.remove(0);
            return self.ask("DELETE", &format!("{CONFIGURATIONS}/{id}"), JSON, "", &[204]).map(drop);
        }
        let body =
            json!({"displayName": "soak", "fileName": "a.cctk", "configurationFileContent": "W2NjdGtdCg=="});
        let created = self.ask("POST", CONFIGURATIONS, JSON, &body.to_string(), &[201])?;
        self.configurations.extend(id_of(&created));
        Ok(())
    }

    /// Lines on a connection of their own: the answer tells no length.
    fn bulk(&mut self) -> Result<()> {
        let Some(id) = self.device() else { return Ok(()) };
        let line = format!("{{\"verb\":\"tag\",\"id\":\"{id}\",\"groupTag\":\"Bulk\"}}\n");
        let request =
            self.request("POST", "/_/bulk", "application/x-ndjson\r\nconnection: close", &line.repeat(20));
        self.requests += 1;
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(&request)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.matches("\"status\":204").count() != 20 {
            self.failures.push(format!("/_/bulk: {answer}"));
        }
        Ok(())
    }

    /// A connection that breaks off in a body.
    fn break_off(&mut self) -> Result<()> {
        let mut request = self.request("POST", DEVICES, JSON, &"x".repeat(100_000));
        request.truncate(10_000);
        self.requests += 1;
        TcpStream::connect(self.address)?.write_all(&request)?;
        Ok(())
    }
}

/// A device that can be deleted: no management has it.
fn enrolled_nowhere(number: u64) -> String {
    let made: HashMap<String, Value> = serde_json::from_str(&fleet::device(number)).unwrap_or_default();
    let kept = ["serialNumber", "groupTag", "manufacturer", "model", "displayName", "userPrincipalName"];
    let kept: HashMap<_, _> = made.into_iter().filter(|(name, _)| kept.contains(&name.as_str())).collect();
    json!(kept).to_string()
}

fn id_of(entity: &Value) -> Option<String> {
    entity.get("id").and_then(Value::as_str).map(str::to_owned)
}

/// A link as this client asks for it.
fn path_of(link: &str) -> Option<String> {
    link.find("/beta/").and_then(|at| link.get(at..)).map(str::to_owned)
}
