//! Which variables of the environment are settings.
//!
//! Kubernetes tells every pod the addresses of the services around it in variables that begin with a service's name, and a
//! service may be called `muster`. So a variable that is no setting stops nothing: it is passed over, and that is told.

use std::collections::HashMap;
use std::ffi::OsString;

use odata::error::hint;

/// The prefix of our variables.
const PREFIX: &str = "MUSTER_";

/// Variables with our prefix that are meant for clients.
const CLIENT_VARIABLES: [&str; 2] = ["MUSTER_TOKEN", "MUSTER_AGENT_END_AT"];

/// The protocols that Kubernetes writes before the address of a service.
const SERVICE_SCHEMES: [&str; 3] = ["tcp", "udp", "sctp"];

/// The variables with our prefix, by what they are.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// Those that are settings, by their names.
    pub settings: HashMap<String, String>,
    /// Those that are no settings.
    unknown: Vec<String>,
    /// Those that tell the address of a service.
    of_services: Vec<String>,
}

/// The variable of a setting: the tables in its key end with two underscores.
pub(crate) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The key of the setting that a variable would set.
pub(crate) fn key_of(variable: &str) -> Option<String> {
    let prefix = variable.get(..PREFIX.len()).filter(|prefix| prefix.eq_ignore_ascii_case(PREFIX))?;
    Some(variable[prefix.len()..].replace("__", ".").to_ascii_lowercase())
}

impl Variables {
    /// Sorts the environment, of which settings have these keys.
    pub fn of(environment: impl Iterator<Item = (OsString, OsString)>, keys: &[String]) -> Variables {
        let mut variables = Variables::default();
        // Only variables of our name matter, and those are text.
        let texts = environment
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        for (name, value) in texts {
            let Some(key) = key_of(&name).filter(|_| !CLIENT_VARIABLES.contains(&name.as_str())) else {
                continue;
            };
            if is_service_address(&value) || is_service_variable(&name[PREFIX.len()..]) {
                variables.of_services.push(name);
            } else if keys.contains(&key) {
                variables.settings.insert(name, value);
            } else {
                variables.unknown.push(name);
            }
        }
        variables.of_services.sort();
        variables.unknown.sort();
        variables
    }

    /// What is passed over, a line each. `named` is a variable that the configuration itself names.
    pub fn passed_over(&self, named: Option<&str>, keys: &[String]) -> Vec<String> {
        let known: Vec<String> = keys.iter().map(|key| variable_of(key)).collect();
        let unknown = self.unknown.iter().filter(|name| Some(name.as_str()) != named);
        let mut lines: Vec<String> = unknown
            .map(|name| {
                let near = hint(name, known.iter().map(String::as_str));
                format!("the variable {name} is no setting and is passed over{near}")
            })
            .collect();
        if !self.of_services.is_empty() {
            let names = self.of_services.join(", ");
            lines.push(format!(
                "passed over as the address of a Kubernetes service: {names}; 'enableServiceLinks: false' in the pod \
                 leaves them out"
            ));
        }
        lines
    }
}

/// Whether a value is the address of a service, which no setting takes: `tcp://10.0.0.1:80`.
fn is_service_address(value: &str) -> bool {
    let address = value.split_once("://").filter(|(scheme, _)| SERVICE_SCHEMES.contains(scheme));
    let port = address.and_then(|(_, address)| address.rsplit_once(':')).map(|(_, port)| port);
    port.is_some_and(|port| port.parse::<u16>().is_ok())
}

/// Whether a name, without our prefix, is one that Kubernetes gives to a part of a service's address:
/// `SERVICE_HOST`, `SERVICE_PORT_HTTPS`, `PORT`, `PORT_443_TCP_ADDR`, or one of these after more of the service's name.
fn is_service_variable(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let is_number = |word: &str| word.parse::<u16>().is_ok();
    let is_protocol = |word: &str| SERVICE_SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word));
    (0..words.len()).any(|at| match &words[at..] {
        ["SERVICE", "HOST"] | ["SERVICE", "PORT", ..] => true,
        ["PORT"] => at == 0,
        ["PORT", number, protocol] => is_number(number) && is_protocol(protocol),
        ["PORT", number, protocol, "PROTO" | "PORT" | "ADDR"] => is_number(number) && is_protocol(protocol),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::Variables;

    fn of(pairs: &[(&str, &str)]) -> Variables {
        let pairs = pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Variables::of(pairs, &keys())
    }

    fn keys() -> Vec<String> {
        ["listen", "database", "limits.body_bytes"].map(str::to_owned).into()
    }

    #[test]
    fn what_kubernetes_writes_is_told_in_one_line() {
        let names = [
            "MUSTER_SERVICE_HOST",
            "MUSTER_SERVICE_PORT",
            "MUSTER_SERVICE_PORT_HTTPS",
            "MUSTER_PORT_443_TCP_PROTO",
            "MUSTER_PORT_443_TCP_PORT",
            "MUSTER_PORT_443_TCP_ADDR",
            "MUSTER_METRICS_SERVICE_HOST",
        ];
        let addresses = ["MUSTER_PORT", "MUSTER_PORT_443_TCP", "MUSTER_METRICS_PORT", "MUSTER_LISTEN"];
        let mut pairs: Vec<(&str, &str)> = names.iter().map(|name| (*name, "10.0.0.1")).collect();
        pairs.extend(addresses.iter().map(|name| (*name, "tcp://10.0.0.1:443")));
        let variables = of(&pairs);
        assert!(variables.settings.is_empty(), "{variables:?}");
        let lines = variables.passed_over(None, &keys());
        assert_eq!(lines.len(), 1, "{lines:?}");
        for name in names.iter().chain(&addresses) {
            assert!(lines[0].contains(name), "{name}: {lines:?}");
        }
    }

    #[test]
    fn a_slip_is_told_with_the_near_miss_and_what_the_configuration_names_is_not() {
        let variables = of(&[
            ("MUSTER_LISTN", "x"),
            ("MUSTER_LIMITS_BODY_BYTES", "1"),
            ("MUSTER_LISTEN", "[::1]:1"),
            ("MUSTER_KEY", "x"),
            ("MUSTER_TOKEN", "x"),
            ("HOME", "/"),
        ]);
        assert_eq!(variables.settings.keys().collect::<Vec<_>>(), ["MUSTER_LISTEN"]);
        let lines = variables.passed_over(Some("MUSTER_KEY"), &keys());
        assert_eq!(
            lines,
            [
                "the variable MUSTER_LIMITS_BODY_BYTES is no setting and is passed over; did you mean \
                 'MUSTER_LIMITS__BODY_BYTES'?",
                "the variable MUSTER_LISTN is no setting and is passed over; did you mean 'MUSTER_LISTEN'?",
            ]
        );
    }
}
