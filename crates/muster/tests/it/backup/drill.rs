//! The drill: back up under load, lose everything, restore, and go on

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{HttpAnswer, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use super::{back_up, done, lose, place, restore, started};
use crate::at_rest::notes;
use crate::audit::audit;
use crate::samples::{device, id, settle};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordInfo";
const WRITERS: usize = 3;
/// The writes that are acknowledged before the backup begins, and again after it has ended.
const ACKNOWLEDGED: usize = 40;
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_backup_under_load_brings_everything_back_on_sqlite() {
    a_backup_under_load_brings_everything_back(TestDatabase::Sqlite);
}

#[test]
fn a_backup_under_load_brings_everything_back_on_postgres() {
    a_backup_under_load_brings_everything_back(TestDatabase::Postgres);
}

/// What clients know of the life that is lost.
struct Known {
    tenant: Uuid,
    closed: Uuid,
    /// The serial numbers that were acknowledged before the backup began.
    serials: Vec<String>,
    device: String,
    /// Tokens of delta from before the backup and from after it.
    tokens: [String; 2],
    /// Entity tags of the device from after the backup.
    etags: HashSet<String>,
    /// A tenant that was not there when the backup was taken, and a token of its own.
    newcomer: (Uuid, String),
    /// The answer to a create that may be sent again.
    once: Value,
}

fn a_backup_under_load_brings_everything_back(database: TestDatabase) {
    let mut server = started(database);
    let to = place(&server, "backup");
    let known = lived(&server, &to);
    server.kill();
    let (unread, secret) =
        (std::fs::read_dir(&to).unwrap(), std::fs::read(server.data().join("secrets.key")));
    let secret = secret.unwrap().trim_ascii().to_vec();
    for file in unread {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for never in [secret.as_slice(), b"s3cret-of-"] {
            assert!(!bytes.windows(never.len()).any(|window| window == never), "a secret is in the backup");
        }
    }
    lose(&server);
    let told = restore(&server, &to);
    assert!(told.contains("audit"), "{told}");
    // Before any server has started.
    let (code, verified) = audit(&server, "verify", &[]);
    assert!(code == Some(0) && verified.contains(&known.tenant.to_string()), "{verified}");
    let (_, listed) = audit(&server, "list", &[]);
    assert!(listed.contains("databaseRestored muster restore"), "{listed}");
    server.start_again();
    for tenant in [known.tenant, known.closed] {
        let notes = notes(&server, tenant);
        assert_eq!(notes.iter().filter(|note| *note == "databaseRestored").count(), 1, "{notes:?}");
    }
    check(&server, &known);
    // Once more, from the same backup: what clients know of the second life is no good in the third.
    let caller = server.caller().tenant(known.tenant);
    let again = Known { tokens: [token(&caller), token(&caller)], ..known };
    caller.change(&again.device, &json!({"groupTag": "second life"}));
    let etags = HashSet::from([etag(&caller, &again.device)]);
    server.kill();
    lose(&server);
    restore(&server, &to);
    server.start_again();
    check(&server, &Known { etags, ..again });
    assert_eq!(audit(&server, "verify", &[]).0, Some(0));
}

/// Fills a server, backs it up while others write, and goes on.
fn lived(server: &TestServer, to: &Path) -> Known {
    let (caller, closed) = (server.caller(), server.caller());
    let tenant = caller.tenant_id();
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("A"))));
    settle(&caller);
    let password = json!({"serialNumber": "seen", "currentPassword": "s3cret-of-seen"});
    caller.read(&format!("{PASSWORDS}/{}", id(&caller.create(PASSWORDS, &password))));
    closed.create(PASSWORDS, &password);
    done(server, "tenant", &["close", &closed.tenant_id().to_string()]);
    let once = once(&caller).is(201).json();
    let before = token(&caller);
    let (acknowledged, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let wait_for = |count: usize| {
        let begin = Instant::now();
        while acknowledged.lock().unwrap().len() < count {
            assert!(begin.elapsed() < PATIENCE, "nothing is acknowledged:\n{}", server.log());
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let serials = std::thread::scope(|scope| {
        let stopping = Stopping(&stop);
        for writer in 0..WRITERS {
            let (caller, acknowledged, stop) = (caller.clone(), &acknowledged, &stop);
            scope.spawn(move || write(&caller, writer, acknowledged, stop));
        }
        wait_for(ACKNOWLEDGED);
        let serials = acknowledged.lock().unwrap().clone();
        back_up(server, to);
        let count = acknowledged.lock().unwrap().len();
        wait_for(count + ACKNOWLEDGED);
        drop(stopping);
        serials
    });
    let etags = (0..3).map(|at| {
        caller.change(&path, &json!({"groupTag": format!("lost {at}")}));
        etag(&caller, &path)
    });
    let etags = etags.collect();
    let tokens = [before, token(&caller)];
    let newcomer = server.caller();
    newcomer.create(DEVICES, &device("B"));
    settle(&newcomer);
    let newcomer = (newcomer.tenant_id(), token(&newcomer));
    Known { tenant, closed: closed.tenant_id(), serials, device: path, tokens, etags, newcomer, once }
}

/// Stops the writers, whatever becomes of the test.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Creates until it is stopped, and notes what is acknowledged.
fn write(caller: &TestCaller<'_>, writer: usize, acknowledged: &Mutex<Vec<String>>, stop: &AtomicBool) {
    for at in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let serial = format!("{writer}-{at}");
        let password = format!("s3cret-of-{serial}");
        caller.create(PASSWORDS, &json!({"serialNumber": serial, "currentPassword": password}));
        acknowledged.lock().unwrap().push(serial);
    }
}

/// All that was acknowledged is there, and nothing that is known of what was lost is taken for true.
fn check(server: &TestServer, known: &Known) {
    let caller = server.caller().tenant(known.tenant);
    let stored = caller.list(PASSWORDS);
    for serial in &known.serials {
        let found = stored.iter().find(|item| item["serialNumber"] == **serial);
        let password = found.map(|item| item["currentPassword"].clone());
        assert_eq!(password, Some(json!(format!("s3cret-of-{serial}"))), "{serial}");
    }
    let again = once(&caller).is(201).json();
    for name in ["id", "@odata.etag"] {
        assert_eq!(again[name], known.once[name], "{name} of a create that is sent again");
    }
    server.caller().tenant(known.closed).get(PASSWORDS).send().refused(403, &["closed"]);
    let follow = |token: &String| caller.get(&format!("{DEVICES}/delta?$deltatoken={token}")).send();
    known.tokens.iter().for_each(|token| drop(follow(token).refused(410, &[])));
    let now = token(&caller);
    for at in 0..5 {
        for etag in &known.etags {
            let change = caller.patch(&known.device).header("If-Match", etag);
            change.json(&json!({"groupTag": "never"})).send().refused(412, &[]);
        }
        caller.change(&known.device, &json!({"groupTag": format!("found {at}")}));
        assert!(!known.etags.contains(&etag(&caller, &known.device)), "an entity tag was given again");
    }
    known.tokens.iter().for_each(|token| drop(follow(token).refused(410, &[])));
    let told = follow(&now).is(200).json();
    assert_eq!(told["value"][0]["groupTag"], "found 4", "{told}");
    let newcomer = server.caller().tenant(known.newcomer.0);
    let follow = |token: &str| newcomer.get(&format!("{DEVICES}/delta?$deltatoken={token}")).send();
    follow(&known.newcomer.1).refused(410, &[]);
    newcomer.create(DEVICES, &device("C"));
    settle(&newcomer);
    follow(&known.newcomer.1).refused(410, &[]);
    let now = token(&newcomer);
    assert_eq!(follow(&now).is(200).json()["value"], json!([]));
}

fn once(caller: &TestCaller<'_>) -> HttpAnswer {
    caller.post(DEVICES).header("Idempotency-Key", "once").json(&device("once")).send()
}

fn etag(caller: &TestCaller<'_>, path: &str) -> String {
    caller.get(path).send().is(200).header("etag").unwrap().to_owned()
}

/// A token of delta that begins now.
fn token(caller: &TestCaller<'_>) -> String {
    let page = caller.read(&format!("{DEVICES}/delta?$deltatoken=latest"));
    let link = page["@odata.deltaLink"].as_str().unwrap();
    link.rsplit_once("deltatoken=").unwrap().1.to_owned()
}
