//! The files of the console, as its build in `/console` leaves them. A release has them inside; a debug build reads them
//! where they are, so that a new build of the console needs none of Rust.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// The command that builds the console, and a server with it.
pub const BUILD_COMMAND: &str = "cargo xtask serve";

/// The page that every path of the console begins with.
const PAGE: &str = "index.html";
/// The folder of the files whose names change with their content.
const NAMED_BY_CONTENT: &str = "assets/";

#[derive(RustEmbed)]
#[folder = "../../console/dist/site"]
#[allow_missing = true]
struct Built;

/// A file of the console.
pub struct File {
    /// The content, byte for byte as it was built.
    pub bytes: Cow<'static, [u8]>,
    /// The media type, by the ending of the name.
    pub media_type: &'static str,
    /// Whether another content would have another name.
    pub is_named_by_content: bool,
}

/// The page that starts the console; none if the console is not built.
pub fn page() -> Option<File> {
    file(PAGE)
}

/// The file of this path.
pub fn file(path: &str) -> Option<File> {
    let file = Built::get(path)?;
    Some(File {
        bytes: file.data,
        media_type: media_type(path),
        is_named_by_content: path.starts_with(NAMED_BY_CONTENT),
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html;charset=utf-8",
        "js" => "text/javascript;charset=utf-8",
        "css" => "text/css;charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{file, media_type};

    #[test]
    fn a_media_type_goes_by_the_ending() {
        for (path, expected) in [
            ("index.html", "text/html;charset=utf-8"),
            ("assets/index-4f.js", "text/javascript;charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_console() {
        for path in ["../package.json", "assets/../../package.json", "/etc/hostname", ""] {
            assert!(file(path).is_none(), "{path}");
        }
    }
}
