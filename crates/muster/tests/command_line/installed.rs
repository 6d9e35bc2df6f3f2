//! What packages and containers call: the manual, completions, the check of health, and the service manager's socket.

use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

use crate::{DevServer, PATIENCE, muster, run};

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["manual", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for (page, named) in
        [("muster.1", "muster-serve(1)"), ("muster-serve.1", "plain\\-http"), ("muster-keys-rotate.1", "kek")]
    {
        let text = std::fs::read_to_string(folder.path().join(page))
            .unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(text.contains(named) || text.contains(&named.replace('-', "\\-")), "{page}: {named}: {text}");
    }
    let output = run(folder.path(), &["manual", "missing"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.contains("missing"), "{error}");
}

#[test]
fn completions_are_printed_for_each_shell() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, begins) in [("bash", "_muster()"), ("zsh", "#compdef muster"), ("fish", "# Print an optspec")]
    {
        let output = run(folder.path(), &["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(script.starts_with(begins) && script.contains("healthcheck"), "{shell}: {script}");
    }
}

#[test]
fn who_has_seen_enough_of_what_is_printed_is_told_of_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = muster(folder.path());
    let mut child =
        command.args(["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_health_check_says_whether_the_server_answers() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = DevServer::start(here, &["--dev"]);
    let address = server.address().to_string();
    for arguments in
        [&["healthcheck", "--listen", &address][..], &["healthcheck", "--listen", &address, "--alive"]]
    {
        let output = run(here, arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    // It speaks TLS.
    let output = run(here, &["healthcheck", "--listen", &address, "--plain-http"]);
    assert_eq!(output.status.code(), Some(1));
    drop(server);

    // A port that is ours, so that nobody else answers there, and that is closed.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = run(here, &["healthcheck", "--listen", &closed]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.starts_with(&format!("muster: https://{closed}/readyz: ")), "{error}");
}

#[test]
fn the_service_manager_is_told_of_the_life_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let socket = UnixDatagram::bind(here.join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = muster(here);
    command.args(["serve", "--dev", "--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", here.join("notify")).env("WATCHDOG_USEC", "200000");
    let mut server = DevServer::spawn(command);
    let told = |awaited: &str| {
        let mut buffer = [0; 256];
        loop {
            let length =
                socket.recv(&mut buffer).unwrap_or_else(|error| panic!("not told {awaited}: {error}"));
            let message = std::str::from_utf8(&buffer[..length]).unwrap();
            if message.starts_with(awaited) {
                return message.to_owned();
            }
            // The watchdog is told all the time; nothing else comes out of order.
            assert_eq!(message, "WATCHDOG=1\n", "before {awaited}");
        }
    };
    told("READY=1\n");
    told("WATCHDOG=1\n");
    server.signal("-HUP");
    assert!(told("RELOADING=1\n").contains("MONOTONIC_USEC="));
    told("READY=1\n");
    server.terminate();
    told("STOPPING=1\n");
    assert_eq!(server.exit_code(), Some(0));
}
