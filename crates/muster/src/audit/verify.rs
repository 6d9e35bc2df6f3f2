//! `muster audit verify`: follows each tenant's chain of records, in a database or in a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use data_encoding::HEXLOWER;
use server::StartupError;
use store::audit::{AuditHead, AuditRecord, CHAIN_BEGIN, ChainFault, ChainVerifier};
use uuid::Uuid;

use super::export::{ExportedEnd, ExportedRecord};
use super::records::{follow, source, tenants};
use crate::command_line::AuditArguments;
use crate::output::print;

/// The bytes of a line at most: a record names a page of keys.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// The verification of one tenant's records.
#[derive(Default)]
struct TenantChain {
    verifier: ChainVerifier,
    records: u64,
    faults: Vec<ChainFault>,
    /// Whether the file tells where the records end.
    has_end: bool,
    /// The first record, if one before it is not there.
    begins_at: Option<i64>,
}

impl TenantChain {
    fn follow(&mut self, record: &AuditRecord) {
        self.records += 1;
        let is_first = record.hashes().is_some_and(|(before, _)| before == CHAIN_BEGIN);
        if self.records == 1 && !is_first {
            self.begins_at = Some(record.sequence);
        }
        self.faults.extend(self.verifier.follow(record).err());
    }

    fn end(&mut self, head: &AuditHead) {
        self.has_end = true;
        self.faults.extend(self.verifier.end(head).err());
    }
}

/// Verifies a database.
pub async fn database(of: &AuditArguments) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    let mut chains = BTreeMap::new();
    for tenant in tenants(&source, of).await? {
        let mut chain = TenantChain::default();
        // What is written meanwhile lies behind this end.
        let head = source.head(tenant).await.map_err(StartupError::Failed)?;
        let last = head.as_ref().map_or(0, |head| head.sequence);
        follow(&source, tenant, |record| {
            if record.sequence <= last {
                chain.follow(record);
            }
            Ok(())
        })
        .await?;
        if let Some(head) = &head {
            chain.end(head);
        }
        chains.insert(tenant, chain);
    }
    told(&chains)
}

/// Verifies a file that was exported, or standard input.
pub fn file(path: &Path) -> Result<ExitCode, StartupError> {
    let failed =
        |error: std::io::Error| StartupError::Failed(format!("cannot read {}: {error}", path.display()));
    let input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(path).map_err(failed)?),
    };
    let mut input = BufReader::new(input);
    let mut chains: BTreeMap<Uuid, TenantChain> = BTreeMap::new();
    for number in 1.. {
        let mut line = Vec::new();
        if input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        read_line(&line, &mut chains).ok_or_else(|| {
            StartupError::Failed(format!("line {number} is no record and no end of records"))
        })?;
    }
    for (tenant, chain) in &chains {
        if let Some(first) = chain.begins_at {
            print(&format!("{tenant}: the file begins at record {first}; there are records before it"))?;
        }
        if !chain.has_end {
            print(&format!(
                "{tenant}: the end is missing: what followed record {} was cut off",
                chain.verifier.last()
            ))?;
        }
    }
    let code = told(&chains)?;
    let is_whole = !chains.is_empty() && chains.values().all(|chain| chain.has_end);
    Ok(if is_whole { code } else { ExitCode::FAILURE })
}

/// Takes a line to the chain of its tenant; none if it is none.
fn read_line(line: &[u8], chains: &mut BTreeMap<Uuid, TenantChain>) -> Option<()> {
    let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).ok();
    if let Ok(ExportedRecord { tenant, sequence, previous, hash, record }) = serde_json::from_slice(line) {
        let link = [bytes(&previous)?, bytes(&hash)?].concat().into();
        let record = AuditRecord { sequence, record: record.get().into(), link };
        let part = || TenantChain { verifier: ChainVerifier::of_part(), ..TenantChain::default() };
        chains.entry(tenant).or_insert_with(part).follow(&record);
        return Some(());
    }
    let ExportedEnd { tenant, end, hash } = serde_json::from_slice(line).ok()?;
    let head = AuditHead { sequence: end, hash: bytes(&hash)?.into() };
    chains.entry(tenant).or_default().end(&head);
    Some(())
}

/// Says what was found.
fn told(chains: &BTreeMap<Uuid, TenantChain>) -> Result<ExitCode, StartupError> {
    for (tenant, chain) in chains {
        for fault in &chain.faults {
            print(&format!("{tenant}: {fault}"))?;
        }
        if chain.faults.is_empty() {
            print(&format!("{tenant}: {} records, the last is {}", chain.records, chain.verifier.last()))?;
        }
    }
    let is_sound = chains.values().all(|chain| chain.faults.is_empty());
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
