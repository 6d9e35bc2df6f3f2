//! The parameters behind a connection URL: which there are, and which of them this program reads itself.

use percent_encoding::percent_decode_str;

/// The parameters that the database library reads; the others in [`OWN`] are this program's.
const PASSED_ON: [&str; 8] =
    ["application_name", "channel_binding", "dbname", "host", "hostaddr", "options", "port", "user"];
/// The parameters that this program reads.
const OWN: [&str; 11] = [
    "connect_timeout",
    "passfile",
    "password",
    "password_credential",
    "password_file",
    "pooler",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
];

/// The parameters of a URL.
pub(super) struct UrlParameters {
    own: Vec<(&'static str, String)>,
    /// Those of the library's, as they stand in the URL.
    pub passed_on: String,
}

impl UrlParameters {
    /// Reads what stands behind the question mark. A value is never repeated in an error: it may be secret.
    pub fn read(query: &str) -> Result<UrlParameters, String> {
        let (mut own, mut passed_on) = (Vec::<(&'static str, String)>::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) =
                pair.split_once('=').ok_or("a parameter of the URL is not written name=value")?;
            if PASSED_ON.contains(&name) {
                passed_on.push(pair);
                continue;
            }
            let name = OWN.into_iter().find(|known| *known == name).ok_or_else(|| unknown(name))?;
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| format!("the URL's {name} is not UTF-8"))?.into_owned();
            if own.iter().any(|(given, _)| *given == name) {
                return Err(format!("the URL has {name} twice"));
            }
            own.push((name, value));
        }
        Ok(UrlParameters { own, passed_on: passed_on.join("&") })
    }

    /// The value of one of this program's parameters, which must not be empty.
    pub fn take(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(place) = self.own.iter().position(|(given, _)| *given == name) else { return Ok(None) };
        let (_, value) = self.own.swap_remove(place);
        if value.is_empty() { Err(format!("the URL's {name} is empty")) } else { Ok(Some(value)) }
    }
}

fn unknown(name: &str) -> String {
    let mut known: Vec<&str> = PASSED_ON.into_iter().chain(OWN).collect();
    known.sort_unstable();
    // Whoever forgets to encode a password may have written part of it here; a name has none of these characters.
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let shown = if is_name { format!("the parameter {name}") } else { "a parameter".to_owned() };
    format!("the URL has {shown}, which Muster does not know; there are {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::UrlParameters;

    #[test]
    fn each_parameter_goes_to_whom_it_is_for_and_an_unknown_one_is_refused_by_name() {
        let mut read = UrlParameters::read("host=a&sslmode=verify-full&password=a%26b&port=1").unwrap();
        assert_eq!(read.passed_on, "host=a&port=1");
        assert_eq!(read.take("sslmode").unwrap().unwrap(), "verify-full");
        assert_eq!(read.take("password").unwrap().unwrap(), "a&b");
        assert_eq!(read.take("passfile").unwrap(), None);
        for (query, expected) in [
            ("sslcompression=1", "the parameter sslcompression"),
            ("sslmode", "name=value"),
            ("sslmode=a&sslmode=b", "sslmode twice"),
            ("Hunter2!=a", "a parameter,"),
        ] {
            let error = UrlParameters::read(query).err().unwrap();
            assert!(error.contains(expected), "{query}: {error}");
        }
        assert!(UrlParameters::read("sslmode=").unwrap().take("sslmode").is_err());
    }
}
