//! What the console's path shows while the console is not built: the server needs no Node to be built, and works without.

use axum::response::Response;
use maud::{DOCTYPE, html};

use crate::http::{OtherStatus, page};

/// Nothing but the text of the page.
const POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The page that says what is missing.
pub fn response() -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="initial-scale=1";
                title { "Muster: the console is not built" }
            }
            body {
                h1 { "The console is not built" }
                p { "The server runs, and answers under " code { "/beta" } " and " code { "/v1.0" } "." }
                p {
                    "This binary was built without the files of the console. With Node 20 or newer, build both by "
                    code { (console::BUILD_COMMAND) } " in the folder of the project, and load this page again."
                }
            }
        }
    };
    page(OtherStatus::Done, document.into_string(), POLICY)
}
