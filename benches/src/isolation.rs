//! Whether the entity of another tenant and one that never was can be told apart by the time of the answer. Requests about
//! both alternate, with a second one about nothing as a control: whatever tells the two apart must say more than what tells
//! nothing from nothing.

use std::fmt;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::http_client::HttpClient;
use crate::muster::Program;
use crate::options::Options;
use crate::requests::{DEVICES, request};
use crate::stage::own_program;

/// The name of the workload.
pub(crate) const NAME: &str = "isolation";
/// The tenant that has the entities.
const NEIGHBOUR: Uuid = uuid!("22222222-2222-4222-8222-222222222222");
/// How many entities both tenants have.
const ENTITIES: usize = 200;
/// How often each request is sent.
const ROUNDS: usize = 20_000;
/// The share of the slowest answers that is left out: it tells of the machine.
const SLOWEST_LEFT_OUT: usize = 20;

/// What was measured of one kind of request.
pub(crate) struct Line {
    store: &'static str,
    method: &'static str,
    foreign: Sample,
    missing: Sample,
    control: Sample,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { store, method, foreign, missing, control } = self;
        write!(
            formatter,
            "{store:8} {method:6} {:>10.1} {:>10.1} {:>8.2} {:>8.2}",
            foreign.mean,
            missing.mean,
            foreign.t(missing),
            control.t(missing)
        )
    }
}

/// What the lines say. Beyond 4.5 in either direction, Welch's t would say that two samples differ.
pub(crate) fn heading() -> &'static str {
    "store    method foreign us missing us        t  control"
}

/// Measures it on each store.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for store in options.stores() {
        let (program, _cluster) = own_program(options, NAME, store).await?;
        lines.extend(tokio::task::block_in_place(|| of_store(&program, store.name()))?);
    }
    Ok(lines)
}

fn of_store(program: &Program, store: &'static str) -> Result<Vec<Line>> {
    let muster = program.start()?;
    let mut client = HttpClient::connect(muster.address)?;
    let own = format!("Bearer {}", program.token()?);
    let foreign = format!("Bearer {}", program.token_of(Some(NEIGHBOUR))?);
    let mut id = String::new();
    for number in 0..ENTITIES {
        for authorization in [&own, &foreign] {
            let body = json!({"serialNumber": format!("SN-{number}")}).to_string();
            let answer = client.ask(&request("POST", DEVICES, authorization, &body))?;
            let created: Value = serde_json::from_slice(&answer.body)?;
            id = created.get("id").and_then(Value::as_str).context("what was created has no id")?.to_owned();
        }
    }
    let mut lines = Vec::new();
    for method in ["GET", "PATCH", "DELETE"] {
        let body = if method == "PATCH" { "{\"groupTag\":\"x\"}" } else { "" };
        let request = |id: &str| request(method, &format!("{DEVICES}/{id}"), &own, body);
        // Keys of nothing, which begin as the other does.
        let missing = ["000000000001", "000000000002"].map(|end| format!("{}{end}", &id[..24]));
        let requests = [request(&id), request(&missing[0]), request(&missing[1])];
        let mut times = [const { Vec::new() }; 3];
        for round in 0..ROUNDS {
            // Each comes first as often as the others.
            for at in (0..requests.len()).map(|at| (at + round) % requests.len()) {
                let begin = Instant::now();
                let answer = client.send(&requests[at])?;
                times[at].push(begin.elapsed().as_secs_f64() * 1e6);
                ensure!(answer.head.starts_with("HTTP/1.1 404"), "{}", answer.head);
            }
        }
        let [foreign, missing, control] = times.map(Sample::of);
        lines.push(Line { store, method, foreign, missing, control });
    }
    muster.stop()?;
    Ok(lines)
}

/// The times of one request, in microseconds.
struct Sample {
    mean: f64,
    variance_of_mean: f64,
}

impl Sample {
    fn of(mut times: Vec<f64>) -> Sample {
        times.sort_by(f64::total_cmp);
        times.truncate(times.len() - times.len() / SLOWEST_LEFT_OUT);
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Sample { mean, variance_of_mean: variance / count }
    }

    /// Welch's t of the means.
    fn t(&self, other: &Sample) -> f64 {
        (self.mean - other.mean) / (self.variance_of_mean + other.variance_of_mean).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn the_statistic_tells_apart_what_differs() {
        let sample = |offset: f64| Sample::of((0..1_000).map(|at| f64::from(at % 10) + offset).collect());
        assert!(sample(0.0).t(&sample(0.0)).abs() < 1e-9);
        assert!(sample(1.0).t(&sample(0.0)) > 4.5 && sample(0.0).t(&sample(1.0)) < -4.5);
    }
}
