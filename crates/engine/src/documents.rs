//! The documents about the service itself: `$metadata`, the service document and OpenAPI, written once and kept.

use std::sync::OnceLock;

use bytes::Bytes;
use odata::csdl::{write_json, write_xml};
use odata::edm::{Model, SetKind, Version};
use odata::openapi;
use odata::payload::MetadataLevel;
use odata::query::options::parse_format;

use crate::accept::{self, MediaType};
use crate::{Answer, Body, Call, Error, Status, Verb};

/// The description of the service in its OpenAPI document.
#[derive(Clone, Copy, Debug)]
pub struct ServiceDescription {
    /// The name of the product.
    pub title: &'static str,
    /// The version of the product.
    pub version: &'static str,
    /// What it is, in one sentence.
    pub description: &'static str,
}

/// The documents, by version.
pub(crate) struct Documents {
    service: ServiceDescription,
    xml: ByVersion,
    json: ByVersion,
    openapi: ByVersion,
    /// The OpenAPI document of all versions together.
    openapi_of_all: OnceLock<Bytes>,
}

/// A document of each version, in the order of [`Version::ALL`].
type ByVersion = [OnceLock<Bytes>; Version::ALL.len()];

impl Documents {
    /// Documents that are written when they are first asked for.
    pub(crate) fn new(service: ServiceDescription) -> Documents {
        let [xml, json, openapi] = <[ByVersion; 3]>::default();
        Documents { service, xml, json, openapi, openapi_of_all: OnceLock::new() }
    }

    /// `$metadata`: XML unless JSON is asked for.
    pub(crate) fn metadata(&self, model: &Model, version: Version, call: &Call) -> Result<Answer, Error> {
        only_get(call)?;
        let body = match negotiate(call, &[MediaType::Xml, MediaType::Json(Default::default())])? {
            MediaType::Json(_) => {
                let json =
                    self.json[version.index()].get_or_init(|| write_json::write_json(model, version).into());
                Body::Json { text: json.clone(), metadata: Default::default() }
            }
            MediaType::Xml | MediaType::Text | MediaType::Bytes => {
                let xml =
                    self.xml[version.index()].get_or_init(|| write_xml::write_xml(model, version).into());
                Body::Xml(xml.clone())
            }
        };
        Ok(Answer::new(Status::Ok, body))
    }

    /// The OpenAPI document of a version, or of all.
    pub(crate) fn openapi(&self, model: &Model, version: Option<Version>) -> Bytes {
        let ServiceDescription { title, version: product_version, description } = self.service;
        let info = openapi::Info { title, version: product_version, description };
        let (kept, versions) = match &version {
            Some(version) => (&self.openapi[version.index()], std::slice::from_ref(version)),
            None => (&self.openapi_of_all, &Version::ALL[..]),
        };
        kept.get_or_init(|| openapi::write(model, versions, info).into()).clone()
    }

    /// The service document: the sets and singletons at the top (JSON format 4.01, 5).
    pub(crate) fn service(&self, model: &Model, version: Version, call: &Call) -> Result<Answer, Error> {
        only_get(call)?;
        let media = negotiate(call, &[MediaType::Json(Default::default())])?;
        let MediaType::Json(format) = media else { return Err(Error::not_found(&call.path)) };
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

/// The media type that the client wants: by `$format`, or else by the `Accept` header.
fn negotiate(call: &Call, offers: &[MediaType]) -> Result<MediaType, Error> {
    let format = parse_format(&call.query)?;
    accept::negotiate(format.as_deref().map(accept::of_format).or(call.accept.as_deref()), offers)
}

fn only_get(call: &Call) -> Result<(), Error> {
    match call.verb {
        Verb::Get => Ok(()),
        verb => Err(Error::method_not_allowed(verb, vec![Verb::Get])),
    }
}
