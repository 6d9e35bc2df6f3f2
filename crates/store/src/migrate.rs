//! Migration from the schema that a database has to the one that the model asks for: the persistent numbering and the
//! tables of the entity sets.
//!
//! Planning is pure. Each database runs the base migrations, reads a [`Catalog`], and runs the plan's steps, all of it
//! while no other process does.

use odata::edm::Model;
use odata::edm::slots::Lists;

use crate::builds;
use crate::layout::{Layout, Table};
use crate::sql::carry_over::{self, CarryOver};
use crate::sql::{Dialect, SchemaStep, SqlSchema, catalog, ddl, function};

/// The version of the layout that this file makes of a model. Raised when an older program could not read the result.
pub(crate) const LAYOUT_VERSION: i64 = 3;

/// The list of `numbered` that holds the paths of entity sets.
const SETS: &str = "sets";

/// The schema that a database has beyond the base migrations' fixed tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// The rows of `numbered(list, number, name)`, ordered by list and number.
    pub numbered: Vec<(String, i64, String)>,
    /// Table and name of all columns.
    pub columns: Vec<(String, String)>,
    /// Table and name of all indexes.
    pub indexes: Vec<(String, String)>,
}

impl Catalog {
    fn has_table(&self, table: &str) -> bool {
        self.has_column(table, "key")
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.iter().any(|(of, name)| of == table && name == column)
    }

    /// Whether a table has the columns that it should have, and no others.
    fn has_columns_of(&self, table: &Table) -> bool {
        let of_table = self.columns.iter().filter(|(of, _)| **of == *table.name);
        let (known, unknown): (Vec<_>, Vec<_>) = of_table.partition(|(_, name)| table.has_column(name));
        let lacks_sealed = table.sealed && !self.has_column(&table.name, "sealed");
        let all = table.columns.iter().all(|column| self.has_column(&table.name, &column.name));
        all && unknown.is_empty() && !known.is_empty() && !lacks_sealed
    }
}

/// The schema that a model asks for, and the way to it.
#[derive(Debug)]
pub(crate) struct MigrationPlan {
    /// The model with its slots settled.
    pub model: Model,
    pub schema: SqlSchema,
    /// Run in order, in one transaction or each in its own: running one again does no harm.
    pub steps: Vec<SchemaStep>,
    /// Run after the steps.
    pub carry_overs: Vec<CarryOver>,
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
    if let Some(number) = builds::number(&lists)? {
        steps.push(catalog::number(builds::LIST, number, builds::VERSION, dialect));
    }
    for new in model.settle_slots(&lists)? {
        steps.push(catalog::number(&new.list, i64::from(new.number), &new.name, dialect));
    }
    let mut paths = lists.remove(SETS).unwrap_or_default();
    for set in model.sets.iter().filter(|set| set.stored_in == set.id) {
        if !paths.iter().any(|path| **path == *set.path) {
            let number = i64::try_from(paths.len()).map_err(|_| "too many sets")?;
            steps.push(catalog::number(SETS, number, &set.path, dialect));
            paths.push(set.path.to_string());
        }
    }
    let schema = SqlSchema::new(Layout::new(&model, &paths, dialect == Dialect::Postgres)?, dialect);
    let (of_schema, carry_overs) = schema_steps(&model, &schema, found);
    steps.extend(of_schema);
    Ok(MigrationPlan { model, schema, steps, carry_overs })
}

/// The steps that take no time, and then what is to be done to all rows of a table.
fn schema_steps(model: &Model, schema: &SqlSchema, found: &Catalog) -> (Vec<SchemaStep>, Vec<CarryOver>) {
    let (layout, dialect) = (&schema.layout, schema.dialect);
    let mut steps = function::create(dialect);
    steps.extend(left_behind(found).map(ddl::drop_table));
    steps.extend(stale_indexes(model, schema, found).map(ddl::drop_index));
    let mut carry_overs = Vec::new();
    for table in layout.stored_tables() {
        carry_overs.extend(match dialect {
            Dialect::Sqlite => sqlite_steps(model, table, found, &mut steps),
            Dialect::Postgres => postgres_steps(model, table, found, &mut steps),
        });
    }
    // After the rows of the sets themselves: their tables must have the form that is wanted.
    for (view, former) in layout.former_views.iter().filter(|(_, former)| found.has_table(former)) {
        let table = layout.table(*view);
        carry_overs.push(match dialect {
            Dialect::Sqlite => carry_over::moved(table, former, &beside(table, former, found), model),
            Dialect::Postgres => carry_over::merged(table, former, &beside(table, former, found), model),
        });
    }
    (steps, carry_overs)
}

