//! The pages for people: to sign in, to consent, and what they are told. They work without scripts; the one script
//! there is sends a form that a button sends as well.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::Response;
use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::consent::ConsentRight;
use super::directory::{DevApplication, DevUser};
use super::oauth_error::{SignInError, timestamp};
use super::sign_in_request::SignInRequest;
use crate::http::{OtherStatus, page};
use crate::names::RequestNames;
use crate::request_error::RequestError;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}\
button,input{font:inherit;padding:.5rem 1rem;margin:.25rem 0}button{display:block;width:100%;text-align:left}\
small,footer{color:#555}";
const SUBMIT: &str = "document.forms[0].submit()";

/// The policy of every page: its own style and script by their digests, nothing from elsewhere, in no frame.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(digest(&SHA256, text.as_bytes()).as_ref()));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SUBMIT)
    )
});

fn respond(status: OtherStatus, title: &str, content: &Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (content)
                footer { "The dev issuer of Muster. It is for tests: nobody has a password here." }
            }
        }
    };
    page(status, document.into_string(), &POLICY)
}

/// A page that tells something.
pub(super) fn done(message: &str) -> Response {
    respond(OtherStatus::Done, "Muster dev issuer", &html! { p { (message) } })
}

/// A page, or one that says why there is none.
pub(super) fn or_error(
    outcome: Result<Response, SignInError>,
    names: &RequestNames,
) -> Result<Response, RequestError> {
    match outcome {
        Ok(page) => Ok(page),
        Err(SignInError::Refused(error)) => {
            let description = error.description(names, &timestamp());
            Ok(respond(
                error.refusal.status,
                "Sorry, but we’re having trouble signing you in",
                &html! { p { (description) } },
            ))
        }
        Err(SignInError::Failed(error)) => Err(error),
    }
}

/// A page that takes parameters to an address by a form.
pub(super) fn form_post(action: &str, parameters: &[(&'static str, String)]) -> Response {
    let content = html! {
        form method="post" action=(action) {
            @for (name, value) in parameters {
                input type="hidden" name=(name) value=(value);
            }
            button { "Continue" }
        }
        script { (PreEscaped(SUBMIT)) }
    };
    respond(OtherStatus::Done, "Back to the application", &content)
}

/// The form of a page, which has all that the request had.
pub(super) struct SignInForm {
    hidden: Vec<(String, String)>,
    code: Option<Option<String>>,
}

impl SignInForm {
    /// A form with the parameters of a request but these, which the page sets.
    pub(super) fn new(request: &SignInRequest<'_>, but: &[&str]) -> SignInForm {
        let kept = request.parameters.without(but);
        SignInForm {
            hidden: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            code: None,
        }
    }

    /// The form with one parameter more.
    pub(super) fn with(mut self, name: &str, value: &str) -> SignInForm {
        self.hidden.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The form with a field for the code of a device.
    pub(super) fn with_code(self, typed: Option<&str>) -> SignInForm {
        SignInForm { code: Some(typed.map(str::to_owned)), ..self }
    }

    fn hidden(&self) -> Markup {
        html! {
            @for (name, value) in &self.hidden {
                input type="hidden" name=(name) value=(value);
            }
        }
    }

    /// The page to choose a user.
    pub(super) fn users<'u>(&self, users: impl Iterator<Item = &'u DevUser>) -> Response {
        let content = html! {
            form method="post" {
                (self.hidden())
                @if let Some(typed) = &self.code {
                    p {
                        label {
                            "Code " input name="user_code" value=[typed.as_deref()] autocomplete="off" required;
                        }
                    }
                }
                p { "Choose who signs in. No password is needed." }
                @for user in users {
                    button name="user" value=(user.upn) { (user.name) " " small { (user.upn) } }
                }
                button name="answer" value="cancel" formnovalidate { "Cancel" }
            }
        };
        respond(OtherStatus::Done, "Sign in", &content)
    }

    /// The page to consent to scopes, as far as the user may.
    pub(super) fn consent(
        &self,
        application: &DevApplication,
        user: &DevUser,
        missing: &[String],
        right: ConsentRight,
    ) -> Response {
        let content = html! {
            p { (user.upn) ", the application " strong { (application.name) } " asks for these permissions:" }
            ul { @for scope in missing { li { (scope) } } }
            @if right == ConsentRight::Nobody {
                p { "AADSTS90094: Only an administrator can grant them. Ask one to sign in to this application first." }
            }
            form method="post" {
                (self.hidden())
                @if right != ConsentRight::Nobody {
                    button name="answer" value="accept" { "Accept" }
                }
                @if right == ConsentRight::Everybody {
                    button name="answer" value="accept_for_all" { "Accept for everybody in the organization" }
                }
                button name="answer" value="cancel" { "Cancel" }
            }
        };
        let title =
            if right == ConsentRight::Nobody { "Need admin approval" } else { "Permissions requested" };
        respond(OtherStatus::Done, title, &content)
    }
}
