//! `muster vault export`: all passwords in one encrypted bundle. A page of records is on record, then opened, encrypted and
//! written; no plain text leaves the process, and no more than a page is in it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use age::x25519::Recipient;
use domain::{Muster, PasswordsExport};
use engine::{CommandOperator, Error};
use server::StartupError;
use uuid::Uuid;

use super::bundle_writer::BundleWriter;
use crate::opened;
use crate::vault_arguments::VaultExportArguments;

/// The recipients at most: the record of each look names them all.
const RECIPIENTS_MAX: usize = 20;

/// Writes the bundle.
pub async fn run(arguments: &VaultExportArguments) -> Result<ExitCode, StartupError> {
    let recipients = recipients(&arguments.recipients)?;
    let output = BundleOutput::open(arguments.output.as_deref())?;
    let (muster, _) = opened::open(&arguments.database).await?;
    let exported = export(&muster, arguments, &recipients, output).await;
    muster.close().await;
    let Exported { records, tenants, place } = exported?;
    let said = format!(
        "wrote {records} records of {tenants} tenants to {place}, for {} recipients",
        recipients.len()
    );
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{said}");
    Ok(ExitCode::SUCCESS)
}

/// What was written.
struct Exported {
    records: u64,
    tenants: usize,
    place: String,
}

async fn export(
    muster: &Muster,
    arguments: &VaultExportArguments,
    recipients: &[Recipient],
    mut output: BundleOutput,
) -> Result<Exported, StartupError> {
    let operator = operator(arguments);
    muster.engine.admit_operator(&operator).map_err(misused)?;
    let tenants = match arguments.tenant {
        Some(tenant) => vec![muster.engine.tenant_summary(tenant).await.map_err(failed)?.id],
        None => muster.engine.store().tenants_seen().await.map_err(|error| failed(error.into()))?,
    };
    let place = output.place();
    let unwritten = |error| StartupError::Failed(format!("cannot write to {place}: {error}"));
    let export = PasswordsExport::new(&muster.engine).map_err(StartupError::Failed)?;
    let now = muster.engine.now().to_string();
    let mut bundle =
        BundleWriter::begin(output.writer().map_err(unwritten)?, recipients, now).map_err(unwritten)?;
    let mut with_records = 0;
    for tenant in tenants {
        with_records += usize::from(
            export_tenant(&export, tenant, &operator, &mut |line| bundle.record(line).map_err(unwritten))
                .await?,
        );
    }
    let (writer, records) = bundle.finish().map_err(unwritten)?;
    output.keep(writer).map_err(unwritten)?;
    Ok(Exported { records, tenants: with_records, place })
}

/// Gives out the lines of a tenant; whether it has any.
async fn export_tenant(
    export: &PasswordsExport<'_>,
    tenant: Uuid,
    operator: &CommandOperator,
    take: &mut impl FnMut(&str) -> Result<(), StartupError>,
) -> Result<bool, StartupError> {
    let mut after = None;
    while let Some(page) = export.page(tenant, after.clone(), operator).await.map_err(failed)? {
        page.lines.iter().try_for_each(|line| take(line))?;
        after = Some(page.last);
    }
    Ok(after.is_some())
}

fn recipients(texts: &[String]) -> Result<Vec<Recipient>, StartupError> {
    if texts.len() > RECIPIENTS_MAX {
        return Err(StartupError::Misused(format!("--to names more than {RECIPIENTS_MAX} recipients")));
    }
    let recipient = |text: &String| {
        text.trim().parse().map_err(|reason| {
            StartupError::Misused(format!(
                "'{text}' is no age recipient such as age1…, as age-keygen prints it: {reason}"
            ))
        })
    };
    texts.iter().map(recipient).collect()
}

/// Who exports, and why, for the audit: the names are the machine's, and so is the trust in them.
fn operator(arguments: &VaultExportArguments) -> CommandOperator {
    let user = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let number = std::fs::metadata("/proc/self").map(|own| own.uid());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let (user, host) = (user.as_deref().unwrap_or("unknown"), host.trim());
    let name = match number {
        Ok(number) => format!("{user} (uid {number}) at {host}"),
        Err(_) => format!("{user} at {host}"),
    };
    let recipients = format!("bundle for {}", arguments.recipients.join(", "));
    let reason = match &arguments.reason {
        Some(reason) if !reason.trim().is_empty() => Some(format!("{reason}; {recipients}")),
        // Where a reason is needed, that somebody gets a bundle is none.
        _ => None,
    };
    let command = match reason {
        Some(_) => "muster vault export".to_owned(),
        None => format!("muster vault export, {recipients}"),
    };
    CommandOperator { name, command, reason, ticket: arguments.ticket.clone() }
}

/// Where a bundle goes. A file that is not finished is removed.
struct BundleOutput {
    path: Option<PathBuf>,
}

impl BundleOutput {
    fn open(path: Option<&Path>) -> Result<BundleOutput, StartupError> {
        if path.is_none() && io::stdout().is_terminal() {
            let message = "a bundle is no text for a terminal; name a file with --output";
            return Err(StartupError::Misused(message.to_owned()));
        }
        if let Some(path) = path {
            let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            made.map_err(|error| StartupError::Failed(format!("cannot make {}: {error}", path.display())))?;
        }
        Ok(BundleOutput { path: path.map(Path::to_owned) })
    }

    fn place(&self) -> String {
        self.path.as_ref().map_or_else(|| "standard output".to_owned(), |path| path.display().to_string())
    }

    fn writer(&self) -> io::Result<BufWriter<Box<dyn Write>>> {
        Ok(BufWriter::new(match &self.path {
            None => Box::new(io::stdout()),
            Some(path) => Box::new(OpenOptions::new().write(true).open(path)?),
        }))
    }

    /// Keeps what was written: it is on disk when this returns.
    fn keep(&mut self, mut writer: BufWriter<Box<dyn Write>>) -> io::Result<()> {
        writer.flush()?;
        if let Some(path) = &self.path {
            File::open(path)?.sync_all()?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for BundleOutput {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // It would be refused as cut off, but nobody should keep it.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn failed(error: Error) -> StartupError {
    StartupError::Failed(error.detail.map_or(error.message, String::from))
}

fn misused(error: Error) -> StartupError {
    StartupError::Misused(error.message)
}
