//! The pure parts of the writer: which units go together, and the texts of many rows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use super::plan::WritePlan;
use super::tables::WriterTables;
use crate::layout::Layout;
use crate::library::{COPIES, IMAGES, WORKS, library};
use crate::migrate::{Catalog, plan};
use crate::quota::{Quota, Quotas, Usage};
use crate::sql::many_rows::ManyRowStatements;
use crate::sql::{Dialect, PreparedChange, PreparedUnit, RowState};
use crate::unit::Actor;

fn tables(quotas: Quotas) -> WriterTables {
    let plan = plan(library(), &Catalog::default(), Dialect::Postgres).unwrap();
    WriterTables::new(Arc::new(plan.schema), Arc::new(quotas))
}

fn layout() -> Layout {
    plan(library(), &Catalog::default(), Dialect::Postgres).unwrap().schema.layout
}

fn unit(changes: Vec<PreparedChange>) -> PreparedUnit {
    let actor = Actor { id: Uuid::nil(), application: Uuid::nil() };
    PreparedUnit::new((Uuid::nil(), actor, Uuid::nil(), Ticks(0)), changes).unwrap()
}

fn state() -> RowState {
    RowState { document: "[]".into(), ..RowState::default() }
}

fn insert(set: SetId, parent: Option<&str>, key: &str) -> PreparedChange {
    let (parent, key) = (parent.map(|parent| parent.into()), key.into());
    PreparedChange::Insert { set, parent, key, state: state() }
}

fn update(key: &str) -> PreparedChange {
    PreparedChange::Update { set: WORKS, parent: None, key: key.into(), expected: 1, state: state() }
}

fn unchanged() -> PreparedChange {
    PreparedChange::Unchanged { set: WORKS, since: 0 }
}

fn delete(key: &str) -> PreparedChange {
    PreparedChange::Delete { set: WORKS, parent: None, key: key.into(), expected: 1 }
}

#[test]
fn units_that_do_not_meet_are_written_together() {
    let (work, copy) = (|key| insert(WORKS, None, key), |parent, key| insert(COPIES, Some(parent), key));
    let cases = [
        ("two entities", vec![vec![work("a")], vec![work("b")]], vec![0, 1]),
        ("one entity twice", vec![vec![work("a")], vec![update("a")]], vec![0]),
        ("one entity twice in a unit", vec![vec![work("a"), update("a")], vec![work("b")]], vec![1]),
        ("a delete", vec![vec![delete("a")], vec![work("b")]], vec![1]),
        ("siblings", vec![vec![copy("a", "c")], vec![copy("a", "d")]], vec![0, 1]),
        ("a parent after its child", vec![vec![copy("a", "c")], vec![update("a")]], vec![0]),
        ("a child after its parent", vec![vec![update("a")], vec![copy("a", "c")]], vec![0]),
        ("parent and child in a unit", vec![vec![work("a"), copy("a", "c")]], vec![0]),
        ("a change and who relies on none", vec![vec![work("a")], vec![work("b"), unchanged()]], vec![0]),
        (
            "who relies on no change, and a change",
            vec![vec![unchanged(), work("b")], vec![work("a")]],
            vec![0, 1],
        ),
        ("what a refused unit touches is free", vec![vec![work("a"), delete("b")], vec![work("a")]], vec![1]),
    ];
    for (case, units, expected) in cases {
        let units: Vec<PreparedUnit> = units.into_iter().map(unit).collect();
        let plan =
            WritePlan::new(&tables(Quotas::default()), &units.iter().collect::<Vec<_>>(), &HashSet::new());
        assert_eq!(plan.grouped, expected, "{case}");
        let entries: usize = units.iter().map(|unit| unit.entries.len()).sum();
        assert_eq!(plan.numbers[&Uuid::nil()].count, entries as i64, "{case}");
    }
}

#[test]
fn suspects_are_written_one_by_one() {
    let units = [unit(vec![update("a")]), unit(vec![update("b")])];
    let plan =
        WritePlan::new(&tables(Quotas::default()), &units.iter().collect::<Vec<_>>(), &HashSet::from([0]));
    assert_eq!((plan.grouped, plan.single), (vec![1], vec![0]));
}

#[test]
fn what_a_counted_tenant_adds_is_known_before_its_units_are_written_together() {
    let of_tenants = HashMap::from([(Uuid::nil(), Quota::default())]);
    let tables = tables(Quotas { counted_set: Some(COPIES), of_tenants });
    let works = unit(vec![insert(WORKS, None, "a"), insert(WORKS, None, "b")]);
    let units = [works, unit(vec![insert(COPIES, Some("p"), "c")]), unit(vec![update("d")])];
    let plan = |tables: &WriterTables| {
        let plan = WritePlan::new(tables, &units.iter().collect::<Vec<_>>(), &HashSet::new());
        (plan.grouped, plan.single, plan.numbers[&Uuid::nil()].growth)
    };
    let all = Usage { records: 3, bytes: 6, counted: 1 };
    assert_eq!(plan(&tables), (vec![0, 1], vec![2], Some(all)));
    tables.note_full(Uuid::nil(), true);
    assert_eq!(plan(&tables), (vec![], vec![0, 1, 2], Some(Usage::default())), "one that may be refused");
}

#[test]
fn an_insert_of_many_rows_looks_for_parents_and_passes_over_what_is_taken() {
    let layout = layout();
    let text = ManyRowStatements::render(&layout, layout.table(COPIES)).insert;
    assert_eq!(
        &*text,
        "insert into \"works_copies\" (tenant, parent, key, version, \"p_condition\", document) \
         select source.tenant, source.parent, source.key, last.sequence - source.back, source.\"p_condition\", \
         source.document::json from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bigint[], \
         $5::text[], $6::text[]) as source(tenant, parent, key, back, \"p_condition\", document) \
         join tenant as last on last.id = source.tenant where exists (select 1 from \"works\" as holder \
         where holder.tenant = source.tenant and holder.key = source.parent) \
         on conflict do nothing returning tenant, version"
    );
}

#[test]
fn what_a_singleton_contains_needs_the_entity_around_it() {
    let layout = layout();
    let text = ManyRowStatements::render(&layout, layout.table(IMAGES)).insert;
    assert!(text.contains("from \"works\" as holder"), "{text}");
}

#[test]
fn an_update_of_many_rows_changes_them_in_the_expected_version_only() {
    let layout = layout();
    let text = ManyRowStatements::render(&layout, layout.table(COPIES)).update;
    assert!(text.contains("target.parent = source.parent and target.key = source.key"), "{text}");
    assert!(
        text.contains("target.version = source.expected returning target.tenant, target.version"),
        "{text}"
    );
}
