//! SQLite's plans of the statements: which index finds the rows, and which orders them.

use odata::edm::{Model, SetId};
use odata::query::Function::{Contains, EndsWith, StartsWith};
use odata::query::{Comparison, Cursor, Expression, Function, OrderKey, Path, PathStep};
use odata::{Key, Value};
use rusqlite::Connection;
use rusqlite::types::ToSqlOutput;
use uuid::Uuid;

use super::{connection, function, migrate};
use crate::library::{BOOK, COPIES, MARKS, WORK, WORKS, author_slot, library, property};
use crate::migrate::{Catalog, plan};
use crate::query::Query;
use crate::sql::{Cost, Dialect, ReadStatement, SqlSchema, SqlValue, select};

/// An empty database with the library's tables.
fn database() -> (Connection, Model, SqlSchema) {
    let connection = Connection::open_in_memory().unwrap();
    function::register(&connection).unwrap();
    connection.execute_batch(include_str!("../../migrations/sqlite/V1__base.sql")).unwrap();
    let plan = plan(library(), &Catalog::default(), Dialect::Sqlite).unwrap();
    for step in &plan.steps {
        let parameters = step.parameters.iter().map(bound);
        connection.execute(&step.text, rusqlite::params_from_iter(parameters)).unwrap();
    }
    migrate::steer(&connection, &plan.schema.layout).unwrap();
    (connection, plan.model, plan.schema)
}

fn bound(value: &SqlValue) -> ToSqlOutput<'_> {
    rusqlite::types::ToSql::to_sql(value).unwrap()
}

fn query_plan(connection: &Connection, text: &str) -> String {
    let mut statement = connection.prepare(&format!("explain query plan {text}")).unwrap();
    let mut rows = statement.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get::<_, String>(3).unwrap());
    }
    plan.join("\n")
}

fn path(model: &Model, name: &str) -> Path {
    let property = property(model, BOOK, name);
    let steps = vec![PathStep { property: property.id, slot: property.slot }];
    Path { scope: 0, steps, type_ref: property.type_ref }
}

fn compare(model: &Model, name: &str, comparison: Comparison) -> Expression {
    let literal = Expression::Literal(Value::String("x".into()));
    Expression::Compare(comparison, Box::new(Expression::Path(path(model, name))), Box::new(literal))
}

fn lower(model: &Model, name: &str) -> Expression {
    Expression::Call(Function::ToLower, vec![Expression::Path(path(model, name))])
}

fn call(model: &Model, function: Function, name: &str) -> Expression {
    let literal = Expression::Literal(Value::String("x".into()));
    Expression::Call(function, vec![Expression::Path(path(model, name)), literal])
}

fn contains(model: &Model, name: &str, part: &str) -> Expression {
    let property = model.properties.iter().find(|property| &*property.name == name).unwrap();
    let steps = vec![PathStep { property: property.id, slot: property.slot }];
    let text = Expression::Path(Path { scope: 0, steps, type_ref: property.type_ref });
    Expression::Call(Contains, vec![text, Expression::Literal(Value::String(part.into()))])
}

fn and(left: Expression, right: Expression) -> Expression {
    Expression::And(Box::new(left), Box::new(right))
}

fn by(model: &Model, name: &str, descending: bool) -> OrderKey {
    let path = path(model, name);
    OrderKey { kind: path.type_ref.kind, expression: Expression::Path(path), descending }
}

fn of(set: SetId) -> Query {
    Query::all(Uuid::nil(), set, 10)
}

