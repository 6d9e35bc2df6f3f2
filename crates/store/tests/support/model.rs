//! An invented model, built by hand: a library with works (books and films), their copies and marks, and authors.
#![allow(dead_code, missing_docs)]

use odata::Value;
use odata::edm::{
    EntitySet, EnumId, EnumType, Kind, Member, Model, Navigation, NavigationId, Primitive, Property,
    PropertyId, Restrictions, SetId, SetKind, Structure, StructuredType, TypeId, TypeRef, Versions,
};

pub const ENTITY: TypeId = TypeId(0);
pub const WORK: TypeId = TypeId(1);
pub const BOOK: TypeId = TypeId(2);
pub const FILM: TypeId = TypeId(3);
pub const COPY: TypeId = TypeId(4);
pub const MARK: TypeId = TypeId(5);
pub const AUTHOR: TypeId = TypeId(6);
pub const SHELF: TypeId = TypeId(7);

pub const WORKS: SetId = SetId(0);
pub const COPIES: SetId = SetId(1);
pub const MARKS: SetId = SetId(2);
pub const COVER: SetId = SetId(3);
pub const IMAGES: SetId = SetId(4);
pub const AUTHORS: SetId = SetId(5);

/// Builds a model declaration by declaration; slots are numbered as they come.
pub struct Builder {
    pub model: Model,
}

pub fn library() -> Model {
    let mut builder = Builder { model: Model::default() };
    builder.types();
    builder.works();
    builder.rest();
    builder.sets();
    builder.finish()
}

/// Members numbered as they come.
fn members(names: &[&str]) -> Vec<Member> {
    let member = |(value, name): (usize, &&str)| Member {
        name: (*name).into(),
        value: i64::try_from(value).unwrap(),
        versions: Versions::BOTH,
    };
    names.iter().enumerate().map(member).collect()
}

impl Builder {
    fn types(&mut self) {
        for (name, structure, base, root) in [
            ("entity", Structure::Entity, None, ENTITY),
            ("work", Structure::Entity, Some(ENTITY), WORK),
            ("book", Structure::Entity, Some(WORK), WORK),
            ("film", Structure::Entity, Some(WORK), WORK),
            ("copy", Structure::Entity, Some(ENTITY), COPY),
            ("mark", Structure::Entity, Some(ENTITY), MARK),
            ("author", Structure::Entity, Some(ENTITY), AUTHOR),
            ("shelf", Structure::Complex, None, SHELF),
        ] {
            let id = TypeId(u16::try_from(self.model.types.len()).unwrap());
            self.model.types.push(StructuredType {
                id,
                namespace: "library".into(),
                name: name.into(),
                structure,
                base,
                is_abstract: id == ENTITY,
                properties: Vec::new(),
                navigations: Vec::new(),
                root,
                hierarchy: Vec::new(),
                slots: 0,
                versions: Versions::BOTH,
                description: None,
            });
            self.model.types[root.index()].hierarchy.push(id);
        }
        self.model.enums.push(EnumType {
            id: EnumId(0),
            namespace: "library".into(),
            name: "genre".into(),
            is_flags: false,
            members: members(&["none", "poem", "essay", "play"]),
            versions: Versions::BOTH,
        });
    }

    fn works(&mut self) {
        let text = Kind::Primitive(Primitive::String);
        self.property(ENTITY, "id", text).type_ref.nullable = false;
        self.property(WORK, "title", text).indexed = true;
        self.property(WORK, "isbn", text).unique = true;
        self.property(WORK, "published", Kind::Primitive(Primitive::DateTimeOffset)).indexed = true;
        self.required(WORK, "genre", Kind::Enum(EnumId(0)), Value::Enum(0)).indexed = true;
        self.required(WORK, "lent", Kind::Primitive(Primitive::Boolean), Value::Boolean(false));
        self.property(WORK, "pages", Kind::Primitive(Primitive::Int32));
        self.property(WORK, "rating", Kind::Primitive(Primitive::Double));
        self.property(WORK, "note", text);
        self.property(WORK, "signature", text).caseless = true;
        self.property(WORK, "shelf", Kind::Complex(SHELF));
        self.property(WORK, "combination", text).secret = true;
        self.property(WORK, "tags", text).type_ref.collection = true;
        self.property(WORK, "loan", Kind::Primitive(Primitive::Duration));
        self.property(WORK, "shelves", Kind::Complex(SHELF)).type_ref.collection = true;
        self.property(BOOK, "chapters", Kind::Primitive(Primitive::Int32));
        self.property(FILM, "minutes", Kind::Primitive(Primitive::Int32));
    }

    fn rest(&mut self) {
        let text = Kind::Primitive(Primitive::String);
        self.property(SHELF, "room", text);
        self.property(SHELF, "position", Kind::Primitive(Primitive::Int32));
        self.property(COPY, "condition", text).indexed = true;
        self.property(MARK, "text", text);
        self.property(AUTHOR, "name", text).indexed = true;
        // A reference, numbered like the properties, and its inverse.
        let author = self.navigation(WORK, "author", AUTHOR, AUTHORS);
        author.slot = Some(0);
        let author = author.id;
        let works = self.navigation(AUTHOR, "works", WORK, WORKS);
        works.collection = true;
        works.partner = Some(author);
        let copies = self.navigation(WORK, "copies", COPY, COPIES);
        (copies.collection, copies.contained) = (true, true);
    }

