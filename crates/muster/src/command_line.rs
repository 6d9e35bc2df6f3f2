//! The command line: a contract that tests and clients rely on.

mod backup;
mod database;
mod installed;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agent::Vendor;
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::hardware_hash::CollectionTime;
use odata::date_time::Ticks;
use server::audit_sink::lines::AuditFormat;
use uuid::Uuid;

use crate::duration_argument::duration;
use crate::mac_address::MacAddress;
use crate::operator_arguments::{ConfigArguments, ConfigCommand, InitArguments, VersionArguments};
pub use crate::server_arguments::{DATA_DEFAULT, ServerArguments};
use crate::vault_arguments::VaultCommand;

pub use backup::{BackupCommand, BackupOther, RestoreArguments};
pub use database::{DatabaseArguments, KeysArguments, KeysCommand, TenantArguments, TenantCommand};
pub use installed::{CompletionsArguments, HealthcheckArguments, ManualArguments};

/// A self-hosted server for the device-management part of Microsoft Graph.
#[derive(Parser)]
#[command(name = "muster", version, arg_required_else_help = true)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of the binary.
#[derive(Subcommand)]
pub enum Command {
    /// Runs the server.
    Serve(ServeArguments),
    /// Says whether the server of this machine can answer calls: for containers, which have no other program to ask with.
    ///
    /// Exit code 0: it can; 1: it cannot, or there is none; 2: misused.
    Healthcheck(HealthcheckArguments),
    /// Writes what a server needs before its first start in production, and says what to do next.
    Init(InitArguments),
    /// Checks or shows the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Looks at everything that a server needs: configuration, keys, database, disk, certificate, issuers, clock.
    ///
    /// Exit code 0: nothing failed, perhaps warnings; 1: something failed; 2: misused.
    Doctor(ConfigArguments),
    /// Prints which build this is, to which schema it brings a database, and which model it serves.
    Version(VersionArguments),
    /// Prints an access token of the dev issuer.
    Token(TokenArguments),
    /// Prints what a client of the dev server needs, as lines to evaluate.
    Env(EnvArguments),
    /// Prints every operation with the permissions that it takes, the least privileged one first.
    Permissions(PermissionsArguments),
    /// Lists, creates, closes, exports and deletes tenants, in the database: no server needs to run, and one may.
    Tenant(TenantArguments),
    /// Looks at the keys under which secrets are sealed, and replaces them: no server needs to run, and several may.
    Keys(KeysArguments),
    /// Shows what a hardware hash holds, or builds one for a test.
    #[command(subcommand)]
    Hash(HashCommand),
    /// Says what is wrong with a reseller's list of devices (a CSV file), without a server.
    ///
    /// Exit code 0: no error, perhaps warnings; 1: errors; 2: misused.
    Inspect(InspectArguments),
    /// Registers what is in a list of devices, and says of each row what became of it.
    ///
    /// Exit code 0: every row is registered; 1: some are not, or it ended early; 2: misused. Run again, it goes on where
    /// it was.
    Import(ImportArguments),
    /// Makes a code by which machines enroll, and prints it.
    EnrollCode(EnrollCodeArguments),
    /// Runs the agent of this machine: it enrolls once, checks in, and applies the settings that are meant for it.
    Agent(AgentArguments),
    /// Runs machines that do not exist: they enroll, check in, restart, refuse, drift, hang and lose power.
    Simulate(SimulateCommand),
    /// Checks a `.cctk` file, says what differs between two, or makes a policy of fwupd of one.
    #[command(subcommand)]
    Cctk(CctkCommand),
    /// Copies the database into a new folder, be it beside running servers, or verifies such a folder.
    ///
    /// The secrets in a backup are sealed. The key-encryption key is not in it: keep that elsewhere.
    Backup(BackupCommand),
    /// Restores a backup into an empty place, once all of it is verified. No server may run there.
    Restore(RestoreArguments),
    /// Shows, exports and verifies who looked at secrets, without a server.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Keeps copies of all passwords: a bundle that opens without a server, and a mirror of another tenant.
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Prints what completes these commands in a shell.
    Completions(CompletionsArguments),
    /// Writes the manual: a page for each command, in the format of man.
    Manual(ManualArguments),
}

/// The commands of `muster cctk`.
#[derive(Subcommand)]
pub enum CctkCommand {
    /// Says what is wrong with a file, and which of its settings may do harm.
    ///
    /// Exit code 0: no error, perhaps warnings; 1: errors; 2: misused.
    Check(CctkCheckArguments),
    /// Says what differs between two versions of a file, and what the newer one's changes may do.
    Diff(CctkDiffArguments),
    /// Prints a file as a policy that fwupd enforces.
    Fwupd(CctkFwupdArguments),
}

