//! The parameters of a request: of its query, or of its form.

use std::collections::BTreeMap;

use axum::body::Body;
use http_body_util::{BodyExt, Limited};

use super::oauth_error::SignInError;
use super::refusal::{MALFORMED, MISSING_PARAMETER, OauthError};
use crate::request_error::RequestError;
use crate::server::Server;

/// The most bytes of a form. An assertion may carry a chain of certificates.
const FORM_BYTES_MAX: usize = 64 << 10;

/// The parameters by name; one without a value counts as not given (RFC 6749, 3.1).
#[derive(Default)]
pub(super) struct SignInParameters(BTreeMap<String, String>);

impl SignInParameters {
    /// Reads the form of a request, as long as it is short and comes in time.
    pub(super) async fn read<G>(server: &Server<G>, body: Body) -> Result<SignInParameters, SignInError> {
        let reading = Limited::new(body, FORM_BYTES_MAX).collect();
        let read = tokio::time::timeout(server.live().limits.body_time, reading)
            .await
            .map_err(|_| RequestError::TooSlow)?;
        let text = read.map_err(|_| RequestError::BodyTooLarge(FORM_BYTES_MAX))?.to_bytes();
        Ok(SignInParameters::parse(&text)?)
    }

    /// Takes a query or a form apart. None of its parameters may come twice (RFC 6749, 3.1).
    pub(super) fn parse(text: &[u8]) -> Result<SignInParameters, OauthError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text).filter(|(_, value)| !value.is_empty()) {
            if parameters.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(MALFORMED.of(&format!("The parameter '{name}' is given twice.")));
            }
        }
        Ok(SignInParameters(parameters))
    }

    /// The value of a parameter, if it is given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a parameter that must be given.
    pub(super) fn required(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| MISSING_PARAMETER.of(name))
    }

    /// Sets a parameter that the request says in another way.
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// All parameters but these.
    pub(super) fn without<'p>(&'p self, names: &'p [&str]) -> impl Iterator<Item = (&'p str, &'p str)> {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::SignInParameters;

    #[test]
    fn a_parameter_is_given_once_or_not_at_all() {
        let cases = [
            ("a=1&b=2", Some(("a", Some("1")))),
            ("a=&b=2", Some(("a", None))),
            ("a=&a=1", Some(("a", Some("1")))),
            ("b=2", Some(("a", None))),
            ("a=1&a=1", None),
        ];
        for (text, expected) in cases {
            let read = SignInParameters::parse(text.as_bytes()).ok();
            assert_eq!(read.is_some(), expected.is_some(), "{text}");
            if let (Some(read), Some((name, value))) = (read, expected) {
                assert_eq!((read.get(name), read.required(name).ok()), (value, value), "{text}");
            }
        }
    }
}