    fn sets(&mut self) {
        for (path, entity_type, kind, parent) in [
            ("library/works", WORK, SetKind::Collection, None),
            ("library/works/copies", COPY, SetKind::Collection, Some(WORKS)),
            ("library/works/copies/marks", MARK, SetKind::Collection, Some(COPIES)),
            ("library/works/cover", COPY, SetKind::Singleton, Some(WORKS)),
            ("library/works/cover/images", MARK, SetKind::Collection, Some(COVER)),
            ("library/authors", AUTHOR, SetKind::Collection, None),
        ] {
            let id = SetId(u16::try_from(self.model.sets.len()).unwrap());
            self.model.sets.push(EntitySet {
                id,
                path: path.into(),
                name: path.rsplit('/').next().unwrap().into(),
                entity_type,
                kind,
                parent,
                navigation: Some(NavigationId(0)),
                restrictions: Restrictions::default(),
                versions: Versions::BOTH,
                stored_in: id,
            });
        }
    }

    /// Declares a nullable property.
    pub fn property(&mut self, declared_by: TypeId, name: &str, kind: Kind) -> &mut Property {
        let id = PropertyId(u16::try_from(self.model.properties.len()).unwrap());
        self.model.properties.push(Property {
            id,
            name: name.into(),
            declared_by,
            slot: 0,
            type_ref: TypeRef { kind, collection: false, nullable: true },
            versions: Versions::BOTH,
            max_length: None,
            max_items: None,
            alternate_key: false,
            tokenized: false,
            default: None,
            computed: false,
            immutable: false,
            secret: false,
            indexed: false,
            looked_up: false,
            caseless: false,
            unique: false,
            description: None,
        });
        &mut self.model.properties[id.index()]
    }

    /// Declares a property that is never null.
    pub fn required(&mut self, declared_by: TypeId, name: &str, kind: Kind, default: Value) -> &mut Property {
        let property = self.property(declared_by, name, kind);
        property.type_ref.nullable = false;
        property.default = Some(default);
        property
    }

    fn navigation(&mut self, declared_by: TypeId, name: &str, target: TypeId, set: SetId) -> &mut Navigation {
        let id = NavigationId(u16::try_from(self.model.navigations.len()).unwrap());
        self.model.navigations.push(Navigation {
            id,
            name: name.into(),
            declared_by,
            target,
            collection: false,
            nullable: true,
            contained: false,
            set: Some(set),
            partner: None,
            slot: None,
            versions: Versions::BOTH,
            restrictions: Restrictions::default(),
            derived: false,
            not_implemented: false,
            view_of: None,
            description: None,
        });
        &mut self.model.navigations[id.index()]
    }

    /// Hands properties and navigations down to derived types and numbers the slots.
    pub fn finish(mut self) -> Model {
        renumber(&mut self.model);
        self.model
    }
}

/// Lists each type's own and inherited members, and numbers the slots of each hierarchy in declared order.
pub fn renumber(model: &mut Model) {
    for index in 0..model.types.len() {
        let mut line = vec![model.types[index].id];
        while let Some(base) = model.structured(line[0]).base {
            line.insert(0, base);
        }
        let declares = |declared_by: TypeId| line.contains(&declared_by);
        let properties = model.properties.iter().filter(|p| declares(p.declared_by)).map(|p| p.id).collect();
        let navigations =
            model.navigations.iter().filter(|n| declares(n.declared_by)).map(|n| n.id).collect();
        model.types[index].properties = properties;
        model.types[index].navigations = navigations;
    }
    for root in model.types.iter().filter(|t| t.root == t.id).map(|t| t.id).collect::<Vec<_>>() {
        number_hierarchy(model, root);
    }
}

fn number_hierarchy(model: &mut Model, root: TypeId) {
    let hierarchy = model.structured(root).hierarchy.clone();
    // Slot 0 of an entity is its `id`, which a common base declares.
    let mut next = u16::from(model.structured(root).structure == Structure::Entity);
    let of_hierarchy = |declared_by: TypeId| hierarchy.contains(&declared_by) && declared_by != ENTITY;
    for property in model.properties.iter_mut().filter(|p| of_hierarchy(p.declared_by)) {
        property.slot = next;
        next += 1;
    }
    for navigation in model.navigations.iter_mut().filter(|n| of_hierarchy(n.declared_by) && n.slot.is_some())
    {
        navigation.slot = Some(next);
        next += 1;
    }
    for member in hierarchy {
        model.types[member.index()].slots = next;
    }
}

/// The slot of a property of a type.
pub fn slot(model: &Model, owner: TypeId, name: &str) -> u16 {
    property(model, owner, name).slot
}

/// A property of a type.
pub fn property<'m>(model: &'m Model, owner: TypeId, name: &str) -> &'m Property {
    let mut properties = model.structured(owner).properties.iter().map(|id| model.property(*id));
    properties.find(|property| &*property.name == name).unwrap()
}

/// The slot of the reference from a work to its author.
pub fn author_slot(model: &Model) -> u16 {
    model.navigations.iter().find_map(|navigation| navigation.slot).unwrap()
}
