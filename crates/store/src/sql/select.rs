//! The statements that read: one row by key, a list, a count.

use odata::Key;
use odata::edm::{Kind, Model, SetId};
use odata::query::Expression;
use uuid::Uuid;

use super::dialect::quoted;
use super::expressions::chain;
use super::read_statement::{CandidateRead, Cost, ReadStatement};
use super::renderer::{NullLogic, Renderer};
use super::row_statements::row;
use super::schema::SqlSchema;
use super::value::SqlValue;
use crate::layout::ColumnKind;
use crate::query::Query;
use crate::trigrams::{pattern, worth};

/// Reads one row.
pub(crate) fn get(
    schema: &SqlSchema,
    set: SetId,
    tenant: Uuid,
    parent: Option<&Key>,
    key: &Key,
) -> ReadStatement {
    let table = schema.table(set);
    let mut parameters = Vec::with_capacity(2);
    if table.parent.is_some() {
        parameters.push(parent.map_or(SqlValue::Null, SqlValue::key));
    }
    parameters.push(SqlValue::key(key));
    ReadStatement {
        text: schema.statements(set).get.clone(),
        tenant,
        parameters,
        cost: Cost::Point,
        candidate_read: None,
        sorted_by: Vec::new(),
    }
}

/// Reads the rows of a query in its order.
pub(crate) fn list(query: &Query, schema: &SqlSchema, model: &Model) -> ReadStatement {
    let wanted = query.limit.saturating_add(query.skip);
    Select::new(query, schema, model).statement(Select::list, worth(wanted))
}

/// Whether a query may have to read many rows.
pub(crate) fn scans(query: &Query, schema: &SqlSchema, model: &Model) -> bool {
    Select::new(query, schema, model).cost() == Cost::Scan
}

/// Counts what a query matches, whatever its order and page.
pub(crate) fn count(query: &Query, schema: &SqlSchema, model: &Model) -> ReadStatement {
    let statement = Select::new(query, schema, model).statement(Select::count, worth(u64::MAX));
    ReadStatement { cost: Cost::Scan, ..statement }
}

fn integer(number: u64) -> SqlValue {
    SqlValue::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A query that is being rendered.
pub(super) struct Select<'a> {
    pub(super) query: &'a Query,
    pub(super) renderer: Renderer<'a>,
    /// Whether only rows are read whose numbers are bound to parameter 2, as an array in JSON.
    of_candidates: bool,
    /// The kinds of the columns after a row's own.
    sorted_by: Vec<Kind>,
}

