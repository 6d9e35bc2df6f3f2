//! The documents about the service itself: `$metadata`, the service document and OpenAPI, written once and kept.

use std::sync::OnceLock;

use bytes::Bytes;
use odata::csdl::{write_json, write_xml};
use odata::edm::{Model, SetKind, Version};
use odata::openapi;
use odata::payload::MetadataLevel;
use odata::query::options::parse_format;

use crate::accept::{self, Media};
use crate::{Answer, Body, Call, Error, Status, Verb};

/// What the OpenAPI document says of the service.
const INFO: openapi::Info<'static> = openapi::Info {
    title: "Muster",
    version: env!("CARGO_PKG_VERSION"),
    description: "The device-management part of Microsoft Graph, self-hosted.",
};

/// The documents, by version.
#[derive(Default)]
pub(crate) struct Documents {
    xml: [OnceLock<Bytes>; 2],
    json: [OnceLock<Bytes>; 2],
    /// That of both versions first.
    openapi: [OnceLock<Bytes>; 3],
}

impl Documents {
    /// `$metadata`: XML unless JSON is asked for.
    pub(crate) fn metadata(&self, model: &Model, version: Version, call: &Call) -> Result<Answer, Error> {
        only_get(call)?;
        let at = Version::ALL.iter().position(|known| *known == version).unwrap_or_default();
        let body = match negotiate(call, &[Media::Xml, Media::Json(Default::default())])? {
            Media::Json(_) => {
                let json = self.json[at].get_or_init(|| write_json::write_json(model, version).into());
                Body::Json { text: json.clone(), metadata: Default::default() }
            }
            Media::Xml | Media::Text | Media::Bytes => {
                Body::Xml(self.xml[at].get_or_init(|| write_xml::write_xml(model, version).into()).clone())
            }
        };
        Ok(Answer::new(Status::Ok, body))
    }

    /// The OpenAPI document of a version, or of all.
    pub(crate) fn openapi(&self, model: &Model, version: Option<Version>) -> Bytes {
        let at = version.and_then(|version| Version::ALL.iter().position(|known| *known == version));
        let versions = version.as_ref().map_or(&Version::ALL[..], std::slice::from_ref);
        let kept = &self.openapi[at.map_or(0, |at| at + 1)];
        kept.get_or_init(|| openapi::write(model, versions, INFO).into()).clone()
    }

    /// The service document: what stands at the top (JSON format 4.01, 5).
    pub(crate) fn service(&self, model: &Model, version: Version, call: &Call) -> Result<Answer, Error> {
        only_get(call)?;
        let media = negotiate(call, &[Media::Json(Default::default())])?;
        let Media::Json(format) = media else { return Err(Error::not_found(&call.path)) };
        let sets = model.sets.iter().filter(|set| set.navigation.is_none() && set.versions.contains(version));
        let entries: Vec<String> = sets
            .map(|set| {
                let kind = match set.kind {
                    SetKind::Collection => "EntitySet",
                    SetKind::Singleton => "Singleton",
                };
                format!(r#"{{"name":"{0}","kind":"{kind}","url":"{0}"}}"#, set.name)
            })
            .collect();
        let context = match format.metadata {
            MetadataLevel::None => String::new(),
            _ => format!(r#""@odata.context":"{}/{}/$metadata","#, call.origin, version.segment()),
        };
        let json = format!(r#"{{{context}"value":[{}]}}"#, entries.join(","));
        let body = Body::Json { text: json.into(), metadata: format.metadata };
        Ok(Answer { ieee754_compatible: format.ieee754_compatible, ..Answer::new(Status::Ok, body) })
    }
}

/// What the client wants of these: the value of `$format`, or else the `Accept` header.
fn negotiate(call: &Call, offers: &[Media]) -> Result<Media, Error> {
    let format = parse_format(&call.query)?;
    accept::negotiate(format.as_deref().map(accept::of_format).or(call.accept.as_deref()), offers)
}

fn only_get(call: &Call) -> Result<(), Error> {
    match call.verb {
        Verb::Get => Ok(()),
        verb => Err(Error::method_not_allowed(verb, vec![Verb::Get])),
    }
}
