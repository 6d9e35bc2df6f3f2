//! An invented model for the tests of this crate's URLs and queries: a library with books and authors.

use crate::edm::{
    EntitySet, EnumId, EnumType, Kind, Member, Model, Navigation, NavigationId, Operation, OperationId,
    OperationKind, Parameter, Permissions, Primitive, Property, PropertyId, Restrictions, SetId, SetKind,
    Structure, StructuredType, TypeId, TypeRef, Versions,
};

/// Everything is shown by both versions, except `notes`, `recall` and `catalogues`.
pub(crate) fn library() -> Model {
    let mut b = Builder(Model::default());
    let genre = b.enumeration("genre", false, &[("unknown", 0), ("fiction", 1), ("science", 2)]);
    let days = b.enumeration("openingDays", true, &[("none", 0), ("monday", 1), ("tuesday", 2)]);

    let binding = b.complex("binding", None);
    b.property(binding, "material", STRING);
    let condition = b.complex("condition", None);
    b.property(condition, "note", STRING);
    b.property(condition, "inspected", Kind::Primitive(Primitive::DateTimeOffset));
    b.property(condition, "binding", Kind::Complex(binding));
    b.property(condition, "keeper", STRING).secret = true;
    let damaged = b.complex("damagedCondition", Some(condition));
    b.property(damaged, "pagesMissing", Kind::Primitive(Primitive::Int32));

    let entity = b.entity("entity", None);
    b.property(entity, "id", STRING);
    let book = b.entity("book", Some(entity));
    b.property(book, "title", STRING);
    for primitive in Primitive::ALL {
        if primitive != Primitive::String {
            b.property(book, &format!("a{}", primitive.name()), Kind::Primitive(primitive));
        }
    }
    b.property(book, "genre", Kind::Enum(genre));
    b.property(book, "days", Kind::Enum(days));
    b.property(book, "condition", Kind::Complex(condition));
    b.property(book, "tags", STRING).type_ref.collection = true;
    b.property(book, "shelfCode", STRING).secret = true;
    b.property(book, "notes", STRING).versions = Versions::BETA;
    let novel = b.entity("novel", Some(book));
    b.property(novel, "protagonist", STRING);
    let author = b.entity("author", Some(entity));
    b.property(author, "name", STRING);
    let chapter = b.entity("chapter", Some(entity));
    b.property(chapter, "heading", STRING);
    let catalogue = b.entity("catalogue", Some(entity));
    let library = b.entity("library", Some(entity));
    b.property(library, "name", STRING);

    let root = b.set("library", library, SetKind::Singleton, None, None);
    b.set("readers", author, SetKind::Collection, None, None);
    let books = b.contained(library, "books", book, true, None, root);
    b.contained(book, "chapters", chapter, true, Some(books), books);
    b.contained(book, "summary", chapter, false, Some(books), books);
    let authors = b.contained(library, "authors", author, true, None, root);
    b.reference(book, "author", author, false, Some(authors));
    b.reference(author, "books", book, true, Some(books));
    let archive = b.reference(library, "catalogues", catalogue, true, None);
    archive.versions = Versions::BETA;
    b.reference(catalogue, "authors", author, true, Some(authors));
    b.reference(catalogue, "entries", chapter, true, None);

    let text = TypeRef { kind: STRING, collection: false, nullable: true };
    let texts = TypeRef { collection: true, ..text };
    let count = TypeRef { kind: Kind::Primitive(Primitive::Int32), ..text };
    let yes = TypeRef { kind: Kind::Primitive(Primitive::Boolean), ..text };
    let many_books = TypeRef { kind: Kind::Entity(book), collection: true, nullable: false };
    let (action, function) = (OperationKind::Action, OperationKind::Function);
    b.operation(action, "lend", book, false, &[("reader", text)], None);
    b.operation(action, "import", book, true, &[("books", many_books)], Some(many_books));
    b.operation(action, "recall", book, false, &[], None).versions = Versions::BETA;
    b.operation(action, "shred", book, false, &[], None).not_implemented = true;
    b.operation(action, "audit", book, false, &[], None).namespace = "library".into();
    b.operation(function, "isPopular", book, true, &[], Some(yes));
    b.operation(function, "booksByIds", library, false, &[("ids", texts)], Some(many_books));
    let parameters =
        [("shelf", text), ("limit", count), ("genre", TypeRef { kind: Kind::Enum(genre), ..text })];
    b.operation(
        function,
        "firstBook",
        library,
        false,
        &parameters,
        Some(TypeRef { collection: false, ..many_books }),
    );
    b.finish()
}

pub(crate) const STRING: Kind = Kind::Primitive(Primitive::String);

struct Builder(Model);

impl Builder {
    fn enumeration(&mut self, name: &str, is_flags: bool, members: &[(&str, i64)]) -> EnumId {
        let id = EnumId(self.0.enums.len() as u16);
        let member = |(name, value): &(&str, i64)| Member {
            name: (*name).into(),
            value: *value,
            versions: Versions::BOTH,
        };
        let members = members.iter().map(member).collect();
        let (namespace, versions) = ("microsoft.graph".into(), Versions::BOTH);
        self.0.enums.push(EnumType { id, namespace, name: name.into(), is_flags, members, versions });
        self.name(name, Kind::Enum(id));
        id
    }

