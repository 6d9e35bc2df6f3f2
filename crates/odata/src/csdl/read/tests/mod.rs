//! The reader against an invented library: what it makes of it, and that no slip goes unseen.

use super::{CsdlError, read};
use crate::Value;
use crate::csdl::{write_json, write_xml};
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, OperationKind, SetKind, StructuredType, TypeRef, Version};

const LIBRARY: &str = include_str!("library.csdl.xml");
const SUBSET: &str = include_str!("v1.0.csdl.xml");

fn library() -> Model {
    read(&[("library.csdl.xml", LIBRARY), ("v1.0.csdl.xml", SUBSET)]).unwrap()
}

fn find<'a>(model: &'a Model, name: &str) -> &'a StructuredType {
    match model.find_type(name) {
        Some(Kind::Entity(id) | Kind::Complex(id)) => model.structured(id),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn a_hierarchy_shares_its_slots() {
    let model = library();
    let (work, novel) = (find(&model, "microsoft.graph.work"), find(&model, "#Microsoft.Graph.Novel"));
    assert_eq!(work.hierarchy, [work.id, novel.id], "the root first, though it is declared later");
    assert_eq!(novel.root, work.id);
    let slots: Vec<(&str, u16)> =
        novel.properties.iter().map(|id| model.property(*id)).map(|p| (&*p.name, p.slot)).collect();
    let expected = [
        ("id", 0),
        ("title", 1),
        ("genre", 2),
        ("size", 3),
        ("tags", 4),
        ("note", 5),
        ("printed", 6),
        ("chapters", 7),
    ];
    assert_eq!(slots, expected);
    let references: Vec<(&str, Option<u16>)> =
        novel.navigations.iter().map(|id| model.navigation(*id)).map(|n| (&*n.name, n.slot)).collect();
    assert_eq!(references, [("author", Some(8)), ("sequelOf", Some(9))]);
    assert_eq!((work.slots, novel.slots), (10, 10));
    let (entity, size) = (find(&model, "microsoft.graph.entity"), find(&model, "microsoft.graph.size"));
    assert_eq!((entity.slots, entity.hierarchy.len()), (1, 1), "entity is a root of nobody else");
    assert_eq!((size.slots, model.structured(size.root).hierarchy.len()), (2, 2));
}

#[test]
fn a_property_without_default_value_reads_the_zero_of_its_type() {
    let model = library();
    let novel = find(&model, "microsoft.graph.novel");
    for (name, expected) in [
        ("title", Some(Value::String("".into()))),
        ("genre", Some(Value::Enum(1))),
        ("size", None),
        ("tags", Some(Value::Collection(Vec::new()))),
        ("note", None),
        ("printed", Some(Value::DateTimeOffset(Ticks(0)))),
        ("chapters", Some(Value::Int(1))),
    ] {
        let property = model.find_property(novel.id, name, Version::Beta).unwrap();
        assert_eq!(property.default, expected, "{name}");
    }
}

#[test]
fn every_containment_has_a_set_and_every_reference_leads_to_one() {
    let model = library();
    let sets: Vec<(&str, SetKind, Option<&str>)> = model
        .sets
        .iter()
        .map(|set| (&*set.path, set.kind, set.parent.map(|parent| &*model.set(parent).path)))
        .collect();
    let expected = [
        ("library", SetKind::Singleton, None),
        ("novels", SetKind::Collection, None),
        ("library/works", SetKind::Collection, None),
        ("library/authors", SetKind::Collection, None),
        ("library/authors/portrait", SetKind::Singleton, Some("library/authors")),
    ];
    assert_eq!(sets, expected);
    for (owner, name, set, partner) in [
        ("work", "author", Some("library/authors"), None),
        ("novel", "sequelOf", Some("novels"), None),
        ("author", "works", Some("library/works"), Some("author")),
        ("library", "vaults", None, None),
        ("vault", "treasures", Some("library/works"), None),
    ] {
        let owner = find(&model, &format!("microsoft.graph.{owner}"));
        let navigation = model.find_navigation(owner.id, name, Version::Beta).unwrap();
        let found = navigation.set.map(|set| &*model.set(set).path);
        let found_partner = navigation.partner.map(|partner| &*model.navigation(partner).name);
        assert_eq!((found, found_partner), (set, partner), "{name}");
    }
}

#[test]
fn restrictions_carry_permissions_named_or_written_out() {
    let model = library();
    let works = &model.find_set("library/works").unwrap().restrictions;
    let names = |ids: &[crate::edm::PermissionId]| {
        ids.iter().map(|id| model.permission(*id).to_owned()).collect::<Vec<_>>()
    };
    let read = works.read.as_ref().unwrap();
    assert_eq!((names(&read.delegated), names(&read.application)), (vec!["Library.Read.All".into()], vec![]));
    let insert = works.insert.as_ref().unwrap();
    assert_eq!(names(&insert.application), ["Library.ReadWrite.All"]);
    assert_eq!(
        works.required_on_insert.iter().map(|id| &*model.property(*id).name).collect::<Vec<_>>(),
        ["title"]
    );
    assert!(works.update.is_none() && works.delete.is_none());
    assert_eq!(
        model.permissions.iter().map(|name| &**name).collect::<Vec<_>>(),
        ["Library.ReadWrite.All", "Library.Read.All"]
    );
}

#[test]
fn a_version_shows_what_its_subset_names() {
    let model = library();
    let (library, work) = (find(&model, "microsoft.graph.library"), find(&model, "microsoft.graph.work"));
    assert!(model.find_property(work.id, "title", Version::V1).is_some());
    assert!(model.find_property(work.id, "note", Version::V1).is_none());
    assert!(model.find_navigation(library.id, "authors", Version::V1).is_none());
    assert!(model.find_top_level("library", Version::V1).is_some());
    assert!(model.find_top_level("novels", Version::V1).is_none());
    let bound = TypeRef { kind: Kind::Entity(work.id), collection: false, nullable: true };
    let lend = model.find_operation(OperationKind::Action, "lend", bound, Version::V1).unwrap();
    let parameters: Vec<_> =
        lend.parameters.iter().map(|p| (&*p.name, p.versions.contains(Version::V1))).collect();
    assert_eq!(parameters, [("reader", true), ("code", false)]);
    let set = model.find_set("library/works").unwrap();
    assert!(set.versions.contains(Version::V1));
}

#[test]
fn what_is_written_is_read_back() {
    let model = library();
    let written = write_xml(&model, Version::Beta);
    let full = read(&[("library.csdl.xml", LIBRARY)]).unwrap();
    let again = read(&[("$metadata", &written)]).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(format!("{:#?}", again.types), format!("{:#?}", full.types));
    assert_eq!(format!("{:#?}", again.properties), format!("{:#?}", full.properties));
    assert_eq!(format!("{:#?}", again.navigations), format!("{:#?}", full.navigations));
    assert_eq!(format!("{:#?}", again.operations), format!("{:#?}", full.operations));
    assert_eq!(format!("{:#?}", again.sets), format!("{:#?}", full.sets));
    assert_eq!((again.permissions, again.container), (full.permissions, full.container));
    let subset = write_xml(&model, Version::V1);
    read(&[("$metadata", &subset)]).unwrap_or_else(|error| panic!("{error}\n{subset}"));
}

#[test]
fn json_says_what_xml_says() {
    let json: serde_json::Value = serde_json::from_str(&write_json(&library(), Version::Beta)).unwrap();
    let graph = &json["microsoft.graph"];
    for (path, expected) in [
        ("work/$Abstract", serde_json::json!(true)),
        ("work/title", serde_json::json!({ "$MaxLength": 80, "@muster.Indexed": true })),
        ("work/tags", serde_json::json!({ "$Collection": true })),
        ("work/author/$Nullable", serde_json::json!(true)),
        ("novel/chapters", serde_json::json!({ "$Type": "Edm.Int32", "$DefaultValue": 1 })),
        ("author/works/$Partner", serde_json::json!("author")),
        ("genre", serde_json::json!({ "$Kind": "EnumType", "novel": 1, "poem": 2 })),
        ("entity/$Key", serde_json::json!(["id"])),
        (
            "lend/0/$Parameter/2",
            serde_json::json!({ "$Name": "code", "$Nullable": true, "@muster.Secret": true }),
        ),
        ("lend/1/$ReturnType", serde_json::json!({ "$Type": "Edm.Boolean" })),
        ("Service/library/$NavigationPropertyBinding/works~1author", serde_json::json!("library/authors")),
        ("library/works/@Capabilities.InsertRestrictions/RequiredProperties", serde_json::json!(["title"])),
    ] {
        assert_eq!(graph.pointer(&format!("/{path}")), Some(&expected), "{path}");
    }
    assert_eq!(json["$EntityContainer"], "microsoft.graph.Service");
}

/// What is wrong with the answer to a slip: nothing, or that it is not seen, or not named.
fn unseen(result: Result<Model, CsdlError>, slip: &str, fragments: [&str; 2]) -> Option<String> {
    let error = match result {
        Ok(_) => return Some(format!("not seen: {slip}")),
        Err(error) => error.to_string(),
    };
    let missing = fragments.into_iter().find(|fragment| !error.contains(fragment))?;
    Some(format!("{slip}: no {missing:?} in: {error}"))
}

/// Replaces text in the full model; the error has to have the fragments in it.
#[test]
fn a_slip_in_the_model_stops_it() {
    let mut failures = Vec::new();
    for (from, to, fragments) in [
        // Names of types and members.
        (r#"Type="graph.genre""#, r#"Type="graph.genr""#, ["microsoft.graph.genr", "'genre'"]),
        (r#"Type="graph.genre""#, r#"Type="graph.Genre""#, ["microsoft.graph.Genre", "'genre'"]),
        (r#"Type="Edm.DateTimeOffset""#, r#"Type="Edm.DateTimeOfset""#, ["primitive", "'DateTimeOffset'"]),
        (r#"BaseType="graph.measure""#, r#"BaseType="graph.work""#, ["graph.work", "another kind"]),
        (
            r#"Name="entity" Abstract="true""#,
            r#"Name="entity" BaseType="graph.work""#,
            ["derives from itself", ""],
        ),
        (r#"EntityType Name="portrait""#, r#"EntityType Name="author""#, ["author", "declared twice"]),
        (r#"Property Name="genre""#, r#"Property Name="Title""#, ["another member", "Property Title"]),
        (r#"Name="poem" Value="2""#, r#"Name="poem" Value="1""#, ["another member", "Member poem"]),
        (r#"Name="poem" Value="2""#, r#"Name="poem" Value="two""#, ["not a number", ""]),
        (r#"Name="size" Type="graph.measure""#, r#"Name="size" Type="graph.author""#, ["navigation", "size"]),
        // Attributes, elements and text.
        (
            r#"Nullable="false" MaxLength"#,
            r#"Nulable="false" MaxLength"#,
            ["no attribute Nulable", "'Nullable'"],
        ),
        (r#"Nullable="false" MaxLength"#, r#"Nullable="no" MaxLength"#, ["neither true nor false", "title"]),
        (r#"<Property Name="city" Type="Edm.String" />"#, "<Proprety />", ["<Proprety>", "'Property'"]),
        (r#"<Property Name="city" Type="Edm.String" />"#, "text", ["text", "not expected"]),
        (r#"<Property Name="city" Type="Edm.String" />"#, "&bad;", ["unknown entity", "bad"]),
        ("</edmx:Edmx>", "", ["ends before", ""]),
        (r#"Version="4.0""#, r#"Version="3.0""#, ["4.01", ""]),
        // Facets and defaults.
        (r#"DefaultValue="1""#, r#"DefaultValue="one""#, ["\"one\"", "chapters"]),
        (r#"MaxLength="80""#, r#"MaxLength="many""#, ["not a number", "title"]),
        (
            r#"Name="chapters" Type="Edm.Int32""#,
            r#"Name="chapters" MaxLength="3" Type="Edm.Int32""#,
            ["MaxLength", ""],
        ),
        // Keys.
        (r#"PropertyRef Name="id""#, r#"PropertyRef Name="key""#, ["the one property id", "key"]),
        (r#"Name="id" Type="Edm.String""#, r#"Name="id" Type="Edm.Guid""#, ["Edm.String", ""]),
        (r#"Name="portrait" BaseType="graph.entity""#, r#"Name="portrait""#, ["has a key", "portrait"]),
        // Terms.
        ("Core.Computed", "Core.Computd", ["unknown term Core.Computd", "'Computed'"]),
        ("muster.Indexed", "muster.Unique", ["unknown term", ""]),
        ("muster.Indexed", "Capabilities.ReadRestrictions", ["does not apply to <Property>", ""]),
        (r#"Term Name="Secret""#, r#"Term Name="Sekret""#, ["Sekret", "'Secret'"]),
        (r#"Term="muster.Secret" Bool="true""#, r#"Term="muster.Secret" String="true""#, ["tag", "note"]),
        (
            "muster.Secret\" Bool",
            "muster.Indexed\" /><Annotation Term=\"muster.Indexed\" Bool",
            ["applied twice", ""],
        ),
        (
            "muster.Secret\" Bool",
            "muster.Secret\" /><Annotation Term=\"muster.Indexed\" Bool",
            ["cannot be indexed", ""],
        ),
        // Restrictions and permissions.
        ("Property=\"Deletable\"", "Property=\"Deleteable\"", ["Deleteable", "'Deletable'"]),
        ("<PropertyPath>title", "<PropertyPath>titl", ["titl", "'title'"]),
        ("#Read\" /></Record>", "#Reed\" /></Record>", ["Reed", "'Read'"]),
        ("/graph.Service/@", "/graph.Servise/@", ["/microsoft.graph.Service/@muster.Permissions#Name", ""]),
        (
            r#"SchemeName" String="Application""#,
            r#"SchemeName" String="Aplication""#,
            ["Aplication", "'Application'"],
        ),
        (r#"Qualifier="Read""#, r#"Qualifier="Other""#, ["Read", ""]),
        ("Bool=\"false\" /></Record>", "Bool=\"true\" /></Record>", ["Permissions are missing", ""]),
        // Operations.
        (r#"Action Name="lend" IsBound="true""#, r#"Action Name="lend""#, ["IsBound", "Action lend"]),
        ("Capabilities.OperationRestrictions", "Capabilities.OperationRestriction", ["unknown term", ""]),
        (r#"Parameter Name="code""#, r#"Parameter Name="Reader""#, ["Reader", "declared twice"]),
        (r#"<ReturnType Type="Edm.Boolean" Nullable="false" />"#, "", ["return type", "Function lend"]),
        (r#"Type="Collection(graph.work)" />"#, r#"Type="Edm.String" />"#, ["navigation property", ""]),
        // Sets and bindings.
        ("works/author", "works/autor", ["microsoft.graph.work", "'author'"]),
        ("graph.novel/sequelOf", "graph.author/name", ["does not derive", "graph.author"]),
        (
            r#"Target="library/authors""#,
            r#"Target="library/author""#,
            ["library/author", "'library/authors'"],
        ),
        (
            r#"Path="works/author" Target="library/authors""#,
            r#"Path="works/author" Target="novels""#,
            ["are no", "author"],
        ),
        (r#"Path="works/author""#, r#"Path="authors/works""#, ["are no", ""]),
        (r#"Path="vaults/treasures""#, r#"Path="authors/portrait""#, ["contains its targets", ""]),
        (
            r#"EntitySet Name="novels" EntityType="graph.novel""#,
            r#"EntitySet Name="novels" EntityType="graph.library""#,
            ["both", "novels/works"],
        ),
        (r#"Partner="author""#, r#"Partner="autor""#, ["autor", "'author'"]),
        (r#"Partner="author""#, r#"Partner="title""#, ["no navigation property title", ""]),
        (r#"EntitySet Name="novels""#, r#"EntitySet Name="Library""#, ["another member of this name", ""]),
        ("EntityContainer", "EntityContainre", ["EntityContainre", "'EntityContainer'"]),
    ] {
        assert!(LIBRARY.contains(from), "nothing to replace: {from}");
        let result = read(&[("library.csdl.xml", &LIBRARY.replacen(from, to, 1))]);
        failures.extend(unseen(result, to, fragments));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Replaces text in the subset.
#[test]
fn a_slip_in_a_version_stops_it() {
    let mut failures = Vec::new();
    for (from, to, fragments) in [
        (r#"Property Name="title""#, r#"Property Name="titl""#, ["Property titl", "'title'"]),
        (r#"EnumType Name="genre""#, r#"EnumType Name="genr""#, ["genr", "'genre'"]),
        (r#"Member Name="novel" Value="1""#, r#"Member Name="novl" Value="1""#, ["Member novl", "'novel'"]),
        (r#"Name="novel" Value="1""#, r#"Name="novel" Value="2""#, ["Value is \"2\"", "declared as \"1\""]),
        (r#"Name="title" Type="Edm.String""#, r#"Name="title" Type="Edm.Int32""#, ["Type is", "Edm.String"]),
        (
            r#"Name="title" Type="Edm.String" Nullable="false""#,
            r#"Name="title" Type="Edm.String""#,
            ["Nullable is absent", ""],
        ),
        (r#"Parameter Name="reader""#, r#"Parameter Name="raeder""#, ["raeder", "'reader'"]),
        (r#"Action Name="lend""#, r#"Action Name="lent""#, ["lent", "'lend'"]),
        (r#"Type="self.work" />"#, r#"Type="self.library" />"#, ["bound to this type", ""]),
        (r#"Singleton Name="library""#, r#"Singleton Name="libary""#, ["libary", "'library'"]),
        (r#"<EnumType Name="genre">"#, r#"<EnumType Name="genre" IsFlags="true">"#, ["IsFlags", "absent"]),
        (
            r#"<Property Name="genre" Type="self.genre" Nullable="false" />"#,
            r#"<Property Name="size" Type="self.measure" />"#,
            ["microsoft.graph.measure", "needs"],
        ),
        (r#"EntityContainer Name="Service""#, r#"EntityContainer Name="Servise""#, ["Service", ""]),
    ] {
        assert!(SUBSET.contains(from), "nothing to replace: {from}");
        let subset = SUBSET.replacen(from, to, 1);
        let result = read(&[("library.csdl.xml", LIBRARY), ("v1.0.csdl.xml", &subset)]);
        failures.extend(unseen(result, to, fragments));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
