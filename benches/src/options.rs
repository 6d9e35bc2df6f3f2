//! The command line of the benchmarks.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures Muster beside the limits of its workloads.
#[derive(Parser)]
#[command(name = "cargo xtask bench", args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Answers every request with the bytes of a file: limit A, in a process of its own.
    #[command(hide = true)]
    BareHttp {
        /// A recorded response.
        answer: PathBuf,
    },
    /// Registers the devices of a list by `muster import`, beside the bare database writing the rows that come of it.
    Import(ImportOptions),
    /// Floods a server with clients that take more than their share, and says what it took and who was served.
    Bounds(BoundsOptions),
    /// Asks of everything at a low rate for a long time, and says what grew.
    Soak(SoakOptions),
}

/// What a flood is made of.
#[derive(Args)]
pub(crate) struct BoundsOptions {
    /// Only this store; may be repeated.
    #[arg(long = "store", value_enum)]
    pub stores: Vec<StoreKind>,
    /// Only floods whose name begins so; may be repeated.
    #[arg(long = "flood")]
    pub floods: Vec<String>,
    /// Connections at once; the system must allow as many open files.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=50_000))]
    pub connections: u64,
    /// Clients that send or ask for much at once.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    pub clients: u64,
    /// Devices in the store.
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub devices: u64,
    /// The binary to flood.
    #[arg(long, default_value = "target/release/muster")]
    pub muster: PathBuf,
    /// Where databases are made; emptied first.
    #[arg(long, default_value = "target/bench-bounds")]
    pub folder: PathBuf,
}

/// How a server is used for a long time.
#[derive(Args)]
pub(crate) struct SoakOptions {
    /// Only this store; may be repeated.
    #[arg(long = "store", value_enum)]
    pub stores: Vec<StoreKind>,
    /// How long each store is used.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub minutes: u64,
    /// Requests a second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=2_000))]
    pub rate: u64,
    /// The binary to use.
    #[arg(long, default_value = "target/release/muster")]
    pub muster: PathBuf,
    /// Where databases and samples are made; emptied first.
    #[arg(long, default_value = "target/bench-soak")]
    pub folder: PathBuf,
}

/// What an import is measured with.
#[derive(Args)]
pub(crate) struct ImportOptions {
    /// Rows of the list [default: 100000 and 1000000]; may be repeated.
    #[arg(long = "rows", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub rows: Vec<u64>,
    /// Only this store; may be repeated.
    #[arg(long = "store", value_enum)]
    pub stores: Vec<StoreKind>,
    /// Rows for which the bare database writes what comes of them [default: all]. A million take 10 GB in each
    /// database, and the list 4.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub bare_rows: Option<u64>,
    /// The binary to measure.
    #[arg(long, default_value = "target/release/muster")]
    pub muster: PathBuf,
    /// Where databases and lists are made; emptied first. The report is written beside it.
    #[arg(long, default_value = "target/bench-import")]
    pub folder: PathBuf,
}

#[derive(Args)]
pub(crate) struct Options {
    /// Only 20,000 devices and rounds of a second: less than five minutes for each store.
    #[arg(long)]
    pub quick: bool,
    /// Only this store; may be repeated.
    #[arg(long = "store", value_enum)]
    pub stores: Vec<StoreKind>,
    /// How many devices [default: 100000, quick 20000]; may be repeated.
    #[arg(long = "devices", value_parser = clap::value_parser!(u64).range(300..=10_000_000))]
    pub devices: Vec<u64>,
    /// Only workloads whose name begins so; may be repeated. Three names alone measure something else. `reassign`: how long it
    /// takes until devices have the profile that they shall have. `isolation`: whether time tells foreign from missing.
    /// `neighbour`: what a tenant gets beside one that asks for ten times as much.
    #[arg(long = "workload")]
    pub workloads: Vec<String>,
    /// Rounds of each contender.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub rounds: u32,
    /// How long a round takes [default: 2000, quick 1000].
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub round_time: Option<u64>,
    /// Exit with 1 if Muster misses what it must reach.
    #[arg(long)]
    pub must: bool,
    /// The binary to measure.
    #[arg(long, default_value = "target/release/muster")]
    pub muster: PathBuf,
    /// Where databases are made; emptied first. The report is written beside it.
    #[arg(long, default_value = "target/bench")]
    pub folder: PathBuf,
}

/// A database to measure Muster on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    Sqlite,
    Postgres,
}

impl StoreKind {
    pub fn name(self) -> &'static str {
        match self {
            StoreKind::Sqlite => "sqlite",
            StoreKind::Postgres => "postgres",
        }
    }
}

/// Those that were named, or all.
pub(crate) fn stores_of(named: &[StoreKind]) -> Vec<StoreKind> {
    match named.is_empty() {
        true => vec![StoreKind::Sqlite, StoreKind::Postgres],
        false => named.to_vec(),
    }
}

impl Options {
    pub fn stores(&self) -> Vec<StoreKind> {
        stores_of(&self.stores)
    }

    pub fn sizes(&self) -> Vec<u64> {
        match self.devices.is_empty() {
            true => vec![if self.quick { 20_000 } else { 100_000 }],
            false => self.devices.clone(),
        }
    }

    /// Whether a workload is to be measured.
    pub fn wants(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|name| workload.starts_with(&**name))
    }

    pub fn round_time(&self) -> Duration {
        let default = if self.quick { 1_000 } else { 2_000 };
        Duration::from_millis(self.round_time.unwrap_or(default))
    }
}
