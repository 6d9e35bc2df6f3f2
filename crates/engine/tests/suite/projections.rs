//! Cards that are projections of works, beside the same cards stored: nobody can tell which are which.

use engine::{Call, ErrorKind, Verb};
use serde_json::{Value, json};

use crate::support::{LIBRARIAN, Library, STRANGER, Who, json};

const CARDS: usize = 40;
const QUERIES: usize = 200;
const TEXTS: [&str; 10] = ["", "a", "A", "b", "ab", "\u{e4}B", "it''s", "a b", "%_", "work"];

#[tokio::test]
async fn projections_are_found_as_stored_entities_are_on_sqlite() {
    drawn_queries_find_the_same(Library::open().await).await;
}

#[tokio::test]
async fn projections_are_found_as_stored_entities_are_on_postgres() {
    drawn_queries_find_the_same(Library::open_on_postgres().await).await;
}

/// Texts drawn at random, always the same.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    fn literal(&mut self) -> String {
        match self.below(12) {
            0 => "null".to_owned(),
            1 => format!("'note:{}'", self.of(&TEXTS)),
            2 => format!("'lent:{}'", self.of(&TEXTS)),
            3 => format!("'Lent:{}'", self.of(&TEXTS)),
            _ => format!("'{}'", self.of(&TEXTS)),
        }
    }

    fn text(&mut self, item: Option<&str>, depth: usize) -> String {
        if depth > 0 && self.below(3) == 0 {
            let inner = self.text(item, depth - 1);
            return match self.below(5) {
                0 => format!("tolower({inner})"),
                1 => format!("concat({inner},{})", self.text(item, depth - 1)),
                2 => format!("substring({inner},1)"),
                3 => format!("case({}:{inner},true:{})", self.condition(item, 0), self.text(item, 0)),
                _ => format!("trim({inner})"),
            };
        }
        match item {
            Some(item) if self.below(2) == 0 => item.to_owned(),
            _ => self
                .of(&["heading", "heading", "borrower", "kind", "subject", "place/shelf", "id"])
                .to_owned(),
        }
    }

    fn condition(&mut self, item: Option<&str>, depth: usize) -> String {
        if depth > 0 && self.below(2) == 0 {
            let (left, right) = (self.condition(item, depth - 1), self.condition(item, depth - 1));
            return match self.below(5) {
                0 => format!("({left} or {right})"),
                1 | 2 => format!("not ({left})"),
                _ => format!("({left} and {right})"),
            };
        }
        let text = self.text(item, depth.min(2));
        let operator = self.of(&["eq", "eq", "eq", "ne", "gt", "ge", "lt", "le"]);
        let collection = self.of(&["keywords", "keywords", "languages"]);
        match self.below(14) {
            0 => format!("{text} in ({},{},{})", self.literal(), self.literal(), self.literal()),
            1 => format!("{}({text},{})", self.of(&["startswith", "endswith", "contains"]), self.literal()),
            2 => format!("daysLeft {operator} {}", self.of(&["null", "0", "1", "2"])),
            3 => self
                .of(&["isMissing", "isMissing eq null", "genre eq 'poem'", "listedDateTime lt now()"])
                .to_owned(),
            4 => format!("{collection}/$count {operator} {}", self.below(4)),
            5 if item.is_none() => {
                let kind = self.of(&["hassubset", "hassubsequence"]);
                format!("{kind}({collection},['note:{}'])", self.of(&TEXTS))
            }
            6 => format!(
                "{collection}/{}",
                self.of(&["any()", "any(k:k eq 'note:a')", "any(k:tolower(k) eq 'lent:a')"])
            ),
            7..=9 if depth > 0 && item.is_none() => {
                let predicate = self.condition(Some("k"), depth - 1);
                format!("{collection}/{}(k:{predicate})", self.of(&["any", "all"]))
            }
            10 => format!("{text} {operator} {}", self.text(item, 0)),
            _ => format!("{text} {operator} {}", self.literal()),
        }
    }

    fn query(&mut self) -> String {
        let mut query = String::new();
        for _ in 0..self.below(3) {
            let key = self.of(&[
                "heading",
                "kind",
                "subject",
                "daysLeft",
                "id",
                "keywords/$count",
                "length(heading)",
                "isMissing",
                "genre",
                "place/shelf",
                "tolower(borrower)",
                "listedDateTime",
                "languages/$count",
            ]);
            let comma = if query.is_empty() { "$orderby=" } else { "," };
            query.push_str(&format!("{comma}{key}{}", self.of(&["", " desc"])));
        }
        let filter = self.condition(None, 3);
        let skip = self.of(&["", "", "&$skip=1", "&$skip=7", "&$skip=39"]);
        let filter = filter.replace('%', "%25");
        let filter = if self.below(5) == 0 { String::new() } else { format!("&$filter={filter}") };
        format!("{query}{filter}&$top={}&$count=true{skip}", [4, 11, 100, 100][self.below(4)])
    }
}

