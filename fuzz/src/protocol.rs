//! The targets that read what the protocol has: URLs, filters, bodies, batches, models.

use std::sync::OnceLock;

use odata::batch::{self, url::target};
use odata::csdl;
use odata::date_time::Ticks;
use odata::edm::{Kind, Model, TypeId, Version};
use odata::payload::read::Reader;
use odata::payload::{Document, Draft, MetadataLevel, Template, Visible, relaxed};
use odata::query::evaluate::{evaluate, matches};
use odata::query::{Surroundings, next_link_query, parse_filter, parse_options};
use odata::uri::{Resource, bind_path, parse_path};
use odata::{Json, Record, Value};

/// Whenever it is asked.
const NOW: Ticks = Ticks(638_700_000_000_000_000);

#[path = "../../model/files.rs"]
mod files;

/// The model that ships.
fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| csdl::read(files::FILES).expect("the model that ships is sound"))
}

/// The types of what rests anywhere.
fn entity_types() -> impl Iterator<Item = TypeId> {
    let mut types: Vec<TypeId> = model().sets.iter().map(|set| set.entity_type).collect();
    types.sort_unstable();
    types.dedup();
    types.into_iter()
}

/// A URL: what its path leads to takes or refuses its query, and a cursor that was taken can be written again.
pub fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let Ok(mut path) = parse_path(path) else { return };
    let Ok(()) = path.resolve_aliases(query) else { return };
    let Ok(Resource::Path(resource)) = bind_path(model(), &path) else { return };
    if let Ok(options) = parse_options(model(), path.version, NOW, query, &resource.shape)
        && let Some(cursor) = &options.cursor
    {
        next_link_query(query, cursor);
    }
}

/// A filter: what is taken can be evaluated, and says the same each time.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for version in Version::ALL {
        for id in entity_types() {
            let around = Surroundings::of(model(), version);
            let Ok(expression) = parse_filter(&around, id, text) else { continue };
            let blank = Record::empty(id, model().structured(id).slots);
            let Ok(whole) = Draft(blank.clone()).complete(model()) else { continue };
            for record in [&blank, whole.record()] {
                let keeps = matches(&expression, record);
                assert_eq!(keeps, evaluate(&expression, record) == Value::Boolean(true));
            }
        }
    }
}

/// A body: what is taken can be stored, read back the same, and shown as JSON.
pub fn body(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let strict = relaxed::to_strict(text);
        assert!(Json::parse(data).is_err() || Json::parse(strict.as_bytes()).is_ok());
    }
    let Ok(json) = Json::parse(data) else { return };
    for version in Version::ALL {
        let reader = Reader { model: model(), version, leniency: Default::default() };
        for id in entity_types() {
            let Ok(draft) = reader.entity(&json, id, None) else { continue };
            let Ok(entity) = draft.complete(model()) else { continue };
            stored_and_shown(entity.record(), version);
        }
        for operation in &model().operations {
            // Refused or not is all that there is to it.
            let _ = reader.parameters(&json, operation);
        }
    }
}

fn stored_and_shown(record: &Record, version: Version) {
    let root = model().structured(record.type_id).root;
    let document = Document::encode(record, &[], model());
    let read = document.decode(root, model()).expect("what was written can be read");
    assert_eq!(Document::encode(&read, &[], model()), document);
    for level in [MetadataLevel::None, MetadataLevel::Minimal, MetadataLevel::Full] {
        let mut out = Vec::new();
        let visible = Visible { document: &document, version: Some(7), secrets: &[], links: &[] };
        Template::new(model(), root, version, None, level).write(&mut out, &visible);
        let text = String::from_utf8_lossy(&out);
        assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok(), "{text}");
    }
}

/// A model: what is taken can be told, in both formats.
pub fn csdl(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(model) = csdl::read(&[("model.csdl.xml", text)]) else { return };
    for version in Version::ALL {
        let json = csdl::write_json(&model, version);
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        assert!(csdl::write_xml(&model, version).starts_with('<'));
    }
    for operation in &model.operations {
        assert!(matches!(operation.binding.kind, Kind::Entity(_)), "all are bound to entities");
    }
}

/// A batch: its units come in waves that hold each of them once, after what it waits for.
pub fn batch(data: &[u8]) {
    let Ok(batch) = batch::read(data) else { return };
    assert!(batch.requests.len() <= batch::REQUESTS_MAX);
    let waves = batch.waves();
    let mut order: Vec<usize> = waves.concat();
    for (unit, described) in batch.units.iter().enumerate() {
        let wave = |wanted: usize| waves.iter().position(|wave| wave.contains(&wanted));
        assert!(described.depends_on.iter().all(|before| wave(*before) < wave(unit)));
    }
    order.sort_unstable();
    assert!(order.into_iter().eq(0..batch.units.len()));
    for request in &batch.requests {
        if let Ok(path) = target(&request.url, Version::Beta, "https://127.0.0.1:8443") {
            url(path.as_bytes());
        }
    }
}
