//! From what the database holds to what the model asks: the persistent numbering and the tables of the entity sets.
//!
//! Planning is pure. Each engine runs the base migrations, reads a [`Catalog`], and runs the plan's steps, all of it
//! while no other process does.

use odata::edm::Model;
use odata::edm::slots::Lists;

use crate::layout::Layout;
use crate::sql::{Dialect, SqlValue, Step, ddl, function, trigrams};

/// The version of what this file makes of a model. Raised when an older program could not read the result.
pub(crate) const LAYOUT_VERSION: i64 = 1;

/// The list of `numbered` that holds the paths of entity sets.
const SETS: &str = "sets";

/// What a database holds beyond the base migrations' fixed tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// All of `numbered(list, number, name)`, ordered by list and number.
    pub numbered: Vec<(String, i64, String)>,
    /// Table and name of all columns.
    pub columns: Vec<(String, String)>,
    /// The names of all indexes.
    pub indexes: Vec<String>,
}

/// What opening comes to.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The model with its slots settled.
    pub model: Model,
    pub layout: Layout,
    /// To be run in order, in one transaction or each in its own: running one again does no harm.
    pub steps: Vec<Step>,
}

/// Settles the model against the catalog. An error says what is impossible about it.
pub(crate) fn plan(mut model: Model, catalog: &Catalog, dialect: Dialect) -> Result<Plan, String> {
    let mut lists = Lists::new();
    for (list, number, name) in &catalog.numbered {
        let names = lists.entry(list.clone()).or_default();
        if usize::try_from(*number) != Ok(names.len()) {
            return Err(format!("the numbers of {list} have a gap before {number}"));
        }
        names.push(name.clone());
    }
    let mut steps = Vec::new();
    for new in model.settle_slots(&lists)? {
        steps.push(number(&new.list, i64::from(new.number), &new.name, dialect));
    }
    let mut paths = lists.remove(SETS).unwrap_or_default();
    for set in &model.sets {
        if !paths.iter().any(|path| **path == *set.path) {
            steps.push(number(SETS, i64::try_from(paths.len()).unwrap_or(i64::MAX), &set.path, dialect));
            paths.push(set.path.to_string());
        }
    }
    let layout = Layout::new(&model, &paths, dialect)?;
    steps.extend(schema_steps(&model, &layout, catalog));
    Ok(Plan { model, layout, steps })
}

fn number(list: &str, number: i64, name: &str, dialect: Dialect) -> Step {
    let parameters =
        vec![SqlValue::Text(list.into()), SqlValue::Integer(number), SqlValue::Text(name.into())];
    let bound: Vec<String> =
        parameters.iter().enumerate().map(|(at, value)| dialect.parameter(at + 1, value)).collect();
    let text = format!(
        "insert into numbered (list, number, name) values ({}) on conflict (list, number) do nothing",
        bound.join(", ")
    );
    Step { text, parameters }
}

fn schema_steps(model: &Model, layout: &Layout, catalog: &Catalog) -> Vec<Step> {
    let dialect = layout.dialect;
    let mut steps = function::create(dialect);
    for stale in stale_indexes(layout, catalog) {
        steps.push(ddl::drop_index(stale));
    }
    for table in layout.tables() {
        let has = |column: &str| catalog.columns.iter().any(|(t, c)| **t == *table.name && c == column);
        let is_there = has("key");
        steps.extend(ddl::create_table(table, dialect));
        if is_there && table.sealed && !has("sealed") {
            steps.push(ddl::add_sealed(table, dialect));
        }
        for column in &table.columns {
            if is_there && !has(&column.name) {
                steps.push(ddl::add_column(table, column, dialect));
            }
            if !catalog.indexes.iter().any(|index| **index == *column.index) {
                steps.extend(ddl::fill_and_index(table, column, model, dialect));
            }
            if let Some(index) = column.trigrams(dialect)
                && !catalog.indexes.contains(&index)
            {
                steps.push(ddl::index_trigrams(table, column, &index));
            }
        }
        if let (Some(index), Some(texts)) = (trigrams::name(table, dialect), table.search()) {
            let is_new = !catalog.columns.iter().any(|(table, _)| *table == index);
            let is_filled = catalog.indexes.iter().any(|index| **index == *texts.index);
            steps.extend(trigrams::create(table, &index, is_new || !is_filled));
        }
    }
    steps
}

/// Indexes of columns that nobody fills any more. They go, so that a column that comes back is filled again.
fn stale_indexes<'a>(layout: &Layout, catalog: &'a Catalog) -> impl Iterator<Item = &'a str> {
    let columns = || layout.tables().iter().flat_map(|table| &table.columns);
    let mut known: Vec<String> = columns().map(|column| column.index.to_string()).collect();
    known.extend(columns().filter_map(|column| column.trigrams(layout.dialect)));
    let ours = |index: &&String| {
        // Older Musters' indexes of trigrams began with a g.
        let number = index.strip_prefix(['i', 't', 'g']).and_then(|rest| rest.split_once('_'));
        let number = number.map(|(number, _)| number.strip_suffix(['u', 's']).unwrap_or(number));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    catalog
        .indexes
        .iter()
        .filter(ours)
        .map(String::as_str)
        .filter(move |index| known.iter().all(|known| known != index))
}
