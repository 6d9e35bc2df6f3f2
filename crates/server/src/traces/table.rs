//! The table `[traces]` of the configuration: where spans go, and how many.

use std::path::PathBuf;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::secret_keys::SecretSource;
use crate::startup_error::StartupError;
use crate::tokens::key_source::is_safe;

/// The path to which a collector takes spans (OTLP/HTTP).
const PATH: &str = "/v1/traces";
/// The most attributes that the configuration adds.
const ATTRIBUTES_MAX: usize = 64;

/// The table `[traces]`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TracesTable {
    /// The URL of the collector. Without it, there are no traces.
    pub endpoint: Option<String>,
    /// The part of the requests that is recorded, if the client does not decide.
    pub ratio: f64,
    /// The place of headers that go with each export, a line each: `Name: value`.
    pub headers: Option<String>,
    /// The authorities that the collector's certificate may come from, a PEM file; those of the system if it is not given.
    pub ca: Option<PathBuf>,
    /// The name of this service.
    pub service_name: String,
    /// Further attributes of this server: `key=value`.
    pub resource_attributes: Vec<String>,
}

impl Default for TracesTable {
    fn default() -> TracesTable {
        TracesTable {
            endpoint: None,
            ratio: 1.0,
            headers: None,
            ca: None,
            service_name: "muster".to_owned(),
            resource_attributes: Vec::new(),
        }
    }
}

/// What the table comes to.
pub struct TracesSettings {
    /// Where spans are sent.
    pub url: Url,
    /// The part of the requests that is recorded, if the client does not decide.
    pub ratio: f64,
    /// What goes with each export.
    pub headers: HeaderMap,
    /// The authorities to trust, in PEM.
    pub authorities: Option<Vec<u8>>,
    /// The attributes of this server.
    pub resource: Vec<(String, String)>,
}

impl TracesTable {
    /// Whether it is sound, as far as that shows without the files that it names.
    pub fn check(&self) -> Result<(), StartupError> {
        if !(0.0..=1.0).contains(&self.ratio) {
            let ratio = self.ratio;
            return Err(mistake("ratio", &format!(" = {ratio} is out of bounds; it takes 0 to 1")));
        }
        self.resource()?;
        self.url().map(|_| ())
    }

    /// What the table comes to, with the files that it names; none if there are to be no traces.
    pub(super) fn settings(&self) -> Result<Option<TracesSettings>, StartupError> {
        self.check()?;
        let Some(url) = self.url()? else { return Ok(None) };
        let headers = self.headers.as_deref().map(read_headers).transpose()?.unwrap_or_default();
        if !headers.is_empty() && !is_safe(url.as_str()) {
            let advice = " would go over the network in the clear; use https in traces.endpoint";
            return Err(mistake("headers", advice));
        }
        let authorities = self.ca.as_ref().map(|path| {
            let read = std::fs::read(path);
            read.map_err(|error| mistake("ca", &format!(" = '{}' cannot be read: {error}", path.display())))
        });
        Ok(Some(TracesSettings {
            url,
            ratio: self.ratio,
            headers,
            authorities: authorities.transpose()?,
            resource: self.resource()?,
        }))
    }

    /// The address for spans at the collector; none if there is no collector.
    fn url(&self) -> Result<Option<Url>, StartupError> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let mut url = Url::parse(endpoint).ok().filter(is_http).ok_or_else(|| {
            mistake("endpoint", &format!(" = '{endpoint}' is no URL, such as http://127.0.0.1:4318"))
        })?;
        let path = url.path().trim_end_matches('/').to_owned();
        if !path.ends_with(PATH) {
            url.set_path(&format!("{path}{PATH}"));
        }
        Ok(Some(url))
    }

    fn resource(&self) -> Result<Vec<(String, String)>, StartupError> {
        if self.resource_attributes.len() > ATTRIBUTES_MAX {
            return Err(mistake("resource_attributes", &format!(" has more than {ATTRIBUTES_MAX} elements")));
        }
        let mut resource = vec![("service.name".to_owned(), self.service_name.clone())];
        for text in &self.resource_attributes {
            let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
                mistake("resource_attributes", &format!(" has '{text}', which is no key=value"))
            })?;
            resource.push((key.to_owned(), value.to_owned()));
        }
        Ok(resource)
    }
}

fn read_headers(place: &str) -> Result<HeaderMap, StartupError> {
    let source = SecretSource::parse(place).ok_or_else(|| {
        let advice =
            " is no file:PATH, env:NAME or credential:NAME; a header itself does not belong into the file";
        mistake("headers", advice)
    })?;
    let text = source.read().map_err(|reason| mistake("headers", &format!(": {reason}")))?;
    let mut headers = HeaderMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        // What is wrong may be secret, so only its place is told.
        let wrong = || mistake("headers", &format!(": line {} is no 'Name: value'", at + 1));
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn mistake(key: &str, what: &str) -> StartupError {
    StartupError::Misused(format!("traces.{key}{what}"))
}

#[cfg(test)]
mod tests {
    use super::TracesTable;

    fn table(text: &str) -> TracesTable {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn spans_go_below_the_endpoint() {
        for (endpoint, expected) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            ("https://c.example/otlp", "https://c.example/otlp/v1/traces"),
            ("https://c.example/otlp/v1/traces", "https://c.example/otlp/v1/traces"),
        ] {
            let settings = table(&format!("endpoint = '{endpoint}'")).settings().unwrap().unwrap();
            assert_eq!(settings.url.as_str(), expected);
        }
        assert!(table("").settings().unwrap().is_none());
    }

    #[test]
    fn headers_come_from_a_file_and_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("headers");
        std::fs::write(&file, "Authorization: Bearer secret\n\nX-Scope: a: b\n").unwrap();
        let text = format!("endpoint = 'https://c.example'\nheaders = 'file:{}'", file.display());
        let headers = table(&text).settings().unwrap().unwrap().headers;
        assert_eq!((headers.len(), headers["x-scope"].to_str().unwrap()), (2, "a: b"));
        assert!(!format!("{headers:?}").contains("secret"), "{headers:?}");
        std::fs::write(&file, "Authorization: a\nsecret").unwrap();
        let error = table(&text).settings().err().unwrap().to_string();
        assert!(error.contains("traces.headers: line 2") && !error.contains("secret"), "{error}");
        std::fs::write(&file, "A: b").unwrap();
        let error = table(&text.replace("https", "http")).settings().err().unwrap().to_string();
        assert!(error.contains("in the clear"), "{error}");
    }

    #[test]
    fn mistakes_name_their_key() {
        for (text, named) in [
            ("endpoint = 'collector:4318'", "traces.endpoint = 'collector:4318'"),
            ("endpoint = 'ftp://collector'", "traces.endpoint"),
            ("ratio = 1.5", "traces.ratio = 1.5"),
            ("ratio = nan", "traces.ratio = NaN"),
            ("endpoint = 'https://c'\nheaders = 'Bearer x'", "traces.headers"),
            ("endpoint = 'https://c'\nheaders = 'file:/none'", "traces.headers"),
            ("endpoint = 'https://c'\nca = '/none'", "traces.ca = '/none'"),
            ("resource_attributes = ['a']", "traces.resource_attributes has 'a'"),
        ] {
            let error = table(text).settings().err().unwrap().to_string();
            assert!(error.contains(named) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
