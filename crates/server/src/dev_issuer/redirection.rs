//! The way back from the sign-in page to the application: its redirect URI, with what it is to learn.

use axum::response::Response;

use super::oauth_error::{SignInError, defect};
use super::pages;
use super::refusal::{MALFORMED, OauthError};
use crate::http::redirect;

/// Where the application finds what it is to learn.
#[derive(Clone, Copy)]
pub(super) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    /// The mode of this name; the query if there is none.
    pub(super) fn of(name: Option<&str>) -> Result<ResponseMode, OauthError> {
        match name {
            None | Some("query") => Ok(ResponseMode::Query),
            Some("fragment") => Ok(ResponseMode::Fragment),
            Some("form_post") => Ok(ResponseMode::FormPost),
            Some(other) => Err(MALFORMED.of(&format!("response_mode '{other}' is unknown."))),
        }
    }
}

/// A way back.
pub(super) struct Redirection<'r> {
    redirect_uri: &'r str,
    state: Option<&'r str>,
}

impl<'r> Redirection<'r> {
    /// The way to a redirect URI of the application, with the state that the application gave.
    pub(super) fn new(redirect_uri: &'r str, state: Option<&'r str>) -> Redirection<'r> {
        Redirection { redirect_uri, state }
    }

    /// The response that takes these parameters back.
    pub(super) fn response(
        &self,
        mode: ResponseMode,
        mut parameters: Vec<(&'static str, String)>,
    ) -> Result<Response, SignInError> {
        parameters.extend(self.state.map(|state| ("state", state.to_owned())));
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(&parameters).finish();
        let uri = self.redirect_uri;
        let location = match mode {
            ResponseMode::FormPost => return Ok(pages::form_post(uri, &parameters)),
            ResponseMode::Fragment => format!("{uri}#{query}"),
            ResponseMode::Query if uri.contains('?') => format!("{uri}&{query}"),
            ResponseMode::Query => format!("{uri}?{query}"),
        };
        redirect(&location).ok_or_else(|| defect("a redirect URI that cannot stand in a header".to_owned()))
    }
}