/// All pages of a query: how many entities there are, and which.
async fn pages(library: &Library, who: Who, query: &str) -> Result<(Value, Vec<Value>), ErrorKind> {
    let mut call = Call {
        consistency_level: Some("eventual".to_owned()),
        ..library.request(who, Verb::Get, &format!("cards?{query}"), &Value::Null)
    };
    let (mut count, mut found) = (Value::Null, Vec::new());
    loop {
        let page = json(&library.engine.call(call.clone()).await.map_err(|error| error.kind)?);
        count = if count.is_null() { page["@odata.count"].clone() } else { count };
        found.extend(page["value"].as_array().unwrap().iter().cloned());
        let Some(next) = page["@odata.nextLink"].as_str() else { return Ok((count, found)) };
        call.query = next.split_once('?').unwrap().1.to_owned();
    }
}

/// A card without what tells the version of it.
fn plain(card: &Value) -> Value {
    let mut plain = card.clone();
    plain.as_object_mut().unwrap().retain(|name, _| !name.starts_with("@odata"));
    plain
}

async fn drawn_queries_find_the_same(library: Library) {
    let mut draw = Draw(20);
    let text = |draw: &mut Draw| match draw.below(4) {
        0 => Value::Null,
        _ => json!(draw.of(&TEXTS).replace("''", "'")),
    };
    for at in 0..CARDS {
        let (note, lent_to) = (text(&mut draw), text(&mut draw));
        let days = [json!(null), json!(0), json!(1), json!(2)][draw.below(4)].clone();
        let title = draw.of(&TEXTS).replace("''", "'");
        let listed =
            if at % 10 == 0 { Value::Null } else { json!(format!("2020-01-0{}T00:00:00Z", 1 + at % 9)) };
        let genre = draw.of(&["none", "poem"]);
        let work = json!({
            "title": title, "note": note, "lentTo": lent_to, "daysLeft": days, "genre": genre, "listedDateTime": listed
        });
        library.create("works", work).await;
    }
    // Some are changed, and so they are stored; some are stored without ever having been projections.
    let (_, cards) = pages(&library, LIBRARIAN, "$top=100").await.unwrap();
    for card in cards.iter().step_by(7) {
        let change =
            json!({"kind": "changed", "subject": "a", "keywords": ["note:a", "x"], "place": {"shelf": "b"}});
        library.call(Verb::Patch, &format!("cards/{}", card["id"].as_str().unwrap()), change).await.unwrap();
    }
    for kind in ["", "work"] {
        library.create("cards", json!({"heading": "a", "kind": kind, "languages": ["de"]})).await;
    }
    for (key, heading) in [("0", "b"), ("00000000-0000-1000-8000-000000000000", "B"), ("zz", "")] {
        store(&library, LIBRARIAN, &json!({"id": key, "heading": heading, "daysLeft": 1})).await;
    }
    // Another library has the same cards, all of them stored.
    let (count, cards) = pages(&library, LIBRARIAN, "$top=100&$count=true").await.unwrap();
    assert_eq!((count, cards.len()), (json!(CARDS - CARDS / 10 + 5), CARDS - CARDS / 10 + 5));
    for card in &cards {
        store(&library, STRANGER, &plain(card)).await;
    }
    let mut found_some = 0;
    for _ in 0..QUERIES {
        let query = draw.query();
        let [found, expected] = [LIBRARIAN, STRANGER].map(|who| pages(&library, who, &query));
        let (found, expected) = (found.await, expected.await);
        let plain =
            |(count, cards): (Value, Vec<Value>)| (count, cards.iter().map(plain).collect::<Vec<_>>());
        found_some += found.as_ref().map_or(0, |(_, cards)| cards.len().min(1));
        assert_eq!(found.map(plain), expected.map(plain), "{query}");
    }
    assert!(found_some > QUERIES / 3, "only {found_some} queries found anything");
    for search in ["\"heading:a\"", "\"heading:it\" OR \"heading:b\""] {
        let query = format!("$search={search}");
        let [found, expected] = [LIBRARIAN, STRANGER].map(|who| pages(&library, who, &query));
        let (found, expected) = (found.await.unwrap().1, expected.await.unwrap().1);
        assert!(!found.is_empty(), "{search}");
        assert_eq!(
            found.iter().map(plain).collect::<Vec<_>>(),
            expected.iter().map(plain).collect::<Vec<_>>()
        );
    }
}

