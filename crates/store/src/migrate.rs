//! Migration from the schema that a database has to the one that the model asks for: the persistent numbering and the
//! tables of the entity sets.
//!
//! Planning is pure. Each database runs the base migrations, reads a [`Catalog`], and runs the plan's steps, all of it
//! while no other process does.

use odata::edm::Model;
use odata::edm::slots::Lists;

use crate::layout::Layout;
use crate::sql::{Dialect, SchemaStep, SqlSchema, catalog, ddl, function, trigrams};

/// The version of the layout that this file makes of a model. Raised when an older program could not read the result.
pub(crate) const LAYOUT_VERSION: i64 = 1;

/// The list of `numbered` that holds the paths of entity sets.
const SETS: &str = "sets";

/// The schema that a database has beyond the base migrations' fixed tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// The rows of `numbered(list, number, name)`, ordered by list and number.
    pub numbered: Vec<(String, i64, String)>,
    /// Table and name of all columns.
    pub columns: Vec<(String, String)>,
    /// The names of all indexes.
    pub indexes: Vec<String>,
}

/// The schema that a model asks for, and the way to it.
#[derive(Debug)]
pub(crate) struct MigrationPlan {
    /// The model with its slots settled.
    pub model: Model,
    pub schema: SqlSchema,
    /// Run in order, in one transaction or each in its own: running one again does no harm.
    pub steps: Vec<SchemaStep>,
}

/// Settles the model against the catalog. An error says what is impossible about it.
pub(crate) fn plan(mut model: Model, found: &Catalog, dialect: Dialect) -> Result<MigrationPlan, String> {
    let mut lists = Lists::new();
    for (list, number, name) in &found.numbered {
        let names = lists.entry(list.clone()).or_default();
        if usize::try_from(*number) != Ok(names.len()) {
            return Err(format!("the numbers of {list} have a gap before {number}"));
        }
        names.push(name.clone());
    }
    let mut steps = Vec::new();
    for new in model.settle_slots(&lists)? {
        steps.push(catalog::number(&new.list, i64::from(new.number), &new.name, dialect));
    }
    let mut paths = lists.remove(SETS).unwrap_or_default();
    for set in &model.sets {
        if !paths.iter().any(|path| **path == *set.path) {
            let number = i64::try_from(paths.len()).map_err(|_| "too many sets")?;
            steps.push(catalog::number(SETS, number, &set.path, dialect));
            paths.push(set.path.to_string());
        }
    }
    let schema = SqlSchema::new(Layout::new(&model, &paths)?, dialect);
    steps.extend(schema_steps(&model, &schema, found));
    Ok(MigrationPlan { model, schema, steps })
}

fn schema_steps(model: &Model, schema: &SqlSchema, found: &Catalog) -> Vec<SchemaStep> {
    let (layout, dialect) = (&schema.layout, schema.dialect);
    let mut steps = function::create(dialect);
    for stale in stale_indexes(schema, found) {
        steps.push(ddl::drop_index(stale));
    }
    for table in layout.tables() {
        let has = |column: &str| found.columns.iter().any(|(t, c)| **t == *table.name && c == column);
        let is_there = has("key");
        steps.extend(ddl::create_table(table, dialect));
        if is_there && table.sealed && !has("sealed") {
            steps.push(ddl::add_sealed(table, dialect));
        }
        for column in &table.columns {
            if is_there && !has(&column.name) {
                steps.push(ddl::add_column(table, column, dialect));
            }
            if !found.indexes.iter().any(|index| **index == *column.index) {
                steps.extend(ddl::fill_and_index(table, column, model, dialect));
            }
            if let Some(index) = ddl::trigram_index(column, dialect)
                && !found.indexes.contains(&index)
            {
                steps.push(ddl::index_trigrams(table, column, &index));
            }
        }
        if let (Some(index), Some(texts)) = (trigrams::name(table, dialect), table.search()) {
            let is_new = !found.columns.iter().any(|(table, _)| *table == index);
            let is_filled = found.indexes.iter().any(|index| **index == *texts.index);
            steps.extend(trigrams::create(table, &index, is_new || !is_filled));
        }
    }
    steps
}

/// Indexes of columns that nobody fills any more. They go, so that a column that comes back is filled again.
fn stale_indexes<'a>(schema: &SqlSchema, found: &'a Catalog) -> impl Iterator<Item = &'a str> {
    let columns = || schema.layout.tables().iter().flat_map(|table| &table.columns);
    let mut known: Vec<String> = columns().map(|column| column.index.to_string()).collect();
    known.extend(columns().filter_map(|column| ddl::trigram_index(column, schema.dialect)));
    let ours = |index: &&String| {
        // Older Musters' indexes of trigrams began with a g.
        let number = index.strip_prefix(['i', 't', 'g']).and_then(|rest| rest.split_once('_'));
        let number = number.map(|(number, _)| number.strip_suffix(['u', 's']).unwrap_or(number));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    found
        .indexes
        .iter()
        .filter(ours)
        .map(String::as_str)
        .filter(move |index| known.iter().all(|known| known != index))
}