/// The arguments of `muster cctk check`.
#[derive(Args)]
pub struct CctkCheckArguments {
    /// The file; - for standard input.
    pub file: PathBuf,
    /// As one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `muster cctk diff`.
#[derive(Args)]
pub struct CctkDiffArguments {
    /// The older version; - for standard input.
    pub old: PathBuf,
    /// The newer version; - for standard input.
    pub new: PathBuf,
}

/// The arguments of `muster cctk fwupd`.
#[derive(Args)]
pub struct CctkFwupdArguments {
    /// The file; - for standard input.
    pub file: PathBuf,
}

/// `muster simulate`: a fleet that lives for a while, or one machine as files.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SimulateCommand {
    /// How the fleet of `muster simulate N` is made and how long it lives.
    #[command(flatten)]
    pub fleet: Option<SimulateArguments>,
    /// Another thing to make than a fleet.
    #[command(subcommand)]
    pub other: Option<SimulateOther>,
}

/// What `muster simulate` makes beside fleets.
#[derive(Subcommand)]
pub enum SimulateOther {
    /// Writes a machine as plain files, in the shape in which Linux shows a real one.
    Tree(SimulateTreeArguments),
}

/// The arguments of `muster simulate tree`.
#[derive(Args)]
pub struct SimulateTreeArguments {
    /// The folder, which must be empty or not there yet.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The maker of the machine: dell, hp, lenovo or surface.
    #[arg(long, value_name = "VENDOR", default_value = "dell")]
    pub vendor: Vendor,
    /// Another number makes another machine.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// The commands of `muster audit`.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Lists the records, a line each.
    List(AuditArguments),
    /// Shows one record.
    Show {
        /// The number of the record in its tenant.
        sequence: i64,
        #[command(flatten)]
        of: AuditArguments,
    },
    /// Writes the records out, a JSON object a line.
    Export {
        /// How: as they are, so that they can be verified, or as events of the Open Cybersecurity Schema Framework.
        #[arg(long, value_name = "jsonl|ocsf", value_parser = audit_format, default_value = "jsonl")]
        format: AuditFormat,
        #[command(flatten)]
        of: AuditArguments,
    },
    /// Writes the signed checkpoints out, a JSON object a line: to be kept where nobody who can write the database reaches them.
    Checkpoints(AuditArguments),
    /// Prints the public key of the signatures, which verify takes. Needs the key of the database.
    Key(AuditArguments),
    /// Says whether a record was changed, is missing, stands elsewhere or was cut off, and which.
    ///
    /// Exit code 0: none was; 1: at least one was; 2: misused.
    Verify {
        /// A file that `muster audit export` wrote; - for standard input [default: the database].
        file: Option<PathBuf>,
        /// Checkpoints that were kept elsewhere, as muster audit checkpoints or export wrote them.
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
        /// The public key of the signatures, as muster audit key prints it [default: by the key of the database, if it is found].
        #[arg(long, value_name = "HEX")]
        public_key: Option<String>,
        #[command(flatten)]
        of: AuditArguments,
    },
}

/// Which records are meant.
#[derive(Args)]
pub struct AuditArguments {
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// Of this tenant only.
    #[arg(long, value_name = "GUID")]
    pub tenant: Option<Uuid>,
    /// From this time on, such as 2026-01-01T00:00:00Z.
    #[arg(long, value_name = "DATE-TIME", value_parser = instant)]
    pub since: Option<Ticks>,
}

fn audit_format(text: &str) -> Result<AuditFormat, String> {
    match text {
        "jsonl" => Ok(AuditFormat::Jsonl),
        "ocsf" => Ok(AuditFormat::Ocsf),
        _ => Err("one of jsonl and ocsf".to_owned()),
    }
}

fn instant(text: &str) -> Result<Ticks, String> {
    Ticks::parse(text).ok_or_else(|| "a time such as 2026-01-01T00:00:00Z".to_owned())
}

