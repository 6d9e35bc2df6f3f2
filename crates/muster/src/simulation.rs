//! `muster simulate N`: a fleet that does not exist, a bar while it lives, and a table of what became of it.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_service::Connection;
use indicatif::{ProgressBar, ProgressStyle};
use server::StartupError;
use simulator::{Fleet, FleetReport, Progress, Sums};

use crate::command_line::SimulateArguments;
use crate::graph_client::{http_client, server_url};
use crate::output::print;

const BAR: &str = "{elapsed_precise} {wide_bar} {msg}";
/// The time between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs a simulation to its end, and prints what became of the machines.
pub fn run(arguments: SimulateArguments) -> Result<(), StartupError> {
    server::tls::install();
    let url = server_url(&arguments.server)?;
    let http = http_client(&url, arguments.ca.as_deref())?;
    let fleet = Fleet {
        connection: Connection::new(http, url.as_str()),
        code: arguments.enroll,
        machines: arguments.machines,
        vendors: arguments.vendor,
        seed: arguments.seed,
        faults_percent: arguments.faults,
        duration: arguments.duration,
        pause_max: arguments.pause,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    let report = runtime.block_on(live(fleet));
    if let Some(file) = &arguments.report {
        let json =
            serde_json::to_vec_pretty(&report).map_err(|error| StartupError::Failed(error.to_string()))?;
        std::fs::write(file, json)
            .map_err(|error| StartupError::Failed(format!("cannot write {}: {error}", file.display())))?;
    }
    print(table(&report).trim_end())?;
    let last_error = report.machines.iter().find_map(|machine| machine.last_error.as_deref());
    match (report.sums.enrolled == report.sums.machines, last_error) {
        (false, Some(error)) => Err(StartupError::Failed(format!("not all machines could enroll: {error}"))),
        (false, None) => Err(StartupError::Failed("not all machines could enroll".to_owned())),
        (true, _) => Ok(()),
    }
}

async fn live(fleet: Fleet) -> FleetReport {
    let (begin, duration, machines) = (Instant::now(), fleet.duration, fleet.machines);
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        // The template is ours, and whole.
        bar.set_style(ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    });
    let progress = Arc::new(Progress::default());
    let shown = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Some(bar) = &bar {
                bar.set_position(u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX));
                let (check_ins, settled) = (progress.check_ins(), progress.settled());
                bar.set_message(format!("{check_ins} check-ins, {settled} of {machines} settled"));
            }
        }
    };
    let report = tokio::select! {
        report = fleet.run(Arc::clone(&progress)) => report,
        () = shown => FleetReport::default(),
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    report
}

/// The closing table: a line for each maker, and one for all.
fn table(report: &FleetReport) -> String {
    let heads = [
        "",
        "machines",
        "enrolled",
        "applied",
        "refused",
        "failed",
        "check-ins",
        "faults",
        "restarts",
        "errors",
    ];
    let mut lines: Vec<[String; 10]> = vec![heads.map(str::to_owned)];
    let mut line = |name: &str, sums: &Sums| {
        let Sums { machines, enrolled, applied, refused, failed, check_ins, faults, restarts, errors } =
            *sums;
        let numbers = [machines, enrolled, applied, refused, failed, check_ins, faults, restarts, errors];
        let mut cells = [const { String::new() }; 10];
        name.clone_into(&mut cells[0]);
        cells[1..].iter_mut().zip(numbers).for_each(|(cell, number)| *cell = number.to_string());
        lines.push(cells);
    };
    report.by_vendor.iter().for_each(|(vendor, sums)| line(vendor, sums));
    line("all", &report.sums);
    let widths: Vec<usize> =
        (0..10).map(|at| lines.iter().map(|cells| cells[at].len()).max().unwrap_or_default()).collect();
    let mut text = String::new();
    for cells in &lines {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  "));
    }
    text
}
