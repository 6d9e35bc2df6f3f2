//! Which representation the caller can read: `Accept`, overridden by `$format` (OData protocol 4.01, 8.2.1; JSON 4.01, 3).

use odata::payload::{Format, MetadataLevel};

use crate::{Error, ErrorKind};

/// The media types an answer may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json(Format),
    Text,
    Bytes,
    Xml,
}

/// One of the ranges in the header.
struct Range<'h> {
    media: String,
    parameters: Vec<(String, &'h str)>,
    quality: f32,
}

/// The one of `offers` that the header likes best, of several the first; no header accepts anything.
pub(crate) fn negotiate(accept: Option<&str>, offers: &[Media]) -> Result<Media, Error> {
    let accept = accept.map(str::trim).filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let ranges: Vec<Range<'_>> = accept.split(',').map(Range::parse).collect();
    let mut best: Option<(f32, Media)> = None;
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

/// How much an offer is liked, and with which parameters: what the most specific ranges say (RFC 9110, 12.5.1).
fn liking(ranges: &[Range<'_>], offer: Media) -> Option<(f32, Media)> {
    let fitting = ranges.iter().filter_map(|range| Some((range.specificity(offer)?, range)));
    let mut best: Option<(u8, f32, Media)> = None;
    for (specificity, range) in fitting {
        let Some(media) = range.shaped(offer) else { continue };
        let is_better = |(known, quality, _): (u8, f32, Media)| {
            specificity > known || (specificity == known && range.quality > quality)
        };
        if best.is_none_or(is_better) {
            best = Some((specificity, range.quality, media));
        }
    }
    best.map(|(_, quality, media)| (quality, media))
}

/// The header that a `$format` stands for.
pub(crate) fn of_format(format: &str) -> &str {
    match format {
        "json" => "application/json",
        "xml" => "application/xml",
        other => other,
    }
}

impl<'h> Range<'h> {
    fn parse(text: &'h str) -> Range<'h> {
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
        Range { media, parameters, quality }
    }

    /// How closely the range names an offer; none if it does not.
    fn specificity(&self, offer: Media) -> Option<u8> {
        let (own, family) = match offer {
            Media::Json(_) => ("application/json", "application/*"),
            Media::Text => ("text/plain", "text/*"),
            Media::Bytes => ("application/octet-stream", "application/*"),
            Media::Xml => ("application/xml", "application/*"),
        };
        match self.media.as_str() {
            media if media == own => Some(2),
            media if media == family => Some(1),
            "*/*" => Some(0),
            _ => None,
        }
    }

    /// The offer as the range wants it; none if it cannot be had so. Parameters that we do not know are passed over.
    fn shaped(&self, offer: Media) -> Option<Media> {
        let Media::Json(mut format) = offer else { return Some(offer) };
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
        Some(Media::Json(format))
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(100)]
}

#[cfg(test)]
mod tests {
    use super::{Media, negotiate};
    use odata::payload::{Format, MetadataLevel};

    const JSON: Media = Media::Json(Format { metadata: MetadataLevel::Minimal, ieee754_compatible: false });
    const FULL: Media = Media::Json(Format { metadata: MetadataLevel::Full, ieee754_compatible: false });
    const NONE: Media = Media::Json(Format { metadata: MetadataLevel::None, ieee754_compatible: false });
    const EXACT: Media = Media::Json(Format { metadata: MetadataLevel::Minimal, ieee754_compatible: true });

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
        assert_eq!(negotiate(Some("text/plain;q=0.9"), &[Media::Text, JSON]), Ok(Media::Text));
        assert_eq!(negotiate(Some("application/json, */*;q=0.1"), &[Media::Xml, JSON]), Ok(JSON));
        assert_eq!(negotiate(Some("application/*"), &[Media::Xml, JSON]), Ok(Media::Xml));
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
