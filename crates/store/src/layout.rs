//! Tables, columns and indexes of the entity sets: the only file that knows where a property rests.

use std::collections::HashSet;

use odata::edm::{
    EntitySet, Kind, Model, NavigationId, Primitive, Property, PropertyId, SetId, SetKind, TypeId, Versions,
};

/// The tables of one model's entity sets. Built by [`crate::migrate::plan`].
#[derive(Debug)]
pub(crate) struct Layout {
    /// In the order of [`SetId`].
    tables: Vec<Table>,
    /// The set of each number in the journal; None if it has left the model.
    sets: Vec<Option<SetId>>,
    /// The views that were sets of their own once, each with the table that it had.
    pub former_views: Vec<(SetId, String)>,
}

/// The table of an entity set: `tenant`, `parent` (if the set has one), `key`, `version`, the columns,
/// `document`, `sealed` (if its types have secrets), `detached` (if they have binary values).
#[derive(Debug)]
pub(crate) struct Table {
    /// The set's number in the journal: never changes, whatever becomes of the model.
    pub number: i32,
    /// The table's name, unquoted.
    pub name: Box<str>,
    /// The declared type of its entities.
    pub entity_type: TypeId,
    /// Whether it is the table of another set, of which this one is a view.
    pub is_view: bool,
    pub parent: Option<SetId>,
    /// The sets that its entities contain.
    pub children: Vec<SetId>,
    /// At most one entity for each parent, with the parent's key.
    pub singleton: bool,
    pub columns: Vec<Column>,
    /// Slots of the texts that a search looks at, ascending: all single strings but the key, secrets and what is hidden.
    pub searched: Vec<u16>,
    /// Slots of secret properties: null in the document, sealed in `sealed`.
    pub secrets: Vec<u16>,
    /// The secret properties, in the same order.
    pub secret_properties: Vec<PropertyId>,
    /// Whether there is a column `sealed`.
    pub sealed: bool,
    /// The slot of the first binary property: its value rests in the column `detached`.
    pub detached: Option<u16>,
}

/// A column of a property or reference, with an index of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// `p_…`, `f_…` or `r_…`, unquoted.
    pub name: Box<str>,
    /// The slot whose value it repeats.
    pub slot: u16,
    pub source: ColumnSource,
    pub kind: ColumnKind,
    pub unique: bool,
    /// The index's name, unquoted: on `(tenant, column)` if unique, else `(tenant, column, key)`, and in a contained set
    /// `(tenant, parent, column, key)`.
    pub index: Box<str>,
}

impl Column {
    /// Whether its index leads to the rows within one parent: what is contained is looked for in what contains it. A
    /// reference is followed from wherever it leads to.
    pub fn is_in_parent(&self, table: &Table) -> bool {
        table.parent.is_some() && !self.unique && self.source != ColumnSource::Reference
    }
}

/// The value that a column repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnSource {
    Property(PropertyId),
    /// A property's text without its case.
    Folded(PropertyId),
    /// The key of a reference's target.
    Reference,
}

/// The type of a column, or of an element of the document as a filter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// `text`, in PostgreSQL with `collate "C"`: strings, GUIDs (lower case), base64.
    Text,
    /// 64-bit integers: numbers, ticks, enumerations.
    Integer,
    /// 64-bit integers too, 0 and 1, but `true` and `false` in the document.
    Boolean,
    /// Floating-point numbers of 64 bits.
    Real,
    /// [`odata::Key::to_bytes`] of a reference's target; text in the document.
    Key,
}

/// The constraint that an insert or update violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    Key,
    Unique(PropertyId),
}

/// Tables of the base migration: no entity set may take their names.
const FIXED_TABLES: [&str; 20] = [
    "audit_checkpoint",
    "audit_position",
    "restoration",
    "unfinished_restore",
    "key_state",
    "key_holder",
    "tenant_record",
    "audit_head",
    "idempotency",
    "schema_lock",
    "numbered",
    "journal_pruned",
    "identity",
    "tenant",
    "journal",
    "tenant_key",
    "refinery_schema_history",
    "job",
    "ledger",
    "unindexed",
];
/// Longer names are cut: PostgreSQL knows 63 bytes, and an index's name is a column's and a number.
const NAME_MAX: usize = 40;

impl Layout {
    /// The layout of a model whose slots are settled; `paths` are the sets' paths by number. `is_shared`: several processes
    /// may use the database, so that what is looked up has an index in it.
    pub fn new(model: &Model, paths: &[String], is_shared: bool) -> Result<Layout, String> {
        let names = table_names(paths);
        let mut sets = vec![None; paths.len()];
        let mut tables = Vec::with_capacity(model.sets.len());
        let mut former_views = Vec::new();
        for set in &model.sets {
            let stored_in = model.stored_in(set.id);
            let number = paths.iter().position(|path| **path == *stored_in.path);
            let number = number.ok_or_else(|| format!("the set {} has no number", stored_in.path))?;
            sets[number] = Some(stored_in.id);
            let own = paths.iter().position(|path| **path == *set.path);
            if let Some(own) = own.filter(|own| *own != number) {
                sets[own] = Some(stored_in.id);
                former_views.push((set.id, names[own].clone()));
            }
            tables.push(Table::new(model, set, number, &names[number], is_shared)?);
        }
        Ok(Layout { tables, sets, former_views })
    }