#[test]
fn filters_find_rows_by_their_index() {
    let (connection, model, schema) = database();
    let filtered = |filter| Query { filter: Some(filter), ..of(WORKS) };
    let by_title = vec![by(&model, "title", false)];
    let after = |values| Some(Cursor { values, key: Key::parse("k") });
    let parent = Some(Key::parse("p"));
    let table: Vec<(&str, Query, &[&str], Cost)> = vec![
        ("all by key", of(WORKS), &["k0 (tenant=?)"], Cost::Point),
        (
            "after a key",
            Query { after: after(vec![]), ..of(WORKS) },
            &["k0 (tenant=? AND key>?)"],
            Cost::Point,
        ),
        ("contained", Query { parent, ..of(COPIES) }, &["k1 (tenant=? AND parent=?)"], Cost::Point),
        (
            "id eq",
            filtered(compare(&model, "id", Comparison::Equal)),
            &["k0 (tenant=? AND key=?)"],
            Cost::Point,
        ),
        (
            "indexed eq",
            filtered(compare(&model, "title", Comparison::Equal)),
            &["i0_p_title (tenant=? AND p_title=?)"],
            Cost::Point,
        ),
        (
            "unique eq",
            filtered(compare(&model, "isbn", Comparison::Equal)),
            &["i0u_p_isbn (tenant=? AND p_isbn=?)"],
            Cost::Point,
        ),
        (
            "indexed eq and another condition",
            filtered(and(
                compare(&model, "note", Comparison::Equal),
                compare(&model, "title", Comparison::Equal),
            )),
            &["i0_p_title (tenant=? AND p_title=?)"],
            Cost::Scan,
        ),
        (
            "indexed in",
            filtered(Expression::In(
                Box::new(Expression::Path(path(&model, "title"))),
                vec![Value::String("a".into()), Value::String("b".into())],
            )),
            &["i0_p_title (tenant=? AND p_title=?)"],
            Cost::Scan,
        ),
        (
            "caseless eq",
            filtered(Expression::Compare(
                Comparison::Equal,
                Box::new(lower(&model, "signature")),
                Box::new(Expression::Literal(Value::String("x".into()))),
            )),
            &["i0c_f_signature (tenant=? AND f_signature=?)"],
            Cost::Scan,
        ),
        (
            "caseless in",
            filtered(Expression::In(
                Box::new(lower(&model, "signature")),
                vec![Value::String("a".into()), Value::String("b".into())],
            )),
            &["i0c_f_signature (tenant=? AND f_signature=?)"],
            Cost::Scan,
        ),
        (
            "caseless, but as it is written",
            filtered(compare(&model, "signature", Comparison::Equal)),
            &["i0c_f_signature (tenant=? AND f_signature=?)"],
            Cost::Point,
        ),
        (
            "caseless startswith",
            filtered(call(&model, StartsWith, "signature")),
            &["i0c_f_signature (tenant=? AND f_signature>? AND f_signature<?)"],
            Cost::Scan,
        ),
        (
            "indexed startswith",
            filtered(call(&model, StartsWith, "title")),
            &["i0_p_title (tenant=? AND p_title>? AND p_title<?)"],
            Cost::Scan,
        ),
        (
            "indexed contains",
            filtered(call(&model, Contains, "title")),
            &["k0 (tenant=? AND key=?)", "USING COVERING INDEX i0_p_title (tenant=?)"],
            Cost::Scan,
        ),
        (
            "indexed endswith and an unindexed condition",
            filtered(and(call(&model, EndsWith, "title"), compare(&model, "note", Comparison::Equal))),
            &["k0 (tenant=? AND key=?)", "USING COVERING INDEX i0_p_title (tenant=?)"],
            Cost::Scan,
        ),
        (
            "either of two that are indexed",
            filtered(Expression::Or(
                Box::new(compare(&model, "title", Comparison::Equal)),
                Box::new(and(
                    compare(&model, "note", Comparison::NotEqual),
                    compare(&model, "isbn", Comparison::Equal),
                )),
            )),
            &[
                "k0 (tenant=? AND key=?)",
                "i0_p_title (tenant=? AND p_title=?)",
                "i0u_p_isbn (tenant=? AND p_isbn=?)",
            ],
            Cost::Scan,
        ),
        (
            "the presence of an indexed value",
            filtered(Expression::Compare(
                Comparison::NotEqual,
                Box::new(Expression::Path(path(&model, "title"))),
                Box::new(Expression::Literal(Value::Null)),
            )),
            &["k0 (tenant=?)"],
            Cost::Scan,
        ),
        (
            "indexed contains and an indexed eq",
            filtered(and(call(&model, Contains, "title"), compare(&model, "isbn", Comparison::Equal))),
            &["i0u_p_isbn (tenant=? AND p_isbn=?)"],
            Cost::Point,
        ),
        (
            "reference",
            Query { referring: Some((author_slot(&model), Key::parse("a"))), ..of(WORKS) },
            &["i0_r_author (tenant=? AND r_author=?)"],
            Cost::Point,
        ),
        (
            "in the order of an index",
            Query { order_by: by_title.clone(), ..of(WORKS) },
            &["i0_p_title (tenant=?)"],
            Cost::Scan,
        ),
        (
            "after a row in the order of an index",
            Query { after: after(vec![Value::String("t".into())]), order_by: by_title, ..of(WORKS) },
            &["i0_p_title (tenant=? AND p_title>?)"],
            Cost::Scan,
        ),
        ("many rows", Query { limit: 1_000, ..of(WORKS) }, &["k0 (tenant=?)"], Cost::Scan),
        ("of a type", Query { of_type: Some(BOOK), ..of(WORKS) }, &["k0 (tenant=?)"], Cost::Scan),
        ("of the declared type", Query { of_type: Some(WORK), ..of(WORKS) }, &["k0 (tenant=?)"], Cost::Point),
    ];
    for (name, query, expected, cost) in table {
        let statement: ReadStatement = select::list(&query, &schema, &model);
        let plan = query_plan(&connection, &statement.text);
        for part in expected {
            assert!(plan.contains(part), "{name}: {}\n{plan}", statement.text);
        }
        let sorts = plan.contains("TEMP B-TREE");
        let may_sort = ["in", "startswith"].iter().any(|word| name.contains(word));
        assert!(!sorts || may_sort, "{name}: sorts: {}\n{plan}", statement.text);
        assert_eq!(statement.cost, cost, "{name}");
    }
}