/// Stores a card under its id.
async fn store(library: &Library, who: Who, card: &Value) {
    let url = format!("cards/{}", card["id"].as_str().unwrap());
    let call = library.request(who, Verb::Patch, &url, card);
    let call = Call { if_none_match: Some("*".to_owned()), ..call };
    library.engine.call(call).await.unwrap();
}

#[tokio::test]
async fn a_projection_is_stored_when_it_is_changed_and_ends_when_it_is_deleted() {
    let library = Library::open().await;
    let work = json!({"title": "Emma", "listedDateTime": "2020-01-01T00:00:00Z"});
    let work = format!("works/{}", library.create("works", work).await);
    let cards = library.read("cards").await;
    let url = format!("cards/{}", cards["value"][0]["id"].as_str().unwrap());
    assert_eq!(library.read(&url).await["heading"], "Emma");
    library.call(Verb::Patch, &url, json!({"borrower": "Ada"})).await.unwrap();
    let card = library.read(&url).await;
    assert_eq!((&card["heading"], &card["borrower"]), (&json!("Emma"), &json!("Ada")));
    assert_eq!(library.read(&work).await["listedDateTime"], Value::Null);
    library.call(Verb::Patch, &work, json!({"title": "Persuasion"})).await.unwrap();
    assert_eq!(library.read(&url).await["heading"], "Emma", "what is stored says what it was told");

    library.call(Verb::Delete, &url, Value::Null).await.unwrap();
    library.call(Verb::Patch, &work, json!({"listedDateTime": "2021-01-01T00:00:00Z"})).await.unwrap();
    assert_eq!(library.read(&url).await["heading"], "Persuasion");
    library.call(Verb::Delete, &url, Value::Null).await.unwrap();
    assert_eq!(library.call(Verb::Get, &url, Value::Null).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(library.read(&work).await["title"], "Persuasion", "the work is still there");
}

#[tokio::test]
async fn of_changes_of_a_projection_at_once_none_is_lost() {
    let library = Library::open().await;
    let work = json!({"title": "Emma", "listedDateTime": "2020-01-01T00:00:00Z"});
    let work = format!("works/{}", library.create("works", work).await);
    let cards = library.read("cards").await;
    let card = format!("cards/{}", cards["value"][0]["id"].as_str().unwrap());
    let (borrower, days, note) = tokio::join!(
        library.call(Verb::Patch, &card, json!({"borrower": "Ada"})),
        library.call(Verb::Patch, &card, json!({"daysLeft": 3})),
        library.call(Verb::Patch, &work, json!({"lentTo": "Bea"})),
    );
    assert!(borrower.is_ok() && days.is_ok() && note.is_ok());
    let card = library.read(&card).await;
    assert_eq!((&card["borrower"], &card["daysLeft"]), (&json!("Ada"), &json!(3)));
}