/// The arguments of `muster serve`.
#[derive(Args)]
pub struct ServeArguments {
    /// Stand in for the cloud: own CA, own token issuer, a clock that can be turned.
    #[arg(long)]
    pub dev: bool,
    /// Whom the dev issuer knows: tenants, applications, users and consents (TOML).
    #[arg(long, value_name = "FILE", requires = "dev")]
    pub seed: Option<PathBuf>,
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder for what Muster keeps in files [default: muster-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// sqlite:PATH or postgres://… [default: a SQLite file in the data folder].
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// The address; port 0 picks a free one [default: 127.0.0.1:8443].
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Plain HTTP, on a loopback address only: for benchmarks, and for a TLS proxy on this host.
    #[arg(long)]
    pub plain_http: bool,
}

/// The arguments of `muster token`.
#[derive(Args)]
pub struct TokenArguments {
    /// The dev server's data folder [default: muster-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The tenant that the token is for.
    #[arg(long, value_name = "GUID", default_value_t = server::dev::TENANT_DEFAULT)]
    pub tenant: Uuid,
    /// For an application: permissions are in `roles`.
    #[arg(long, conflicts_with = "user")]
    pub app: bool,
    /// For this user: permissions are in `scp`.
    #[arg(long, value_name = "UPN", default_value = server::dev::USER_DEFAULT)]
    pub user: String,
    /// A permission; may be repeated [default: every permission there is].
    #[arg(long = "permission", value_name = "P")]
    pub permissions: Vec<String>,
    /// A scope tag that confines the caller; may be repeated [default: none, and the caller sees everything].
    #[arg(long = "scope-tag", value_name = "ID")]
    pub scope_tags: Vec<String>,
    /// How long the token holds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub ttl: u64,
}

/// The arguments of `muster env`.
#[derive(Args)]
pub struct EnvArguments {
    /// The dev server's data folder [default: muster-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// For which shell.
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub shell: Shell,
}

/// The arguments of `muster permissions`.
#[derive(Args)]
pub struct PermissionsArguments {
    /// As the page of the documentation.
    #[arg(long)]
    pub markdown: bool,
}

/// The shells whose quoting is known.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Any descendant of the Bourne shell.
    Sh,
    /// PowerShell, on any system.
    Powershell,
}

/// The commands of `muster hash`.
#[derive(Subcommand)]
pub enum HashCommand {
    /// Shows what a hardware hash holds.
    Decode(HashDecodeArguments),
    /// Builds a hardware hash and prints its Base64; the same arguments give the same hash.
    Build(Box<HashBuildArguments>),
}

