//! `roleScopeTags`: each tenant has the tag `0` from the start, and nobody deletes it.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::{Key, Record, Value};
use quick_cache::sync::Cache;
use store::Change;
use uuid::Uuid;

use super::tagged::DEFAULT_TAG;

/// The set of tags.
pub(super) const TAGS: &str = "roleScopeTags";
/// The type of a tag.
pub(super) const TAG: &str = "roleScopeTag";
/// The number of tenants of which it is known that they have the tag.
const TENANTS_MAX: usize = 10_000;

/// Registers the behaviour of tags.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let tags = RoleScopeTags {
        set: names.set(TAGS)?,
        entity_type: names.structured(TAG)?,
        display_name: names.slot(TAG, "displayName")?,
        description: names.slot(TAG, "description")?,
        is_built_in: names.slot(TAG, "isBuiltIn")?,
        founded: Cache::new(TENANTS_MAX),
    };
    handlers.set(tags.set, tags);
    Ok(())
}

struct RoleScopeTags {
    set: SetId,
    entity_type: TypeId,
    display_name: u16,
    description: u16,
    is_built_in: u16,
    /// The tenants that have the built-in tag.
    founded: Cache<Uuid, ()>,
}

impl RoleScopeTags {
    /// Gives the tenant the built-in tag, if it has never had it.
    async fn found(&self, context: &Context<'_>) -> Result<(), Error> {
        let key = Key::parse(DEFAULT_TAG);
        if context.get(self.set, None, &key).await?.is_none() {
            let model = context.model();
            let mut tag = Record::empty(self.entity_type, model.structured(self.entity_type).slots);
            tag.set(0, Value::String(DEFAULT_TAG.into()));
            tag.set(self.display_name, Value::String("Default".into()));
            tag.set(self.description, Value::String("Default Role Scope Tag".into()));
            tag.set(self.is_built_in, Value::Boolean(true));
            let entity = Draft(tag).complete(model)?;
            context.found(vec![Change::Insert { set: self.set, parent: None, key, entity }]).await?;
        }
        self.founded.insert(context.tenant(), ());
        Ok(())
    }
}

impl Behaviour for RoleScopeTags {
    fn enter<'a>(&'a self, context: &'a Context<'a>) -> Option<BoxFuture<'a, Result<(), Error>>> {
        let is_founded = self.founded.get(&context.tenant()).is_some();
        (!is_founded).then(|| -> BoxFuture<'a, _> { Box::pin(self.found(context)) })
    }

    fn delete<'a>(
        &'a self,
        _: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async move {
            match address.key == Key::parse(DEFAULT_TAG) {
                true => Err(Error::bad_request("The tag '0' is built in: it stays.")),
                false => Ok(Deletion::Now(Vec::new())),
            }
        })
    }
}
