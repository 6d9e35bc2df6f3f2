//! Which representation the caller can read: `Accept`, overridden by `$format` (OData protocol 4.01, 8.2.1; JSON 4.01, 3).

use odata::payload::{Format, MetadataLevel};

use crate::{Error, ErrorKind};

/// The media types an answer may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json(Format),
    Text,
    Bytes,
    Xml,
}

/// One of the media ranges in the header (RFC 9110, 12.5.1).
struct MediaRange<'h> {
    media: String,
    parameters: Vec<(String, &'h str)>,
    quality: f32,
}

/// The offer that the header likes best; of several the first. Without a header anything is accepted.
pub(crate) fn negotiate(accept: Option<&str>, offers: &[MediaType]) -> Result<MediaType, Error> {
    let accept = accept.map(str::trim).filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let ranges: Vec<MediaRange<'_>> = accept.split(',').map(MediaRange::parse).collect();
    let mut best: Option<(f32, MediaType)> = None;
    for offer in offers {
        let Some((quality, media)) = liking(&ranges, *offer) else { continue };
        if quality > best.map_or(0.0, |(best, _)| best) {
            best = Some((quality, media));
        }
    }
    best.map(|(_, media)| media).ok_or_else(|| {
        let message =
            format!("No representation of the resource has a type that 'Accept: {}' names.", cut(accept));
        Error::new(ErrorKind::NotAcceptable, message).about("Accept")
    })
}

/// The quality of an offer and its parameters, as the most specific ranges have them (RFC 9110, 12.5.1).
fn liking(ranges: &[MediaRange<'_>], offer: MediaType) -> Option<(f32, MediaType)> {
    let fitting = ranges.iter().filter_map(|range| Some((range.specificity(offer)?, range)));
    let mut best: Option<(u8, f32, MediaType)> = None;
    for (specificity, range) in fitting {
        let Some(media) = range.shaped(offer) else { continue };
        let is_better = |(known, quality, _): (u8, f32, MediaType)| {
            specificity > known || (specificity == known && range.quality > quality)
        };
        if best.is_none_or(is_better) {
            best = Some((specificity, range.quality, media));
        }
    }
    best.map(|(_, quality, media)| (quality, media))
}

/// The `Accept` header that a `$format` stands for.
pub(crate) fn of_format(format: &str) -> &str {
    match format {
        "json" => "application/json",
        "xml" => "application/xml",
        other => other,
    }
}

impl<'h> MediaRange<'h> {
    fn parse(text: &'h str) -> MediaRange<'h> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let named = |part: &'h str| {
            let (name, value) = part.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            let plain = name.strip_prefix("odata.").unwrap_or(&name).to_owned();
            Some((plain, value.trim().trim_matches('"')))
        };
        let parameters: Vec<_> = parts.filter_map(named).collect();
        let quality = parameters.iter().find(|(name, _)| name == "q");
        let quality = quality.and_then(|(_, value)| value.parse().ok()).unwrap_or(1.0);
        MediaRange { media, parameters, quality }
    }

    /// How closely the range names an offer; none if it does not.
    fn specificity(&self, offer: MediaType) -> Option<u8> {
        let (own, family) = match offer {
            MediaType::Json(_) => ("application/json", "application/*"),
            MediaType::Text => ("text/plain", "text/*"),
            MediaType::Bytes => ("application/octet-stream", "application/*"),
            MediaType::Xml => ("application/xml", "application/*"),
        };
        match self.media.as_str() {
            media if media == own => Some(2),
            media if media == family => Some(1),
            "*/*" => Some(0),
            _ => None,
        }
    }

    /// The offer as the range wants it; none if it cannot be had so. Unknown parameters are passed over.
    fn shaped(&self, offer: MediaType) -> Option<MediaType> {
        let MediaType::Json(mut format) = offer else { return Some(offer) };
        for (name, value) in &self.parameters {
            match (name.as_str(), value.to_ascii_lowercase().as_str()) {
                ("metadata", "none") => format.metadata = MetadataLevel::None,
                ("metadata", "minimal") => format.metadata = MetadataLevel::Minimal,
                ("metadata", "full") => format.metadata = MetadataLevel::Full,
                ("ieee754compatible", "true") => format.ieee754_compatible = true,
                ("ieee754compatible", "false") => format.ieee754_compatible = false,
                // Our bodies have the order that streaming asks for, and no decimals.
                ("streaming" | "exponentialdecimals", "true" | "false") => {}
                ("metadata" | "ieee754compatible" | "streaming" | "exponentialdecimals", _) => return None,
                _ => {}
            }
        }
        Some(MediaType::Json(format))
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(100)]
}

#[cfg(test)]
mod tests {
    use super::{MediaType, negotiate};
    use odata::payload::{Format, MetadataLevel};

    const JSON: MediaType =
        MediaType::Json(Format { metadata: MetadataLevel::Minimal, ieee754_compatible: false });
    const FULL: MediaType =
        MediaType::Json(Format { metadata: MetadataLevel::Full, ieee754_compatible: false });
    const NONE: MediaType =
        MediaType::Json(Format { metadata: MetadataLevel::None, ieee754_compatible: false });
    const EXACT: MediaType =
        MediaType::Json(Format { metadata: MetadataLevel::Minimal, ieee754_compatible: true });

    #[test]
    fn what_clients_send_is_understood() {
        for (accept, expected) in [
            (None, JSON),
            (Some("*/*"), JSON),
            (Some(""), JSON),
            (Some("text/html, application/json;q=0.9"), JSON),
            (Some("application/json;odata.metadata=full"), FULL),
            (Some("application/json;metadata=full"), FULL),
            (Some("Application/JSON; OData.Metadata=\"Full\""), FULL),
            (Some("application/json;odata.metadata=None;charset=utf-8"), NONE),
            (Some("application/json;odata.metadata=minimal;odata.streaming=true"), JSON),
            (Some("application/json;IEEE754Compatible=true"), EXACT),
            (
                Some(
                    "application/json;q=0.5;odata.metadata=none, application/json;odata.metadata=full;q=0.9",
                ),
                FULL,
            ),
            (Some("application/json;odata.metadata=some, application/json;odata.metadata=none"), NONE),
            (Some("*/*, application/json;odata.metadata=full;q=0.1"), FULL),
            (Some("application/json;odata=verbose;x"), JSON),
            (Some("application/*"), JSON),
        ] {
            assert_eq!(negotiate(accept, &[JSON]), Ok(expected), "{accept:?}");
        }
        assert_eq!(negotiate(Some("text/plain;q=0.9"), &[MediaType::Text, JSON]), Ok(MediaType::Text));
        assert_eq!(negotiate(Some("application/json, */*;q=0.1"), &[MediaType::Xml, JSON]), Ok(JSON));
        assert_eq!(negotiate(Some("application/*"), &[MediaType::Xml, JSON]), Ok(MediaType::Xml));
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        for accept in [
            "text/html",
            "application/xml",
            "application/json;q=0",
            "*/*, application/json;q=0",
            "application/json;odata.metadata=some",
            "application/json;IEEE754Compatible=yes",
        ] {
            assert!(negotiate(Some(accept), &[JSON]).is_err(), "{accept}");
        }
    }
}