/// The arguments of `muster hash decode`.
#[derive(Args)]
pub struct HashDecodeArguments {
    /// The hash in Base64, or a file with it or with its bytes, or - for standard input.
    #[arg(value_name = "FILE|-|BASE64", default_value = "-")]
    pub hash: String,
    /// As JSON, which `muster hash build --from` takes.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `muster hash build`. What is given replaces what the description has.
#[derive(Args)]
pub struct HashBuildArguments {
    /// A description to begin with: what `muster hash decode --json` prints; - for standard input.
    #[arg(long, value_name = "FILE|-")]
    pub from: Option<String>,
    /// The serial number. Every hash has one.
    #[arg(long, value_name = "TEXT")]
    pub serial: Option<String>,
    /// The manufacturer. Every hash has one.
    #[arg(long, value_name = "TEXT")]
    pub manufacturer: Option<String>,
    /// The model name that the hash tells.
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// The SKU number.
    #[arg(long, value_name = "TEXT")]
    pub sku: Option<String>,
    /// The system family.
    #[arg(long, value_name = "TEXT")]
    pub family: Option<String>,
    /// The SMBIOS UUID.
    #[arg(long, value_name = "GUID")]
    pub uuid: Option<Uuid>,
    /// The product key id: 13 digits.
    #[arg(long, value_name = "DIGITS")]
    pub product_key_id: Option<String>,
    /// Gives it a TPM that nobody has, made from this text.
    #[arg(long, value_name = "SEED")]
    pub tpm: Option<String>,
    /// A disk, as `serial|model|vendor`.
    #[arg(long, value_name = "TEXT")]
    pub disk: Option<String>,
    /// A network adapter with this address.
    #[arg(long, value_name = "ADDRESS")]
    pub mac: Option<MacAddress>,
    /// When it was collected, such as 2026-01-01T00:00:00Z.
    #[arg(long, value_name = "DATE-TIME")]
    pub collected: Option<CollectionTime>,
}

/// The arguments of `muster inspect`.
#[derive(Args)]
pub struct InspectArguments {
    /// The file; - for standard input.
    pub file: PathBuf,
    /// As one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `muster import`.
#[derive(Args)]
pub struct ImportArguments {
    /// The list: a CSV file, or one with a JSON object a line (.ndjson, .jsonl); - for standard input.
    pub file: PathBuf,
    /// Check the rows, and ask the server which are registered already; write nothing there.
    #[arg(long)]
    pub dry_run: bool,
    /// Give every row this group tag, whatever the list says.
    #[arg(long, value_name = "TAG")]
    pub group_tag: Option<String>,
    /// Write a CSV file with a line for each row: its result, and for errors code, cause and remedy.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// How the list is written [default: by the end of its name].
    #[arg(long, value_enum)]
    pub format: Option<ListFormat>,
    /// How many rows are sent at once; a server takes 500 unless it is set to take more.
    #[arg(long, value_name = "ROWS", default_value_t = 500, value_parser = batch_size)]
    pub batch_size: usize,
    #[command(flatten)]
    pub server: ServerArguments,
}

/// The arguments of `muster enroll-code`.
#[derive(Args)]
pub struct EnrollCodeArguments {
    /// How many machines it enrolls.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub quota: u32,
    /// How long it holds, such as PT8H or P1D.
    #[arg(long, value_name = "DURATION", default_value = "PT8H", value_parser = duration)]
    pub expires_in: Duration,
    /// The group tag of machines that are registered by it.
    #[arg(long, value_name = "TAG")]
    pub group_tag: Option<String>,
    /// Let machines that are enrolled already enroll with another key; the key before ends with that.
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub server: ServerArguments,
}

/// The arguments of `muster agent`.
#[derive(Args)]
pub struct AgentArguments {
    /// The server, such as https://127.0.0.1:8443.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// Trust a server with a certificate of these authorities only (PEM) [default: the system's].
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The code to enroll with; it is needed once.
    #[arg(long, value_name = "CODE")]
    pub enroll: Option<String>,
    /// The folder for the agent's key and state.
    #[arg(long, value_name = "DIR", default_value = AGENT_STATE_DEFAULT)]
    pub state: PathBuf,
    /// Where the kernel shows the attributes.
    #[arg(long, value_name = "DIR", env = "FWATTR_ROOT", default_value = agent_service::ATTRIBUTES_ROOT_DEFAULT)]
    pub fwattr_root: PathBuf,
    /// Where the kernel shows what SMBIOS tells.
    #[arg(long, value_name = "DIR", default_value = agent_service::DMI_ROOT_DEFAULT)]
    pub dmi_root: PathBuf,
    /// Check in once, and end.
    #[arg(long, conflicts_with = "every")]
    pub once: bool,
    /// Check in so often, such as PT30M [default: as often as the server says].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub every: Option<Duration>,
}

/// The arguments of `muster simulate`.
#[derive(Args)]
pub struct SimulateArguments {
    /// How many machines there are.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub machines: u32,
    /// The server, such as https://127.0.0.1:8443.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// Trust a server with a certificate of these authorities only (PEM) [default: the system's].
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The code to enroll with; its quota must be enough for all.
    #[arg(long, value_name = "CODE")]
    pub enroll: String,
    /// What the machines are made from: the same seed makes the same machines, with which the same goes wrong.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Whose machines they are: dell, lenovo, hp, surface or mix.
    #[arg(long, value_name = "VENDOR", default_value = "dell")]
    pub vendor: simulator::Vendors,
    /// In how many check-ins of a hundred something goes wrong.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub faults: u32,
    /// How long it goes on, before all settle.
    #[arg(long = "for", value_name = "DURATION", default_value = "PT1M", value_parser = duration)]
    pub duration: Duration,
    /// The longest time from one check-in of a machine to the next.
    #[arg(long, value_name = "DURATION", default_value = "PT10S", value_parser = duration)]
    pub pause: Duration,
    /// Write what became of all and of each, as JSON.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// The folder of the agent's own, if nothing else is said.
const AGENT_STATE_DEFAULT: &str = "/var/lib/muster-agent";

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A header, and a row a line.
    Csv,
    /// A JSON object a line, each an imported identity.
    Ndjson,
}

impl ListFormat {
    /// By the end of a file's name.
    pub fn of(path: &Path) -> ListFormat {
        let is_of_lines =
            |extension: &OsStr| ["ndjson", "jsonl"].iter().any(|known| extension.eq_ignore_ascii_case(known));
        match path.extension().is_some_and(is_of_lines) {
            true => ListFormat::Ndjson,
            false => ListFormat::Csv,
        }
    }
}

fn batch_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|size| (1..=10_000).contains(size));
    size.ok_or_else(|| "a number from 1 to 10000".to_owned())
}