#[test]
fn candidates_are_looked_up_by_their_number() {
    let (connection, model, schema) = database();
    let filter = contains(&model, "note", "abc");
    let by_title = vec![by(&model, "title", true)];
    for order_by in [vec![], by_title] {
        let query = Query { filter: Some(filter.clone()), order_by, ..of(WORKS) };
        for statement in [select::list(&query, &schema, &model), select::count(&query, &schema, &model)] {
            let candidate_read = statement.candidate_read.unwrap();
            let plan = query_plan(&connection, &candidate_read.text);
            assert!(plan.contains("SEARCH works USING INTEGER PRIMARY KEY (rowid=?)"), "{plan}");
            let plan = query_plan(&connection, &candidate_read.documents);
            assert!(plan.contains("SEARCH works USING INTEGER PRIMARY KEY (rowid=?)"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
    // Where an index leads to the rows, or to all a parent contains, there is nothing to be candidate_read.
    for query in [
        Query { filter: Some(and(filter, compare(&model, "title", Comparison::Equal))), ..of(WORKS) },
        Query { filter: Some(contains(&model, "title", "ab")), ..of(WORKS) },
        Query { filter: Some(contains(&model, "condition", "abc")), ..of(COPIES) },
    ] {
        assert!(select::list(&query, &schema, &model).candidate_read.is_none(), "{query:?}");
    }
}

#[test]
fn counts_read_an_index_alone() {
    let (connection, model, schema) = database();
    let filtered = |filter| Query { filter: Some(filter), ..of(WORKS) };
    for (name, query) in [
        ("all", of(WORKS)),
        ("indexed eq", filtered(compare(&model, "title", Comparison::Equal))),
        ("indexed ne", filtered(compare(&model, "title", Comparison::NotEqual))),
        ("indexed contains", filtered(call(&model, Contains, "title"))),
    ] {
        let statement = select::count(&query, &schema, &model);
        let plan = query_plan(&connection, &statement.text);
        assert!(plan.starts_with("SEARCH works USING COVERING INDEX"), "{name}: {}\n{plan}", statement.text);
    }
}

#[test]
fn writes_find_rows_by_their_key() {
    let (connection, _, schema) = database();
    for set in [WORKS, COPIES, MARKS] {
        let statements = schema.statements(set);
        let mut texts = vec![statements.get.clone(), statements.update.clone(), statements.delete.clone()];
        texts.extend(
            statements.cascade.iter().flat_map(|cascade| [cascade.delete.clone(), cascade.size.clone()]),
        );
        texts.extend(statements.parent_exists.clone());
        for text in texts {
            let plan = query_plan(&connection, &text);
            assert!(!plan.contains("SCAN"), "{text}\n{plan}");
            assert!(!plan.contains("(tenant=?)"), "{text}\n{plan}");
        }
    }
}

#[test]
fn postgres_reads_a_list_by_key_from_the_keys_index() {
    // PostgreSQL has an index for an order only if both say the same of nulls, and the key's index says nothing.
    let plan = plan(library(), &Catalog::default(), Dialect::Postgres).unwrap();
    let text = select::list(&of(WORKS), &plan.schema, &plan.model).text;
    assert!(text.ends_with(" order by key limit 10"), "{text}");
    let order_by = vec![by(&plan.model, "title", true)];
    let text = select::list(&Query { order_by, ..of(WORKS) }, &plan.schema, &plan.model).text;
    assert!(text.ends_with(r#" order by "p_title" desc nulls last, key limit 10"#), "{text}");
}

#[test]
fn the_journal_of_an_older_file_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::File::create(&path).unwrap();
    let mut connection = connection::writer(&path).unwrap();
    migrate::migrate_to(&mut connection, 3).unwrap();
    let entries = 12_000;
    let insert = "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1) \
         insert into journal select n, n % 3, n, 1, 0, 1, 1, x'00', x'0261' from n";
    connection.execute(insert, [entries]).unwrap();
    migrate::migrate(&mut connection, &path, library()).unwrap();
    let moved = "select count(*), min(sequence), max(sequence), sum(tenant) from journal";
    let found = connection.query_row(moved, (), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    });
    assert_eq!(found.unwrap(), (entries, 1, entries, entries));
    let left = "select count(*) from sqlite_schema where name in ('journal_before', 'journal_tenant')";
    assert_eq!(connection.query_row(left, (), |row| row.get::<_, i64>(0)).unwrap(), 0);
}
