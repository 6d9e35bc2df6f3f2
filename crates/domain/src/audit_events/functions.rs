//! `getAuditCategories` and `getAuditActivityTypes`: the words that a filter may ask for.

use engine::generic::texts;
use engine::handlers::{Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Error, Handlers};
use futures_util::future::BoxFuture;

use super::activity::{ACTIVITIES, CATEGORY};

/// Registers both functions.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    entity_type: &str,
) -> Result<(), StartError> {
    handlers.operation(names.operation("getAuditCategories", entity_type)?, Categories);
    let id = names.operation("getAuditActivityTypes", entity_type)?;
    handlers.operation(id, ActivityTypes { category: names.parameter(id, "category")? });
    Ok(())
}

struct Categories;

impl Operate for Categories {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move { Ok(texts(invocation.context, &[CATEGORY.to_owned()])) })
    }
}

/// The types of activities of a category; of a category that there is not, none.
struct ActivityTypes {
    category: NamedParameter<TextValue>,
}

impl Operate for ActivityTypes {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let is_known = invocation.required(&self.category)? == CATEGORY;
            let types =
                ACTIVITIES.iter().filter(|_| is_known).map(|activity| activity.activity_type.to_owned());
            Ok(texts(invocation.context, &types.collect::<Vec<_>>()))
        })
    }
}
