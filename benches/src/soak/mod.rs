//! A server that is used for a long time at a low rate by everything that uses one: what grew, and what failed.
//!
//! Devices, lists and passwords come and go, so that there are never more of them; what grows all the same is the server's
//! own. The first half warms it up, and a line is fitted through the samples of the second.

mod samples;
mod work;

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::muster::{Muster, Program};
use crate::options::{SoakOptions, StoreKind, stores_of};
use crate::stage::{self, empty_folder};

use samples::{Sample, Samples};
use work::Work;

/// The interval between two samples.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(30);
/// What may grow in an hour, once the server is warm.
const MEBIBYTES_AN_HOUR_MAX: f64 = 1.0;
/// The machines that are simulated.
const MACHINES: &str = "20";

/// Uses servers on each store; whether nothing grew and nothing failed.
pub(crate) async fn measure_all(options: &SoakOptions) -> Result<bool> {
    let mut is_well = true;
    for store in stores_of(&options.stores) {
        is_well &= measure(options, store).await?;
    }
    Ok(is_well)
}

async fn measure(options: &SoakOptions, store: StoreKind) -> Result<bool> {
    let binary = options.muster.canonicalize().with_context(|| options.muster.display().to_string())?;
    let cluster = stage::cluster(store).await?;
    let folder = empty_folder(&options.folder.join(store.name()))?;
    let database = match &cluster {
        Some(cluster) => cluster.database().await?,
        None => format!("sqlite:{}", folder.join("muster.db").display()),
    };
    // A day is the least: nothing of two hours is pruned, and rows of the journal cost the server nothing.
    let config = "[agent]\ncheck_in_seconds = 30\n[journal]\nretention_days = 1\n".to_owned();
    let program = Program { config, ..Program::new(&binary, folder.clone(), database) };
    let muster = program.start()?;
    let simulator = Simulator::start(&program, &muster, options.minutes)?;
    let used = tokio::task::block_in_place(|| use_it(options, &program, &muster));
    drop(simulator);
    muster.stop()?;
    let (samples, failures) = used?;
    samples.write(File::create(options.folder.join(format!("{}.csv", store.name())))?)?;
    let growth = samples.growth();
    println!("{}: {} requests, {} failures; {growth}", store.name(), samples.last().requests, failures.len());
    failures.iter().for_each(|failure| println!("  {failure}"));
    std::fs::remove_dir_all(&folder)?;
    Ok(failures.is_empty() && growth.is_below(MEBIBYTES_AN_HOUR_MAX))
}

/// Asks at the rate until the time is over.
fn use_it(options: &SoakOptions, program: &Program, muster: &Muster) -> Result<(Samples, Vec<String>)> {
    let mut work = Work::begin(program, muster.address)?;
    let (begin, mut samples) = (Instant::now(), Samples::default());
    let whole = Duration::from_secs(options.minutes * 60);
    let mut next_sample = SAMPLE_INTERVAL.min(whole / 20);
    while begin.elapsed() < whole {
        work.step()?;
        let due = Duration::from_secs_f64(work.requests as f64 / options.rate as f64);
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
        if begin.elapsed() >= next_sample {
            next_sample += SAMPLE_INTERVAL.min(whole / 20);
            samples.add(Sample::of(muster, begin.elapsed(), work.requests)?);
        }
    }
    Ok((samples, work.failures))
}

/// Machines that check in all the while. Ends when dropped.
struct Simulator(Child);

impl Simulator {
    fn start(program: &Program, muster: &Muster, minutes: u64) -> Result<Simulator> {
        let server = format!("http://{}", muster.address);
        let command = |name: &str| {
            let mut command = Command::new(&program.binary);
            command.arg(name).current_dir(&program.data).stdin(Stdio::null()).stderr(Stdio::null());
            command
        };
        let output =
            command("enroll-code").args(["--quota", MACHINES, "--data"]).arg(&program.data).output()?;
        anyhow::ensure!(output.status.success(), "no code to enroll with");
        let code = String::from_utf8(output.stdout)?;
        let code = code.lines().last().context("no code to enroll with")?.trim();
        let mut simulate = command("simulate");
        simulate.args([MACHINES, "--server", &server, "--enroll", code, "--vendor", "mix", "--faults", "5"]);
        simulate.args(["--pause", "PT30S", "--for", &format!("PT{minutes}M")]).stdout(Stdio::null());
        Ok(Simulator(simulate.spawn()?))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