    /// The table of a set.
    pub fn table(&self, set: SetId) -> &Table {
        &self.tables[set.index()]
    }

    /// The sets that have a table of their own.
    pub fn sets(&self) -> impl Iterator<Item = SetId> {
        self.tables.iter().zip(0..).filter(|(table, _)| !table.is_view).map(|(_, index)| SetId(index))
    }

    /// All tables, by set: that of a set with views is there for each of them.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The tables that there are in the database, each once.
    pub fn stored_tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|table| !table.is_view)
    }

    /// The table that must hold the parent of an entity; None if its set has no parent. A singleton need not have been
    /// written to contain something: then it is the entity around it, whose key it has.
    pub fn holder(&self, table: &Table) -> Option<&Table> {
        let mut holder = self.table(table.parent?);
        while holder.singleton {
            holder = self.table(holder.parent?);
        }
        Some(holder)
    }

    /// The set that the journal calls by this number, if the model still has it.
    pub fn set_of(&self, number: i64) -> Option<SetId> {
        self.sets.get(usize::try_from(number).ok()?).copied().flatten()
    }
}

impl Table {
    fn new(
        model: &Model,
        set: &EntitySet,
        number: usize,
        name: &str,
        is_shared: bool,
    ) -> Result<Table, String> {
        let secret = properties(model, set.entity_type).filter(|property| property.secret);
        let (secrets, secret_properties): (Vec<u16>, _) =
            secret.map(|property| (property.slot, property.id)).unzip();
        let mut searched: Vec<u16> = properties(model, set.entity_type)
            .filter(|property| property.type_ref.kind == Kind::Primitive(Primitive::String))
            .filter(|property| !property.type_ref.collection && !property.secret && property.slot != 0)
            .filter(|property| property.versions != Versions::NONE)
            .map(|property| property.slot)
            .collect();
        searched.sort_unstable();
        let children = model.sets.iter().filter(|child| child.parent == Some(set.id));
        Ok(Table {
            number: i32::try_from(number).map_err(|_| "too many sets")?,
            name: name.into(),
            entity_type: set.entity_type,
            is_view: set.stored_in != set.id,
            parent: set.parent,
            children: children.map(|child| child.id).collect(),
            singleton: set.kind == SetKind::Singleton,
            columns: columns(model, set.entity_type, number, is_shared),
            searched,
            sealed: !secrets.is_empty(),
            detached: detached_slot(model, set.entity_type),
            secrets,
            secret_properties,
        })
    }

    /// Whether it has a column of this name. Those of secrets and of a binary value stay when these have left the model.
    pub fn has_column(&self, name: &str) -> bool {
        matches!(name, "tenant" | "key" | "version" | "document" | "sealed" | "detached")
            || name == "parent" && self.parent.is_some()
            || self.columns.iter().any(|column| *column.name == *name)
    }

    /// The column of a property, if it has one.
    pub fn column_of(&self, property: PropertyId) -> Option<&Column> {
        self.columns.iter().find(|column| column.source == ColumnSource::Property(property))
    }

    /// The column of a property's text without its case, if it has one.
    pub fn folded_column_of(&self, property: PropertyId) -> Option<&Column> {
        self.columns.iter().find(|column| column.source == ColumnSource::Folded(property))
    }

    /// The column of a reference's slot, if it has one.
    pub fn reference(&self, slot: u16) -> Option<&Column> {
        self.columns.iter().find(|column| column.source == ColumnSource::Reference && column.slot == slot)
    }

    /// The violation of an index or constraint by its name; the primary key is `<table>_pkey`.
    pub fn violated(&self, index: &str) -> Violation {
        let column = self.columns.iter().find(|column| &*column.index == index);
        match column.map(|column| column.source) {
            Some(ColumnSource::Property(property)) => Violation::Unique(property),
            Some(ColumnSource::Folded(_) | ColumnSource::Reference) | None => Violation::Key,
        }
    }
}