/// Tables of older Musters: the texts to be indexed, and the indexes of these.
fn left_behind(found: &Catalog) -> impl Iterator<Item = &str> {
    let is_older = |table: &&str| {
        let number = table.strip_suffix("_trigrams");
        *table == "unindexed" || number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut tables: Vec<&str> = found.columns.iter().map(|(table, _)| table.as_str()).collect();
    tables.dedup();
    tables.into_iter().filter(is_older)
}

fn sqlite_steps(
    model: &Model,
    table: &Table,
    found: &Catalog,
    steps: &mut Vec<SchemaStep>,
) -> Vec<CarryOver> {
    let dialect = Dialect::Sqlite;
    // No set's name begins with a number.
    let former_of = |count: usize| format!("{}_former_{count}", table.number);
    // What an older Muster's document has within, it keeps there. A binary value stays when its property has left the model:
    // its document says that it rests beside it.
    let mut formers: Vec<(String, Vec<&str>)> = (0..)
        .map(former_of)
        .take_while(|former| found.has_table(former))
        .map(|former| (former.clone(), beside(table, &former, found)))
        .collect();
    let (is_there, formers_before) = (found.has_table(&table.name), formers.len());
    if is_there && found.has_columns_of(table) {
        steps.extend(detached_step(table, found, dialect));
    } else if is_there {
        // Its indexes have the names of the new ones.
        let of_table = found.indexes.iter().filter(|(of, _)| **of == *table.name);
        steps.extend(of_table.map(|(_, index)| ddl::drop_index(index)));
        let former = former_of(formers.len());
        steps.push(ddl::rename(table, &former));
        formers.push((former, beside(table, &table.name, found)));
    }
    let is_new = formers.len() > formers_before || !is_there;
    steps.extend(ddl::create_table(table, dialect));
    let lacks_detached = table.detached.is_none() && (is_new || !found.has_column(&table.name, "detached"));
    if lacks_detached && formers.iter().any(|(_, beside)| beside.contains(&"detached")) {
        steps.push(ddl::add_detached(table, dialect));
    }
    steps.extend(table.columns.iter().map(|column| ddl::index(table, column, dialect)));
    // The last first: were the others gone, it would not be found.
    formers.iter().rev().map(|(former, beside)| carry_over::moved(table, former, beside, model)).collect()
}

/// The column of a binary value, added to a table that is there and has none.
fn detached_step(table: &Table, found: &Catalog, dialect: Dialect) -> Option<SchemaStep> {
    let is_missing = table.detached.is_some() && !found.has_column(&table.name, "detached");
    is_missing.then(|| ddl::add_detached(table, dialect))
}

fn postgres_steps(
    model: &Model,
    table: &Table,
    found: &Catalog,
    steps: &mut Vec<SchemaStep>,
) -> Vec<CarryOver> {
    let dialect = Dialect::Postgres;
    let is_there = found.has_table(&table.name);
    steps.extend(ddl::create_table(table, dialect));
    if is_there {
        let gone = found.columns.iter().filter(|(of, name)| **of == *table.name && !table.has_column(name));
        steps.extend(gone.map(|(_, name)| ddl::drop_column(table, name)));
        let new = table.columns.iter().filter(|column| !found.has_column(&table.name, &column.name));
        steps.extend(new.map(|column| ddl::add_column(table, column)));
        if table.sealed && !found.has_column(&table.name, "sealed") {
            steps.push(ddl::add_sealed(table));
        }
        steps.extend(detached_step(table, found, dialect));
    }
    if table.detached.is_some() && !found.has_column(&table.name, "detached") {
        steps.push(ddl::keep_detached_plain(table));
    }
    let has_index = |name: &str| found.indexes.iter().any(|(_, index)| index == name);
    let unfilled: Vec<_> = table.columns.iter().filter(|column| !has_index(&column.index)).collect();
    let mut indexes: Vec<SchemaStep> =
        unfilled.iter().map(|column| ddl::index(table, column, dialect)).collect();
    for column in &table.columns {
        if let Some(index) = ddl::trigram_index(model, column, dialect).filter(|index| !has_index(index)) {
            indexes.push(ddl::index_trigrams(table, column, &index));
        }
    }
    if is_there && !unfilled.is_empty() {
        return vec![carry_over::filled(table, &unfilled, model, indexes)];
    }
    steps.extend(indexes);
    Vec::new()
}

/// The columns of secrets and of a binary value that a former table has and its rows take along.
fn beside(table: &Table, former: &str, found: &Catalog) -> Vec<&'static str> {
    let wanted = [("sealed", table.sealed), ("detached", true)];
    let there = wanted.into_iter().filter(|(name, wanted)| *wanted && found.has_column(former, name));
    there.map(|(name, _)| name).collect()
}

/// Indexes of columns that nobody fills any more.
fn stale_indexes<'a>(model: &Model, schema: &SqlSchema, found: &'a Catalog) -> impl Iterator<Item = &'a str> {
    let columns = || schema.layout.stored_tables().flat_map(|table| &table.columns);
    let mut known: Vec<String> = columns().map(|column| column.index.to_string()).collect();
    known.extend(columns().filter_map(|column| ddl::trigram_index(model, column, schema.dialect)));
    let ours = |index: &&str| {
        // Older Musters' indexes of trigrams began with a g.
        let number = index.strip_prefix(['i', 't', 'g']).and_then(|rest| rest.split_once('_'));
        let number = number.map(|(number, _)| number.strip_suffix(['u', 's', 'c']).unwrap_or(number));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    found
        .indexes
        .iter()
        .map(|(_, index)| index.as_str())
        .filter(ours)
        .filter(move |index| known.iter().all(|known| known != index))
}
