//! Every path of the model, with every verb: an entity of another tenant, and what belongs to it.

use serde_json::json;
use testkit::{TestDatabase, encoded};
use uuid::Uuid;

use super::pair::Pair;
use super::{Neighbour, Neighbours};
use crate::model::{Model, Set};

/// A permission that no documented operation asks for.
const USELESS: &str = "DeviceManagementManagedDevices.PrivilegedOperations.All";
const VERBS: [&str; 6] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"];

/// What can follow the path of an entity: itself, its properties, what it contains, what can be called on it, and more.
fn tails(model: &Model, set: &Set) -> Vec<String> {
    let of_type = &model.types[&set.of_type];
    let mut tails = vec![String::new(), "/$ref".into(), "/$value".into(), "/nowhere".into()];
    let properties = of_type.properties.iter().filter(|property| property.name != "id").take(2);
    tails.extend(
        properties.flat_map(|property| [format!("/{}", property.name), format!("/{}/$value", property.name)]),
    );
    tails.extend(of_type.navigation_names().flat_map(|name| {
        [
            format!("/{name}"),
            format!("/{name}/$count"),
            format!("/{name}/$ref"),
            format!("/{name}/{}", Uuid::nil()),
        ]
    }));
    let operations = model.operations.iter().filter(|operation| operation.binding == set.of_type);
    tails.extend(operations.filter(|operation| !operation.is_bound_to_collection).map(|operation| {
        if operation.is_action { format!("/{}", operation.name) } else { format!("/{}()", operation.name) }
    }));
    tails.extend(["why", "wait"].map(|name| format!("/muster.{name}()")));
    tails.extend(["checkIn", "unenroll"].map(|name| format!("/muster.{name}")));
    tails
}

#[test]
fn every_path_and_verb_of_the_model() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let callers = [caller.clone(), caller.app(), caller.v1(), caller.permission(USELESS)];
            let mut asked = 0;
            for set in neighbour.model.sets.iter().filter(|set| neighbour.entities.contains_key(&set.path)) {
                let pair = Pair::new(&set.path, &neighbour.entities[&set.path]);
                for tail in tails(&neighbour.model, set) {
                    for verb in VERBS {
                        for (at, caller) in callers.iter().enumerate() {
                            // A token that may do nothing is refused before anybody looks.
                            if at > 0 && !(tail.is_empty() || tail.contains("muster")) {
                                continue;
                            }
                            pair.same(&format!("{verb} …{tail} (caller {at})"), |path| {
                                let request = caller.request(verb, &format!("{path}{tail}"));
                                let request = if ["GET", "HEAD"].contains(&verb) {
                                    request
                                } else {
                                    request.json(&json!({}))
                                };
                                request.send()
                            });
                            asked += 1;
                        }
                    }
                }
                let answer = caller.get(&neighbour.entities[&set.path]).send();
                answer.refused(404, &[]);
            }
            assert!(asked > 1_000, "only {asked} pairs");
        });
    }
}

#[test]
fn what_is_foreign_in_what_is_own() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let own = Neighbour::new(caller.clone());
            for (set, foreign) in neighbour.entities.iter().filter(|(set, _)| set.contains("{}")) {
                let (parent, _) = own.entities[set].rsplit_once('/').unwrap();
                let key = foreign.rsplit('/').next().unwrap();
                for verb in ["GET", "PATCH", "DELETE"] {
                    Pair::of_id(key).same(verb, |key| {
                        let request = caller.request(verb, &format!("{parent}/{key}"));
                        if verb == "PATCH" { request.json(&json!({})).send() } else { request.send() }
                    });
                }
            }
            for set in own.entities.keys().filter(|set| !set.contains("{}")) {
                let key = neighbour.id_in(set);
                for query in [
                    format!("?$filter={}", encoded("id eq '{}'")),
                    format!("?$filter={}&$count=true", encoded("id in ('{}')")),
                    format!("/$count?$filter={}", encoded("id eq '{}'")),
                ] {
                    let answer = Pair::of_id(key).same(&query, |key| {
                        let query = query.replace(&encoded("{}"), key);
                        caller.get(&format!("{set}{query}")).send()
                    });
                    assert!(!answer.text().contains(key) || answer.status != 200, "{}", answer.text());
                }
            }
        });
    }
}
