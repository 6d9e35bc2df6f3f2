//! The catalogue: a card for each work that is listed, told by the work.

use engine::handlers::{Names, StartError};
use engine::{ProjectedValue, Projection, is_filled};
use odata::Value;
use odata::query::{Expression, Function, Path};

const WORK: &str = "work";
const CARD: &str = "card";

/// The cards as projections of the works.
pub fn projection(names: &Names<'_>) -> Result<Projection, StartError> {
    let path = |name| names.path(WORK, name);
    let slot = |name| names.slot(CARD, name);
    let single = |path| ProjectedValue::Single(Expression::Path(path));
    let text = |text: &str| Expression::Literal(Value::String(text.into()));
    let (note, lent_to, listed) = (path("note")?, path("lentTo")?, path("listedDateTime")?);
    let labelled = |label: &str, path: Path| {
        Expression::Call(Function::Concat, vec![text(label), Expression::Path(path)])
    };
    let keywords = vec![
        (Expression::Literal(Value::Boolean(true)), labelled("work:", names.id_of(names.structured(WORK)?)?)),
        (is_filled(&note), labelled("note:", note.clone())),
        (is_filled(&lent_to), labelled("Lent:", lent_to.clone())),
    ];
    let heading = [note, path("title")?].map(|path| (is_filled(&path), Expression::Path(path)));
    let values = vec![
        (slot("heading")?, ProjectedValue::Single(Expression::Case(heading.to_vec()))),
        (slot("borrower")?, single(lent_to)),
        (slot("daysLeft")?, single(path("daysLeft")?)),
        (slot("kind")?, ProjectedValue::Single(text("work"))),
        (slot("isMissing")?, ProjectedValue::Single(Expression::Literal(Value::Boolean(false)))),
        (slot("genre")?, single(path("genre")?)),
        (slot("keywords")?, ProjectedValue::Items(keywords)),
        (slot("listedDateTime")?, single(listed.clone())),
    ];
    Projection::new(names, [names.set("cards")?, names.set("works")?], listed, values)
}
