//! The command line of `muster vault`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::command_line::DatabaseArguments;
use crate::duration_argument::duration;
use crate::server_arguments::ServerArguments;

/// The commands of `muster vault`.
#[derive(Subcommand)]
pub enum VaultCommand {
    /// Writes all passwords into one encrypted bundle, from the database: no server needs to run, and one may.
    Export(VaultExportArguments),
    /// Shows what is in a bundle, without a server and without a database.
    ///
    /// Exit code 0: shown; 1: the bundle is cut off, changed or for somebody else, or has no such record; 2: misused.
    Open(VaultOpenArguments),
    /// Brings the records of a bundle back, through a server. Run again, it changes nothing.
    ///
    /// Exit code 0: every record is there; 1: some are not, or conflict; 2: misused.
    Import(VaultImportArguments),
    /// Takes over the passwords of another tenant, now or again and again, and says what would be lost with it.
    ///
    /// Exit code 0: nothing would be lost; 1: something would, or it ended early; 2: misused.
    Mirror(Box<VaultMirrorArguments>),
}

/// The arguments of `muster vault export`.
#[derive(Args)]
pub struct VaultExportArguments {
    /// Who can open the bundle: an age recipient, age1…; may be repeated, and each of them can.
    #[arg(long = "to", value_name = "RECIPIENT", required = true)]
    pub recipients: Vec<String>,
    /// Where to write; a file that is there is not replaced [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only this tenant's records [default: those of all tenants].
    #[arg(long, value_name = "GUID")]
    pub tenant: Option<Uuid>,
    /// Why, for the audit.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The ticket that asks for it, for the audit.
    #[arg(long, value_name = "TEXT")]
    pub ticket: Option<String>,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

/// A bundle, and what opens it.
#[derive(Args)]
pub struct BundleArguments {
    /// The file with the bundle.
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The file with the age identity of one of its recipients, AGE-SECRET-KEY-1….
    #[arg(long, value_name = "FILE")]
    pub identity: PathBuf,
}

/// The arguments of `muster vault open`.
#[derive(Args)]
pub struct VaultOpenArguments {
    #[command(flatten)]
    pub bundle: BundleArguments,
    /// Only records with this serial number.
    #[arg(long, value_name = "TEXT")]
    pub serial: Option<String>,
    /// A JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `muster vault import`.
#[derive(Args)]
pub struct VaultImportArguments {
    #[command(flatten)]
    pub bundle: BundleArguments,
    /// Only the records of this tenant of the bundle; needed if it has several and none of them is the server's.
    #[arg(long, value_name = "GUID")]
    pub of: Option<Uuid>,
    /// Where neither side knows the other's password, take the bundle's, and keep the server's as a former one.
    #[arg(long)]
    pub take_conflicts: bool,
    /// Say what would become of the records; write nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub server: ServerArguments,
}

/// The arguments of `muster vault mirror`.
#[derive(Args)]
pub struct VaultMirrorArguments {
    /// Where the other tenant's Graph is.
    #[arg(long, value_name = "URL", default_value = "https://graph.microsoft.com")]
    pub from: String,
    /// The other tenant.
    #[arg(long, value_name = "GUID|DOMAIN", env = "AZURE_TENANT_ID")]
    pub from_tenant: String,
    /// Who signs in there: the application's id.
    #[arg(long, value_name = "ID", env = "AZURE_CLIENT_ID")]
    pub client_id: String,
    /// The file with the application's secret [default: the variable AZURE_CLIENT_SECRET].
    #[arg(long, value_name = "FILE", conflicts_with = "certificate")]
    pub secret_file: Option<PathBuf>,
    /// The file with the application's certificate and its private key, instead of a secret (PEM).
    #[arg(long, value_name = "FILE", env = "AZURE_CLIENT_CERTIFICATE_PATH")]
    pub certificate: Option<PathBuf>,
    /// Where it signs in.
    #[arg(
        long,
        value_name = "URL",
        env = "AZURE_AUTHORITY_HOST",
        default_value = "https://login.microsoftonline.com"
    )]
    pub authority: String,
    /// For which service.
    #[arg(long, value_name = "SCOPE", default_value = "https://graph.microsoft.com/.default")]
    pub scope: String,
    /// Trust the other side's servers with a certificate of these authorities as well as the system's (PEM).
    #[arg(long, value_name = "FILE")]
    pub from_ca: Option<PathBuf>,
    /// Look again so often, such as PT1H [default: once].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub every: Option<Duration>,
    /// The folder that says how far it is, and what the other tenant had.
    #[arg(long, value_name = "DIR", default_value = "muster-mirror")]
    pub state: PathBuf,
    /// Say what would be taken over; write nothing, here and in the folder.
    #[arg(long)]
    pub dry_run: bool,
    /// Where neither side knows the other's password, keep the server's as the current one.
    #[arg(long)]
    pub keep_conflicts: bool,
    /// Leave out the registrations that the passwords belong to.
    #[arg(long)]
    pub passwords_only: bool,
    /// Each line of the output as a JSON object.
    #[arg(long)]
    pub json: bool,
    /// Ask the server with the other tenant's tokens, for a server that trusts that tenant's issuer.
    #[arg(long, conflicts_with = "token")]
    pub same_token: bool,
    #[command(flatten)]
    pub server: ServerArguments,
}
