//! The plan of a call: its headers and query options as they are read, once, into its context.

use std::sync::atomic::{AtomicBool, AtomicU64};

use odata::date_time::Ticks;
use odata::edm::{Kind, Primitive, TypeRef, Version};
use odata::payload::Format;
use odata::prefer::Preferences;
use odata::query::QueryOptions;
use odata::query::options::parse_options;
use odata::uri::{ResourcePath, Shape};
use tokio::sync::OnceCell;

use crate::accept::{self, MediaType};
use crate::authorize::may_read;
use crate::change_set::Participant;
use crate::context::{Context, DeltaStart};
use crate::engine::Engine;
use crate::preconditions::Preconditions;
use crate::{Call, Error, ErrorKind};

impl Engine {
    /// The context and the query options of a caller's call.
    pub(crate) fn plan<'a>(
        &'a self,
        call: &'a Call,
        now: Ticks,
        path: &ResourcePath,
        preconditions: Preconditions,
        participant: Option<Participant<'a>>,
    ) -> Result<(Context<'a>, QueryOptions), Error> {
        let (options, delta) = self.options(call, now, path)?;
        let context = Context {
            version: path.version,
            format: format(call, &options, path.shape)?,
            preferences: Preferences::parse(call.prefer.as_deref()),
            preconditions,
            delta,
            participant,
            job_backlog: Some(&self.job_backlog),
            ..self.context(call, now)
        };
        refuse_unseen(&context, &options)?;
        let options = context.preferred(options);
        Ok((context, options))
    }

    /// The context of a call that a family answers itself, beside the paths of the model.
    pub fn own_context<'a>(&'a self, call: &'a Call) -> Context<'a> {
        self.context(call, self.clock.now())
    }

    /// The context of a call that comes from the server itself, and has no headers.
    pub(crate) fn context<'a>(&'a self, call: &'a Call, now: Ticks) -> Context<'a> {
        Context {
            call,
            version: Version::Beta,
            store: &self.store,
            settings: &self.settings,
            now,
            handlers: &self.handlers,
            templates: &self.templates,
            looks: &self.looks,
            format: Format::default(),
            preferences: Preferences::default(),
            preconditions: Preconditions::default(),
            delta: None,
            participant: None,
            shows_secrets: AtomicBool::new(false),
            job_backlog: None,
            committing: AtomicU64::new(0),
            place: OnceCell::new(),
        }
    }

    /// The query options, and of a request for changes where it starts. The caller may see all that they expand.
    fn options(
        &self,
        call: &Call,
        now: Ticks,
        path: &ResourcePath,
    ) -> Result<(QueryOptions, Option<DeltaStart>), Error> {
        let (model, version) = (self.model(), path.version);
        let (options, delta) = match self.followed_collection(path.shape) {
            Some(shape) => {
                let (start, query) = odata::delta::split(&call.query)?;
                let options = parse_options(model, version, now, &query, &shape)?;
                (options, Some(DeltaStart { start, query }))
            }
            None => (parse_options(model, version, now, &call.query, &path.shape)?, None),
        };
        require_eventual_consistency(call, &options)?;
        for navigation in options.navigations() {
            may_read(model, &call.caller, &model.navigation(navigation).restrictions)?;
        }
        Ok((options, delta))
    }

    /// The shape of the collection whose query options an operation takes.
    fn followed_collection(&self, shape: Shape) -> Option<Shape> {
        let Shape::Operation(id) = shape else { return None };
        match self.model().operation(id).binding.kind {
            Kind::Entity(of) if self.handlers.takes_collection_options(id) => Some(Shape::Entities(of)),
            _ => None,
        }
    }
}

/// Refuses an expression that leads to entities of which the caller does not see all: its result would tell of those that it
/// does not see.
fn refuse_unseen(context: &Context<'_>, options: &QueryOptions) -> Result<(), Error> {
    for id in options.navigations_in_expressions() {
        let navigation = context.model().navigation(id);
        let narrowed = |set| context.handlers.of(set).visible(context).is_some();
        if navigation.set.is_some_and(narrowed) {
            let message = format!(
                "A caller that sees only a part of what '{}' leads to cannot have it in an expression.",
                navigation.name
            );
            return Err(Error::new(ErrorKind::Forbidden, message).about(&navigation.name));
        }
    }
    Ok(())
}

/// Refuses a search by property that does not settle for eventual consistency, as Graph does. A further page does not repeat
/// it.
fn require_eventual_consistency(call: &Call, options: &QueryOptions) -> Result<(), Error> {
    let level = call.consistency_level.as_deref().unwrap_or_default();
    if options.searches_properties && options.cursor.is_none() && !level.eq_ignore_ascii_case("eventual") {
        let message = "A $search of this collection needs the header 'ConsistencyLevel: eventual'.";
        return Err(Error::bad_request(message).coded(odata::code::MALFORMED_OPTION).about("$search"));
    }
    Ok(())
}

/// The JSON that is asked for; the usual one where the answer is none.
fn format(call: &Call, options: &QueryOptions, shape: Shape) -> Result<Format, Error> {
    let json = MediaType::Json(Default::default());
    // Clients ask for JSON whatever they ask for, so what is no JSON is offered under that name as well.
    let offers: &[MediaType] = match shape {
        Shape::Raw(TypeRef { kind: Kind::Primitive(Primitive::Binary), .. }) => &[MediaType::Bytes, json],
        Shape::Raw(_) | Shape::Count(_) | Shape::CountOfValues => &[MediaType::Text, json],
        _ => &[json],
    };
    let accept = options.format.as_deref().map(accept::of_format).or(call.accept.as_deref());
    match accept::negotiate(accept, offers)? {
        MediaType::Json(format) => Ok(format),
        MediaType::Text | MediaType::Bytes | MediaType::Xml => Ok(Default::default()),
    }
}
