//! Role scope tags: who sees what carries them, the tag that each tenant has, their assignments, and the operations that look
//! them up.

mod role_scope_tags;
mod tagged;

pub(crate) use tagged::ScopeTags;

use engine::generic::{ReplaceContained, boolean};
use engine::handlers::{Invocation, NamedParameter, Names, Operate, StartError, TextList};
use engine::{Answer, Error, Handlers, Status, generic};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::query::{Comparison, Expression, Path};
use odata::{Key, Value};
use store::Query;

use role_scope_tags::TAGS;

/// Registers the operations on role scope tags.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    role_scope_tags::register(names, handlers)?;
    let tags = names.set(TAGS)?;
    let assignments = names.set("roleScopeTags/assignments")?;
    let assign = names.operation("assign", "roleScopeTag")?;
    handlers.operation(assign, ReplaceContained::new(names, assign, assignments, "assignments")?);
    for (name, bound_to, parameter) in [
        ("getRoleScopeTagsById", "roleScopeTag", "roleScopeTagIds"),
        ("getRoleScopeTagsByIds", "deviceManagement", "ids"),
    ] {
        let operation = names.operation(name, bound_to)?;
        handlers.operation(operation, TagsById { tags, ids: names.parameter(operation, parameter)? });
    }
    handlers.operation(names.operation("getRoleScopeTagsByResource", "deviceManagement")?, AllTags { tags });
    let built_in = names.path("roleScopeTag", "isBuiltIn")?;
    handlers.operation(
        names.operation("hasCustomRoleScopeTag", "roleScopeTag")?,
        HasCustomTag { tags, built_in },
    );
    Ok(())
}

/// The number of tags that a tenant may have: the portal's own bound is far lower.
const TAGS_MAX: u64 = 1_000;

/// `getRoleScopeTagsById(s)`: the tags of the given ids that exist, in the order asked for.
struct TagsById {
    tags: SetId,
    ids: NamedParameter<TextList>,
}

impl Operate for TagsById {
    fn only_reads(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let collection = context.entered(self.tags).await?;
            let mut rows = Vec::new();
            for id in invocation.required(&self.ids)?.into_iter().take(TAGS_MAX as usize) {
                rows.extend(context.get(self.tags, None, &Key::parse(id)).await?);
            }
            let body = generic::entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer::new(Status::Ok, body))
        })
    }
}

/// `getRoleScopeTagsByResource`: any tag may be put on any resource here, so these are all.
struct AllTags {
    tags: SetId,
}

impl Operate for AllTags {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let collection = context.entered(self.tags).await?;
            let rows = context.list(&Query::all(context.tenant(), self.tags, TAGS_MAX)).await?;
            let body = generic::entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer::new(Status::Ok, body))
        })
    }
}

/// `hasCustomRoleScopeTag`: whether there is a tag that is not built in.
struct HasCustomTag {
    tags: SetId,
    built_in: Path,
}

impl Operate for HasCustomTag {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let built_in = Box::new(Expression::Path(self.built_in.clone()));
            let custom = Box::new(Expression::Literal(Value::Boolean(false)));
            let filter = Some(Expression::Compare(Comparison::Equal, built_in, custom));
            let query = Query { filter, ..Query::all(context.tenant(), self.tags, 1) };
            Ok(boolean(context, !context.list(&query).await?.is_empty()))
        })
    }
}
