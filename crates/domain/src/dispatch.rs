//! The whole way of a request: parse, bind, authorize, resolve, then the generic behaviour or an operation.

use std::time::Instant;

use odata::edm::{Model, PermissionId, Version};
use odata::query::QueryOptions;
use odata::query::options::parse_options;
use odata::uri::bind::bind_path;
use odata::uri::parse::parse_path;
use odata::uri::{Resource, ResourcePath, Shape};
use store::{Database, KeyEncryptionKey, Store};

use crate::accept::{self, Media};
use crate::answers::{Answers, Question};
use crate::authorize::{Permit, authorize, may_read};
use crate::clock::Clock;
use crate::context::Context;
use crate::handlers::Handlers;
use crate::resolve::{Resolved, resolve};
use crate::service::Documents;
use crate::settings::Opening;
use crate::templates::Templates;
use crate::{Answer, Call, Error, Settings, Verb, generic, model};

/// The domain, ready to be called.
pub struct Muster {
    store: Store,
    handlers: Handlers,
    templates: Templates,
    answers: Answers,
    settings: Settings,
    clock: Clock,
    documents: Documents,
}

impl Muster {
    /// Opens the store and resolves every name that the code uses. The error is one line with what to do.
    pub async fn open(opening: Opening) -> Result<Muster, String> {
        let Opening { database, key_encryption_key, settings } = opening;
        let model = model::load(&settings).map_err(|error| error.to_string())?;
        let key = KeyEncryptionKey::from_bytes(&*key_encryption_key).map_err(|error| error.to_string())?;
        let database = Database::parse(&database)?;
        let store = Store::open(&database, model, key).await.map_err(|error| error.to_string())?;
        let handlers = Handlers::new(store.model()).map_err(|error| error.to_string())?;
        let templates = Templates::new(store.model());
        let (answers, documents) = (Answers::new(settings.kept_answer_bytes), Documents::default());
        Ok(Muster { store, handlers, templates, answers, settings, clock: Clock, documents })
    }

    /// The id of a permission; none if the model does not name it.
    pub fn permission(&self, name: &str) -> Option<PermissionId> {
        let at = self.model().permissions.iter().position(|known| **known == *name)?;
        u16::try_from(at).ok().map(PermissionId)
    }

    /// Whether calls can be answered now; if not, why.
    pub async fn ready(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())
    }

    /// Finishes what is under way and closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }

    fn model(&self) -> &Model {
        self.store.model()
    }

    /// Answers one request.
    pub async fn call(&self, call: Call) -> Result<Answer, Error> {
        let call = &call;
        let start = Instant::now();
        let path = parse_path(&call.path)?;
        let resource = bind_path(self.model(), &path)?;
        let bound = Instant::now();
        let mut answer = match resource {
            Resource::ServiceDocument => self.documents.service(self.model(), path.version, call)?,
            Resource::Metadata => self.documents.metadata(self.model(), path.version, call)?,
            Resource::Path(resource) => self.resource(call, path.version, &resource).await?,
        };
        answer.timings.insert(0, ("parse", bound - start));
        Ok(answer)
    }

    async fn resource(&self, call: &Call, version: Version, path: &ResourcePath) -> Result<Answer, Error> {
        let start = Instant::now();
        let permit = authorize(self.model(), &self.settings, call, path)?;
        let now = self.clock.now();
        let options = parse_options(self.model(), version, now, &call.query, &path.shape)?;
        for navigation in options.navigations() {
            may_read(self.model(), &call.caller, &self.model().navigation(navigation).restrictions)?;
        }
        let context = Context {
            call,
            version,
            store: &self.store,
            handlers: &self.handlers,
            templates: &self.templates,
            settings: &self.settings,
            now,
            level: metadata_level(call, &options, path.shape)?,
        };
        let planned = Instant::now();
        let mut answer = match (call.verb, path.shape) {
            (Verb::Get, Shape::Entity(_) | Shape::Entities(_)) => {
                self.read(&context, permit, path, &options).await?
            }
            _ => execute(&context, permit, path, &options).await?,
        };
        answer.timings = vec![("plan", planned - start), ("execute", planned.elapsed())];
        Ok(answer)
    }

    /// Reads, unless the same was read and nothing written since.
    async fn read(
        &self,
        context: &Context<'_>,
        permit: Permit,
        path: &ResourcePath,
        options: &QueryOptions,
    ) -> Result<Answer, Error> {
        let generation = self.store.generation(context.tenant()).await?;
        let question = Question::of(context);
        if let Some(answer) = self.answers.get(&question, generation) {
            return Ok(answer);
        }
        let answer = execute(context, permit, path, options).await?;
        if answer.holds && !options.asks_the_time {
            self.answers.keep(question, generation, &answer);
        }
        Ok(answer)
    }
}

async fn execute(
    context: &Context<'_>,
    permit: Permit,
    path: &ResourcePath,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let at = resolve(context, &path.segments).await?;
    match (path.shape, at, context.call.verb) {
        (Shape::Operation(_), at, _) => context.handlers.operate(context, permit, path, at).await,
        (Shape::Property(_) | Shape::Raw(_) | Shape::References(..), ..) => {
            Err(Error::not_implemented("Addressing a property or a reference"))
        }
        (Shape::Count(_), Resolved::Place(place), _) => generic::count(context, permit, place, options).await,
        (_, Resolved::Place(place), Verb::Get) => generic::list(context, permit, place, options).await,
        (_, Resolved::Place(place), _) => generic::create(context, permit, place).await,
        (_, Resolved::Spot(spot), Verb::Get) => generic::get(context, permit, spot, options).await,
        (_, Resolved::Spot(spot), Verb::Delete) => generic::delete(context, permit, spot).await,
        (_, Resolved::Spot(spot), _) => generic::update(context, permit, spot).await,
        // A reference that leads nowhere reads as nothing (protocol 4.01, 11.2.4), and holds nothing else.
        (_, Resolved::Nothing, Verb::Get) => Ok(Answer::no_content()),
        (_, Resolved::Nothing, _) => Err(Error::not_found(&context.call.path)),
    }
}

fn metadata_level(
    call: &Call,
    options: &QueryOptions,
    shape: Shape,
) -> Result<odata::payload::MetadataLevel, Error> {
    let json = Media::Json(Default::default());
    let offers: &[Media] = if matches!(shape, Shape::Count(_)) { &[Media::Text, json] } else { &[json] };
    let accept = options.format.as_deref().map(accept::of_format).or(call.accept.as_deref());
    match accept::negotiate(accept, offers)? {
        Media::Json(level) => Ok(level),
        Media::Text | Media::Xml => Ok(Default::default()),
    }
}
