//! `muster healthcheck`: asks the server of this machine how it is, as its container would with another program.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Client;
use server::StartupError;
use server::config::{self, Overrides};

use crate::command_line::HealthcheckArguments;
use crate::graph_client::reason;

/// The time the server may take. Whoever asks has a limit of its own, which is rarely shorter.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(4);

/// Asks, and fails with the reason if the answer is not 200.
pub fn run(arguments: HealthcheckArguments) -> Result<(), StartupError> {
    server::tls::install();
    let overrides = Overrides { file: arguments.config, listen: arguments.listen, ..Overrides::default() };
    let listen = config::load(&overrides, std::env::vars_os())?.config.listen;
    let scheme = if arguments.plain_http { "http" } else { "https" };
    let path = if arguments.alive { "healthz" } else { "readyz" };
    let url = format!("{scheme}://{}/{path}", reachable(&listen));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(error.to_string()))?;
    runtime.block_on(ask(&url))
}

async fn ask(url: &str) -> Result<(), StartupError> {
    let failed = |reason: String| StartupError::Failed(format!("{url}: {reason}"));
    // The certificate is for the name by which clients know the server, not for this address. Nothing is sent to it, and
    // nothing but a status is believed.
    let client = Client::builder()
        .timeout(ANSWER_TIME_MAX)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .tls_danger_accept_invalid_certs(true)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let response = client.get(url).send().await.map_err(|error| failed(reason(&error)))?;
    match response.status().is_success() {
        true => Ok(()),
        false => Err(failed(format!("the server answered with {}", response.status()))),
    }
}

/// Where a server can be reached that listens there: an address that stands for all is none to connect to.
fn reachable(listen: &str) -> String {
    let Ok(mut address) = listen.parse::<SocketAddr>() else {
        return listen.to_owned();
    };
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address.to_string()
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn a_server_on_all_addresses_is_asked_at_its_loopback_address() {
        for (listen, expected) in [
            ("0.0.0.0:8443", "127.0.0.1:8443"),
            ("[::]:443", "[::1]:443"),
            ("10.0.0.1:8443", "10.0.0.1:8443"),
            ("localhost:8443", "localhost:8443"),
        ] {
            assert_eq!(reachable(listen), expected);
        }
    }
}