    fn complex(&mut self, name: &str, base: Option<TypeId>) -> TypeId {
        let id = self.structured(name, Structure::Complex, base);
        self.name(name, Kind::Complex(id));
        id
    }

    fn entity(&mut self, name: &str, base: Option<TypeId>) -> TypeId {
        let id = self.structured(name, Structure::Entity, base);
        self.name(name, Kind::Entity(id));
        id
    }

    fn name(&mut self, name: &str, kind: Kind) {
        let name = format!("microsoft.graph.{}", name.to_ascii_lowercase());
        self.0.names.insert(name.into(), kind);
    }

    fn structured(&mut self, name: &str, structure: Structure, base: Option<TypeId>) -> TypeId {
        let id = TypeId(self.0.types.len() as u16);
        let inherited = base.map(|base| self.0.structured(base).clone());
        let root = match &inherited {
            Some(base) if &*base.name != "entity" => base.root,
            _ => id,
        };
        self.0.types.push(StructuredType {
            id,
            namespace: "microsoft.graph".into(),
            name: name.into(),
            structure,
            base,
            is_abstract: name == "entity",
            properties: inherited.as_ref().map(|base| base.properties.clone()).unwrap_or_default(),
            navigations: inherited.as_ref().map(|base| base.navigations.clone()).unwrap_or_default(),
            root,
            hierarchy: Vec::new(),
            slots: if structure == Structure::Entity { 1 } else { 0 },
            versions: Versions::BOTH,
            description: None,
        });
        self.0.types[root.index()].hierarchy.push(id);
        id
    }

    /// Declares a property; types that derive from its owner have to come later.
    fn property(&mut self, owner: TypeId, name: &str, kind: Kind) -> &mut Property {
        let id = PropertyId(self.0.properties.len() as u16);
        let root = self.0.structured(owner).root;
        let is_key = name == "id";
        let slot = if is_key { 0 } else { self.0.structured(root).slots };
        if !is_key {
            self.0.types[root.index()].slots += 1;
        }
        self.0.types[owner.index()].properties.push(id);
        self.0.properties.push(Property {
            id,
            name: name.into(),
            declared_by: owner,
            slot,
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
        self.0.properties.last_mut().unwrap()
    }

    fn set(
        &mut self,
        path: &str,
        entity_type: TypeId,
        kind: SetKind,
        parent: Option<SetId>,
        navigation: Option<NavigationId>,
    ) -> SetId {
        let id = SetId(self.0.sets.len() as u16);
        self.0.sets.push(EntitySet {
            id,
            path: path.into(),
            name: path.rsplit('/').next().unwrap().into(),
            entity_type,
            kind,
            parent,
            navigation,
            restrictions: Restrictions::default(),
            versions: Versions::BOTH,
            stored_in: id,
        });
        id
    }

    fn contained(
        &mut self,
        owner: TypeId,
        name: &str,
        target: TypeId,
        collection: bool,
        parent: Option<SetId>,
        below: SetId,
    ) -> SetId {
        let path = format!("{}/{name}", self.0.set(below).path);
        let kind = if collection { SetKind::Collection } else { SetKind::Singleton };
        let navigation = NavigationId(self.0.navigations.len() as u16);
        let set = self.set(&path, target, kind, parent, Some(navigation));
        self.reference(owner, name, target, collection, Some(set)).contained = true;
        set
    }

    fn reference(
        &mut self,
        owner: TypeId,
        name: &str,
        target: TypeId,
        collection: bool,
        set: Option<SetId>,
    ) -> &mut Navigation {
        let id = NavigationId(self.0.navigations.len() as u16);
        for derived in 0..self.0.types.len() {
            if self.0.is_a(TypeId(derived as u16), owner) {
                self.0.types[derived].navigations.push(id);
            }
        }
        self.0.navigations.push(Navigation {
            id,
            name: name.into(),
            declared_by: owner,
            target,
            collection,
            nullable: true,
            contained: false,
            set,
            partner: None,
            slot: None,
            versions: Versions::BOTH,
            restrictions: Restrictions::default(),
            derived: false,
            not_implemented: set.is_none(),
            view_of: None,
            description: None,
        });
        self.0.navigations.last_mut().unwrap()
    }

    fn operation(
        &mut self,
        kind: OperationKind,
        name: &str,
        bound: TypeId,
        collection: bool,
        parameters: &[(&str, TypeRef)],
        returns: Option<TypeRef>,
    ) -> &mut Operation {
        let parameter = |(name, type_ref): &(&str, TypeRef)| Parameter {
            name: (*name).into(),
            type_ref: *type_ref,
            versions: Versions::BOTH,
            secret: false,
        };
        self.0.operations.push(Operation {
            id: OperationId(self.0.operations.len() as u16),
            kind,
            namespace: "microsoft.graph".into(),
            name: name.into(),
            binding: TypeRef { kind: Kind::Entity(bound), collection, nullable: false },
            parameters: parameters.iter().map(parameter).collect(),
            returns,
            versions: Versions::BOTH,
            permissions: Permissions::default(),
            not_implemented: false,
            description: None,
        });
        self.0.operations.last_mut().unwrap()
    }

    /// Gives every type of a hierarchy the number of slots of the whole.
    fn finish(mut self) -> Model {
        for index in 0..self.0.types.len() {
            self.0.types[index].slots = self.0.types[self.0.types[index].root.index()].slots;
        }
        self.0
    }
}
