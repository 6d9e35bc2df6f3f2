//! Foreign equals missing: whatever a caller asks about an entity of another tenant, it gets the answer that it gets about one
//! that never was, in status, headers and body, and nothing of the other tenant changes. The paths come from the model.

mod bodies;
mod given_out;
mod pair;
mod paths;

use std::collections::BTreeMap;

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::at_rest::tenant_rows;
use crate::model::{self, Model};
use crate::model_wide::{body, served};
use crate::samples::{id, settle, static_group};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

/// Two tenants of one server, both with entities of every kind.
struct Neighbours {
    server: TestServer,
}

impl Neighbours {
    fn on(database: TestDatabase) -> Neighbours {
        Neighbours { server: TestServer::start(MUSTER, database, ServerOptions::default()) }
    }

    /// Runs a test with a caller and its neighbour, whose rows must not change.
    fn meet(&self, test: impl FnOnce(&TestCaller<'_>, &Neighbour<'_>)) {
        self.meet_after(|_| (), |caller, neighbour, ()| test(caller, neighbour));
    }

    /// The same, after the neighbour has made something ready.
    fn meet_after<T>(
        &self,
        prepare: impl FnOnce(&Neighbour<'_>) -> T,
        test: impl FnOnce(&TestCaller<'_>, &Neighbour<'_>, T),
    ) {
        let (caller, other) = (self.server.caller(), self.server.caller());
        let neighbour = Neighbour::new(other);
        let prepared = prepare(&neighbour);
        settle(&neighbour.caller);
        let before = tenant_rows(&self.server, neighbour.caller.tenant_id());
        assert!(before.len() > 10, "the neighbour has entities in {} tables", before.len());
        test(&caller, &neighbour, prepared);
        settle(&caller);
        let after = tenant_rows(&self.server, neighbour.caller.tenant_id());
        for (table, rows) in &before {
            assert_eq!(after.get(table), Some(rows), "the neighbour's rows in {table}");
        }
        assert_eq!(before.len(), after.len());
    }
}

/// The tenant that is looked for.
struct Neighbour<'s> {
    caller: TestCaller<'s>,
    model: Model,
    /// The path of an entity of each set that is a collection, by the set's own path.
    entities: BTreeMap<String, String>,
    device_object: String,
    serial_number: String,
    group: String,
}

impl<'s> Neighbour<'s> {
    fn new(caller: TestCaller<'s>) -> Neighbour<'s> {
        let model = model::of(&caller, "beta");
        let mut entities = BTreeMap::new();
        for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| set.is_collection) {
            let created = caller.create(&path, &body(&model, model.concrete(&set.of_type)[0], 0));
            entities.insert(set.path.clone(), format!("{path}/{}", id(&created)));
        }
        let group = caller.post("/beta/groups").json(&static_group("theirs")).send().is(201).json();
        settle(&caller);
        let objects = caller.read("/beta/devices");
        let device_object = id(&objects["value"][0]);
        let member =
            json!({"@odata.id": format!("{}/beta/devices/{device_object}", caller.server().origin())});
        caller.post(&format!("/beta/groups/{}/members/$ref", id(&group))).json(&member).send().is(204);
        settle(&caller);
        let read = caller.read(&format!("{}?$select=serialNumber", entities[DEVICES]));
        let serial_number = read["serialNumber"].as_str().unwrap().to_owned();
        Neighbour { caller, model, entities, device_object, serial_number, group: id(&group) }
    }

    /// The id of its entity of a top-level set.
    fn id_in(&self, set: &str) -> &str {
        self.entities[set].rsplit('/').next().unwrap_or_default()
    }
}
