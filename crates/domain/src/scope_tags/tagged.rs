//! Entities that carry scope tags: who sees them, and which tags a caller may give them.

use engine::handlers::{Names, StartError};
use engine::{Context, Error, ErrorKind};
use odata::edm::{Kind, Primitive, TypeRef};
use odata::query::{CollectionPath, Expression, Path, Quantifier};
use odata::{Record, Value};

/// The tag that everything untagged counts as having.
pub(crate) const DEFAULT_TAG: &str = "0";
/// The property that holds the tags.
const TAGS: &str = "roleScopeTagIds";

/// The scope tags of the entities of a type.
pub(crate) struct ScopeTags {
    slot: u16,
    path: Path,
}

impl ScopeTags {
    pub(crate) fn new(names: &Names<'_>, type_name: &str) -> Result<ScopeTags, StartError> {
        Ok(ScopeTags { slot: names.slot(type_name, TAGS)?, path: names.path(type_name, TAGS)? })
    }

    /// The condition under which the caller sees an entity: one of its tags is the caller's. A caller without tags sees all.
    pub(crate) fn visible(&self, context: &Context<'_>) -> Option<Expression> {
        let held = &context.call.caller.tags;
        if held.is_empty() {
            return None;
        }
        let values = held.iter().map(|tag| Value::String(tag.clone())).collect();
        let is_held = self.any(Expression::In(Box::new(Expression::Path(tag())), values));
        // What was stored before everything carried a tag may have none.
        let is_untagged = || Expression::Not(Box::new(self.any(Expression::Literal(Value::Boolean(true)))));
        Some(match held.iter().any(|tag| &**tag == DEFAULT_TAG) {
            true => Expression::Or(Box::new(is_held), Box::new(is_untagged())),
            false => is_held,
        })
    }

    fn any(&self, condition: Expression) -> Expression {
        let tags = CollectionPath::Property(self.path.clone());
        Expression::Quantified(Quantifier::Any, tags, Box::new(condition))
    }

    /// Gives a new entity its creator's tags if the creator names none, and the default tag if that one has none.
    pub(crate) fn complete(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        let held = &context.call.caller.tags;
        if self.tags(record).is_empty() {
            let tags = if held.is_empty() { vec![DEFAULT_TAG.into()] } else { held.clone() };
            let tags = tags.into_iter().map(Value::String).collect();
            record.set(self.slot, Value::Collection(tags));
        }
        self.check_held(context, None, record)
    }

    /// Checks the tags of an entity's next state.
    pub(crate) fn follow(
        &self,
        context: &Context<'_>,
        before: &Record,
        after: &mut Record,
    ) -> Result<(), Error> {
        if self.tags(after).is_empty() {
            after.set(self.slot, Value::Collection(vec![Value::String(DEFAULT_TAG.into())]));
        }
        self.check_held(context, Some(before), after)
    }

    /// Refuses a tag that the caller adds and does not hold, and an entity that the caller would see no more.
    fn check_held(
        &self,
        context: &Context<'_>,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<(), Error> {
        let held = &context.call.caller.tags;
        let is_held = |tag: &&str| held.iter().any(|held| **held == **tag);
        let (before, after) = (before.map(|before| self.tags(before)).unwrap_or_default(), self.tags(after));
        if held.is_empty() {
            return Ok(());
        }
        let forbidden = |message: String| Error::new(ErrorKind::Forbidden, message).about(TAGS);
        if let Some(added) = after.iter().find(|tag| !before.contains(tag) && !is_held(tag)) {
            return Err(forbidden(format!(
                "The property '{TAGS}' gains the tag '{added}', which you do not hold; you hold {}.",
                held.join(", ")
            )));
        }
        if !after.iter().any(is_held) {
            return Err(forbidden(format!(
                "The property '{TAGS}' loses the last tag that you hold; one of {} must stay.",
                held.join(", ")
            )));
        }
        Ok(())
    }

    fn tags<'r>(&self, record: &'r Record) -> Vec<&'r str> {
        match record.get(self.slot) {
            Some(Value::Collection(tags)) => tags.iter().filter_map(Value::as_text).collect(),
            _ => Vec::new(),
        }
    }
}

/// The tag that is looked at: the item of the collection, one scope in.
fn tag() -> Path {
    let kind = Kind::Primitive(Primitive::String);
    Path { scope: 1, steps: Vec::new(), type_ref: TypeRef { kind, collection: false, nullable: false } }
}
