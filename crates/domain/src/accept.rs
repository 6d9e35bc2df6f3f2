//! Which representation the caller can read: `Accept`, overridden by `$format` (OData protocol 4.01, 8.2.1).

use odata::payload::MetadataLevel;

use crate::{Error, ErrorKind};

/// The media types an answer may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json(MetadataLevel),
    Text,
    Bytes,
    Xml,
}

/// The first of `offers` that the header accepts, quality weights aside; no header accepts anything.
pub(crate) fn negotiate(accept: Option<&str>, offers: &[Media]) -> Result<Media, Error> {
    let accept = accept.map(str::trim).filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let ranges: Vec<&str> = accept.split(',').map(str::trim).filter(|range| !is_refused(range)).collect();
    let found = offers.iter().find_map(|offer| {
        let range = ranges.iter().find(|range| covers(range, *offer))?;
        Some(match offer {
            Media::Json(_) => Media::Json(level_of(range)),
            other => *other,
        })
    });
    found.ok_or_else(|| {
        let message =
            format!("No representation of the resource has a type that 'Accept: {}' names.", cut(accept));
        Error::new(ErrorKind::NotAcceptable, message)
    })
}

/// The header that a `$format` stands for.
pub(crate) fn of_format(format: &str) -> &str {
    match format {
        "json" => "application/json",
        "xml" => "application/xml",
        other => other,
    }
}

fn covers(range: &str, offer: Media) -> bool {
    let media = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (own, family) = match offer {
        Media::Json(_) => ("application/json", "application/*"),
        Media::Text => ("text/plain", "text/*"),
        Media::Bytes => ("application/octet-stream", "application/*"),
        Media::Xml => ("application/xml", "application/*"),
    };
    media == own || media == family || media == "*/*"
}

fn is_refused(range: &str) -> bool {
    let quality = range.split(';').map(str::trim).find_map(|parameter| parameter.strip_prefix("q="));
    quality.and_then(|quality| quality.parse::<f32>().ok()) == Some(0.0)
}

fn level_of(range: &str) -> MetadataLevel {
    let parameters = range.split(';').map(|parameter| parameter.trim().to_ascii_lowercase());
    let level = parameters.filter_map(|p| Some(p.split_once("metadata=")?.1.to_owned())).next();
    match level.as_deref() {
        Some("none") => MetadataLevel::None,
        Some("full") => MetadataLevel::Full,
        _ => MetadataLevel::Minimal,
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(100)]
}

#[cfg(test)]
mod tests {
    use super::{Media, negotiate};
    use odata::payload::MetadataLevel;

    const JSON: Media = Media::Json(MetadataLevel::Minimal);

    #[test]
    fn what_clients_send_is_understood() {
        for (accept, expected) in [
            (None, JSON),
            (Some("*/*"), JSON),
            (Some(""), JSON),
            (Some("text/html, application/json;q=0.9"), JSON),
            (Some("application/json;odata.metadata=full"), Media::Json(MetadataLevel::Full)),
            (Some("application/json;odata.metadata=None;charset=utf-8"), Media::Json(MetadataLevel::None)),
            (Some("application/*"), JSON),
        ] {
            assert_eq!(negotiate(accept, &[JSON]), Ok(expected), "{accept:?}");
        }
        assert_eq!(negotiate(Some("text/plain;q=0.9"), &[Media::Text, JSON]), Ok(Media::Text));
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        for accept in ["text/html", "application/xml", "application/json;q=0"] {
            assert!(negotiate(Some(accept), &[JSON]).is_err(), "{accept}");
        }
    }
}
