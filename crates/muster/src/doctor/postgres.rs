//! What PostgreSQL says of itself, judged.

use store::{DatabaseServer, VERSION_MIN};

use super::finding::{Finding, Health};

/// The connections that a server of Muster's may have open: four that share reads, four for scans, one that writes.
const CONNECTIONS: i64 = 9;

/// The findings about a server.
pub fn findings(server: &DatabaseServer) -> Vec<Finding> {
    vec![
        version(server),
        way(server),
        durability(server),
        time_outs(server),
        connections(server),
        privileges(server),
    ]
}

fn version(server: &DatabaseServer) -> Finding {
    let DatabaseServer { version, major_version, .. } = server;
    match *major_version < VERSION_MIN {
        true => {
            let detail = format!("PostgreSQL {version} is too old; Muster needs {VERSION_MIN} or later");
            Finding::new("database server", Health::Failed, detail)
        }
        false => Finding::new("database server", Health::Ok, format!("PostgreSQL {version}")),
    }
}

fn way(server: &DatabaseServer) -> Finding {
    let name = "database connection";
    let pooler = if server.is_pooled { ", through a pooler in transaction mode" } else { "" };
    match (server.is_encrypted, server.is_local) {
        (true, _) => Finding::new(name, Health::Ok, format!("encrypted{pooler}")),
        (false, true) => Finding::new(name, Health::Ok, format!("on this machine{pooler}")),
        // What is known is how the pooler comes to the database.
        (false, false) if server.is_pooled => {
            let detail = "the pooler's connection to the database is not encrypted; unless both are on one machine, have it use TLS";
            Finding::new(name, Health::Warning, detail)
        }
        (false, false) => {
            let detail = "it is not encrypted and leaves this machine; take sslmode out of the URL";
            Finding::new(name, Health::Warning, detail)
        }
    }
}

fn durability(server: &DatabaseServer) -> Finding {
    match server.careless.as_slice() {
        [] => Finding::new("database durability", Health::Ok, "what is committed survives a crash"),
        [only] if only == "synchronous_commit" => {
            let detail = "synchronous_commit is off by default; Muster turns it on for what it commits";
            Finding::new("database durability", Health::Warning, detail)
        }
        careless => {
            let detail =
                format!("{} is off: a crash may lose or damage what was committed", careless.join(", "));
            Finding::new("database durability", Health::Warning, detail)
        }
    }
}

fn time_outs(server: &DatabaseServer) -> Finding {
    let name = "database time-outs";
    let DatabaseServer { statement_timeout_millis: statements, idle_timeout_millis: idle, .. } = server;
    if server.is_pooled && *statements > 0 {
        let detail = format!(
            "statement_timeout is {statements} ms, which Muster cannot lift for migrations behind a pooler; start the first server of a new version without the pooler"
        );
        return Finding::new(name, Health::Warning, detail);
    }
    if *idle > 0 {
        let detail = format!("idle_session_timeout is {idle} ms: connections are made anew after a silence");
        return Finding::new(name, Health::Warning, detail);
    }
    Finding::new(name, Health::Ok, "Muster sets its own")
}

fn connections(server: &DatabaseServer) -> Finding {
    let (most, open) = server.connections;
    let detail = format!("{open} of {most} are open; each server of Muster's uses up to {CONNECTIONS}");
    let health = if most - open < CONNECTIONS { Health::Warning } else { Health::Ok };
    Finding::new("database connections", health, detail)
}

fn privileges(server: &DatabaseServer) -> Finding {
    match server.lacking.as_slice() {
        [] => Finding::new("database privileges", Health::Ok, "the role may do all that it must"),
        lacking => {
            let detail = format!("the role may not {}", lacking.join("; "));
            Finding::new("database privileges", Health::Failed, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use store::DatabaseServer;

    use super::super::finding::Health;
    use super::findings;

    fn sound() -> DatabaseServer {
        DatabaseServer {
            version: "15.8".into(),
            major_version: 15,
            is_encrypted: true,
            is_local: false,
            is_pooled: false,
            careless: Vec::new(),
            statement_timeout_millis: 0,
            idle_timeout_millis: 0,
            lacking: Vec::new(),
            connections: (100, 9),
        }
    }

    #[test]
    fn a_sound_server_has_no_finding_and_each_other_one() {
        let changed = |change: fn(&mut DatabaseServer)| {
            let mut server = sound();
            change(&mut server);
            server
        };
        let cases = [
            (sound(), None),
            (changed(|server| (server.is_encrypted, server.is_local) = (false, true)), None),
            (changed(|server| server.major_version = 13), Some(("database server", Health::Failed))),
            (changed(|server| server.is_encrypted = false), Some(("database connection", Health::Warning))),
            (
                changed(|server| server.careless = vec!["fsync".into()]),
                Some(("database durability", Health::Warning)),
            ),
            (
                changed(|server| server.careless = vec!["synchronous_commit".into()]),
                Some(("database durability", Health::Warning)),
            ),
            (
                changed(|server| (server.is_pooled, server.statement_timeout_millis) = (true, 5_000)),
                Some(("database time-outs", Health::Warning)),
            ),
            (changed(|server| server.idle_timeout_millis = 1), Some(("database time-outs", Health::Warning))),
            (
                changed(|server| server.connections = (100, 95)),
                Some(("database connections", Health::Warning)),
            ),
            (
                changed(|server| server.lacking = vec!["create in the schema public".into()]),
                Some(("database privileges", Health::Failed)),
            ),
        ];
        for (server, expected) in cases {
            let findings = findings(&server);
            let unwell = findings.iter().filter(|finding| finding.health != Health::Ok);
            let unwell: Vec<_> = unwell.map(|finding| (finding.check.as_str(), finding.health)).collect();
            assert_eq!(unwell, expected.into_iter().collect::<Vec<_>>(), "{server:?}");
        }
    }
}