impl<'a> Select<'a> {
    pub(super) fn new(query: &'a Query, schema: &'a SqlSchema, model: &'a Model) -> Select<'a> {
        let renderer = Renderer::new(schema, model, schema.table(query.set));
        Select { query, renderer, of_candidates: false, sorted_by: Vec::new() }
    }

    /// The statement of a text, with the same statement over candidates that an index of trigrams has found.
    fn statement(mut self, text: fn(&mut Self) -> String, worth: usize) -> ReadStatement {
        let candidate_read = self.candidate_read(text, worth).map(Box::new);
        let (text, cost) = (text(&mut self).into(), self.cost());
        let parameters = self.renderer.parameters;
        ReadStatement {
            text,
            tenant: self.query.tenant,
            parameters,
            cost,
            candidate_read,
            sorted_by: self.sorted_by,
        }
    }

    fn candidate_read(&self, text: fn(&mut Self) -> String, worth: usize) -> Option<CandidateRead> {
        let (query, Renderer { table, schema, model, .. }) = (self.query, &self.renderer);
        let documents = schema.statements(query.set).documents.clone()?;
        let leads =
            |conjunct: &&Expression| self.is_seekable(conjunct) || self.alternatives(conjunct).is_some();
        if query.referring.is_some() || conjuncts(query).iter().any(leads) {
            return None;
        }
        let pattern = pattern(table, model, query.filter.as_ref(), query.search.as_ref())?;
        let mut narrow = Select { of_candidates: true, ..Select::new(query, schema, model) };
        narrow.renderer.bind(SqlValue::Null);
        let text = text(&mut narrow).into();
        Some(CandidateRead {
            set: model.stored_in(query.set).id,
            pattern,
            worth,
            documents,
            searched: table.searched.as_slice().into(),
            text,
            parameters: narrow.renderer.parameters,
        })
    }

    fn list(&mut self) -> String {
        let (query, table, dialect) = (self.query, self.renderer.table, self.renderer.dialect);
        let mut conditions = self.conditions(true);
        let terms = self.order_terms();
        if let Some(cursor) = &query.after {
            conditions.push(self.after(&terms, cursor));
        }
        let order: Vec<String> = terms.iter().map(|term| term.order(dialect)).collect();
        // Written, not bound: a planner that does not know how few rows are wanted sorts them all. There are as many
        // texts as page sizes, and a connection keeps the prepared forms of the most used ones only.
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let (elsewhere, kinds) = self.elsewhere(&terms);
        let elsewhere: String = elsewhere.iter().map(|text| format!(", {text}")).collect();
        self.sorted_by = kinds;
        let mut text = format!(
            "select {}{elsewhere} from {} where {} order by {} limit {limit}",
            row(table, dialect),
            quoted(&table.name),
            conditions.join(" and "),
            order.join(", "),
        );
        if query.skip > 0 {
            let skip = self.renderer.bind(integer(query.skip));
            text.push_str(&format!(" offset {skip}"));
        }
        text
    }

    fn count(&mut self) -> String {
        let query = self.query;
        let alone = query.referring.is_none() && query.search.is_none() && self.of_type().is_none();
        let only = conjuncts(query).len() == 1 && alone;
        // A single condition on an index is counted in the index.
        let conditions = self.conditions(!only);
        let table = quoted(&self.renderer.table.name);
        format!("select count(*) from {table} where {}", conditions.join(" and "))
    }

    /// The conditions, all but the cursor's. `covering`: what an index alone can decide is decided there first.
    fn conditions(&mut self, covering: bool) -> Vec<String> {
        let query = self.query;
        let mut conditions = vec![format!("tenant = {}", self.renderer.dialect.plain_parameter(1))];
        if self.of_candidates {
            // The plus keeps the planner from an index of the tenant's rows.
            conditions[0].insert(0, '+');
            conditions.push("rowid in (select value from json_each(?2))".into());
        }
        if self.renderer.table.parent.is_some() {
            let parent = query.parent.as_ref().map_or(SqlValue::Null, SqlValue::key);
            conditions.push(format!("parent = {}", self.renderer.bind(parent)));
        }
        if let Some((slot, key)) = &query.referring {
            conditions.push(self.referring(*slot, key));
        }
        conditions.extend(self.matching(covering));
        conditions
    }

    /// The conditions on the entities themselves, not on where they are contained.
    pub(super) fn matching(&mut self, covering: bool) -> Vec<String> {
        let query = self.query;
        let mut conditions: Vec<String> = self.of_type().into_iter().collect();
        if let Some(search) = &query.search {
            conditions.push(self.renderer.search(search));
        }
        for conjunct in conjuncts(query) {
            let alternatives = self.alternatives(conjunct).filter(|_| !self.of_candidates);
            if let Some(alternatives) = alternatives {
                conditions.push(self.one_of(&alternatives));
                continue;
            }
            let mut condition = self.renderer.condition(conjunct, NullLogic::TwoValued);
            if covering && !self.of_candidates && self.is_covered(conjunct) {
                condition = self.covering(&condition);
            }
            conditions.push(condition);
        }
        conditions
    }

    fn referring(&mut self, slot: u16, key: &Key) -> String {
        match self.renderer.table.reference(slot) {
            Some(column) => {
                format!("{} = {}", quoted(&column.name), self.renderer.bind(SqlValue::key(key)))
            }
            None => {
                let kind = Some(ColumnKind::Text);
                let value = self.renderer.dialect.document_value("document", &[slot], kind);
                format!("{value} = {}", self.renderer.bind(SqlValue::Text(key.to_string().into())))
            }
        }
    }

    /// The condition on the type, if it excludes any type that the set can hold.
    pub(super) fn of_type(&self) -> Option<String> {
        let (wanted, model) = (self.query.of_type?, self.renderer.model);
        let declared = self.renderer.table.entity_type;
        let hierarchy = &model.structured(model.structured(declared).root).hierarchy;
        let excludes = hierarchy.iter().any(|id| model.is_a(*id, declared) && !model.is_a(*id, wanted));
        let numbers = hierarchy.iter().enumerate().filter(|(_, id)| model.is_a(**id, wanted));
        let numbers: Vec<String> = numbers.map(|(number, _)| number.to_string()).collect();
        match (excludes, numbers.is_empty()) {
            (false, _) => None,
            (true, true) => Some("false".into()),
            (true, false) => Some(format!(
                "{} in ({})",
                self.renderer.dialect.discriminator("document", &[]),
                numbers.join(",")
            )),
        }
    }

    /// The keys for which one of some conditions holds.
    fn one_of(&mut self, alternatives: &[&Expression]) -> String {
        let tenant = self.renderer.dialect.plain_parameter(1);
        let table = quoted(&self.renderer.table.name);
        let mut keys = Vec::with_capacity(alternatives.len());
        for alternative in alternatives {
            let condition = self.renderer.condition(alternative, NullLogic::TwoValued);
            keys.push(format!("select key from {table} where tenant = {tenant} and {condition}"));
        }
        format!("key in ({})", keys.join(" union all "))
    }

    /// The keys for which a condition holds. They come out sorted, so that a list by key needs no sorting and ends
    /// with its page.
    fn covering(&self, condition: &str) -> String {
        let tenant = self.renderer.dialect.plain_parameter(1);
        let table = quoted(&self.renderer.table.name);
        format!("key in (select key from {table} where tenant = {tenant} and {condition})")
    }
}

/// The conditions that a filter joins by `and`.
pub(super) fn conjuncts(query: &Query) -> Vec<&Expression> {
    match &query.filter {
        None => Vec::new(),
        Some(filter @ Expression::And(..)) => chain(filter),
        Some(filter) => vec![filter],
    }
}