impl ColumnKind {
    /// The kind of a property's single value; None for complex values.
    pub fn of(kind: Kind) -> Option<ColumnKind> {
        match kind {
            Kind::Enum(_) => Some(ColumnKind::Integer),
            Kind::Primitive(primitive) => Some(match primitive {
                Primitive::Boolean => ColumnKind::Boolean,
                Primitive::Double => ColumnKind::Real,
                Primitive::DateTimeOffset | Primitive::Duration => ColumnKind::Integer,
                Primitive::Int32 | Primitive::Int64 => ColumnKind::Integer,
                Primitive::Binary | Primitive::Guid | Primitive::String => ColumnKind::Text,
            }),
            Kind::Complex(_) | Kind::Entity(_) => None,
        }
    }
}

/// The names of all tables by number: the path without its first segment, made unlike all before it. A name
/// depends only on lower numbers, which never change, so it never changes either.
fn table_names(paths: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = FIXED_TABLES.iter().map(|name| (*name).to_owned()).collect();
    let name_of = |(number, path): (usize, &String)| {
        let below_first = path.split_once('/').map_or(&**path, |(_, rest)| rest);
        let mut name = below_first.replace('/', "_");
        // SQLite compares names without case.
        if name.len() > NAME_MAX || !taken.insert(name.to_ascii_lowercase()) {
            name = format!("{}_{number}", cut(&name));
            taken.insert(name.to_ascii_lowercase());
        }
        name
    };
    paths.iter().enumerate().map(name_of).collect()
}

fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_MAX)]
}

/// The properties of all types of a hierarchy, each once.
fn properties(model: &Model, entity_type: TypeId) -> impl Iterator<Item = &Property> {
    let mut seen = HashSet::new();
    let root = model.structured(model.structured(entity_type).root);
    let ids = root.hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
    ids.map(|id| model.property(*id)).filter(move |property| seen.insert(property.id))
}

/// The lowest slot of a binary property that is neither secret nor indexed: new ones are higher, so it stays the same.
fn detached_slot(model: &Model, entity_type: TypeId) -> Option<u16> {
    let is_binary = |property: &&Property| {
        property.type_ref.kind == Kind::Primitive(Primitive::Binary) && !property.type_ref.collection
    };
    let plain = |property: &&Property| {
        let is_column = property.indexed || property.looked_up || property.unique || property.caseless;
        !(property.secret || is_column)
    };
    properties(model, entity_type).filter(is_binary).filter(plain).map(|property| property.slot).min()
}

fn columns(model: &Model, entity_type: TypeId, number: usize, is_shared: bool) -> Vec<Column> {
    let root = model.structured(entity_type).root;
    let column = |prefix: &str, name: &str, declared_by: TypeId, slot: u16, kind: &str| {
        // Derived types may give one name to several things.
        let plain = name.len() <= NAME_MAX && model.structured(declared_by).root == declared_by;
        let name = if plain { format!("{prefix}_{name}") } else { format!("{prefix}_{}_{slot}", cut(name)) };
        (format!("i{number}{kind}_{name}").into_boxed_str(), name.into_boxed_str())
    };
    let of_properties = properties(model, entity_type).filter_map(|property| {
        // `id` is in the column `key`; a secret rests nowhere but sealed.
        // One of the text without its case leads to the text itself, too.
        let indexed = (property.indexed || property.looked_up && is_shared) && !property.caseless;
        let wanted = (indexed || property.unique) && !property.secret && property.slot != 0;
        let single = wanted && !property.type_ref.collection;
        let kind = ColumnKind::of(property.type_ref.kind).filter(|_| single)?;
        // An index that becomes unique is another index.
        let kind_of_index = if property.unique { "u" } else { "" };
        let (index, name) = column("p", &property.name, property.declared_by, property.slot, kind_of_index);
        let source = ColumnSource::Property(property.id);
        Some(Column { name, slot: property.slot, source, kind, unique: property.unique, index })
    });
    let mut columns: Vec<Column> = of_properties.collect();
    let folded = |property: &&Property| property.caseless && (is_shared || !property.looked_up);
    columns.extend(properties(model, entity_type).filter(folded).map(|property| {
        let (index, name) = column("f", &property.name, property.declared_by, property.slot, "c");
        let (source, kind) = (ColumnSource::Folded(property.id), ColumnKind::Text);
        Column { name, slot: property.slot, source, kind, unique: false, index }
    }));
    let hierarchy = model.structured(root).hierarchy.iter();
    let mut seen = HashSet::new();
    for id in hierarchy.flat_map(|id| &model.structured(*id).navigations).filter(|id| seen.insert(**id)) {
        let navigation = model.navigation(*id);
        let Some(slot) = navigation.slot.filter(|_| has_inverse(model, *id)) else { continue };
        let (index, name) = column("r", &navigation.name, navigation.declared_by, slot, "");
        let (source, kind) = (ColumnSource::Reference, ColumnKind::Key);
        columns.push(Column { name, slot, source, kind, unique: false, index });
    }
    columns
}

fn has_inverse(model: &Model, reference: NavigationId) -> bool {
    model.navigations.iter().any(|navigation| navigation.partner == Some(reference))
}
