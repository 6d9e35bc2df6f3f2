//! The bodies of operations whose result is no entity: complex values, texts and Booleans.

use odata::Record;
use odata::edm::TypeId;
use odata::payload::write::write_string;
use odata::payload::{Document, Draft, Visible};

use crate::context::Context;
use crate::{Answer, Error, Status};

/// The body of a result that is a collection of complex values.
pub fn complex_values(context: &Context<'_>, type_id: TypeId, records: Vec<Record>) -> Result<Answer, Error> {
    complex_page(context, type_id, records, None)
}

/// The same, with a link to the same function with other parameters, if there is more.
pub fn complex_page(
    context: &Context<'_>,
    type_id: TypeId,
    records: Vec<Record>,
    next_parameters: Option<String>,
) -> Result<Answer, Error> {
    let model = context.model();
    let template = context.templates.get(model, type_id, context.version, None, context.format);
    let name = model.structured(type_id).qualified_name();
    let mut out = Vec::new();
    context.begin_body(&mut out, &format!("Collection({name})"));
    if let Some(parameters) = next_parameters {
        let path = &context.call.path;
        let function = path.rfind('(').map_or(&**path, |at| &path[..at]);
        out.extend_from_slice(b"\"@odata.nextLink\":");
        write_string(&mut out, &format!("{}{function}({parameters})", context.call.origin));
        out.push(b',');
    }
    out.extend_from_slice(b"\"value\":[");
    for (at, record) in records.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let entity = Draft(record).complete(model)?;
        let document = Document::encode(entity.record(), &[], model);
        template.write(&mut out, &Visible { document: &document, version: None, secrets: &[], links: &[] });
    }
    out.extend_from_slice(b"]}");
    Ok(Answer::new(Status::Ok, context.json(out)))
}

/// The body of a result that is one complex value.
pub fn complex_value(context: &Context<'_>, type_id: TypeId, record: Record) -> Result<Answer, Error> {
    let model = context.model();
    let template = context.templates.get(model, type_id, context.version, None, context.format);
    let entity = Draft(record).complete(model)?;
    let document = Document::encode(entity.record(), &[], model);
    let (mut out, mut value) = (Vec::new(), Vec::new());
    context.begin_body(&mut out, &model.structured(type_id).qualified_name());
    template.write(&mut value, &Visible { document: &document, version: None, secrets: &[], links: &[] });
    out.extend_from_slice(value.strip_prefix(b"{").unwrap_or(&value));
    Ok(Answer::new(Status::Ok, context.json(out)))
}

/// The body of a result that is a collection of texts.
pub fn texts(context: &Context<'_>, values: &[String]) -> Answer {
    let mut out = Vec::new();
    context.begin_body(&mut out, "Collection(Edm.String)");
    out.extend_from_slice(b"\"value\":[");
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(&mut out, value);
    }
    out.extend_from_slice(b"]}");
    Answer::new(Status::Ok, context.json(out))
}

/// The body of a Boolean result.
pub fn boolean(context: &Context<'_>, value: bool) -> Answer {
    let mut out = Vec::new();
    context.begin_body(&mut out, "Edm.Boolean");
    out.extend_from_slice(format!("\"value\":{value}}}").as_bytes());
    Answer::new(Status::Ok, context.json(out))
}
